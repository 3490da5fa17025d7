"""Commands: what may be asked of a charger over the gateway, and what becomes of each.

A command lives in one row: queued -> delivered -> completed, failed or expired. `event_type` and
`payload` are what the caller sees; `verb` and `arguments` are what the charger is asked, in the
tags and fields of charger.commands.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final, TypeAlias

from msgspec import Struct

from voltyard.kernel.errors import Invalid
from voltyard.kernel.time import Instant
from voltyard.kernel.units import WH_PER_KWH
from voltyard.lab.catalogue import Catalogue
from voltyard.lab.pacing import Pacing
from voltyard.lab.vehicles import vehicle_of


class Status(StrEnum):
    """How far a command has come; the last three are final."""

    QUEUED = "queued"
    """Written down; the charger's runtime does not have it yet."""
    DELIVERED = "delivered"
    """The charger has it, and will answer when it is done."""
    COMPLETED = "completed"
    FAILED = "failed"
    EXPIRED = "expired"
    """Nothing came of it within limits.COMMAND_LIFETIME_S."""


OPEN: Final = (Status.QUEUED, Status.DELIVERED)


class CommandError(Struct, frozen=True, kw_only=True):
    """Why a command failed. `code` is one of kernel.errors or the peer's."""

    code: str
    message: str
    details: dict[str, Any] = {}


class Command(Struct, frozen=True, kw_only=True):
    """One command for one charger."""

    id: str
    """Twelve hexadecimal characters."""
    organization_id: str
    deployment_id: str
    identity: str
    location_id: str | None
    event_type: str
    verb: str
    ocpp_version: str
    """1.6 or 2.0.1."""
    payload: dict[str, Any]
    arguments: dict[str, Any]
    created_at: Instant
    status: Status = Status.QUEUED
    result: dict[str, Any] | None = None
    error: CommandError | None = None
    delivered_at: Instant | None = None
    finished_at: Instant | None = None
    batch_id: str | None = None
    """What was posted with one request shares it."""
    position: int = 0
    """Its place in that batch, from 0."""
    pacing: Pacing | None = None
    """None: it begins when its turn comes."""
    due_at: Instant | None = None
    """When its batch wants it to begin, where that was known as it was posted."""
    queue_if_stopped: bool = False
    """Where its charger is stopped, it waits for start-charger."""


START: Final = "start_charger"
STOP: Final = "stop_charger"
RESTART: Final = "restart_charger"
LIFECYCLE: Final = (START, STOP, RESTART)
"""Asked of the provider, not of the charger."""

PROXY: Final = "proxy_message"


class Asked(Struct, frozen=True, kw_only=True):
    """A command before it is meant for anybody in particular."""

    event_type: str
    payload: dict[str, Any]
    verb: str
    arguments: dict[str, Any]


Translate: TypeAlias = Callable[[Mapping[str, Any], Catalogue], dict[str, Any]]


def asked(event_type: str, payload: dict[str, Any], catalogue: Catalogue) -> Asked:
    """The command of that type; Invalid where its payload cannot be carried out."""
    verb, translate = _VERBS[event_type]
    arguments = translate(payload, catalogue)
    shown = payload["action"] if verb == PROXY else event_type
    return Asked(
        event_type=shown,
        payload=payload["payload"] if verb == PROXY else payload,
        verb=verb,
        arguments=arguments,
    )


def _as_it_is(payload: Mapping[str, Any], _catalogue: Catalogue) -> dict[str, Any]:
    return dict(payload)


def _nothing(_payload: Mapping[str, Any], _catalogue: Catalogue) -> dict[str, Any]:
    return {}


def _plug(payload: Mapping[str, Any], catalogue: Catalogue) -> dict[str, Any]:
    vehicle = payload.get("vehicle")
    if vehicle is None:
        return dict(payload)
    return {**payload, "vehicle": vehicle_of(vehicle, catalogue)}


def _start_session(payload: Mapping[str, Any], catalogue: Catalogue) -> dict[str, Any]:
    arguments = _plug(payload, catalogue) | _counted(payload)
    duration_s = arguments.pop("duration_seconds", None)
    target_kwh = arguments.pop("target_energy_kwh", None)
    if duration_s is not None:
        arguments["duration_s"] = duration_s
    if target_kwh is not None:
        arguments["target_energy_wh"] = target_kwh * WH_PER_KWH
    return arguments


def _stop_session(payload: Mapping[str, Any], _catalogue: Catalogue) -> dict[str, Any]:
    return dict(payload) | _counted(payload)


def _counted(payload: Mapping[str, Any]) -> dict[str, Any]:
    """A session names a connector alone, counted over the charger: here each is the first of its
    own EVSE."""
    if "evse_id" in payload:
        return {}
    return {"evse_id": payload["connector_id"], "connector_id": 1}


def _configure(payload: Mapping[str, Any], _catalogue: Catalogue) -> dict[str, Any]:
    return {"settings": dict(payload["configuration"])}


def _local_list(payload: Mapping[str, Any], _catalogue: Catalogue) -> dict[str, Any]:
    entries = [
        {
            "id_tag": entry["id_tag"],
            "expires_at": entry.get("expiry_date"),
            "group": entry.get("parent_id_tag"),
            **{name: entry[name] for name in ("id_token_type",) if entry.get(name) is not None},
        }
        for entry in payload["entries"]
    ]
    return {"version": payload["list_version"], "entries": entries}


def _proxy(payload: Mapping[str, Any], _catalogue: Catalogue) -> dict[str, Any]:
    return {"action": payload["action"], "payload": payload["payload"]}


def _for_a_while(payload: Mapping[str, Any], _catalogue: Catalogue) -> dict[str, Any]:
    seconds = payload.get("seconds")
    return {} if seconds is None else {"duration_s": seconds}


def _power_cut(payload: Mapping[str, Any], catalogue: Catalogue) -> dict[str, Any]:
    reserve_s = payload.get("reserve_seconds")
    told = _for_a_while(payload, catalogue)
    return told if reserve_s is None else {**told, "reserve_s": reserve_s}


def _clock_skew(payload: Mapping[str, Any], _catalogue: Catalogue) -> dict[str, Any]:
    return {"skew_s": payload["seconds"], "takes_csms_time": payload["takes_csms_time"]}


def _reboot(payload: Mapping[str, Any], _catalogue: Catalogue) -> dict[str, Any]:
    return {"hard": payload["type"] == "Hard"}


_VERBS: Final[dict[str, tuple[str, Translate]]] = {
    "plug": ("plug", _plug),
    "unplug": ("unplug", _as_it_is),
    "unlock": ("unlock", _as_it_is),
    "authorize": ("authorize", _as_it_is),
    "swipe": ("swipe", _as_it_is),
    "start_transaction": ("start_transaction", _as_it_is),
    "stop_transaction": ("stop_transaction", _as_it_is),
    "start_session": ("start_session", _start_session),
    "stop_session": ("stop_session", _stop_session),
    "ev_requests_energy": ("ev_requests_energy", _as_it_is),
    "ev_stops_energy": ("ev_stops_energy", _as_it_is),
    "power_update": ("power_update", _as_it_is),
    "configuration": ("configure", _configure),
    "cache_reset": ("cache_reset", _nothing),
    "local_auth_list": ("local_auth_list", _local_list),
    "clear_local_auth_list": ("clear_local_auth_list", _nothing),
    "inject_fault": ("inject_fault", _as_it_is),
    "clear_fault": ("clear_fault", _as_it_is),
    PROXY: (PROXY, _proxy),
    "network_drop": ("network_drop", _for_a_while),
    "network_restore": ("network_restore", _nothing),
    "power_cut": ("power_cut", _power_cut),
    "power_restore": ("power_restore", _nothing),
    "clock_skew": ("clock_skew", _clock_skew),
    "reboot": ("reboot", _reboot),
    "emergency_stop": ("emergency_stop", _as_it_is),
    "pull_cable_at_ev": ("pull_cable_at_ev", _as_it_is),
    START: (START, _nothing),
    STOP: (STOP, _nothing),
    RESTART: (RESTART, _nothing),
}
"""What the gateway calls a command, what the charger does, and how the one becomes the other."""


def check_version(asked_for: str, spoken: str) -> None:
    """Invalid where a message of one version is meant for a charger that speaks another."""
    if asked_for != spoken:
        raise Invalid(
            f"the message is for OCPP {asked_for}, the charger speaks OCPP {spoken}",
            param="ocpp_version",
        )
