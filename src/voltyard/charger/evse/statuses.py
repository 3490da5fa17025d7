"""Connector states: derived from the facts, and sent as StatusNotification.

OCPP 1.6 sections 4.9 and errata 3.19, 3.22; 2.0.1 G01 and B04. While offline nothing is queued:
what the CSMS was last told is compared with what is, once it can be told again.
"""

from __future__ import annotations

from collections.abc import Iterator

from voltyard.charger.connection.call_purposes import NotifyEvent, StatusNotification
from voltyard.charger.connection.wire import ChargerWire
from voltyard.charger.context import ChargerContext
from voltyard.charger.description.events import StatusChanged
from voltyard.charger.evse.connector import (
    OF_CHARGING_STATE,
    ActiveFault,
    ChargePointStatus,
    Connector,
    transition_path,
)
from voltyard.charger.evse.evse import Evse
from voltyard.charger.evse.missed_errors import MissedErrors
from voltyard.charger.reservation.reservation import Reservation, ReservationBook
from voltyard.charger.variables.standard.transactions import MINIMUM_STATUS_DURATION
from voltyard.kernel.time import Instant, earliest


class Statuses:
    """The states of all connectors, and the statuses last sent to the CSMS."""

    __slots__ = (
        "_context",
        "_missed",
        "_station_told",
        "_wire",
        "book",
        "evses",
        "operative",
        "report_at",
        "resets",
    )

    def __init__(self, context: ChargerContext, wire: ChargerWire, evses: tuple[Evse, ...]) -> None:
        self._context = context
        self._wire = wire
        self.evses = evses
        self.operative = True
        """The availability that ChangeAvailability last asked of the whole charger; persists."""
        self._station_told: str | None = None
        self._missed = MissedErrors(context)
        self.report_at: Instant | None = None
        """When the first status will have lasted long enough to be told."""
        self.resets: dict[int, Instant | None] = {}
        """EVSEs that are reset by themselves, by their ids: when each is back; None: it waits for
        its transaction to end (2.0.1 B12)."""
        self.book = ReservationBook(evses, self.in_service)

    def set_operative(self, operative: bool) -> None:
        """ChangeAvailability wants the whole charger in service, or out of it."""
        self.operative = operative

    def restore(self, operative: bool, reservations: tuple[Reservation, ...]) -> None:
        """Take up what was remembered."""
        self.operative = operative
        self.book.restore(reservations)

    # --- facts ---------------------------------------------------------------------------------

    def serves(self, evse: Evse, connector: Connector) -> bool:
        """True where a connector may be used: it is in service, and no reset is under way or waits
        for it."""
        if self.resets.get(evse.id) is not None:
            return False
        is_free = evse.plug.connector is None and evse.authorization.awaited is None
        if is_free and self.drains(evse):
            return False  # what is free stays so until the reset (2.0.1 B12)
        return self.in_service(evse, connector)

    def drains(self, evse: Evse) -> bool:
        """True where no further transaction may begin, since a reset waits or is under way."""
        return self._context.draining or evse.id in self.resets

    def in_service(self, evse: Evse, connector: Connector) -> bool:
        """True where ChangeAvailability has left a connector in service."""
        if not connector.operative or not evse.operative or self._context.updating:
            return False
        return self.operative or self._context.dialect.station_is_apart

    def connectors(self) -> Iterator[tuple[Evse, Connector]]:
        """Every connector with its EVSE, in order."""
        for evse in self.evses:
            for connector in evse.connectors:
                yield evse, connector

    # --- resets of single EVSEs ----------------------------------------------------------------

    def await_reset(self, evse: Evse) -> None:
        """An EVSE is to be reset when its transaction has ended."""
        self.resets[evse.id] = None
        self.show(evse)

    def begin_reset(self, evse: Evse, until: Instant) -> None:
        """The reset of an EVSE begins; until that moment it is out of service."""
        self.resets[evse.id] = until
        self.show(evse)

    def end_reset(self, evse: Evse) -> None:
        """The reset of an EVSE is over: it is what the facts make of it."""
        del self.resets[evse.id]
        self.show(evse)

    def forget_resets(self) -> None:
        """The whole charger starts anew, and its EVSEs with it."""
        self.resets.clear()

    # --- bringing up to date -------------------------------------------------------------------

    def show(self, evse: Evse) -> None:
        """Let the states of an EVSE's connectors follow from the facts, and tell; those of the
        others too, where it may have been the last that was free for a reservation."""
        for one in self.evses if self.book.entries else (evse,):
            self._follow(one)

    def _follow(self, evse: Evse) -> None:
        for connector in evse.connectors:
            serves = self.serves(evse, connector)
            state = _state_of(evse, connector, serves, self.book.shows(evse, connector))
            self.become(evse, connector, state)

    def show_all(self) -> None:
        """The same for the whole charger, itself included."""
        self._tell_station()
        for evse in self.evses:
            self._follow(evse)

    def become(self, evse: Evse, connector: Connector, state: ChargePointStatus) -> None:
        """Move a connector to a state by a legal way, and tell."""
        steps = transition_path(connector.state, state, plugged=evse.plug.connector is connector)
        for step in steps:
            connector.move(step)
            if step is not state and self._context.dialect.tells_every_step:
                self._show(evse, connector)
        if state is ChargePointStatus.UNAVAILABLE and steps:
            evse.authorization.reopen()  # H2: back in service, a cable that is in begins a use
        self._show(evse, connector)

    def _show(self, evse: Evse, connector: Connector) -> None:
        """Report a status that has changed to whoever listens here, and to the CSMS."""
        context = self._context
        word = context.dialect.status_word(evse, connector)
        shown = (word, connector.error, connector.vendor_error_code or "")
        misses = not context.online and connector.reported is not None
        if misses and (connector.broken or self._missed):
            self._missed.note(evse, connector, self._news(evse, connector))
        if connector.show(shown):
            context.report(
                StatusChanged(
                    at=context.now,
                    evse_id=evse.id,
                    connector_id=connector.id,
                    status=word,
                    error_code=connector.error,
                )
            )
        self._tell(evse, connector)

    # --- telling -------------------------------------------------------------------------------

    def _tell(self, evse: Evse, connector: Connector) -> None:
        """Tell of a connector if it is not what the CSMS was told, at once or when it has
        lasted."""
        context = self._context
        if connector.reported == self._news(evse, connector):
            connector.report_after(None)
            if context.online:
                self._tell_faults(evse, connector)
            return
        if not context.online:
            return
        wait_s = context.settings.number(MINIMUM_STATUS_DURATION)
        if wait_s and connector.reported is not None and not connector.broken:
            if connector.report_at is None:
                connector.report_after(context.now + wait_s)
                self.report_at = earliest(self.report_at, connector.report_at)
            return
        self.tell(evse, connector)

    def tell(self, evse: Evse, connector: Connector) -> None:
        """Send a connector's status whatever was told before."""
        context = self._context
        connector.report_after(None)
        if not self._wire.call(
            context.dialect.status(evse, connector, context.time),
            StatusNotification(evse.id, connector.id),
        ):
            return
        connector.note_reported(self._news(evse, connector))
        self._tell_faults(evse, connector)

    def _news(self, evse: Evse, connector: Connector) -> tuple[str, ...]:
        """The content that a status would have now."""
        dialect = self._context.dialect
        word = dialect.status_word(evse, connector)
        if not dialect.tells_errors:
            return (word,)
        return (word, connector.error, connector.vendor_error_code or "")

    def _tell_faults(self, evse: Evse, connector: Connector) -> None:
        """Tell, where that is done apart, of faults that have come or gone."""
        if connector.noticed == connector.broken or self._context.dialect.tells_errors:
            return
        for one in connector.noticed:
            if one.fault not in [other.fault for other in connector.broken]:
                self._tell_fault(evse, connector, one, mended=True)
        for one in reversed(connector.broken):
            if one.fault not in [other.fault for other in connector.noticed]:
                self._tell_fault(evse, connector, one, mended=False)
        connector.note_noticed(connector.broken)

    def _tell_fault(
        self, evse: Evse, connector: Connector, broken: ActiveFault, *, mended: bool
    ) -> None:
        context = self._context
        notice = context.dialect.notify_event(
            evse, connector, broken, context.time, context.event_id, mended=mended
        )
        if notice is not None:
            self._wire.call(notice, NotifyEvent(evse.id, connector.id, broken, mended))

    def tell_station(self) -> None:
        """Send the status of the charger itself, where its version has one (1.6 connectorId 0)."""
        context = self._context
        payload = context.dialect.station_status(self.operative, context.time)
        if payload is not None and self._wire.call(payload, StatusNotification(0, 0)):
            self._station_told = "Available" if self.operative else "Unavailable"

    def tell_list_conflict(self) -> None:
        """The CSMS contradicts the local list (1.6 section 3.5.3)."""
        payload = self._context.dialect.list_conflict(self.operative, self._context.time)
        if payload is not None:
            self._wire.call(payload)

    def _tell_station(self) -> None:
        word = "Available" if self.operative else "Unavailable"
        if self._context.online and self._station_told != word:
            self.tell_station()

    def tell_all(self) -> None:
        """After an accepted boot, or a long absence: everything (1.6 errata 3.22, 2.0.1
        B04.FR.01)."""
        self._tell_missed()
        self.tell_station()
        for evse, connector in self.connectors():
            self.tell(evse, connector)

    def tell_changes(self) -> None:
        """After an absence: what is not as it was told (1.6 section 4.9, 2.0.1 B04.FR.02)."""
        self._tell_missed()
        self._tell_station()
        for evse, connector in self.connectors():
            self._tell(evse, connector)

    def _tell_missed(self) -> None:
        """The errors of an absence come first, in their order."""
        if not self._missed:
            return
        for one in self._missed.take():
            connector = one.connector
            self._wire.call(one.came)
            if self._context.dialect.tells_errors:
                connector.note_reported(one.news)
            elif not one.over:
                connector.note_noticed((*connector.noticed, one.broken))
            if one.went is not None:
                self._wire.call(one.went)

    def lost(self, told: StatusNotification | NotifyEvent) -> None:
        """Count a status that did not arrive as not told."""
        if told.evse_id == 0:
            self._station_told = None
            return
        connector = self.evses[told.evse_id - 1].connectors[told.connector_id - 1]
        if isinstance(told, StatusNotification):
            connector.note_reported(None)
        elif told.mended:
            connector.note_noticed((*connector.noticed, told.broken))
        else:
            left = (one for one in connector.noticed if one.fault != told.broken.fault)
            connector.note_noticed(tuple(left))

    def forget(self) -> None:
        """After a boot the CSMS is to be told everything anew."""
        self._station_told = None
        self._missed.take()
        for _, connector in self.connectors():
            connector.note_reported(None)
            connector.note_noticed(())
            connector.report_after(None)

    # --- time ----------------------------------------------------------------------------------

    def tick(self) -> None:
        """Tell what has lasted long enough."""
        if self.report_at is None or self.report_at > self._context.now:
            return
        self.report_at = None
        for evse, connector in self.connectors():
            if connector.report_at is not None and connector.report_at <= self._context.now:
                self.tell(evse, connector)
            self.report_at = earliest(self.report_at, connector.report_at)


def _state_of(
    evse: Evse, connector: Connector, operative: bool, reserved: bool
) -> ChargePointStatus:
    """The status that the facts make of a connector. Being in use goes before being out of
    service, so that ChangeAvailability takes effect when the use ends (1.6 section 5.2,
    Scheduled)."""
    if connector.faulted:
        return ChargePointStatus.FAULTED
    plugged, authorization = evse.plug.connector, evse.authorization
    in_use = plugged is connector or (plugged is None and authorization.awaited is connector)
    if in_use and plugged is not None and evse.energised:
        return OF_CHARGING_STATE[evse.charging_state]
    if not operative and not (in_use and evse.transaction is not None):
        return ChargePointStatus.UNAVAILABLE
    if reserved:
        return ChargePointStatus.RESERVED
    if in_use:
        finished = authorization.finished
        return ChargePointStatus.FINISHING if finished else ChargePointStatus.PREPARING
    return ChargePointStatus.AVAILABLE
