"""What each command does at the charger, and what it tells of that.

Carried out, a command is Done with what came of it: the status of its connector in the version's
words, and the transaction that runs there or that it ended.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from voltyard.charger import commands
from voltyard.charger.authorization import IdToken, TokenInfo
from voltyard.charger.connector import Broken, Connector
from voltyard.charger.effects import Done, Failed
from voltyard.charger.evse import Evse
from voltyard.charger.limit import limit_of
from voltyard.charger.purposes import Aim, Proxied
from voltyard.charger.results import named, seen
from voltyard.charger.sessions import reserved
from voltyard.kernel import limits
from voltyard.kernel.errors import Conflict, Invalid, Overfull, VoltyardError, WrongState
from voltyard.kernel.time import to_rfc3339
from voltyard.ocpp.faults import FAULTS, fault_named
from voltyard.ocpp.id_tokens import fitting_type

if TYPE_CHECKING:
    from voltyard.charger.charger import Charger

Outcome: TypeAlias = Done | Failed | None
"""None: it waits, and `Core.conclude` will say."""


class NotAccepted(VoltyardError):
    """The charger has not been accepted by its CSMS, or has no power to ask it."""

    code = "not_connected"
    hint = "the command can be carried out once the charger has booted"


def _place(charger: Charger, command: Any) -> tuple[Evse, Connector]:
    at = cast(commands.AtConnector, command)
    return charger.core.dialect.locate(charger.evses, at)


def _token(charger: Charger, command: Any) -> IdToken:
    text: str = command.id_tag
    longest = charger.core.dialect.longest_token
    if not text or len(text) > longest:
        raise Invalid(f"an id tag has 1 to {longest} characters")
    kinds = charger.core.dialect.token_kinds
    kind: str = command.id_token_type or fitting_type(text)
    if kinds and kind not in kinds:
        raise Invalid("no type of an id token", known=sorted(kinds))
    if kinds and kind == "NoAuthorization":
        text = ""  # a start button is nobody's (2.0.1 C02.FR.01)
    return IdToken(text, kind)


def _running(charger: Charger) -> list[dict[str, Any]]:
    """The transactions that run, by EVSE."""
    return [
        {"evse_id": evse.id, **named(evse.transaction)}
        for evse in charger.evses
        if evse.transaction is not None
    ]


def _powered(charger: Charger) -> None:
    if not charger.life.powered:
        raise WrongState("the charger has no power", hint="power-restore brings it back")


def _plug(charger: Charger, command: commands.PlugIn, id: str) -> Outcome:
    evse, connector = _place(charger, command)
    _check_cable(command.cable_a)
    charger.card_readers.expect_at(evse, connector)
    charger.sessions.plug(evse, connector, command.vehicle, command.cable_a)
    vehicle = {} if evse.vehicle is None else {"vehicle": evse.vehicle.name}
    soc = {"soc_percent": evse.soc_percent}
    return Done(seen(charger.core, evse, connector) | vehicle | soc)


def _check_cable(cable_a: float | None) -> None:
    if cable_a is not None and not cable_a > 0.0:  # NaN is refused too
        raise Invalid("a cable carries more than 0 A")


def _unplug(charger: Charger, command: commands.Unplug, id: str) -> Outcome:
    evse, connector = _place(charger, command)
    _check_plugged(evse, connector)
    before = evse.transaction
    charger.sessions.unplug(evse)
    return Done(seen(charger.core, evse, connector, before))


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
    before = evse.transaction
    charger.orders.unlock(evse, connector)
    return Done(seen(charger.core, evse, connector, before) | {"status": outcome})


def _authorize(charger: Charger, command: commands.Authorize, id: str) -> Outcome:
    token = _token(charger, command)
    charger.card_readers.check_works(command.id_token_type)
    charger.reader.present(token, Aim(what="ask", command_id=id))
    return None


def _swipe(charger: Charger, command: commands.Swipe, id: str) -> Outcome:
    evse, connector = _place(charger, command)
    token = _token(charger, command)
    charger.card_readers.check_works(command.id_token_type, evse)
    evse, connector = charger.card_readers.place_of(evse, connector, token)
    if evse.id_token is None and charger.reader.releases(evse, token):
        evse.locked_for = None
        return Done({"unlocked": True})
    if evse.id_token is None:
        charger.sessions.check_free(evse, connector, token)
        _welcome(charger, evse, connector, token)
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


def _welcome(charger: Charger, evse: Evse, connector: Connector, token: IdToken) -> None:
    """WrongState where it is reserved, and not for them."""
    if charger.reader.right(evse, connector, token) == "no":
        raise reserved(evse, connector)


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
    evse = running[0]
    before = evse.transaction
    assert before is not None
    connector = evse.connectors[before.connector_id - 1]
    _stop(charger, evse)
    return Done(seen(charger.core, evse, connector, before))


def _stop(charger: Charger, evse: Evse) -> None:
    charger.sessions.stop(evse, "StopAuthorized", "Local", evse.id_token, at_once=True)


def _start_session(charger: Charger, command: commands.StartSession, id: str) -> Outcome:
    evse, connector = _place(charger, command)
    token = _token(charger, command)
    charger.card_readers.check_works(command.id_token_type, evse)
    _check_cable(command.cable_a)
    charger.sessions.check_free(evse, connector, token)
    _welcome(charger, evse, connector, token)
    _room(charger)
    came = evse.plugged is None
    if came:
        charger.sessions.plug(evse, connector, command.vehicle, command.cable_a)
    ends = command.duration_s is not None or command.target_energy_wh is not None
    aim = Aim(
        what="start",
        evse_id=evse.id,
        connector_id=connector.id,
        command_id=id,
        duration_s=command.duration_s,
        target_wh=command.target_energy_wh,
        unplugs=ends,
        came=came,
    )
    charger.reader.present(token, aim)
    return None


def _stop_session(charger: Charger, command: commands.StopSession, id: str) -> Outcome:
    _powered(charger)
    evse, connector = _place(charger, command)
    _check_plugged(evse, connector)
    before = evse.transaction
    if evse.id_token is not None or before is not None:
        _stop(charger, evse)
    evse.locked_for = None  # whoever leaves shows the card first
    charger.sessions.unplug(evse)
    return Done(seen(charger.core, evse, connector, before))


def _want(charger: Charger, command: commands.EvRequestsEnergy, id: str) -> Outcome:
    evse, connector = _place(charger, command)
    _check_plugged(evse, connector)
    charger.sessions.want(evse, True)
    return Done(seen(charger.core, evse, connector))


def _rest(charger: Charger, command: commands.EvStopsEnergy, id: str) -> Outcome:
    evse, connector = _place(charger, command)
    _check_plugged(evse, connector)
    before = evse.transaction
    charger.sessions.want(evse, False)
    return Done(seen(charger.core, evse, connector, before))


def _offer(charger: Charger, command: commands.PowerUpdate, id: str) -> Outcome:
    if command.power_w is not None and not command.power_w >= 0.0:  # NaN is refused too
        raise Invalid("power is 0 W or more")
    evse, connector = _place(charger, command)
    before = evse.transaction
    charger.sessions.offer(evse, command.power_w)
    return Done(
        seen(charger.core, evse, connector, before) | {"power_w": limit_of(evse, connector).power_w}
    )


def _site_share(charger: Charger, command: commands.SiteShare, id: str) -> Outcome:
    shares: dict[int, float | None] = {one.evse_id: one.power_w for one in command.shares}
    if any(not one.power_w >= 0.0 for one in command.shares):  # NaN is refused too
        raise Invalid("a share is 0 W or more")
    settles_s = 0.0
    for evse in charger.evses:
        if command.holds and evse.share_w is None:
            shares.setdefault(evse.id, 0.0)
        if command.frees:
            shares[evse.id] = None
        if evse.id in shares:
            charger.sessions.share(evse, shares[evse.id])
            if evse.ramp is not None and evse.ramp.first > 1.0:
                settles_s = max(settles_s, evse.ramp.ends_at - charger.core.now)
    return Done({"settles_s": settles_s})


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
            f"list_version must be above {authorization.list_version}, which the charger has",
            hint="clear-local-auth-list begins again",
            list_version=authorization.list_version,
        )
    entries = [
        (
            IdToken(entry.id_tag, entry.id_token_type or fitting_type(entry.id_tag)),
            TokenInfo(entry.status, entry.expires_at, entry.group),
        )
        for entry in command.entries
    ]
    if not authorization.replace_list(command.version, entries):
        raise Invalid("entries: too many, or one twice")
    charger.core.remember()
    return Done({"list_version": command.version, "entries": len(entries)})


def _clear_list(charger: Charger, command: commands.ClearLocalList, id: str) -> Outcome:
    deleted = charger.authorization.listed
    charger.authorization.replace_list(0, [])
    charger.core.remember()
    return Done({"entries_deleted": deleted})


def _inject(charger: Charger, command: commands.InjectFault, id: str) -> Outcome:
    fault = fault_named(command.fault_type)
    if fault is None:
        raise Invalid(f"there is no fault {command.fault_type!r}", known=list(FAULTS))
    after_s = command.recover_after_s
    if after_s is not None and not 0.0 < after_s <= limits.RECOVERY_S:  # NaN is refused too
        raise Invalid(f"a fault lasts more than 0 s, and {limits.RECOVERY_S:g} s at most")
    evse, connector = _place(charger, command)
    broken = Broken(
        fault,
        command.vendor_error_code or fault.vendor_error_code,
        command.info,
        None if after_s is None else charger.core.now + after_s,
    )
    before = evse.transaction
    charger.sessions.fault(evse, connector, broken)
    if fault.name == "CaseOpened":
        charger.security.events.notice("TamperDetectionActivated", "the case was opened")
    said = {"fault_type": fault.name, "error_code": fault.error_code, "effect": fault.effect}
    return Done(seen(charger.core, evse, connector, before) | said)


def _clear_fault(charger: Charger, command: commands.ClearFault, id: str) -> Outcome:
    evse, connector = _place(charger, command)
    charger.sessions.repair(evse, connector)
    return Done(seen(charger.core, evse, connector))


def _pull(charger: Charger, command: commands.PullCableAtVehicle, id: str) -> Outcome:
    evse, connector = _place(charger, command)
    _check_plugged(evse, connector)
    before = evse.transaction
    charger.sessions.pull_at_vehicle(evse)
    return Done(seen(charger.core, evse, connector, before))


def _emergency(charger: Charger, command: commands.EmergencyStop, id: str) -> Outcome:
    _powered(charger)
    evse, connector = _place(charger, command)
    before = evse.transaction
    if evse.id_token is None and before is None:
        raise WrongState("nobody is charging there", evse_id=evse.id)
    charger.sessions.stop(evse, "AbnormalCondition", "EmergencyStop", at_once=True)
    return Done(seen(charger.core, evse, connector, before))


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
    return Done({"network": False, "restore_after_s": command.duration_s})


def _network_restore(charger: Charger, command: commands.NetworkRestore, id: str) -> Outcome:
    if not charger.connection.cut:
        raise WrongState("the network is not down")
    charger.connection.restore()
    return Done({"network": True})


def _power_cut(charger: Charger, command: commands.PowerCut, id: str) -> Outcome:
    _powered(charger)
    if not 0.0 <= command.reserve_s <= limits.POWER_RESERVE_S:  # NaN is refused too
        raise Invalid(f"a reserve lasts {limits.POWER_RESERVE_S:g} s at most")
    interrupted = _running(charger)
    if command.reserve_s:
        charger.life.fade(command.reserve_s, command.duration_s)
    else:
        charger.cut_power(command.duration_s)
    return Done(
        {"powered": False, "restore_after_s": command.duration_s, "interrupted": interrupted}
    )


def _power_restore(charger: Charger, command: commands.PowerRestore, id: str) -> Outcome:
    if charger.life.powered:
        raise WrongState("the charger has power")
    interrupted = _running(charger)
    charger.life.restore()
    return Done({"powered": True, "ended": interrupted})


def _skew(charger: Charger, command: commands.SkewClock, id: str) -> Outcome:
    if not abs(command.skew_s) <= limits.CLOCK_SKEW_S:  # NaN is refused too
        raise Invalid(f"a clock is off by {limits.CLOCK_SKEW_S:g} s at most, either way")
    core = charger.core
    core.offset_s = command.skew_s
    core.keeps_time = not command.takes_csms_time
    charger.reschedule()
    core.remember()
    return Done(
        {
            "skew_s": core.offset_s,
            "time": to_rfc3339(core.time),
            "takes_csms_time": command.takes_csms_time,
        }
    )


def _reboot(charger: Charger, command: commands.Reboot, id: str) -> Outcome:
    _powered(charger)
    if not charger.orders.resets:
        raise WrongState("the charger cannot be reset", hint="clear-fault mends ResetFailure")
    running = _running(charger)
    charger.life.reset("Reboot", "LocalReset", graceful=not command.hard)
    return Done({"type": "Hard" if command.hard else "Soft", "ended": running})


DEEDS: dict[type[Any], Callable[[Charger, Any, str], Outcome]] = {
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
    commands.SiteShare: _site_share,
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
    commands.SkewClock: _skew,
    commands.Reboot: _reboot,
}
