"""The id tags of all organizations, in memory."""

from collections.abc import Iterable, Iterator
from sys import intern

from msgspec.structs import replace

from voltyard.csms.records import IdTagStored
from voltyard.kernel import limits
from voltyard.kernel.errors import Conflict, NotFound, Overfull


class IdTagRegistry:
    """Id tags by organization and text, regardless of case."""

    def __init__(self, limit: int = limits.ID_TAGS) -> None:
        self._limit = limit
        self._by_text: dict[str, dict[str, IdTagStored]] = {}
        self._by_id: dict[str, IdTagStored] = {}

    def load(self, rows: Iterable[IdTagStored]) -> None:
        """Take over what storage holds, in the place of what is known."""
        self._by_text, self._by_id = {}, {}
        for row in rows:
            self.put(replace(row, organization_id=intern(row.organization_id)))

    def count(self, organization_id: str) -> int:
        """The number of tags of an organization."""
        return len(self._by_text.get(organization_id, ()))

    def of(self, organization_id: str) -> Iterator[IdTagStored]:
        """An organization's, in the order they came."""
        return iter(self._by_text.get(organization_id, {}).values())

    def find(self, organization_id: str, id_tag: str) -> IdTagStored | None:
        """The one of that text, None where there is none."""
        tags = self._by_text.get(organization_id)
        return None if tags is None else tags.get(id_tag.casefold())

    def get(self, organization_id: str, name: str) -> IdTagStored:
        """By its tag_... id or its text; NotFound where the organization has none."""
        row = self._by_id.get(name)
        if row is None or row.organization_id != organization_id:
            row = self.find(organization_id, name)
        if row is None:
            raise NotFound(f"no id tag {name}")
        return row

    def add(self, row: IdTagStored) -> None:
        """Conflict where the organization has one of that text, Overfull where it has so many."""
        if self.find(row.organization_id, row.id_tag) is not None:
            raise Conflict(
                f"there is an id tag {row.id_tag} already",
                hint="change that one (PATCH), or delete it first",
                field="idTag",
            )
        if self.count(row.organization_id) >= self._limit:
            raise Overfull(f"there are {self._limit} id tags already, and no more fit")
        self.put(row)

    def put(self, row: IdTagStored) -> None:
        """Add it, or replace the one of its id."""
        self._by_text.setdefault(row.organization_id, {})[row.id_tag.casefold()] = row
        self._by_id[row.id] = row

    def holds(self, row: IdTagStored) -> bool:
        """True where this very row is what is known of the tag."""
        return self._by_id.get(row.id) is row

    def by_id(self, id: str) -> IdTagStored | None:
        """The one of that tag_... id, of whatever organization; None where there is none."""
        return self._by_id.get(id)

    def remove(self, row: IdTagStored) -> None:
        """Forget the one of that id; nothing happens where there is none."""
        current = self._by_id.pop(row.id, None)
        if current is not None:
            del self._by_text[current.organization_id][current.id_tag.casefold()]

    def forget(self, organization_id: str) -> None:
        """Forget all of an organization's."""
        for row in self._by_text.pop(organization_id, {}).values():
            del self._by_id[row.id]
