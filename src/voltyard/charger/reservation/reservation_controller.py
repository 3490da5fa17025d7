"""ReserveNow, CancelReservation, and reservations that end by time or by a fault."""

from __future__ import annotations

from typing import Literal, TypeAlias

from voltyard.charger.connection.call_purposes import ReservationStatusUpdate
from voltyard.charger.connection.wire import ChargerWire
from voltyard.charger.context import ChargerContext
from voltyard.charger.description.events import ReservationEnd, ReservationEnded, ReservationMade
from voltyard.charger.evse.connector import ChargePointStatus
from voltyard.charger.evse.statuses import Statuses
from voltyard.charger.reservation.reservation import Reservation, ReservationBook
from voltyard.charger.variables.standard.authorization import RESERVATIONS, RESERVE_ANY
from voltyard.kernel.time import Instant

ReserveNowStatus: TypeAlias = Literal["Accepted", "Faulted", "Occupied", "Rejected", "Unavailable"]
ReservationUpdateStatus: TypeAlias = Literal["Expired", "Removed"]


class ReservationController:
    """Makes, cancels and ends reservations, and tells the CSMS of those that ended."""

    __slots__ = ("_context", "_news", "_statuses", "_wire", "book", "freed")

    def __init__(self, context: ChargerContext, wire: ChargerWire, statuses: Statuses) -> None:
        self._context = context
        self._wire = wire
        self._statuses = statuses
        self.book: ReservationBook = statuses.book
        self._news: dict[int, ReservationUpdateStatus] = {}
        """Of reservations that have ended and whose end the CSMS could not be told."""
        self.freed = False
        """A cable is in where it was reserved until now: it may begin what a cable begins."""

    # --- orders --------------------------------------------------------------------------------

    def answer(self, wish: Reservation) -> ReserveNowStatus:
        """The answer to a wish; nothing is changed. One whose time is past is Rejected, once it is
        clear that the place is in order (1.6 section 5.13)."""
        context = self._context
        accepts = context.settings.flag(RESERVATIONS)
        if wish.evse_id is None:
            accepts = accepts and context.settings.flag(RESERVE_ANY)
        targets = [place for place in self._statuses.connectors() if wish.fits(*place)]
        if not accepts or not targets:
            return "Rejected"
        if all(connector.faulted for _, connector in targets):
            return "Faulted"
        out_of_service = not any(self._statuses.serves(*place) for place in targets)
        if out_of_service or self.book.is_hopeless(wish):
            return "Unavailable"
        if wish.expires_at <= context.time:
            return "Rejected"
        return "Accepted" if self.book.has_room(wish) else "Occupied"

    def take(self, wish: Reservation) -> None:
        """Enter what was accepted, in the place of one of the same id."""
        self._remove(wish.id, wish)
        self._context.report(
            ReservationMade(
                at=self._context.now,
                reservation_id=wish.id,
                id_tag=wish.token.text,
                evse_id=wish.evse_id,
                connector_id=wish.connector_id,
                expires_at=wish.expires_at,
            )
        )
        self._statuses.show_all()

    def cancel(self, id: int) -> None:
        """Strike out one that is there."""
        self._report_end(id, "Cancelled")
        self._remove(id)
        self._statuses.show_all()

    # --- ends ----------------------------------------------------------------------------------

    def review(self) -> None:
        """End what has expired, and what is for a place that is broken or out of service."""
        for one in tuple(self.book.entries.values()):
            if one.expires_at <= self._context.time:
                self._end(one, "Expired")
            elif self.book.is_hopeless(one):
                self._end(one, "Removed")

    def _end(self, one: Reservation, why: ReservationUpdateStatus) -> None:
        self._report_end(one.id, why)
        self._remove(one.id)
        self._statuses.show_all()
        self._news[one.id] = why
        self.tell()

    def _report_end(self, id: int, why: ReservationEnd) -> None:
        self._context.report(ReservationEnded(at=self._context.now, reservation_id=id, reason=why))

    def _remove(self, id: int, successor: Reservation | None = None) -> None:
        book = self.book
        gone = book.entries.pop(id, None)
        if successor is not None:
            book.entries[id] = successor
        self._context.remember()
        if gone is None:
            return
        for evse in self._statuses.evses:
            evse.authorization.drop_reservation(id)
        for evse in self._statuses.evses:
            if not evse.plug.intruded or book.keeps(evse):
                continue
            evse.plug.accept()
            self.freed = True
            for connector in evse.connectors:  # G1 comes before the A2 of a cable that is in
                if connector.state is ChargePointStatus.RESERVED:
                    self._statuses.become(evse, connector, ChargePointStatus.AVAILABLE)

    def take_freed(self) -> bool:
        """True where a place is free again since this was asked last."""
        freed, self.freed = self.freed, False
        return freed

    # --- telling -------------------------------------------------------------------------------

    def tell(self) -> None:
        """Tell, where the version has a message for it, of what ended (2.0.1 H04)."""
        if not self._context.online:
            return
        for id, why in tuple(self._news.items()):
            told = self._context.dialect.reservation_ended(id, why)
            if told is None or self._wire.call(told, ReservationStatusUpdate(id, why)):
                del self._news[id]

    def lost(self, told: ReservationStatusUpdate) -> None:
        """Note that a message did not arrive: it is to be told again."""
        self._news[told.id] = told.why

    def deadline(self) -> Instant | None:
        """The moment at which the first of them expires."""
        entries = self.book.entries
        if not entries:
            return None
        return self._context.true(min(one.expires_at for one in entries.values()))
