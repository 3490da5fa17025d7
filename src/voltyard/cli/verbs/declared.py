"""Verbs that are made from the declarations of commands: names, arguments and options."""

import inspect
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, NamedTuple, get_origin

import typer
from msgspec import Struct

from voltyard.catalogue.commands import energy, faults, outages, sessions, settings
from voltyard.catalogue.commands.declaration import BodyPart, body_fields
from voltyard.catalogue.faults import FAULTS
from voltyard.cli.verbs.values import json_object, number_or_none, settings_of, tag_entries


class Verb(NamedTuple):
    """A command's name in the terminal, and an example of what follows it."""

    name: str
    example: str = "CP-1"


VERBS: Final[Mapping[type[Struct], Verb]] = {
    sessions.PlugIn: Verb("plug", "CP-1 --soc 20"),
    sessions.Unplug: Verb("unplug"),
    sessions.Swipe: Verb("swipe", "CP-1 04A1B2C3"),
    sessions.AuthorizeTag: Verb("authorize", "CP-1 04A1B2C3"),
    sessions.StartSession: Verb("start-session", "CP-1 04A1B2C3 --target-energy-kwh 5"),
    sessions.StopSession: Verb("stop-session"),
    sessions.BeginTransaction: Verb("start-transaction", "CP-1 04A1B2C3"),
    sessions.EndTransaction: Verb("stop-transaction"),
    sessions.Unlock: Verb("unlock"),
    sessions.PullCableAtVehicle: Verb("pull-cable"),
    sessions.EmergencyStop: Verb("emergency-stop"),
    sessions.ChangeChargingNeeds: Verb("charging-needs", """CP-1 '{"energy_kwh": 30}'"""),
    sessions.SetTransactionLimit: Verb("transaction-limit", "CP-1 --max-energy-kwh 10"),
    sessions.EvEndsSession: Verb("ev-ends-session"),
    energy.EvRequestsEnergy: Verb("ev-requests-energy"),
    energy.EvStopsEnergy: Verb("ev-stops-energy"),
    energy.PowerUpdate: Verb("power", "CP-1 7400"),
    energy.SetExternalLimit: Verb("external-limit", "CP-1 7400 --source EMS"),
    energy.ClearExternalLimit: Verb("clear-external-limit", "CP-1 --source EMS"),
    faults.InjectFault: Verb("fault", "CP-1 GroundFailure --recover-after-s 60"),
    faults.ClearFault: Verb("clear-fault"),
    faults.DriftSensor: Verb("drift", "CP-1 temperature --to 90 --duration-seconds 60"),
    outages.NetworkDrop: Verb("network-drop", "CP-1 --seconds 30"),
    outages.NetworkRestore: Verb("network-restore"),
    outages.PowerCut: Verb("power-cut", "CP-1 --seconds 30"),
    outages.PowerRestore: Verb("power-restore"),
    outages.Reboot: Verb("reboot", "CP-1 --type Hard"),
    outages.SkewClock: Verb("clock-skew", "CP-1 -3600"),
    settings.Configure: Verb("configure", "CP-1 HeartbeatInterval=30"),
    settings.ResetCache: Verb("reset-cache"),
    settings.InstallLocalList: Verb("local-list", "CP-1 2 04A1B2C3 04A1B2C4"),
    settings.ClearLocalList: Verb("clear-local-list"),
    faults.ProxyMessage: Verb("send", "CP-1 Heartbeat '{}'"),
}
"""Every command that REST asks for."""

_SHORT: Final[Mapping[str, str]] = {"evse_id": "--evse", "connector_id": "--connector"}
_NOT_TYPED: Final = frozenset({"ocpp_version"})
"""Fields that the terminal fills in."""

_METAVARS: Final[Mapping[str, str]] = {
    "charging_needs": "JSON",
    "configuration": "NAME=VALUE...",
    "entries": "ID_TAG...",
    "payload": "JSON",
    "power_w": "WATTS",
}
_HELP: Final[Mapping[str, str]] = {
    "charging_needs": "Needs of a vehicle with ISO 15118, in JSON.",
    "cable_a": "Amperes that the cable carries in each phase. [as the connector]",
    "configuration": "Settings.",
    "connector_id": "The connector of the EVSE. [1]",
    "duration_seconds": "End it after so long.",
    "evse_id": "The EVSE. [1]",
    "fault_type": "A fault of the catalogue, such as GroundFailure.",
    "id_tag": "The card.",
    "id_token_type": "OCPP 2.x: ISO14443, Central, ... [the one that fits]",
    "reserve_seconds": "Seconds of a reserve of power, in which it ends what runs.",
    "seconds": "Seconds.",
    "takes_csms_time": "Let the CSMS set the clock right.",
    "target_energy_kwh": "End it with so much.",
    "transaction_id": "The transaction. [the only one that runs]",
    "type": "Hard does not wait for what runs.",
    "entries": "The tags on the list.",
    "payload": "The message; - reads it from standard input.",
    "power_w": "none ends what an earlier one has set.",
    "vehicle": "A vehicle of the catalogue, or one described in JSON.",
    "action": "Such as Heartbeat.",
    "list_version": "Higher than the one that is there.",
}
_READ: Final[Mapping[str, Any]] = {
    "charging_needs": json_object,
    "configuration": settings_of,
    "entries": tag_entries,
    "payload": json_object,
    "power_w": number_or_none,
}
"""The values of fields that are typed in another form than the body has."""


class _Described(NamedTuple):
    """One figure of a vehicle that is plugged in."""

    field: str
    option: str
    help: str


_VEHICLE: Final = (
    _Described("soc", "--soc", "State of charge of the vehicle, percent."),
    _Described("target_soc", "--target-soc", "State of charge at which it stops drawing."),
    _Described("battery_kwh", "--battery-kwh", "Capacity of the vehicle's battery."),
)


def parameters(command: type[Struct]) -> list[inspect.Parameter]:
    """The arguments and options of a verb, but for its target: required fields are arguments."""
    parts = [one for one in body_fields(command) if one.name not in _NOT_TYPED]
    arguments = [_argument(one) for one in parts if one.is_required]
    options = [_option(one) for one in parts if not one.is_required]
    if any(one.name == "vehicle" for one in parts):
        options += [_parameter(one.field, float | None, _typed(one), None) for one in _VEHICLE]
    return arguments + options


def event_of(command: type[Struct], typed: Mapping[str, Any]) -> dict[str, Any]:
    """The event of a request's body, of what was typed: a field that was left out is not in it."""
    event = {}
    for one in body_fields(command):
        value = typed.get(one.name)
        if one.name in _READ and value is not None:
            event[one.name] = _READ[one.name](value)
        elif value is not None:
            event[one.name] = value
    if vehicle := _vehicle(typed):
        event["vehicle"] = vehicle
    return event


def _vehicle(typed: Mapping[str, Any]) -> Any:
    figures = {one.field: typed[one.field] for one in _VEHICLE if typed.get(one.field) is not None}
    named = typed.get("vehicle")
    if named is None:
        return figures
    described = json_object(named) if named.lstrip().startswith("{") else {"name": named}
    return {**described, **figures}


def _argument(one: BodyPart) -> inspect.Parameter:
    info = typer.Argument(
        metavar=_METAVARS.get(one.name, one.name.upper()),
        help=_help(one),
        autocompletion=_faults if one.name == "fault_type" else None,
    )
    return _parameter(one.name, _type(one), info, inspect.Parameter.empty)


def _option(one: BodyPart) -> inspect.Parameter:
    info = typer.Option(
        _SHORT.get(one.name, f"--{one.name.replace('_', '-')}"),
        help=_help(one),
        show_default=False,
    )
    return _parameter(one.name, _type(one) | None, info, None)


def _typed(one: _Described) -> Any:
    return typer.Option(one.option, help=one.help, show_default=False)


def _parameter(name: str, type_: Any, info: Any, default: Any) -> inspect.Parameter:
    kind = inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter(name, kind, default=default, annotation=Annotated[type_, info])


def _type(one: BodyPart) -> Any:
    """The type that the terminal reads it as."""
    if one.name in ("configuration", "entries"):
        return list[str]
    if one.name in ("power_w", "payload", "vehicle"):
        return str
    if one.type in (int, float, bool, str) or get_origin(one.type) is Literal:
        return one.type
    return str


def _help(one: BodyPart) -> str:
    said = one.looks.description.replace("`", "")
    if one.name == "evse_id" and said:  # another default than that of most
        return f"The EVSE. {said} [0]"
    return _HELP.get(one.name) or said


def _faults(incomplete: str) -> list[str]:
    return [name for name in FAULTS if name.startswith(incomplete)]
