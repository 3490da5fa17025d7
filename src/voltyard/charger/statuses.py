"""Connector states brought up to date with the facts, and told to the CSMS.

OCPP 1.6 sections 4.9 and errata 3.19, 3.22; 2.0.1 G01 and B04. While offline nothing is queued:
what the CSMS was last told is compared with what is, once it can be told again.
"""

from __future__ import annotations

from collections.abc import Iterator

from voltyard.charger import standard
from voltyard.charger.connector import Connector, State, way
from voltyard.charger.core import Core
from voltyard.charger.events import StatusChanged
from voltyard.charger.evse import Evse
from voltyard.charger.purposes import StatusTold
from voltyard.charger.wire import Wire
from voltyard.kernel.time import Instant, earliest


class Statuses:
    """What the connectors are, and what the CSMS has been told they are."""

    __slots__ = ("_core", "_station_told", "_wire", "evses", "operative", "report_at")

    def __init__(self, core: Core, wire: Wire, evses: tuple[Evse, ...]) -> None:
        self._core = core
        self._wire = wire
        self.evses = evses
        self.operative = True
        """What ChangeAvailability last wanted of the whole charger; persists."""
        self._station_told: str | None = None
        self.report_at: Instant | None = None
        """When the first status will have lasted long enough to be told."""

    # --- facts ---------------------------------------------------------------------------------

    def serves(self, evse: Evse, connector: Connector) -> bool:
        """Whether a connector may be used, as far as ChangeAvailability goes."""
        if not connector.operative or not evse.operative:
            return False
        if self._core.draining and evse.plugged is None and evse.awaited is None:
            return False  # what is free stays so until the restart (2.0.1 B12)
        return self.operative or self._core.dialect.station_is_apart

    def connectors(self) -> Iterator[tuple[Evse, Connector]]:
        """Every connector with its EVSE, in order."""
        for evse in self.evses:
            for connector in evse.connectors:
                yield evse, connector

    # --- bringing up to date -------------------------------------------------------------------

    def show(self, evse: Evse) -> None:
        """Let the states of an EVSE's connectors follow from the facts, and tell."""
        for connector in evse.connectors:
            self.become(evse, connector, evse.state_of(connector, self.serves(evse, connector)))

    def show_all(self) -> None:
        """The same for the whole charger, itself included."""
        self._tell_station()
        for evse in self.evses:
            self.show(evse)

    def become(self, evse: Evse, connector: Connector, state: State) -> None:
        """Move a connector to a state by a legal way, and tell."""
        steps = way(connector.state, state)
        for step in steps:
            connector.move(step)
            if step is not state and self._core.dialect.tells_every_step:
                self._show(evse, connector)
        if state is State.UNAVAILABLE and steps:
            evse.finished = False  # H2: back in service, a cable that is in begins a use
        self._show(evse, connector)

    def _show(self, evse: Evse, connector: Connector) -> None:
        """Report a status that has changed to whoever listens here, and to the CSMS."""
        core = self._core
        word = core.dialect.status_word(evse, connector)
        if connector.shown != (word, connector.error):
            connector.shown = (word, connector.error)
            connector.report_at = None  # what has changed has yet to last
            core.report(
                StatusChanged(
                    at=core.now,
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
        core = self._core
        word = core.dialect.status_word(evse, connector)
        if connector.reported == (word, connector.error):
            connector.report_at = None
            return
        if not core.online:
            return
        wait_s = core.settings.number(standard.MINIMUM_STATUS_DURATION)
        if wait_s and connector.reported is not None and not connector.error_code:
            if connector.report_at is None:
                connector.report_at = core.now + wait_s
                self.report_at = earliest(self.report_at, connector.report_at)
            return
        self.tell(evse, connector)

    def tell(self, evse: Evse, connector: Connector) -> None:
        """Send a connector's status whatever was told before."""
        core = self._core
        connector.report_at = None
        if not self._wire.call(
            core.dialect.status(core, evse, connector), StatusTold(evse.id, connector.id)
        ):
            return
        word = core.dialect.status_word(evse, connector)
        was_faulted = connector.reported is not None and connector.reported[1] != "NoError"
        connector.reported = (word, connector.error)
        if was_faulted is not (connector.error_code is not None):
            for notice in core.dialect.problem(core, evse, connector):
                self._wire.call(notice)

    def tell_station(self) -> None:
        """Send the status of the charger itself, where its version has one (1.6 connectorId 0)."""
        core = self._core
        payload = core.dialect.station_status(core, self.operative)
        if payload is not None and self._wire.call(payload, StatusTold(0, 0)):
            self._station_told = "Available" if self.operative else "Unavailable"

    def _tell_station(self) -> None:
        word = "Available" if self.operative else "Unavailable"
        if self._core.online and self._station_told != word:
            self.tell_station()

    def tell_all(self) -> None:
        """After an accepted boot, or a long absence: everything (1.6 errata 3.22, 2.0.1
        B04.FR.01)."""
        self.tell_station()
        for evse, connector in self.connectors():
            self.tell(evse, connector)

    def tell_changes(self) -> None:
        """After an absence: what is not as it was told (1.6 section 4.9, 2.0.1 B04.FR.02)."""
        self._tell_station()
        for evse, connector in self.connectors():
            self._tell(evse, connector)

    def lost(self, told: StatusTold) -> None:
        """A status did not arrive: it counts as not told."""
        if told.evse_id == 0:
            self._station_told = None
            return
        connector = self.evses[told.evse_id - 1].connectors[told.connector_id - 1]
        connector.reported = None

    def forget(self) -> None:
        """After a boot the CSMS is to be told everything anew."""
        self._station_told = None
        for _, connector in self.connectors():
            connector.reported = None
            connector.report_at = None

    # --- time ----------------------------------------------------------------------------------

    def tick(self) -> None:
        """Tell what has lasted long enough."""
        if self.report_at is None or self.report_at > self._core.now:
            return
        self.report_at = None
        for evse, connector in self.connectors():
            if connector.report_at is not None and connector.report_at <= self._core.now:
                self.tell(evse, connector)
            self.report_at = earliest(self.report_at, connector.report_at)
