"""The plan of a load run: its stages, what each charger does, and the thresholds."""

import json
from typing import Any, Final

from msgspec import Struct

from voltyard.kernel import limits
from voltyard.kernel.errors import Invalid
from voltyard.kernel.time import Seconds, to_rfc3339
from voltyard.load.plans.names import meant
from voltyard.load.plans.stages import Stage, check_stages, most_chargers
from voltyard.load.thresholds import DEFAULT_THRESHOLDS, Threshold
from voltyard.ocpp.versions import Version, by_name
from voltyard.ocpp.violations import Violation
from voltyard.ports.clock import Clock

_READY_MADE: Final = ("Heartbeat", "MeterValues", "StatusNotification", "DataTransfer", "Authorize")
"""Actions that need no payload of the user's."""


class CallRate(Struct, frozen=True, kw_only=True):
    """Calls of one action, made whether or not earlier ones have been answered."""

    action: str
    rate: float
    """A second, of all chargers together once all are there."""
    payload: dict[str, Any] | None = None
    """Sent as it is; None: a ready-made one."""


class SessionRate(Struct, frozen=True, kw_only=True):
    """Sessions of each charger, one after another."""

    every_s: Seconds = 60.0
    """From the beginning of one to that of the next."""
    lasts_s: Seconds = 30.0
    meter_values_s: int = 10
    """Between two meter values of a session."""
    tags: tuple[str, ...] = ("04D10000000000",)
    """Id tags, which chargers have in turn."""


class LoadPlan(Struct, frozen=True, kw_only=True):
    """The plan of one load run."""

    stages: tuple[Stage, ...]
    calls: tuple[CallRate, ...] = ()
    sessions: SessionRate | None = None
    thresholds: tuple[Threshold, ...] = DEFAULT_THRESHOLDS

    @property
    def chargers(self) -> int:
        """The number of chargers at the highest."""
        return most_chargers(self.stages)

    def period_s(self, call: CallRate) -> Seconds:
        """The time between two such calls of one charger."""
        return self.chargers / call.rate


def check_plan(plan: LoadPlan, versions: frozenset[str]) -> None:
    """Invalid where a plan makes no sense for chargers of these OCPP versions."""
    check_stages(plan.stages)
    for call in plan.calls:
        if not 0.0 < call.rate <= limits.LOAD_CALLS_PER_S:
            raise Invalid(
                f"{call.rate:g} calls of {call.action} a second are too many or too few",
                hint=f"more than 0, and {limits.LOAD_CALLS_PER_S:g} at most",
            )
        for version in sorted(versions):
            _check_call(call, by_name(version))
    sessions = plan.sessions
    if sessions is None:
        return
    if not 0.0 < sessions.lasts_s < sessions.every_s or sessions.meter_values_s < 1:
        raise Invalid(
            "a session lasts less long than the time until the next",
            hint="such as every 60s, lasts 30s, meter values every 10s",
        )
    if not sessions.tags or not all(1 <= len(tag) <= 20 for tag in sessions.tags):
        raise Invalid("sessions need tags of 1 to 20 characters")


def payload_of(call: CallRate, version: str, tag: str, clock: Clock) -> dict[str, Any]:
    """The payload of one call, at that moment."""
    if call.payload is not None:
        return call.payload
    is_16 = version == "1.6"
    match call.action:
        case "Heartbeat":
            return {}
        case "Authorize" if is_16:
            return {"idTag": tag}
        case "Authorize":
            return {"idToken": {"idToken": tag, "type": "ISO14443"}}
        case "DataTransfer":
            return {"vendorId": "org.voltyard.load"}
        case "StatusNotification" if is_16:  # of the charger itself, whose sessions it tells not of
            return {"connectorId": 0, "errorCode": "NoError", "status": "Available"}
        case "StatusNotification":
            status = {"evseId": 1, "connectorId": 1, "connectorStatus": "Available"}
            return {"timestamp": to_rfc3339(clock()), **status}
        case "MeterValues":
            value: Any = "0" if is_16 else 0.0
            readings = [{"timestamp": to_rfc3339(clock()), "sampledValue": [{"value": value}]}]
            return {"connectorId" if is_16 else "evseId": 1, "meterValue": readings}
    raise AssertionError(f"{call.action} needs a payload")  # it has been checked


def _check_call(call: CallRate, version: Version) -> None:
    known = [name for name, one in version.actions.items() if one.sender != "csms"]
    if call.action not in known:
        raise Invalid(
            f"{call.action!r} is no call of a charger in OCPP {version.name}",
            hint=meant(call.action, known) or f"such as {', '.join(_READY_MADE)}",
        )
    if call.payload is None:
        if call.action not in _READY_MADE:
            raise Invalid(
                f"{call.action} needs a payload",
                hint=f"ready-made ones are there for {', '.join(_READY_MADE)}",
            )
        return
    decoded = version.decode_request(call.action, json.dumps(call.payload))
    if isinstance(decoded, Violation):
        raise Invalid(
            f"the payload of {call.action} is none of OCPP {version.name}: {decoded.message} "
            f"at {decoded.path}"
        )
