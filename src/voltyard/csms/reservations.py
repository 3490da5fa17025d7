"""Reservations that chargers accepted, until they are used, expire or are cancelled (H)."""

from collections.abc import Callable, Iterable
from heapq import heapify, heappop, heappush
from random import Random

from msgspec.structs import replace

from voltyard.csms.commands.expected_outcomes import (
    NewReservation,
    ReservationCancellation,
    ReservationChange,
)
from voltyard.csms.events import BackendEvent, ReservationChanged
from voltyard.csms.records import ReservationStatus, ReservationStored
from voltyard.csms.registry import RegisteredCharger
from voltyard.kernel import ids, limits
from voltyard.kernel.time import Instant

_SIFT = 1_000
"""From so many on, what has ended is looked for among what is to expire."""

ChangedReservations = tuple[ReservationStored, ...]


class Reservations:
    """Active reservations by charger; changes are returned, to be written and told."""

    def __init__(self, random: Random, moved: Callable[[Instant | None], None]) -> None:
        """`moved` is told when `expire` has something to do next, whenever that changes."""
        self._random = random
        self._moved = moved
        self._active: dict[str, dict[int, ReservationStored]] = {}
        """By charger, then by reservation id."""
        self._expiries: list[tuple[Instant, str, str, int]] = []
        """(moment, rsv id, charger id, reservation id), a heap; also of those that have ended."""
        self._sift_at = _SIFT

    def load(self, rows: Iterable[ReservationStored]) -> None:
        """Take over what storage holds: all of it, or that of some chargers."""
        for row in rows:
            self._keep(row)
        self._tell()

    def forget(self, charger_id: str) -> None:
        """Forget those of a charger that has left."""
        self._active.pop(charger_id, None)
        self._tell()

    def accepted(
        self, charger: RegisteredCharger, change: ReservationChange, now: Instant
    ) -> ChangedReservations:
        """A charger accepted this. The same id again replaces (1.6 section 5.13, H01.FR.02)."""
        own = self._active.setdefault(charger.row.id, {})
        ended = self._taken(own, change.reservation_id, "cancelled", now)
        if isinstance(change, ReservationCancellation):
            return ended
        if len(own) >= limits.CHARGER_RESERVATIONS:
            ended += self._taken(own, next(iter(own)), "cancelled", now)
        made = self._made(charger, change, now)
        self._keep(made)
        self._tell()
        return (*ended, made)

    def of_start(
        self,
        charger: RegisteredCharger,
        reservation_id: int | None,
        evse_id: int | None,
        id_tag: str | None,
        now: Instant,
    ) -> ReservationStored | None:
        """The reservation that a transaction uses, as it will be; nothing is changed. Chargers that
        do not name it start on its connector, for its tag."""
        own = self._active.get(charger.row.id)
        if not own:
            return None
        row = own.get(reservation_id) if reservation_id is not None else None
        if row is None and id_tag is not None:
            tag = id_tag.upper()
            fits = (r for r in own.values() if r.id_tag.upper() == tag)
            row = next((r for r in fits if r.evse_id in (None, evse_id)), None)
        return None if row is None else replace(row, status="used", updated_at=now)

    def end(
        self,
        charger: RegisteredCharger,
        reservation_id: int,
        status: ReservationStatus,
        now: Instant,
    ) -> ChangedReservations:
        """End a reservation with that status; nothing where it is not active."""
        return self._taken(self._active.get(charger.row.id, {}), reservation_id, status, now)

    def out_of_service(
        self, charger: RegisteredCharger, evse_id: int, now: Instant
    ) -> ChangedReservations:
        """Take note that an EVSE is faulted or unavailable, 0: all of them. A reservation of any
        one lives on while there are others."""
        own = self._active.get(charger.row.id, {})
        gone = [id for id, row in own.items() if evse_id in (0, row.evse_id)]
        return tuple([row for id in gone for row in self._taken(own, id, "cancelled", now)])

    def expire(
        self, now: Instant, is_leaving: Callable[[str], bool] = lambda charger_id: False
    ) -> ChangedReservations:
        """End the reservations whose time is over, but for those of chargers that are about to
        leave: whoever has them next does."""
        ended: ChangedReservations = ()
        later: list[tuple[Instant, str, str, int]] = []
        while self._expiries and self._expiries[0][0] <= now:
            _, id, charger_id, reservation_id = heappop(self._expiries)
            own = self._active.get(charger_id, {})
            row = own.get(reservation_id)
            if row is None or row.id != id:
                continue
            if is_leaving(charger_id):
                later.append((now + limits.LEAVING_LOOK_S, id, charger_id, reservation_id))
            else:
                ended += self._taken(own, reservation_id, "expired", now)
        for entry in later:
            heappush(self._expiries, entry)
        self._tell()
        return ended

    def _made(
        self, charger: RegisteredCharger, change: NewReservation, now: Instant
    ) -> ReservationStored:
        row = charger.row
        return ReservationStored(
            id=ids.prefixed("rsv_", self._random),
            organization_id=row.organization_id,
            charger_id=row.id,
            charge_box_id=row.charge_box_id,
            reservation_id=change.reservation_id,
            evse_id=change.evse_id,
            connector_id=change.connector_id,
            id_tag=change.id_tag,
            parent_id_tag=change.parent_id_tag,
            expires_at=change.expires_at,
            created_at=now,
            updated_at=now,
        )

    def _keep(self, row: ReservationStored) -> None:
        self._active.setdefault(row.charger_id, {})[row.reservation_id] = row
        heappush(self._expiries, _expiry(row))
        self._sift_if_many()

    def _sift_if_many(self) -> None:
        """Let go of those that have ended, or gone, before their time."""
        if len(self._expiries) <= self._sift_at:
            return
        self._expiries = [_expiry(row) for own in self._active.values() for row in own.values()]
        heapify(self._expiries)
        self._sift_at = max(_SIFT, 2 * len(self._expiries))

    def _taken(
        self,
        own: dict[int, ReservationStored],
        reservation_id: int,
        status: ReservationStatus,
        now: Instant,
    ) -> ChangedReservations:
        row = own.pop(reservation_id, None)
        return () if row is None else (replace(row, status=status, updated_at=now),)

    def _tell(self) -> None:
        self._moved(self._expiries[0][0] if self._expiries else None)


def _expiry(row: ReservationStored) -> tuple[Instant, str, str, int]:
    return row.expires_at, row.id, row.charger_id, row.reservation_id


def reservation_events(rows: Iterable[ReservationStored], now: Instant) -> list[BackendEvent]:
    """The events that tell of changed reservations."""
    return [
        ReservationChanged(
            organization_id=row.organization_id,
            charger_id=row.charger_id,
            charge_box_id=row.charge_box_id,
            at=now,
            reservation=row,
        )
        for row in rows
    ]
