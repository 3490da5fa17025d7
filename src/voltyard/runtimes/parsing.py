"""Parsing of a provider's input, the same wherever its chargers run: Invalid comes at once."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from voltyard.catalogue import network_conditions
from voltyard.catalogue.commands.commands import ChargerCommand, ProxyMessage
from voltyard.catalogue.network_conditions import GOOD_NETWORK, NetworkConditions
from voltyard.catalogue.quirks.enabled import EnabledQuirk, read_all
from voltyard.charger.authorization import card_readers
from voltyard.charger.description.specification import ChargerSpec
from voltyard.charger.security import certificate_store
from voltyard.charger.snapshot import Snapshot
from voltyard.charger.variables import device_model
from voltyard.charger.variables.own_settings import own_settings_of
from voltyard.charger.variables.settings import ChargerSettings
from voltyard.charger.variables.standard import BY_NAME
from voltyard.kernel.errors import Invalid, NotFound
from voltyard.ocpp.versions import by_name
from voltyard.ocpp.wire_names import with_wire_names


class ChargerFaults(Struct, frozen=True, kw_only=True):
    """Deliberate faults of a charger: its quirks and its network."""

    quirks: tuple[EnabledQuirk, ...] = ()
    network: NetworkConditions = GOOD_NETWORK


NO_FAULTS = ChargerFaults()

_decode_memory = msgspec.json.Decoder(Snapshot).decode


def specification(plain: Mapping[str, Any]) -> ChargerSpec:
    """A charger's specification. Invalid where none can be like that."""
    try:
        return msgspec.convert(dict(plain), ChargerSpec)
    except msgspec.ValidationError as error:
        raise Invalid(f"this charger can never run: {error}") from error


def check(plain: Mapping[str, Any]) -> None:
    """Check like Provider.check."""
    spec = specification(plain)
    ChargerSettings(own_settings_of(spec)).begin(spec.settings, BY_NAME)
    device_model.check(spec)
    certificate_store.check(spec)
    card_readers.check(spec)


def faults(plain: Mapping[str, Any], version: str) -> ChargerFaults:
    """The faults of a charger of that version. Invalid where there are none like that."""
    if not plain:
        return NO_FAULTS
    for name in plain:
        if name not in ("quirks", "network"):
            raise Invalid(f"there are no faults {name!r}", hint="there are quirks and network")
    return ChargerFaults(
        quirks=read_all(plain.get("quirks") or (), version),
        network=network_conditions.read(plain.get("network")),
    )


def memory(snapshot: bytes | None) -> Snapshot | None:
    """A charger's memory. Invalid where it cannot be read."""
    if snapshot is None:
        return None
    try:
        return _decode_memory(snapshot)
    except msgspec.MsgspecError as error:
        raise Invalid(
            f"the charger's memory cannot be read: {error}", hint="start it without its memory"
        ) from error


def owes(snapshot: bytes) -> bool:
    """Answer like Provider.owes."""
    kept = memory(snapshot)
    assert kept is not None
    return bool(kept.outbox) or any(evse.transaction is not None for evse in kept.evses)


def holds_share(snapshot: bytes) -> bool:
    """Answer like Provider.holds_share."""
    kept = memory(snapshot)
    assert kept is not None
    return any(evse.share_w is not None for evse in kept.evses)


def command(event_type: str, payload: Mapping[str, Any], version: str) -> ChargerCommand:
    """A command to a charger of that version. Invalid where there is none like that."""
    try:
        read: ChargerCommand = msgspec.convert({**payload, "type": event_type}, ChargerCommand)
    except msgspec.ValidationError as error:
        raise Invalid(f"{event_type} cannot be asked so: {error}") from error
    if isinstance(read, ProxyMessage):
        # Callers may spell a message in snake_case; the wire has names of its own.
        action, spelled = with_wire_names(by_name(version), read.action, read.payload)
        return ProxyMessage(action=action, payload=spelled)
    return read


def not_running(deployment_id: str) -> NotFound:
    """The error for a deployment that has no runtime."""
    return NotFound(
        f"{deployment_id} does not run", hint="start it first", deployment_id=deployment_id
    )
