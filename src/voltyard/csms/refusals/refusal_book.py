"""The book of refused handshakes: one row an identity and reason, with counts."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from random import Random
from typing import NamedTuple

from msgspec import Struct, structs

from voltyard.csms.refusals.reasons import RefusalReason
from voltyard.csms.refusals.refusal_rows import RefusalStored
from voltyard.kernel import ids, limits
from voltyard.kernel.addressing.addresses import household
from voltyard.kernel.errors import NotFound
from voltyard.kernel.time import Instant


class RefusedHandshake(Struct, frozen=True, kw_only=True):
    """One refused handshake. Its texts are a stranger's, cut and printable."""

    organization_id: str
    charger_id: str | None
    """None where none of that identity is registered."""
    identity: str | None
    """None where the handshake named none."""
    address: str
    offered: tuple[str, ...]
    reason: RefusalReason
    hint: str


class _Key(NamedTuple):
    """Identity and reason of a row; where there is no identity, its address."""

    identity: str | None
    address: str
    reason: RefusalReason


class _Shelf:
    """Rows of one organization, the least recent first, with a bound.

    Where it is full, the oldest row of the newcomer's own address gives way, if that has many, else
    the oldest of all: one address that makes up identities pushes out no others.
    """

    def __init__(self) -> None:
        self.rows: OrderedDict[_Key, RefusalStored] = OrderedDict()
        self._households: dict[_Key, str] = {}
        self._of_household: dict[str, OrderedDict[_Key, None]] = {}

    def put(self, key: _Key, row: RefusalStored) -> RefusalStored | None:
        """Put a row in, new or in the place of its former state; the row that gave way."""
        gone = None
        if key not in self.rows:
            gone = self._make_room(household(row.address))
            self._households[key] = household(row.address)
        self.rows[key] = row
        self.rows.move_to_end(key)
        of_household = self._of_household.setdefault(self._households[key], OrderedDict())
        of_household[key] = None
        of_household.move_to_end(key)
        return gone

    def drop(self, key: _Key) -> RefusalStored:
        """Take a row out."""
        row = self.rows.pop(key)
        name = self._households.pop(key)
        of_household = self._of_household[name]
        del of_household[key]
        if not of_household:
            del self._of_household[name]
        return row

    def _make_room(self, newcomer: str) -> RefusalStored | None:
        if len(self.rows) < limits.REFUSALS_KEPT:
            return None
        own = self._of_household.get(newcomer, ())
        return self.drop(next(iter(own if len(own) >= limits.REFUSALS_KEPT_EACH else self.rows)))


class RefusalBook:
    """Rows by organization, those of registered chargers apart from those of strangers."""

    def __init__(
        self,
        random: Random = ids.SYSTEM,
        gave_way: Callable[[RefusalStored], None] = lambda row: None,
    ) -> None:
        """`gave_way` hears of each row that had to make room for another."""
        self._random = random
        self._gave_way = gave_way
        self._shelves: dict[tuple[str, bool], _Shelf] = {}
        self._places: dict[str, tuple[_Shelf, _Key]] = {}
        """By the rows' ids."""

    def note(self, refusal: RefusedHandshake, now: Instant) -> RefusalStored:
        """Count one more; its row."""
        before = self._shelf(refusal).rows.get(_key(refusal))
        row = RefusalStored(
            **structs.asdict(refusal),
            id=ids.prefixed("rfs_", self._random) if before is None else before.id,
            count=1 if before is None else before.count + 1,
            first_at=now if before is None else before.first_at,
            last_at=now,
        )
        self.put(row)
        return row

    def put(self, row: RefusalStored) -> None:
        """Put a row in, as the most recent one."""
        shelf, key = self._shelf(row), _key(row)
        gone = shelf.put(key, row)
        self._places[row.id] = shelf, key
        if gone is not None:
            del self._places[gone.id]
            self._gave_way(gone)

    def _shelf(self, of: "RefusedHandshake | RefusalStored") -> _Shelf:
        name = of.organization_id, of.charger_id is not None
        return self._shelves.setdefault(name, _Shelf())

    def rows(self) -> Iterator[RefusalStored]:
        """All rows of all organizations, in no order."""
        return (shelf.rows[key] for shelf, key in self._places.values())

    def list(
        self,
        organization_id: str,
        identity: str | None = None,
        reason: RefusalReason | None = None,
    ) -> list[RefusalStored]:
        """An organization's, newest first."""
        shelves = [self._shelves.get((organization_id, one)) for one in (True, False)]
        found = [
            row
            for shelf in shelves
            if shelf is not None
            for row in shelf.rows.values()
            if identity in (None, row.identity) and reason in (None, row.reason)
        ]
        return sorted(found, key=lambda row: row.last_at, reverse=True)

    def find(self, refusal_id: str) -> RefusalStored | None:
        """The row of that id."""
        place = self._places.get(refusal_id)
        return None if place is None else place[0].rows[place[1]]

    def get(self, organization_id: str, refusal_id: str) -> RefusalStored:
        """NotFound where there is none, or it is another organization's."""
        row = self.find(refusal_id)
        if row is None or row.organization_id != organization_id:
            raise NotFound(f"no refusal {refusal_id}")
        return row

    def forget(self, rows: Iterable[RefusalStored]) -> None:
        """Drop these rows, where they are still there."""
        for row in rows:
            place = self._places.pop(row.id, None)
            if place is not None:
                place[0].drop(place[1])


def _key(of: RefusedHandshake | RefusalStored) -> _Key:
    address = "" if of.identity is not None else household(of.address)
    return _Key(of.identity, address, of.reason)
