"""Remote control by the CSMS: start, stop, unlock, availability, reset and triggers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from voltyard.charger.authorization.authorizer import Authorizer
from voltyard.charger.authorization.id_token import IdToken, TokenInfo
from voltyard.charger.connection.call_purposes import Aim
from voltyard.charger.connection.power_and_reset import PowerAndReset
from voltyard.charger.connection.registration import Registration
from voltyard.charger.context import ChargerContext
from voltyard.charger.evse import metering
from voltyard.charger.evse.connector import Connector
from voltyard.charger.evse.evse import Evse
from voltyard.charger.evse.sessions import Sessions
from voltyard.charger.evse.statuses import Statuses
from voltyard.charger.smart_charging.profiles import ChargingProfile
from voltyard.charger.transactions.lifecycle import TransactionLifecycle
from voltyard.charger.transactions.transaction import Transaction
from voltyard.charger.variables.standard.authorization import AUTHORIZE_REMOTE_START
from voltyard.charger.variables.standard.meter_values import SAMPLED_MEASURANDS
from voltyard.kernel.errors import WrongState

UnlockOutcome: TypeAlias = Literal["Unlocked", "UnlockFailed", "NotSupported", "Ongoing"]


@dataclass(slots=True, eq=False, repr=False)
class RemoteControl:
    """Decides on a request without changing anything; carries it out after the response."""

    _context: ChargerContext
    _registration: Registration
    _transactions: TransactionLifecycle
    _statuses: Statuses
    _sessions: Sessions
    _authorizer: Authorizer
    _power: PowerAndReset

    # --- remote start and stop -----------------------------------------------------------------

    def place_to_start(
        self,
        token: IdToken,
        evse_id: int | None,
        connector_id: int | None = None,
        group: str | None = None,
    ) -> tuple[Evse, Connector] | None:
        """The place where a remote start may begin; None: nowhere, it is to be rejected.

        Without an EVSE the charger chooses: the one that is reserved for the token, else one with
        a vehicle waiting, else the first free one.
        """
        if self._registration.status != "Accepted":
            return None
        book = self._sessions.book
        best: tuple[Evse, Connector] | None = None
        for evse, connector in self._statuses.connectors():
            if evse_id not in (None, evse.id) or connector_id not in (None, connector.id):
                continue
            if not self._may_start(evse, connector, token, group):
                continue
            if book.entries and book.owned(evse, connector, token, group) is not None:
                return evse, connector
            if best is None or (best[0].plug.connector is None and evse.plug.connector is not None):
                best = evse, connector
        return best

    def _may_start(
        self, evse: Evse, connector: Connector, token: IdToken, group: str | None
    ) -> bool:
        try:
            self._sessions.check_free(evse, connector, token)
        except WrongState:
            return False
        book = self._sessions.book
        if not book.entries or book.owned(evse, connector, token, group) is not None:
            return True
        right = self._authorizer.right(evse, connector, token)
        # Who says of which group the token is need not be asked (2.0.1 F01.FR.22).
        return right == "yes" or (right == "ask" and group is None)

    def start(
        self,
        evse: Evse,
        connector: Connector,
        token: IdToken,
        remote_start_id: int | None = None,
        group: str | None = None,
        profile: ChargingProfile | None = None,
    ) -> None:
        """Begin what was accepted: with authorization first, or straight
        (AuthorizeRemoteTxRequests)."""
        aim = Aim(
            what="start",
            evse_id=evse.id,
            connector_id=connector.id,
            trigger="RemoteStart",
            remote_start_id=remote_start_id,
            profile=profile,
        )
        asks = self._sessions.book.entries and group is None
        if self._context.settings.flag(AUTHORIZE_REMOTE_START) or (
            asks and self._authorizer.right(evse, connector, token) == "ask"
        ):
            self._authorizer.present(token, aim)
        else:
            self._authorizer.conclude(token, aim, TokenInfo("Accepted", None, group))

    def running(self, wire_id: str) -> tuple[Evse, Transaction] | None:
        """The transaction a remote stop means; None: it is to be rejected."""
        if self._registration.status != "Accepted":
            return None
        return self._transactions.find_wire(wire_id)

    def stop(self, evse: Evse) -> None:
        """Stop what was accepted to be stopped."""
        self._sessions.stop(evse, "RemoteStop", "Remote")

    # --- unlock --------------------------------------------------------------------------------

    def unlock_outcome(self, evse: Evse, connector: Connector) -> UnlockOutcome:
        """The outcome of an unlock; a jammed lock is the fault ConnectorLockFailure."""
        running = evse.plug.connector is connector and evse.transaction is not None
        authorized = evse.authorization.id_token is not None
        if running and authorized and not self._context.dialect.unlocking_stops:
            return "Ongoing"  # 2.0.1 F05.FR.02: authorized ones only
        if not connector.spec.has_lock:
            return "NotSupported"
        return "UnlockFailed" if connector.lacks("lock") else "Unlocked"

    def unlock(self, evse: Evse, connector: Connector) -> None:
        """Release the cable; a running transaction ends first (1.6 section 5.18, UnlockCommand)."""
        if evse.plug.connector is not connector:
            return
        evse.plug.release()
        if evse.transaction is not None and self._context.dialect.unlocking_stops:
            self._sessions.stop(evse, "UnlockCommand", "UnlockCommand", at_once=True)

    # --- availability --------------------------------------------------------------------------

    def availability(
        self, operative: bool, evse: Evse | None, connector: Connector | None
    ) -> Literal["Accepted", "Scheduled"]:
        """The answer to a change: a running transaction puts going out of service off."""
        if operative:
            return "Accepted"
        for one in self._sessions.evses if evse is None else (evse,):
            busy = one.transaction is not None
            if busy and (connector is None or one.plug.connector in (connector, None)):
                return "Scheduled"
        return "Accepted"

    def change_availability(
        self, operative: bool, evse: Evse | None, connector: Connector | None
    ) -> None:
        """Take the wish down; states follow from it, after a running transaction where there is
        one."""
        if connector is not None:
            connector.set_operative(operative)
        elif evse is not None:
            evse.set_operative(operative)
        else:
            self._statuses.set_operative(operative)
            if self._context.dialect.station_is_apart:
                for _, each in self._statuses.connectors():
                    each.set_operative(operative)
        self._context.remember()
        for one in self._sessions.evses:
            waits = one.authorization.awaited
            if waits is None or one.transaction is not None:
                continue
            if not self._statuses.serves(one, waits):
                one.forget_driver()
        self._statuses.show_all()
        self._sessions.resume()

    # --- reset ---------------------------------------------------------------------------------

    @property
    def can_reset(self) -> bool:
        """True where the charger can be reset at all."""
        if self._context.updating:
            return False  # what is half written would not come up again
        return not any(each.lacks("reset") for _, each in self._statuses.connectors())

    def can_reset_evse(self, evse: Evse) -> bool:
        """True where an EVSE can be reset by itself."""
        if self._context.updating or self._context.restarting:
            return False
        return not any(each.lacks("reset") for each in evse.connectors)

    def reset_now(self, *, graceful: bool) -> None:
        """Restart: softly (transactions end gracefully), or hard."""
        self._power.reset(
            "SoftReset" if graceful else "HardReset", "RemoteReset", graceful=graceful
        )

    def reset_immediately(self) -> None:
        """2.0.1 Immediate: transactions end with ImmediateReset."""
        self._power.reset("ImmediateReset", "RemoteReset", graceful=True)

    # --- triggers ------------------------------------------------------------------------------

    def tell_status(self, evse: Evse | None, connector: Connector | None) -> None:
        """Send statuses again: of one connector, or of everything."""
        for one, each in self._statuses.connectors():
            if (evse is None or one is evse) and (connector is None or each is connector):
                self._statuses.tell(one, each)

    def tell_values(self, evse: Evse | None) -> None:
        """Send the latest values of one EVSE or of all (1.6 section 5.17)."""
        context = self._context
        measurands = context.settings.members(context.dialect.triggered_measurands)
        for one in self._sessions.evses if evse is None else (evse,):
            one.settle(context.now)
            readings = metering.read(one, measurands, "Trigger", context.time)
            if not readings:
                continue
            if one.transaction is not None and context.dialect.values_belong_to_transactions:
                self._transactions.tell_values(one, "Trigger", readings)
            else:
                self._sessions.aligned_values.tell_idle(one, readings)

    def tell_transaction(self, evse: Evse | None) -> None:
        """Send an event of the running transactions (2.0.1 F06, TransactionEvent)."""
        context = self._context
        measurands = context.settings.members(SAMPLED_MEASURANDS)
        for one in self._sessions.evses if evse is None else (evse,):
            if one.transaction is not None:
                one.settle(context.now)
                readings = metering.read(one, measurands, "Trigger", context.time)
                self._transactions.tell_values(one, "Trigger", readings)
