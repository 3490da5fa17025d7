"""The tariffs of all organizations, in memory, by whom they count for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from voltyard.csms.tariffs.tariff_rows import TariffStored
from voltyard.kernel import limits
from voltyard.kernel.errors import Conflict, NotFound, Overfull


class TariffRegistry:
    """Tariffs by organization and id."""

    def __init__(self, limit: int = limits.TARIFFS) -> None:
        self._limit = limit
        self._tariffs: dict[str, dict[str, TariffStored]] = {}
        self._assigned: dict[str, dict[tuple[str, str], str]] = {}
        """By organization: (default, charger or id tag; which) -> tariff id."""

    def load(self, rows: Iterable[TariffStored]) -> None:
        """Take over what storage holds, in the place of what is known."""
        self._tariffs, self._assigned = {}, {}
        for row in rows:
            self.put(row)

    def of(self, organization_id: str) -> Iterator[TariffStored]:
        """An organization's, in the order they came."""
        return iter(self._tariffs.get(organization_id, {}).values())

    def get(self, organization_id: str, id: str) -> TariffStored:
        """NotFound where the organization has none of that id."""
        row = self._tariffs.get(organization_id, {}).get(id)
        if row is None:
            raise NotFound(f"no tariff {id}")
        return row

    def by_id(self, id: str) -> TariffStored | None:
        """The one of that id, of whatever organization; None where there is none."""
        return next((rows[id] for rows in self._tariffs.values() if id in rows), None)

    def choose(
        self, organization_id: str, charge_box_id: str, id_tag: str | None
    ) -> TariffStored | None:
        """The tariff of a transaction: the id tag's, else the charger's, else the default one."""
        assigned = self._assigned.get(organization_id)
        if not assigned:
            return None
        id = None if id_tag is None else assigned.get(("id tag", id_tag.casefold()))
        id = id or assigned.get(("charger", charge_box_id)) or assigned.get(("default", ""))
        return None if id is None else self._tariffs[organization_id][id]

    def check(self, row: TariffStored) -> None:
        """Conflict where another tariff is assigned so already, Overfull where there are so
        many."""
        of_organization = self._tariffs.get(row.organization_id, {})
        if row.id not in of_organization and len(of_organization) >= self._limit:
            raise Overfull(f"there are {self._limit} tariffs already, and no more fit")
        assigned = self._assigned.get(row.organization_id, {})
        for what, which in _assignments(row):
            other = assigned.get((what, which), row.id)
            if other != row.id:
                raise Conflict(
                    f"{other} is the tariff of {what} {which}".rstrip(),
                    hint="take it from that tariff first",
                    field=_FIELDS[what],
                )

    def put(self, row: TariffStored) -> None:
        """Add it, or replace the one of its id."""
        before = self._tariffs.get(row.organization_id, {}).get(row.id)
        assigned = self._assigned.setdefault(row.organization_id, {})
        for key in () if before is None else _assignments(before):
            assigned.pop(key, None)
        self._tariffs.setdefault(row.organization_id, {})[row.id] = row
        for key in _assignments(row):
            assigned[key] = row.id

    def holds(self, row: TariffStored) -> bool:
        """True where this very row is what is known of the tariff."""
        return self._tariffs.get(row.organization_id, {}).get(row.id) is row

    def remove(self, row: TariffStored) -> None:
        """Forget the one of that id; nothing happens where there is none."""
        current = self._tariffs.get(row.organization_id, {}).pop(row.id, None)
        for key in () if current is None else _assignments(current):
            self._assigned[row.organization_id].pop(key, None)

    def forget(self, organization_id: str) -> None:
        """Forget all of an organization's."""
        self._tariffs.pop(organization_id, None)
        self._assigned.pop(organization_id, None)


_FIELDS = {"default": "isDefault", "charger": "chargeBoxIds", "id tag": "idTags"}


def _assignments(row: TariffStored) -> Iterator[tuple[str, str]]:
    if row.is_default:
        yield ("default", "")
    for charge_box_id in row.charge_box_ids:
        yield ("charger", charge_box_id)
    for id_tag in row.id_tags:
        yield ("id tag", id_tag.casefold())
