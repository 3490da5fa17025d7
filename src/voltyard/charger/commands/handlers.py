"""Handlers of commands: each carries one command out and returns its result.

Carried out, a command is Done with what came of it: the status of its connector in the version's
words, and the transaction that runs there or that it ended.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from voltyard.catalogue.commands import commands
from voltyard.catalogue.faults import FAULTS, fault_named
from voltyard.charger.authorization.card_readers import CardReaders
from voltyard.charger.authorization.contract import Contract
from voltyard.charger.authorization.id_token import IdToken, TokenInfo
from voltyard.charger.authorization.local_authorization import LocalAuthorization
from voltyard.charger.authorization.plug_and_charge import PlugAndCharge
from voltyard.charger.commands.checks import (
    check_cable,
    check_plugged,
    check_powered,
    place_of,
    running_at,
)
from voltyard.charger.commands.outcome import CommandOutcome, NotAccepted
from voltyard.charger.commands.remote_control import RemoteControl
from voltyard.charger.commands.results import connector_result, shown_contract
from voltyard.charger.commands.token_handlers import TokenCommands
from voltyard.charger.commands.transaction_limits import TransactionLimitCommands
from voltyard.charger.connection.call_purposes import ProxiedCall
from voltyard.charger.connection.connection import CsmsConnection
from voltyard.charger.connection.link_loss import LinkLoss
from voltyard.charger.connection.outage import Outage
from voltyard.charger.connection.power_and_reset import PowerAndReset
from voltyard.charger.connection.wire import ChargerWire
from voltyard.charger.context import ChargerContext
from voltyard.charger.effects import Done
from voltyard.charger.evse.connector import ActiveFault, Connector
from voltyard.charger.evse.evse import Evse
from voltyard.charger.evse.meter_schedule import MeterSchedule
from voltyard.charger.evse.sessions import Sessions
from voltyard.charger.monitoring.monitoring import Monitoring
from voltyard.charger.security.security import Security
from voltyard.charger.sensors.drift import Sensed
from voltyard.charger.sensors.sensors import SENSED_ERRORS, drift_to
from voltyard.charger.smart_charging.external_limits import ExternalLimits
from voltyard.charger.smart_charging.negotiations import Negotiations
from voltyard.charger.versions.versions import Configurable
from voltyard.kernel import limits
from voltyard.kernel.errors import Invalid, NotFound, Overfull, WrongState
from voltyard.kernel.time import to_rfc3339
from voltyard.ocpp.id_tokens import fitting_type


@dataclass(slots=True)
class PlugCommands:
    """Cables, and the vehicle at their end."""

    context: ChargerContext
    evses: tuple[Evse, ...]
    sessions: Sessions
    card_readers: CardReaders
    power: PowerAndReset
    remote_control: RemoteControl
    plug_and_charge: PlugAndCharge
    negotiations: Negotiations

    def plug_in(self, command: commands.PlugIn, id: str) -> CommandOutcome:
        """A vehicle is plugged in."""
        evse, connector = place_of(self.context, self.evses, command)
        check_cable(command.cable_a)
        self.card_readers.expect_at(evse, connector)
        needs = command.charging_needs
        self.sessions.plug(
            evse,
            connector,
            command.vehicle,
            command.cable_a,
            None if needs is None else needs.told_at(self.context.now),
        )
        vehicle = {} if evse.plug.vehicle is None else {"vehicle": evse.plug.vehicle.name}
        soc = {"soc_percent": evse.plug.soc_percent}
        contract = self._present_contract(evse, connector, command)
        return Done(connector_result(self.context, evse, connector) | vehicle | soc | contract)

    def _present_contract(
        self, evse: Evse, connector: Connector, command: commands.PlugIn
    ) -> dict[str, Any]:
        """Let a vehicle that brings a contract authorize itself, once it is plugged in."""
        if command.contract_chain is None and command.exi_request is None:
            return {}
        contract = Contract(
            chain=command.contract_chain,
            emaid=command.emaid,
            exi_request=command.exi_request,
            exi_action=command.exi_action,
        )
        self.plug_and_charge.arrive(evse, connector, contract)
        plugged = evse.plug.contract
        return {} if plugged is None else {"contract": shown_contract(plugged)}

    def unplug(self, command: commands.Unplug, id: str) -> CommandOutcome:
        """The vehicle is unplugged."""
        evse, connector = place_of(self.context, self.evses, command)
        check_plugged(evse, connector)
        before = evse.transaction
        self.sessions.unplug(evse)
        return Done(connector_result(self.context, evse, connector, before))

    def change_needs(self, command: commands.ChangeChargingNeeds, id: str) -> CommandOutcome:
        """The vehicle has other charging needs."""
        evse, connector = place_of(self.context, self.evses, command)
        check_plugged(evse, connector)
        self.negotiations.change_needs(evse, command.charging_needs.told_at(self.context.now))
        return Done(connector_result(self.context, evse, connector))

    def end_ev_session(self, command: commands.EvEndsSession, id: str) -> CommandOutcome:
        """The vehicle ends its session (2.0.1 E15)."""
        check_powered(self.power)
        evse, connector = place_of(self.context, self.evses, command)
        check_plugged(evse, connector)
        before = evse.transaction
        if evse.authorization.id_token is None:
            raise WrongState("no session is going on there", evse_id=evse.id)
        self.sessions.stop(evse, "StopAuthorized", "StoppedByEV")
        return Done(connector_result(self.context, evse, connector, before))

    def pull_at_vehicle(self, command: commands.PullCableAtVehicle, id: str) -> CommandOutcome:
        """The cable is pulled at the vehicle."""
        evse, connector = place_of(self.context, self.evses, command)
        check_plugged(evse, connector)
        before = evse.transaction
        self.sessions.pull_at_vehicle(evse)
        return Done(connector_result(self.context, evse, connector, before))

    def unlock(self, command: commands.Unlock, id: str) -> CommandOutcome:
        """The latch is opened at the charger."""
        check_powered(self.power)
        evse, connector = place_of(self.context, self.evses, command)
        outcome = self.remote_control.unlock_outcome(evse, connector)
        if outcome != "Unlocked":
            raise WrongState(f"the latch does not open: {outcome}", status=outcome)
        before = evse.transaction
        self.remote_control.unlock(evse, connector)
        return Done(connector_result(self.context, evse, connector, before) | {"status": outcome})


@dataclass(slots=True)
class EnergyCommands:
    """The energy that a vehicle wants, and that an EVSE offers."""

    context: ChargerContext
    evses: tuple[Evse, ...]
    sessions: Sessions

    def want(self, command: commands.EvRequestsEnergy, id: str) -> CommandOutcome:
        """The vehicle asks for energy."""
        evse, connector = place_of(self.context, self.evses, command)
        check_plugged(evse, connector)
        self.sessions.want(evse, True)
        return Done(connector_result(self.context, evse, connector))

    def rest(self, command: commands.EvStopsEnergy, id: str) -> CommandOutcome:
        """The vehicle asks for no more energy."""
        evse, connector = place_of(self.context, self.evses, command)
        check_plugged(evse, connector)
        before = evse.transaction
        self.sessions.want(evse, False)
        return Done(connector_result(self.context, evse, connector, before))

    def offer(self, command: commands.PowerUpdate, id: str) -> CommandOutcome:
        """The EVSE offers another power."""
        if command.power_w is not None and not command.power_w >= 0.0:  # NaN is refused too
            raise Invalid("power is 0 W or more")
        evse, connector = place_of(self.context, self.evses, command)
        before = evse.transaction
        self.sessions.offer(evse, command.power_w)
        return Done(
            connector_result(self.context, evse, connector, before)
            | {"power_w": evse.supply.limit_at(connector).power_w}
        )

    def share(self, command: commands.SiteShare, id: str) -> CommandOutcome:
        """The site shares out its power anew."""
        shares: dict[int, float | None] = {one.evse_id: one.power_w for one in command.shares}
        if any(not one.power_w >= 0.0 for one in command.shares):  # NaN is refused too
            raise Invalid("a share is 0 W or more")
        settles_s = 0.0
        for evse in self.evses:
            if command.holds and evse.supply.share_w is None:
                shares.setdefault(evse.id, 0.0)
            if command.frees:
                shares[evse.id] = None
            if evse.id in shares:
                self.sessions.share(evse, shares[evse.id])
                if evse.ramp is not None and evse.ramp.first > 1.0:
                    settles_s = max(settles_s, evse.ramp.ends_at - self.context.now)
        return Done({"settles_s": settles_s})


@dataclass(slots=True)
class ExternalLimitCommands:
    """Limits that other systems than the CSMS set."""

    external_limits: ExternalLimits

    def set(self, command: commands.SetExternalLimit, id: str) -> CommandOutcome:
        """A system limits the charger."""
        one = self.external_limits.set(
            command.source,  # type: ignore[arg-type]
            command.evse_id,
            command.limit,
            command.unit,  # type: ignore[arg-type]
            command.duration_s,
            command.is_grid_critical,
        )
        return Done({"charging_profile_id": one.profile.id})

    def clear(self, command: commands.ClearExternalLimit, id: str) -> CommandOutcome:
        """A system lifts its limit."""
        self.external_limits.lift(command.source, command.evse_id)  # type: ignore[arg-type]
        return Done({})


@dataclass(slots=True)
class FaultCommands:
    """Faults, and the emergency stop."""

    context: ChargerContext
    evses: tuple[Evse, ...]
    security: Security
    sessions: Sessions
    monitoring: Monitoring
    power: PowerAndReset

    def inject(self, command: commands.InjectFault, id: str) -> CommandOutcome:
        """A fault comes up."""
        fault = fault_named(command.fault_type)
        if fault is None:
            raise Invalid(f"there is no fault {command.fault_type!r}", known=list(FAULTS))
        after_s = command.recover_after_s
        if after_s is not None and not 0.0 < after_s <= limits.RECOVERY_S:  # NaN is refused too
            raise Invalid(f"a fault lasts more than 0 s, and {limits.RECOVERY_S:g} s at most")
        evse, connector = place_of(self.context, self.evses, command)
        broken = ActiveFault(
            fault,
            command.vendor_error_code or fault.vendor_error_code,
            command.info,
            None if after_s is None else self.context.now + after_s,
        )
        before = evse.transaction
        self.sessions.fault(evse, connector, broken)
        if fault.error_code in SENSED_ERRORS:
            self.monitoring.wake()
        if fault.name == "CaseOpened":
            self.security.events.notice("TamperDetectionActivated", "the case was opened")
        said = {"fault_type": fault.name, "error_code": fault.error_code, "effect": fault.effect}
        return Done(connector_result(self.context, evse, connector, before) | said)

    def clear(self, command: commands.ClearFault, id: str) -> CommandOutcome:
        """The faults of a connector are mended."""
        evse, connector = place_of(self.context, self.evses, command)
        self.sessions.repair(evse, connector)
        return Done(connector_result(self.context, evse, connector))

    def drift(self, command: commands.DriftSensor, id: str) -> CommandOutcome:
        """A value of a sensor drifts."""
        context = self.context
        if not context.dialect.has_monitors:
            raise Invalid("OCPP 1.6 tells of no sensors", hint="it is for chargers of OCPP 2.x")
        if not 0 < command.evse_id <= len(self.evses):
            raise NotFound(f"there is no evse_id {command.evse_id}", evse_id=command.evse_id)
        evse = self.evses[command.evse_id - 1]
        sensed: Sensed = "temperature" if command.sensed == "temperature" else "voltage"
        value = drift_to(evse, sensed, command.to, command.duration_s, context.now)
        self.monitoring.wake()
        context.remember()
        return Done({"value": round(value, 1)})

    def stop(self, command: commands.EmergencyStop, id: str) -> CommandOutcome:
        """The emergency stop is pressed."""
        check_powered(self.power)
        evse, connector = place_of(self.context, self.evses, command)
        before = evse.transaction
        if evse.authorization.id_token is None and before is None:
            raise WrongState("no transaction is running there", evse_id=evse.id)
        self.sessions.stop(evse, "AbnormalCondition", "EmergencyStop", at_once=True)
        return Done(connector_result(self.context, evse, connector, before))


@dataclass(slots=True)
class AuthorizationDataCommands:
    """The authorization cache and the local list."""

    context: ChargerContext
    authorization: LocalAuthorization

    def reset_cache(self, command: commands.ResetCache, id: str) -> CommandOutcome:
        """The authorization cache is cleared."""
        cleared = self.authorization.clear_cache()
        self.context.remember()
        return Done({"cleared_entries": cleared})

    def install_list(self, command: commands.InstallLocalList, id: str) -> CommandOutcome:
        """The local list is replaced."""
        authorization = self.authorization
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
        self.context.remember()
        return Done({"list_version": command.version, "entries": len(entries)})

    def clear_list(self, command: commands.ClearLocalList, id: str) -> CommandOutcome:
        """The local list is cleared."""
        deleted = self.authorization.listed
        self.authorization.replace_list(0, [])
        self.context.remember()
        return Done({"entries_deleted": deleted})


@dataclass(slots=True)
class NetworkCommands:
    """The network, and what is sent over it by hand."""

    wire: ChargerWire
    connection: CsmsConnection
    link_loss: LinkLoss

    def drop_network(self, command: commands.NetworkDrop, id: str) -> CommandOutcome:
        """The network fails."""
        self.link_loss.happen()
        self.connection.drop(command.duration_s)
        return Done({"network": False, "restore_after_s": command.duration_s})

    def restore_network(self, command: commands.NetworkRestore, id: str) -> CommandOutcome:
        """The network is back."""
        if not self.connection.cut:
            raise WrongState("the network is not down")
        self.connection.restore()
        return Done({"network": True})

    def proxy(self, command: commands.ProxyMessage, id: str) -> CommandOutcome:
        """A call with a payload of its own is sent to the CSMS."""
        if '"' in command.action or not 0 < len(command.action) <= 50:
            raise Invalid("an action is a name of 1 to 50 characters without quotes")
        if not self.connection.up:
            raise NotAccepted("the charger has no link at present")
        if not self.wire.call_raw(command.action, command.payload, ProxiedCall(id)):
            raise Overfull("too many calls wait for the CSMS")
        return None


@dataclass(slots=True)
class PowerCommands:
    """Power cuts and restarts."""

    evses: tuple[Evse, ...]
    power: PowerAndReset
    remote_control: RemoteControl
    outage: Outage

    def cut_power(self, command: commands.PowerCut, id: str) -> CommandOutcome:
        """The mains fails."""
        check_powered(self.power)
        if not 0.0 <= command.reserve_s <= limits.POWER_RESERVE_S:  # NaN is refused too
            raise Invalid(f"a reserve lasts {limits.POWER_RESERVE_S:g} s at most")
        interrupted = running_at(self.evses)
        if command.reserve_s:
            self.power.run_on_reserve(command.reserve_s, command.duration_s)
        else:
            self.outage.cut_power(command.duration_s)
        return Done(
            {"powered": False, "restore_after_s": command.duration_s, "interrupted": interrupted}
        )

    def restore_power(self, command: commands.PowerRestore, id: str) -> CommandOutcome:
        """The mains is back."""
        if self.power.powered:
            raise WrongState("the charger has power")
        interrupted = running_at(self.evses)
        self.power.restore()
        resumed = running_at(self.evses)
        ended = [one for one in interrupted if one not in resumed]
        return Done({"powered": True, "ended": ended, "resumed": resumed})

    def reboot(self, command: commands.Reboot, id: str) -> CommandOutcome:
        """The charger is restarted."""
        check_powered(self.power)
        if not self.remote_control.can_reset:
            raise WrongState("the charger cannot be reset", hint="clear-fault mends ResetFailure")
        running = running_at(self.evses)
        self.power.reset("Reboot", "LocalReset", graceful=not command.hard)
        return Done({"type": "Hard" if command.hard else "Soft", "ended": running})


@dataclass(slots=True)
class SettingCommands:
    """Settings and the clock."""

    context: ChargerContext
    meter_schedule: MeterSchedule
    configuration: Configurable

    def configure(self, command: commands.Configure, id: str) -> CommandOutcome:
        """Settings are changed by their names in its version."""
        statuses = {
            name: self.configuration.configure(name, text)
            for name, text in command.settings.items()
        }
        return Done({"statuses": statuses})

    def skew_clock(self, command: commands.SkewClock, id: str) -> CommandOutcome:
        """The clock is set off."""
        if not abs(command.skew_s) <= limits.CLOCK_SKEW_S:  # NaN is refused too
            raise Invalid(f"a clock is off by {limits.CLOCK_SKEW_S:g} s at most, either way")
        context = self.context
        context.set_off(command.skew_s, takes_csms_time=command.takes_csms_time)
        self.meter_schedule.renew()
        context.remember()
        return Done(
            {
                "skew_s": context.offset_s,
                "time": to_rfc3339(context.time),
                "takes_csms_time": command.takes_csms_time,
            }
        )


CommandHandler: TypeAlias = tuple[type[Any], Callable[[Any, Any, str], CommandOutcome]]
"""A group, and its method for a command."""

HANDLERS: dict[type[Any], CommandHandler] = {
    commands.PlugIn: (PlugCommands, PlugCommands.plug_in),
    commands.Unplug: (PlugCommands, PlugCommands.unplug),
    commands.Unlock: (PlugCommands, PlugCommands.unlock),
    commands.AuthorizeTag: (TokenCommands, TokenCommands.authorize),
    commands.Swipe: (TokenCommands, TokenCommands.swipe),
    commands.BeginTransaction: (TokenCommands, TokenCommands.begin_transaction),
    commands.EndTransaction: (TokenCommands, TokenCommands.end_transaction),
    commands.StartSession: (TokenCommands, TokenCommands.start_session),
    commands.StopSession: (TokenCommands, TokenCommands.stop_session),
    commands.ChangeChargingNeeds: (PlugCommands, PlugCommands.change_needs),
    commands.EvEndsSession: (PlugCommands, PlugCommands.end_ev_session),
    commands.SetTransactionLimit: (TransactionLimitCommands, TransactionLimitCommands.set),
    commands.EvRequestsEnergy: (EnergyCommands, EnergyCommands.want),
    commands.EvStopsEnergy: (EnergyCommands, EnergyCommands.rest),
    commands.PowerUpdate: (EnergyCommands, EnergyCommands.offer),
    commands.SiteShare: (EnergyCommands, EnergyCommands.share),
    commands.SetExternalLimit: (ExternalLimitCommands, ExternalLimitCommands.set),
    commands.ClearExternalLimit: (ExternalLimitCommands, ExternalLimitCommands.clear),
    commands.Configure: (SettingCommands, SettingCommands.configure),
    commands.ResetCache: (AuthorizationDataCommands, AuthorizationDataCommands.reset_cache),
    commands.InstallLocalList: (AuthorizationDataCommands, AuthorizationDataCommands.install_list),
    commands.ClearLocalList: (AuthorizationDataCommands, AuthorizationDataCommands.clear_list),
    commands.PullCableAtVehicle: (PlugCommands, PlugCommands.pull_at_vehicle),
    commands.EmergencyStop: (FaultCommands, FaultCommands.stop),
    commands.InjectFault: (FaultCommands, FaultCommands.inject),
    commands.DriftSensor: (FaultCommands, FaultCommands.drift),
    commands.ClearFault: (FaultCommands, FaultCommands.clear),
    commands.ProxyMessage: (NetworkCommands, NetworkCommands.proxy),
    commands.NetworkDrop: (NetworkCommands, NetworkCommands.drop_network),
    commands.NetworkRestore: (NetworkCommands, NetworkCommands.restore_network),
    commands.PowerCut: (PowerCommands, PowerCommands.cut_power),
    commands.PowerRestore: (PowerCommands, PowerCommands.restore_power),
    commands.SkewClock: (SettingCommands, SettingCommands.skew_clock),
    commands.Reboot: (PowerCommands, PowerCommands.reboot),
}
