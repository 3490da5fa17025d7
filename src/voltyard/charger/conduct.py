"""Commands carried out, one after the other, each with exactly one answer.

A command begins when the one before it has been answered, so what is asked in a burst while the
charger is still booting happens in its order. Two kinds wait: what needs the CSMS waits for the
first acceptance (not longer than PATIENCE_S, and not at all where network or power was taken away:
that fails at once), and what asked the CSMS waits for its word. Forces of nature (power, network,
faults, the red button) do not wait for the CSMS's word: whatever is being waited for fails or goes
on without it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from voltyard.charger import commands
from voltyard.charger.authorization import IdToken, TokenInfo
from voltyard.charger.commands import Command
from voltyard.charger.connector import Connector
from voltyard.charger.effects import Answer, Done, Failed
from voltyard.charger.evse import Evse
from voltyard.charger.purposes import Aim, Proxied
from voltyard.kernel import limits
from voltyard.kernel.errors import Conflict, Invalid, Overfull, VoltyardError, WrongState
from voltyard.kernel.time import Instant, Seconds

if TYPE_CHECKING:
    from voltyard.charger.charger import Charger

PATIENCE_S: Seconds = 60.0
"""How long a command that needs the CSMS waits for the charger's first acceptance."""

ERROR_CODES = frozenset(
    {
        "ConnectorLockFailure",
        "EVCommunicationError",
        "GroundFailure",
        "HighTemperature",
        "InternalError",
        "LocalListConflict",
        "OtherError",
        "OverCurrentFailure",
        "PowerMeterFailure",
        "PowerSwitchFailure",
        "ReaderFailure",
        "ResetFailure",
        "UnderVoltage",
        "OverVoltage",
        "WeakSignal",
    }
)
"""OCPP 1.6 ChargePointErrorCode, but NoError."""

_FORCES = (
    commands.PowerCut,
    commands.PowerRestore,
    commands.NetworkDrop,
    commands.NetworkRestore,
    commands.EmergencyStop,
    commands.InjectFault,
    commands.ClearFault,
)

_NEEDS_ACCEPTANCE = (
    commands.Authorize,
    commands.Swipe,
    commands.StartTransaction,
    commands.StartSession,
    commands.ProxyMessage,
)

Outcome: TypeAlias = Done | Failed | None
"""None: it waits, and `Core.conclude` will say."""


class Conduct:
    """The commands of one charger."""

    __slots__ = ("_charger", "_current", "_patience_at", "_queue")

    def __init__(self, charger: Charger) -> None:
        self._charger = charger
        self._queue: deque[tuple[str, Command]] = deque()
        self._current: str | None = None
        """The command whose word is awaited."""
        self._patience_at: Instant | None = None
        """When the first of the queue has waited long enough for acceptance."""

    def ask(self, id: str, command: Command) -> None:
        """Take a command; it is begun by `proceed`."""
        if len(self._queue) >= limits.COMMAND_QUEUE:
            self._answer(id, Failed(Overfull.code, "too many commands wait for this charger"))
            return
        self._queue.append((id, command))

    def proceed(self) -> None:
        """Answer what has come to its end, and begin what may begin."""
        outcomes = self._charger.core.outcomes
        while True:
            while outcomes:
                id, outcome = outcomes.pop(0)
                if id == self._current:
                    self._current = None
                self._answer(id, outcome)
            if not self._queue:
                return
            id, command = self._queue[0]
            if self._current is not None and not isinstance(command, _FORCES):
                return
            if isinstance(command, _NEEDS_ACCEPTANCE) and self._waits():
                return
            self._queue.popleft()
            self._patience_at = None
            self._begin(id, command)

    def _begin(self, id: str, command: Command) -> None:
        carry_out = _TABLE[type(command)]
        if not isinstance(command, _FORCES):
            self._current = id
        try:
            if isinstance(command, _NEEDS_ACCEPTANCE):
                self._check_reachable()
            outcome = carry_out(self._charger, command, id)
        except VoltyardError as error:
            details = dict(error.details)
            if error.advice:
                details["hint"] = error.advice
            outcome = Failed(error.code, error.message, details)
        if outcome is not None:
            self._current = None if self._current == id else self._current
            self._answer(id, outcome)

    def _answer(self, id: str, outcome: Done | Failed) -> None:
        self._charger.core.effects.append(Answer(id, outcome))

    # --- waiting for acceptance ----------------------------------------------------------------

    def _waits(self) -> bool:
        """Whether the first acceptance is still to be hoped for."""
        charger = self._charger
        if charger.registration.status == "Accepted" or self._cut_off:
            return False
        if self._patience_at is None:
            self._patience_at = charger.core.now + PATIENCE_S
        return charger.core.now < self._patience_at

    def _check_reachable(self) -> None:
        """Nobody charges before the first acceptance (TxBeforeAcceptedEnabled is false)."""
        if self._charger.registration.status != "Accepted":
            raise NotAccepted("the CSMS has not accepted the charger")

    @property
    def _cut_off(self) -> bool:
        return self._charger.connection.cut or not self._charger.life.powered

    def deadline(self) -> Instant | None:
        """When patience ends."""
        return self._patience_at


class NotAccepted(VoltyardError):
    """The charger has not been accepted by its CSMS, or has no power to ask it."""

    code = "not_connected"
    hint = "the command can be carried out once the charger has booted"


# --- what each command does --------------------------------------------------------------------


def _place(charger: Charger, command: Any) -> tuple[Evse, Connector]:
    at = cast(commands.AtConnector, command)
    return charger.core.dialect.locate(charger.evses, at)


def _token(charger: Charger, command: Any) -> IdToken:
    text: str = command.id_tag
    longest = charger.core.dialect.longest_token
    if not text or len(text) > longest:
        raise Invalid(f"an id tag has 1 to {longest} characters")
    kinds = charger.core.dialect.token_kinds
    if kinds and command.id_token_type not in kinds:
        raise Invalid("no type of an id token", known=sorted(kinds))
    return IdToken(text, command.id_token_type)


def _powered(charger: Charger) -> None:
    if not charger.life.powered:
        raise WrongState("the charger has no power", hint="power-restore brings it back")


def _plug(charger: Charger, command: commands.PlugIn, id: str) -> Outcome:
    evse, connector = _place(charger, command)
    charger.sessions.plug(evse, connector, command.vehicle)
    return Done()


def _unplug(charger: Charger, command: commands.Unplug, id: str) -> Outcome:
    evse, connector = _place(charger, command)
    _check_plugged(evse, connector)
    charger.sessions.unplug(evse)
    return Done()


def _check_plugged(evse: Evse, connector: Connector) -> None:
    if evse.plugged is not connector:
        raise WrongState(
            "no vehicle is plugged in there", evse_id=evse.id, connector_id=connector.id
        )


def _unlock(charger: Charger, command: commands.Unlock, id: str) -> Outcome:
    _powered(charger)
    evse, connector = _place(charger, command)
    outcome = charger.orders.unlocking(evse, connector)
    if outcome != "Unlocked":
        raise WrongState(f"the latch does not open: {outcome}", status=outcome)
    charger.orders.unlock(evse, connector)
    return Done({"status": outcome})


def _authorize(charger: Charger, command: commands.Authorize, id: str) -> Outcome:
    charger.reader.present(_token(charger, command), Aim(what="ask", command_id=id))
    return None


def _swipe(charger: Charger, command: commands.Swipe, id: str) -> Outcome:
    evse, connector = _place(charger, command)
    token = _token(charger, command)
    if evse.locked_for is not None and evse.locked_for.key == token.key:
        evse.locked_for = None
        return Done({"unlocked": True})
    if evse.id_token is None:
        charger.sessions.check_free(evse, connector)
        _room(charger)
        charger.reader.present(token, _start_aim(evse, connector, id))
        return None
    running = evse.transaction.id if evse.transaction else None
    aim = Aim(what="stop", evse_id=evse.id, transaction=running, command_id=id)
    if evse.id_token.key == token.key:
        charger.reader.conclude(token, aim, TokenInfo("Accepted", None, evse.group))
        return None
    known = charger.authorization.known(token, charger.core.time)
    if known is not None and known.admits(evse.group):
        charger.reader.conclude(token, aim, known)
    else:
        charger.reader.present(token, aim)
    return None


def _start_aim(evse: Evse, connector: Connector, id: str) -> Aim:
    return Aim(what="start", evse_id=evse.id, connector_id=connector.id, command_id=id)


def _room(charger: Charger) -> None:
    if charger.outbox.full:
        raise Overfull("too many transaction messages wait to be sent")


def _start_transaction(charger: Charger, command: commands.StartTransaction, id: str) -> Outcome:
    evse, connector = _place(charger, command)
    token = _token(charger, command)
    _check_plugged(evse, connector)
    _room(charger)
    known = charger.authorization.known(token, charger.core.time)
    info = TokenInfo("Accepted", None, known.group if known else None)
    charger.reader.conclude(token, _start_aim(evse, connector, id), info)
    return None


def _stop_transaction(charger: Charger, command: commands.StopTransaction, id: str) -> Outcome:
    _powered(charger)
    running = [
        evse
        for evse in charger.evses
        if evse.transaction is not None
        and command.transaction_id in (None, evse.transaction.wire_id, evse.transaction.id)
    ]
    if not running:
        raise WrongState("no such transaction is running")
    if len(running) > 1:
        raise Conflict("several transactions are running", hint="name one by its transaction_id")
    _stop(charger, running[0])
    return Done()


def _stop(charger: Charger, evse: Evse) -> None:
    charger.sessions.stop(evse, "StopAuthorized", "Local", evse.id_token, at_once=True)


def _start_session(charger: Charger, command: commands.StartSession, id: str) -> Outcome:
    evse, connector = _place(charger, command)
    token = _token(charger, command)
    charger.sessions.check_free(evse, connector)
    _room(charger)
    if evse.plugged is None:
        charger.sessions.plug(evse, connector, command.vehicle)
    ends = command.duration_s is not None or command.target_energy_wh is not None
    aim = Aim(
        what="start",
        evse_id=evse.id,
        connector_id=connector.id,
        command_id=id,
        duration_s=command.duration_s,
        target_wh=command.target_energy_wh,
        unplugs=ends,
    )
    charger.reader.present(token, aim)
    return None


def _stop_session(charger: Charger, command: commands.StopSession, id: str) -> Outcome:
    _powered(charger)
    evse, connector = _place(charger, command)
    _check_plugged(evse, connector)
    if evse.id_token is not None or evse.transaction is not None:
        _stop(charger, evse)
    charger.sessions.unplug(evse)
    return Done()


def _want(charger: Charger, command: commands.EvRequestsEnergy, id: str) -> Outcome:
    evse, connector = _place(charger, command)
    _check_plugged(evse, connector)
    charger.sessions.want(evse, True)
    return Done()


def _rest(charger: Charger, command: commands.EvStopsEnergy, id: str) -> Outcome:
    evse, connector = _place(charger, command)
    _check_plugged(evse, connector)
    charger.sessions.want(evse, False)
    return Done()


def _offer(charger: Charger, command: commands.PowerUpdate, id: str) -> Outcome:
    if not command.power_w >= 0.0:  # NaN is refused too
        raise Invalid("power is 0 W or more")
    evse, _ = _place(charger, command)
    charger.sessions.offer(evse, command.power_w)
    return Done({"power_w": evse.limit_w})


def _configure(charger: Charger, command: commands.Configure, id: str) -> Outcome:
    dialect = charger.core.dialect
    statuses = {
        name: dialect.configure(charger, name, text) for name, text in command.settings.items()
    }
    return Done({"statuses": statuses})


def _reset_cache(charger: Charger, command: commands.ResetCache, id: str) -> Outcome:
    cleared = charger.authorization.clear_cache()
    charger.core.remember()
    return Done({"cleared_entries": cleared})


def _install_list(charger: Charger, command: commands.InstallLocalList, id: str) -> Outcome:
    authorization = charger.authorization
    if command.version <= authorization.list_version:
        raise Invalid(
            "the version of a local list must rise", list_version=authorization.list_version
        )
    entries = [
        (
            IdToken(entry.id_tag, entry.id_token_type),
            TokenInfo(entry.status, entry.expires_at, entry.group),
        )
        for entry in command.entries
    ]
    if not authorization.replace_list(command.version, entries):
        raise Invalid("too many entries, or one twice")
    charger.core.remember()
    return Done({"list_version": command.version, "entries": len(entries)})


def _clear_list(charger: Charger, command: commands.ClearLocalList, id: str) -> Outcome:
    deleted = charger.authorization.listed
    charger.authorization.replace_list(0, [])
    charger.core.remember()
    return Done({"entries_deleted": deleted})


def _inject(charger: Charger, command: commands.InjectFault, id: str) -> Outcome:
    if command.error_code not in ERROR_CODES:
        raise Invalid("no error code of OCPP 1.6", known=sorted(ERROR_CODES))
    evse, connector = _place(charger, command)
    charger.sessions.fault(
        evse, connector, command.error_code, command.vendor_error_code, command.info
    )
    return Done({"status": connector.state.value})


def _clear_fault(charger: Charger, command: commands.ClearFault, id: str) -> Outcome:
    evse, connector = _place(charger, command)
    charger.sessions.repair(evse, connector)
    return Done({"status": connector.state.value})


def _pull(charger: Charger, command: commands.PullCableAtVehicle, id: str) -> Outcome:
    evse, connector = _place(charger, command)
    _check_plugged(evse, connector)
    charger.sessions.pull_at_vehicle(evse)
    return Done()


def _emergency(charger: Charger, command: commands.EmergencyStop, id: str) -> Outcome:
    _powered(charger)
    evse, _ = _place(charger, command)
    if evse.id_token is None and evse.transaction is None:
        raise WrongState("nobody is charging there", evse_id=evse.id)
    charger.sessions.stop(evse, "AbnormalCondition", "EmergencyStop", at_once=True)
    return Done()


def _proxy(charger: Charger, command: commands.ProxyMessage, id: str) -> Outcome:
    if '"' in command.action or not 0 < len(command.action) <= 50:
        raise Invalid("an action is a name of 1 to 50 characters without quotes")
    if not charger.connection.up:
        raise NotAccepted("the charger has no link at present")
    if not charger.wire.call_raw(command.action, command.payload, Proxied(id)):
        raise Overfull("too many calls wait for the CSMS")
    return None


def _network_drop(charger: Charger, command: commands.NetworkDrop, id: str) -> Outcome:
    charger.lose_link()
    charger.connection.drop(command.duration_s)
    return Done()


def _network_restore(charger: Charger, command: commands.NetworkRestore, id: str) -> Outcome:
    if not charger.connection.cut:
        raise WrongState("the network is not down")
    charger.connection.restore()
    return Done()


def _power_cut(charger: Charger, command: commands.PowerCut, id: str) -> Outcome:
    _powered(charger)
    charger.cut_power(command.duration_s)
    return Done()


def _power_restore(charger: Charger, command: commands.PowerRestore, id: str) -> Outcome:
    if charger.life.powered:
        raise WrongState("the charger has power")
    charger.life.restore()
    return Done()


def _reboot(charger: Charger, command: commands.Reboot, id: str) -> Outcome:
    _powered(charger)
    charger.life.reset("Reboot", "LocalReset", graceful=not command.hard)
    return Done()


_TABLE: dict[type[Any], Callable[[Charger, Any, str], Outcome]] = {
    commands.PlugIn: _plug,
    commands.Unplug: _unplug,
    commands.Unlock: _unlock,
    commands.Authorize: _authorize,
    commands.Swipe: _swipe,
    commands.StartTransaction: _start_transaction,
    commands.StopTransaction: _stop_transaction,
    commands.StartSession: _start_session,
    commands.StopSession: _stop_session,
    commands.EvRequestsEnergy: _want,
    commands.EvStopsEnergy: _rest,
    commands.PowerUpdate: _offer,
    commands.Configure: _configure,
    commands.ResetCache: _reset_cache,
    commands.InstallLocalList: _install_list,
    commands.ClearLocalList: _clear_list,
    commands.PullCableAtVehicle: _pull,
    commands.EmergencyStop: _emergency,
    commands.InjectFault: _inject,
    commands.ClearFault: _clear_fault,
    commands.ProxyMessage: _proxy,
    commands.NetworkDrop: _network_drop,
    commands.NetworkRestore: _network_restore,
    commands.PowerCut: _power_cut,
    commands.PowerRestore: _power_restore,
    commands.Reboot: _reboot,
}
