"""What happens at the charger: cables, drivers, energy, faults. Facts change here, and what follows
is told.

Each method is one happening. It first lets the energy flow up to now, then changes facts, then lets
the transaction (`Ledger`) and the states (`Statuses`) follow. What cannot happen raises WrongState
before anything is changed.
"""

from __future__ import annotations

from voltyard.charger import metering, standard
from voltyard.charger.authorization import IdToken
from voltyard.charger.connector import Connector, State
from voltyard.charger.core import Core
from voltyard.charger.evse import Evse
from voltyard.charger.ledger import Ledger
from voltyard.charger.statuses import Statuses
from voltyard.charger.transaction import Reason, Trigger
from voltyard.charger.wire import Wire
from voltyard.kernel.errors import WrongState
from voltyard.kernel.time import Instant, earliest
from voltyard.physics.vehicle import Vehicle

REACHED_WH = 0.02
"""An energy bound this close is reached; the battery's own rounding is smaller."""

EV_SIDE_DISCONNECTED = "EV side disconnected"
"""The remark OCPP 1.6 section 4.9 prescribes."""

_FAULT_REASONS: dict[str, Reason] = {
    "GroundFailure": "GroundFault",
    "OverCurrentFailure": "OvercurrentFault",
}


class Sessions:
    """The EVSEs of one charger and what happens at them."""

    __slots__ = ("_core", "_ledger", "_statuses", "_wire", "evses")

    def __init__(
        self, core: Core, wire: Wire, ledger: Ledger, statuses: Statuses, evses: tuple[Evse, ...]
    ) -> None:
        self._core = core
        self._wire = wire
        self._ledger = ledger
        self._statuses = statuses
        self.evses = evses

    # --- the cable -----------------------------------------------------------------------------

    def plug(self, evse: Evse, connector: Connector, vehicle: Vehicle | None) -> None:
        """A vehicle's cable goes in, or in again at the vehicle's end."""
        if evse.plugged is connector and not evse.present:
            evse.settle(self._core.now)
            evse.present = True
            evse.expires_at = None
            connector.info = None
            self._follow(evse, "CablePluggedIn")
            return
        if evse.plugged is not None:
            raise WrongState(
                "a vehicle is plugged in already",
                hint="unplug it first",
                evse_id=evse.id,
                connector_id=evse.plugged.id,
            )
        evse.settle(self._core.now)
        evse.plugged = connector
        evse.vehicle = vehicle or self._core.spec.vehicle
        evse.soc_percent = evse.vehicle.soc_percent
        evse.present = evse.wants = True
        evse.awaited = evse.expires_at = None
        if connector.state is State.AVAILABLE or connector.state is State.PREPARING:
            self._statuses.become(evse, connector, State.PREPARING)
        self._follow(evse, "CablePluggedIn")

    def unplug(self, evse: Evse) -> None:
        """The cable is taken out; a running transaction ends first (1.6: EVDisconnected)."""
        connector = evse.plugged
        if connector is None:
            raise WrongState("no vehicle is plugged in", evse_id=evse.id)
        if evse.locked_for is not None:
            raise WrongState(
                "the cable is locked",
                hint="the card that started, or an unlock, releases it",
                evse_id=evse.id,
            )
        evse.settle(self._core.now)
        evse.plugged = evse.vehicle = None
        evse.present = evse.finished = False
        connector.info = None
        evse.forget_driver()
        if evse.transaction is not None:  # whatever its stop points are
            self._ledger.end(evse, "EVCommunicationLost", "EVDisconnected")
        self._follow(evse, "EVCommunicationLost")

    def pull_at_vehicle(self, evse: Evse) -> None:
        """The cable is pulled at the vehicle (1.6 section 4.9, 2.0.1 E09, E10)."""
        connector = evse.plugged
        if connector is None or not evse.present:
            raise WrongState("no vehicle is connected", evse_id=evse.id)
        evse.settle(self._core.now)
        evse.present = False
        connector.info = EV_SIDE_DISCONNECTED
        if evse.transaction is not None and self._core.settings.flag(
            standard.STOP_ON_EV_DISCONNECT
        ):
            locks = connector.spec.has_lock and not self._core.settings.flag(
                standard.UNLOCK_ON_EV_DISCONNECT
            )
            evse.locked_for = evse.id_token if locks else None
            evse.forget_driver()
            evse.finished = True
        self._follow(evse, "EVCommunicationLost", "EVDisconnected")
        if evse.transaction is not None and not connector.spec.has_lock:
            self._expect_vehicle(evse)

    def _expect_vehicle(self, evse: Evse) -> None:
        """Nobody but the vehicle can end what a fixed cable's pulling suspended: it has a time to
        come back (2.0.1 E10.FR.02)."""
        if evse.id_token is None or self._core.dialect.rides_out_disconnection:
            return
        wait_s = self._core.settings.number(standard.CONNECTION_TIMEOUT)
        evse.expires_at = self._core.now + wait_s if wait_s else None

    # --- the driver ----------------------------------------------------------------------------

    def authorize(
        self,
        evse: Evse,
        connector: Connector,
        token: IdToken,
        group: str | None,
        trigger: Trigger = "Authorized",
        remote_start_id: int | None = None,
    ) -> None:
        """Somebody may charge here: now, or when a cable comes in within ConnectionTimeOut."""
        self.check_free(evse, connector)
        evse.settle(self._core.now)
        evse.finished = False
        if evse.plugged is not None:
            self._statuses.show(evse)
        evse.id_token = token
        evse.group = group
        evse.remote_start_id = remote_start_id
        if evse.plugged is None:
            evse.awaited = connector
            wait_s = self._core.settings.number(standard.CONNECTION_TIMEOUT)
            evse.expires_at = self._core.now + wait_s if wait_s else None
            self._statuses.show(evse)
        self._follow(evse, trigger)

    def check_free(self, evse: Evse, connector: Connector) -> None:
        """WrongState unless somebody may begin to charge there."""
        why = None
        if self._core.restarting or not evse.live:
            why = "the charger is restarting"
        elif self._core.draining and evse.transaction is None:
            why = "the charger is about to restart"
        elif connector.error_code is not None:
            why = "the connector is faulted"
        elif not self._statuses.serves(evse, connector):
            why = "the connector is out of service"
        elif evse.plugged is not None and evse.plugged is not connector:
            why = "another connector of the EVSE is in use"
        elif evse.id_token is not None:
            why = "somebody is authorized there already"
        elif evse.transaction is not None and evse.transaction.reason is not None:
            why = "its transaction is ending"
        if why is not None:
            raise WrongState(
                why, evse_id=evse.id, connector_id=connector.id, state=connector.state.value
            )

    def stop(
        self,
        evse: Evse,
        trigger: Trigger,
        reason: Reason,
        token: IdToken | None = None,
        *,
        at_once: bool = False,
    ) -> None:
        """The authorization ends, and with it the transaction if a stop point says so or it must
        be `at_once`; the cable stays in."""
        evse.settle(self._core.now)
        transaction = evse.transaction
        if transaction is not None:
            transaction.stop_token = token
        evse.forget_driver()
        evse.finished = evse.plugged is not None
        if transaction is not None and (at_once or evse.plugged is None):
            self._ledger.end(evse, trigger, reason)
        self._follow(evse, trigger, reason)

    def refused(self, evse: Evse) -> None:
        """The CSMS does not accept the running transaction's token (1.6 StartTransaction.conf,
        2.0.1 E05)."""
        if self._core.settings.flag(standard.STOP_ON_INVALID_ID):
            self.stop(evse, "Deauthorized", "DeAuthorized")
            return
        if evse.barred_wh is not None:
            return
        evse.settle(self._core.now)
        allowance_wh = self._core.settings.number(standard.MAX_ENERGY_ON_INVALID_ID)
        evse.barred_wh = evse.register_wh + allowance_wh
        self._turn(evse)

    # --- energy --------------------------------------------------------------------------------

    def want(self, evse: Evse, wants: bool) -> None:
        """The vehicle asks for energy, or no longer does."""
        if evse.plugged is None:
            raise WrongState("no vehicle is plugged in", evse_id=evse.id)
        evse.settle(self._core.now)
        evse.wants = wants
        self._turn(evse)

    def offer(self, evse: Evse, power_w: float) -> None:
        """The EVSE offers that much from now on."""
        evse.settle(self._core.now)
        before_w = evse.flow().power_w
        evse.offer_w = power_w
        self._turn(evse)
        after_w = evse.flow().power_w
        if evse.transaction is not None and before_w > 0.0 and after_w not in (0.0, before_w):
            self._ledger.happened(evse, "ChargingRateChanged")

    def _turn(self, evse: Evse) -> None:
        """The flow of energy may have changed."""
        transaction = evse.transaction
        told = None if transaction is None else transaction.charging_state
        if evse.energised and evse.charging_state != told:
            self._follow(evse, "ChargingStateChanged")
        else:
            evse.foresee()
            self._statuses.show(evse)

    # --- faults --------------------------------------------------------------------------------

    def fault(
        self,
        evse: Evse,
        connector: Connector,
        error_code: str,
        vendor_error_code: str | None,
        info: str | None,
    ) -> None:
        """Something breaks; a transaction on the connector ends."""
        evse.settle(self._core.now)
        in_use = evse.plugged is connector or evse.awaited is connector
        connector.error_code = error_code
        connector.vendor_error_code = vendor_error_code
        connector.fault_info = info
        reason = _FAULT_REASONS.get(error_code, "Other")
        if in_use and (evse.id_token is not None or evse.transaction is not None):
            self.stop(evse, "AbnormalCondition", reason, at_once=True)
        else:
            self._statuses.show(evse)

    def repair(self, evse: Evse, connector: Connector) -> None:
        """It works again: back to what the facts make of it (1.6 I1 to I8)."""
        if connector.error_code is None:
            raise WrongState("nothing is broken", evse_id=evse.id, connector_id=connector.id)
        evse.settle(self._core.now)
        connector.error_code = connector.vendor_error_code = connector.fault_info = None
        self._statuses.show(evse)
        self.resume()

    def resume(self) -> None:
        """Charging is possible again: where a cable alone begins a transaction, it does now."""
        for evse in self.evses:
            if evse.plugged is not None and evse.transaction is None:
                self._follow(evse, "CablePluggedIn")

    # --- what follows --------------------------------------------------------------------------

    def _follow(self, evse: Evse, trigger: Trigger, reason: Reason | None = None) -> None:
        self._ledger.happened(evse, trigger, reason)
        self._statuses.show(evse)

    # --- time ----------------------------------------------------------------------------------

    def deadline(self) -> Instant | None:
        """When something will happen by itself."""
        soonest = self._ledger.aligned_at
        for evse in self.evses:
            for at in (evse.sample_at, evse.turn_at, evse.expires_at, evse.end_at, evse.kept_at):
                if at is not None and (soonest is None or at < soonest):
                    soonest = at
        report_at = self._statuses.report_at
        return soonest if report_at is None else earliest(soonest, report_at)

    def tick(self) -> None:
        """Let happen what is due."""
        core = self._core
        for evse in self.evses:
            if evse.expires_at is not None and evse.expires_at <= core.now:
                self.stop(evse, "EVConnectTimeout", "Timeout")
            if evse.turn_at is not None and evse.turn_at <= core.now:
                self._turned(evse)
            if evse.end_at is not None and evse.end_at <= core.now:
                self._end_session(evse)
            if _due(evse.sample_at, core.now) or _due(evse.kept_at, core.now):
                evse.settle(core.now)
                self._ledger.sample(evse)
        if self._ledger.aligned_at is not None and self._ledger.aligned_at <= core.now:
            self.align()
        self._statuses.tick()

    def _turned(self, evse: Evse) -> None:
        """A bound of energy is reached, or the vehicle is full."""
        evse.settle(self._core.now)
        evse.turn_at = None
        if evse.end_wh is not None:
            full = evse.flow().power_w <= 0.0
            if full or evse.register_wh >= evse.end_wh - REACHED_WH:
                self._end_session(evse)
                return
        if evse.barred_wh is not None and evse.register_wh >= evse.barred_wh - REACHED_WH:
            evse.barred_wh = evse.register_wh
        self._turn(evse)

    def _end_session(self, evse: Evse) -> None:
        """A session that was given an end reaches it: the driver stops it, and leaves if told
        so."""
        token = evse.id_token
        leaves = evse.unplugs
        evse.end_at = evse.end_wh = None
        evse.unplugs = False
        if evse.transaction is not None:
            self.stop(evse, "StopAuthorized", "Local", token)
        if leaves and evse.plugged is not None:
            self.unplug(evse)

    # --- clock-aligned values ------------------------------------------------------------------

    def align(self) -> None:
        """Take the values of a mark of the clock, to be kept for the end, to be told, or both."""
        now = self._core.now
        for evse in self.evses:
            evse.settle(now)
        if _due(self._ledger.keep_mark_at, now):
            self._keep_mark()
        if _due(self._ledger.tell_mark_at, now):
            self._tell_mark()
        self._ledger.schedule_aligned()

    def _keep_mark(self) -> None:
        core = self._core
        measurands = core.settings.members(standard.ALIGNED_ENDED_MEASURANDS)
        for evse in self.evses:
            if evse.transaction is not None:
                readings = metering.read(evse, measurands, "Sample.Clock", core.time)
                self._ledger.keep(evse.transaction, readings)

    def _tell_mark(self) -> None:
        """Of transactions, of idle EVSEs, of the main meter."""
        core = self._core
        measurands = core.settings.members(standard.ALIGNED_MEASURANDS)
        busy = any(evse.transaction is not None for evse in self.evses)
        if busy and core.settings.flag(standard.ALIGNED_ONLY_IDLE):
            return  # 2.0.1 J01.FR.20
        for evse in self.evses:
            readings = metering.read(evse, measurands, "Sample.Clock", core.time)
            if readings and evse.transaction is not None:
                self._ledger.tell_values(evse, "MeterValueClock", readings)
            elif readings and core.online:
                self.tell_idle(evse, readings)  # what belongs to no transaction is not queued
        main = metering.read_main(self.evses, measurands, "Sample.Clock", core.time)
        if main and core.online:
            self.tell_idle(None, main)

    def tell_idle(self, evse: Evse | None, readings: tuple[metering.Reading, ...]) -> None:
        """Send values that belong to no transaction; None is the main meter."""
        self._wire.call(self._core.dialect.idle_values(evse, readings))


def _due(at: Instant | None, now: Instant) -> bool:
    return at is not None and at <= now
