"""Commands that scenarios name: those of a charger's surroundings, and those of a CSMS."""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any, Final

import msgspec
from msgspec import Struct

from voltyard.catalogue.catalogue import Catalogue
from voltyard.catalogue.commands import commands as charger_commands
from voltyard.catalogue.commands.commands import ChargerCommand
from voltyard.catalogue.commands.declaration import arguments_of, body_fields, event_type_of
from voltyard.csms.commands.commands import COMMANDS
from voltyard.csms.commands.declaration import DeclaredField, fields_of
from voltyard.csms.commands.shared import BackendCommand
from voltyard.kernel.errors import Invalid
from voltyard.kernel.time import Instant, from_rfc3339, to_rfc3339
from voltyard.runtimes import parsing
from voltyard.scenarios.form.durations import duration_s

_WORD: Final = re.compile(r"(?<!^)(?=[A-Z])")


def snake(name: str) -> str:
    """The name of a class as scenarios write it: PlugIn is plug_in."""
    return _WORD.sub("_", name).lower()


PHYSICAL: Final[Mapping[str, type[Struct]]] = {
    snake(one.__name__): one for one in charger_commands.COMMANDS
} | {event_type_of(one): one for one in charger_commands.COMMANDS}
"""By their names here, and by the gateway's event types."""
OF_THE_CSMS: Final[Mapping[str, type[BackendCommand]]] = {
    snake(one.__name__): one for one in COMMANDS
}


def nearest(name: str, known: Mapping[str, Any] | frozenset[str]) -> str:
    """The end of a complaint about a name: the nearest one that is known."""
    near = get_close_matches(name, known, n=1)
    return f"; did you mean {near[0]}?" if near else ""


def physical_fields(name: str) -> frozenset[str]:
    """Fields that a command of the charger's surroundings takes."""
    return frozenset(one.name for one in body_fields(PHYSICAL[name]))


def csms_fields(name: str) -> frozenset[str]:
    """Fields that a command of the CSMS takes, by the names that REST has for them."""
    return frozenset(one.wire_name for one in fields_of(OF_THE_CSMS[name]))


@cache
def catalogue() -> Catalogue:
    """The catalogue, read once."""
    return Catalogue.load()


def physical_command(name: str, arguments: Mapping[str, Any], version: str) -> ChargerCommand:
    """A command of the charger's surroundings. Invalid where it cannot be."""
    kind = PHYSICAL[name]
    body = dict(arguments)
    if "connector_id" not in body and "evse_id" not in body:
        known = physical_fields(name)
        body |= {one: 1 for one in ("evse_id", "connector_id") if one in known}
    try:
        fields = arguments_of(kind, body, catalogue())
    except (ValueError, TypeError) as error:
        raise Invalid(f"{name} cannot be done so: {error}") from None
    return parsing.command(str(kind.__struct_config__.tag), fields, version)


def csms_command(name: str, arguments: Mapping[str, Any]) -> BackendCommand:
    """A command of the CSMS. Invalid where it cannot be."""
    kind = OF_THE_CSMS[name]
    fields = {one.wire_name: one for one in fields_of(kind)}
    plain = {fields[key].name: _plain(fields[key], value) for key, value in arguments.items()}
    try:
        return msgspec.convert(plain | {"command": kind.__struct_config__.tag}, kind)
    except msgspec.ValidationError as error:
        raise Invalid(f"{name} cannot be asked so: {error}") from None


def _plain(one: DeclaredField, value: Any) -> Any:
    """A value in the names of the command's fields, and moments as such."""
    if one.wire.kind == "moment" and isinstance(value, str):
        try:
            return from_rfc3339(value)
        except ValueError as error:
            raise Invalid(f"{one.wire_name}: {error}") from None
    within = one.struct
    if within is None:
        # 1.6 has numbers where the backend, for all versions, has texts: a transaction's id.
        return str(value) if one.type is str and type(value) is int else value
    known = {inner.wire_name: inner for inner in fields_of(within)}
    if isinstance(value, list):
        return [_inner(known, item) for item in value]
    return _inner(known, value)


def _inner(known: Mapping[str, DeclaredField], value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    return {
        known[key].name if key in known else key: _plain(known[key], inner)
        if key in known
        else inner
        for key, inner in value.items()
    }


def with_moments(data: Any, now: Instant) -> Any:
    """The data with texts in place of `{from_now: 1 h}`."""
    if isinstance(data, Mapping):
        if set(data) == {"from_now"}:
            return to_rfc3339(now + _signed(data["from_now"]))
        return {key: with_moments(value, now) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [with_moments(value, now) for value in data]
    return data


def _signed(text: Any) -> float:
    """Seconds of a duration that may lie back: `-1 h`."""
    if isinstance(text, str) and text.lstrip().startswith("-"):
        return -duration_s(text.lstrip()[1:])
    try:
        return duration_s(text)
    except ValueError as error:
        raise Invalid(f"from_now: {error}") from None
