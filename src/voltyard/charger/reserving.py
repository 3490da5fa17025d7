"""Reservations made, cancelled, and ended by time or by what breaks; and what is told of that."""

from __future__ import annotations

from typing import Literal, TypeAlias

from voltyard.charger import standard
from voltyard.charger.connector import State
from voltyard.charger.core import Core
from voltyard.charger.events import ReservationEnd, ReservationEnded, ReservationMade
from voltyard.charger.purposes import ReservationTold
from voltyard.charger.reservation import Book, Reservation
from voltyard.charger.statuses import Statuses
from voltyard.charger.wire import Wire
from voltyard.kernel.time import Instant

Answer: TypeAlias = Literal["Accepted", "Faulted", "Occupied", "Rejected", "Unavailable"]
Ending: TypeAlias = Literal["Expired", "Removed"]


class Reserving:
    """What a CSMS wants of the book, and what the book wants of the CSMS."""

    __slots__ = ("_core", "_news", "_statuses", "_wire", "book", "freed")

    def __init__(self, core: Core, wire: Wire, statuses: Statuses) -> None:
        self._core = core
        self._wire = wire
        self._statuses = statuses
        self.book: Book = statuses.book
        self._news: dict[int, Ending] = {}
        """Of reservations that have ended and whose end the CSMS could not be told."""
        self.freed = False
        """A cable is in where it was reserved until now: it may begin what a cable begins."""

    # --- orders --------------------------------------------------------------------------------

    def answer(self, wish: Reservation) -> Answer:
        """What comes of a wish; nothing is changed. What is past already is Rejected, once it is
        clear that the place is in order (1.6 section 5.13)."""
        core = self._core
        accepts = core.settings.flag(standard.RESERVATIONS)
        if wish.evse_id is None:
            accepts = accepts and core.settings.flag(standard.RESERVE_ANY)
        targets = [place for place in self._statuses.connectors() if wish.fits(*place)]
        if not accepts or not targets:
            return "Rejected"
        if all(connector.faulted for _, connector in targets):
            return "Faulted"
        out_of_service = not any(self._statuses.serves(*place) for place in targets)
        if out_of_service or self.book.is_hopeless(wish):
            return "Unavailable"
        if wish.expires_at <= core.time:
            return "Rejected"
        return "Accepted" if self.book.has_room(wish) else "Occupied"

    def take(self, wish: Reservation) -> None:
        """Enter what was accepted, in the place of one of the same id."""
        self._remove(wish.id, wish)
        self._core.report(
            ReservationMade(
                at=self._core.now,
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
            if one.expires_at <= self._core.time:
                self._end(one, "Expired")
            elif self.book.is_hopeless(one):
                self._end(one, "Removed")

    def _end(self, one: Reservation, why: Ending) -> None:
        self._report_end(one.id, why)
        self._remove(one.id)
        self._statuses.show_all()
        self._news[one.id] = why
        self.tell()

    def _report_end(self, id: int, why: ReservationEnd) -> None:
        self._core.report(ReservationEnded(at=self._core.now, reservation_id=id, reason=why))

    def _remove(self, id: int, successor: Reservation | None = None) -> None:
        book = self.book
        gone = book.entries.pop(id, None)
        if successor is not None:
            book.entries[id] = successor
        self._core.remember()
        if gone is None:
            return
        for evse in self._statuses.evses:
            if evse.reservation_id == id:
                evse.reservation_id = None
        for evse in self._statuses.evses:
            if not evse.intruded or book.keeps(evse):
                continue
            evse.intruded = False
            self.freed = True
            for connector in evse.connectors:  # G1 comes before the A2 of a cable that is in
                if connector.state is State.RESERVED:
                    self._statuses.become(evse, connector, State.AVAILABLE)

    # --- telling -------------------------------------------------------------------------------

    def tell(self) -> None:
        """Tell, where the version has a message for it, of what ended (2.0.1 H04)."""
        if not self._core.online:
            return
        for id, why in tuple(self._news.items()):
            told = self._core.dialect.reservation_ended(id, why)
            if told is None or self._wire.call(told, ReservationTold(id, why)):
                del self._news[id]

    def lost(self, told: ReservationTold) -> None:
        """It did not arrive: it is to be told again."""
        self._news[told.id] = told.why

    def deadline(self) -> Instant | None:
        """When the first of them expires."""
        entries = self.book.entries
        if not entries:
            return None
        return self._core.true(min(one.expires_at for one in entries.values()))
