"""What the CSMS may order, in neutral words. Deciding changes nothing; doing comes after the answer
was sent."""

from __future__ import annotations

from typing import Literal, TypeAlias

from voltyard.charger import metering, standard
from voltyard.charger.authorization import IdToken, TokenInfo
from voltyard.charger.connector import Connector
from voltyard.charger.core import Core
from voltyard.charger.evse import Evse
from voltyard.charger.ledger import Ledger
from voltyard.charger.life import Life
from voltyard.charger.purposes import Aim
from voltyard.charger.reader import Reader
from voltyard.charger.registration import Registration
from voltyard.charger.sessions import Sessions
from voltyard.charger.smart.profiles import Profile
from voltyard.charger.statuses import Statuses
from voltyard.charger.transaction import Transaction
from voltyard.kernel.errors import WrongState

Unlocking: TypeAlias = Literal["Unlocked", "UnlockFailed", "NotSupported", "Ongoing"]


class Orders:
    """The CSMS's wishes."""

    __slots__ = (
        "_core",
        "_ledger",
        "_life",
        "_reader",
        "_registration",
        "_sessions",
        "_statuses",
    )

    def __init__(
        self,
        core: Core,
        registration: Registration,
        ledger: Ledger,
        statuses: Statuses,
        sessions: Sessions,
        reader: Reader,
        life: Life,
    ) -> None:
        self._core = core
        self._registration = registration
        self._ledger = ledger
        self._statuses = statuses
        self._sessions = sessions
        self._reader = reader
        self._life = life

    # --- remote start and stop -----------------------------------------------------------------

    def place_to_start(
        self,
        token: IdToken,
        evse_id: int | None,
        connector_id: int | None = None,
        group: str | None = None,
    ) -> tuple[Evse, Connector] | None:
        """Where a remote start may take place; None: nowhere, it is to be rejected.

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
            if best is None or (best[0].plugged is None and evse.plugged is not None):
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
        right = self._reader.right(evse, connector, token)
        # Who says of which group the token is need not be asked (2.0.1 F01.FR.22).
        return right == "yes" or (right == "ask" and group is None)

    def start(
        self,
        evse: Evse,
        connector: Connector,
        token: IdToken,
        remote_start_id: int | None = None,
        group: str | None = None,
        profile: Profile | None = None,
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
        if self._core.settings.flag(standard.AUTHORIZE_REMOTE_START) or (
            asks and self._reader.right(evse, connector, token) == "ask"
        ):
            self._reader.present(token, aim)
        else:
            self._reader.conclude(token, aim, TokenInfo("Accepted", None, group))

    def running(self, wire_id: str) -> tuple[Evse, Transaction] | None:
        """The transaction a remote stop means; None: it is to be rejected."""
        if self._registration.status != "Accepted":
            return None
        return self._ledger.find_wire(wire_id)

    def stop(self, evse: Evse) -> None:
        """Stop what was accepted to be stopped."""
        self._sessions.stop(evse, "RemoteStop", "Remote")

    # --- unlock --------------------------------------------------------------------------------

    def unlocking(self, evse: Evse, connector: Connector) -> Unlocking:
        """What comes of an unlock; a jammed lock is the fault ConnectorLockFailure."""
        running = evse.plugged is connector and evse.transaction is not None
        authorized = evse.id_token is not None
        if running and authorized and not self._core.dialect.unlocking_stops:
            return "Ongoing"  # 2.0.1 F05.FR.02: authorized ones only
        if not connector.spec.has_lock:
            return "NotSupported"
        return "UnlockFailed" if connector.lacks("lock") else "Unlocked"

    def unlock(self, evse: Evse, connector: Connector) -> None:
        """Release the cable; a running transaction ends first (1.6 section 5.18, UnlockCommand)."""
        if evse.plugged is not connector:
            return
        evse.locked_for = None
        if evse.transaction is not None and self._core.dialect.unlocking_stops:
            self._sessions.stop(evse, "UnlockCommand", "UnlockCommand", at_once=True)

    # --- availability --------------------------------------------------------------------------

    def availability(
        self, operative: bool, evse: Evse | None, connector: Connector | None
    ) -> Literal["Accepted", "Scheduled"]:
        """What comes of a change: a running transaction puts going out of service off."""
        if operative:
            return "Accepted"
        for one in self._sessions.evses if evse is None else (evse,):
            busy = one.transaction is not None
            if busy and (connector is None or one.plugged in (connector, None)):
                return "Scheduled"
        return "Accepted"

    def change_availability(
        self, operative: bool, evse: Evse | None, connector: Connector | None
    ) -> None:
        """Take the wish down; states follow from it, after a running transaction where there is
        one."""
        if connector is not None:
            connector.operative = operative
        elif evse is not None:
            evse.operative = operative
        else:
            self._statuses.operative = operative
            if self._core.dialect.station_is_apart:
                for _, each in self._statuses.connectors():
                    each.operative = operative
        self._core.remember()
        for one in self._sessions.evses:
            waits = one.awaited
            if waits is None or one.transaction is not None:
                continue
            if not self._statuses.serves(one, waits):
                one.forget_driver()
        self._statuses.show_all()
        self._sessions.resume()

    # --- reset ---------------------------------------------------------------------------------

    @property
    def resets(self) -> bool:
        """Whether the charger can be reset at all."""
        if self._core.updating:
            return False  # what is half written would not come up again
        return not any(each.lacks("reset") for _, each in self._statuses.connectors())

    def reset_now(self, *, graceful: bool) -> None:
        """Restart: softly (transactions end gracefully), or hard."""
        self._life.reset("SoftReset" if graceful else "HardReset", "RemoteReset", graceful=graceful)

    def reset_immediately(self) -> None:
        """2.0.1 Immediate: transactions end with ImmediateReset."""
        self._life.reset("ImmediateReset", "RemoteReset", graceful=True)

    # --- triggers ------------------------------------------------------------------------------

    def tell_status(self, evse: Evse | None, connector: Connector | None) -> None:
        """Send statuses again: of one connector, or of everything."""
        for one, each in self._statuses.connectors():
            if (evse is None or one is evse) and (connector is None or each is connector):
                self._statuses.tell(one, each)

    def tell_values(self, evse: Evse | None) -> None:
        """Send the latest values of one EVSE or of all (1.6 section 5.17)."""
        core = self._core
        measurands = core.settings.members(core.dialect.triggered_measurands)
        for one in self._sessions.evses if evse is None else (evse,):
            one.settle(core.now)
            readings = metering.read(one, measurands, "Trigger", core.time)
            if not readings:
                continue
            if one.transaction is not None and core.dialect.values_belong_to_transactions:
                self._ledger.tell_values(one, "Trigger", readings)
            else:
                self._sessions.marks.tell_idle(one, readings)

    def tell_transaction(self, evse: Evse | None) -> None:
        """Send an event of the running transactions (2.0.1 F06, TransactionEvent)."""
        core = self._core
        measurands = core.settings.members(standard.SAMPLED_MEASURANDS)
        for one in self._sessions.evses if evse is None else (evse,):
            if one.transaction is not None:
                one.settle(core.now)
                readings = metering.read(one, measurands, "Trigger", core.time)
                self._ledger.tell_values(one, "Trigger", readings)
