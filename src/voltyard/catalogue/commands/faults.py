"""Commands of faults, and of messages that the caller makes."""

from typing import Annotated, Any, ClassVar, Final, Literal

from msgspec import Struct

from voltyard.catalogue.commands.declaration import BodyField, BodySchema, Rest
from voltyard.catalogue.commands.shared import LARGEST_INT, ConnectorCommand
from voltyard.catalogue.faults import FAULTS, fault_named
from voltyard.kernel import limits

_FAULT_NAMES: Final = tuple(
    sorted({name for one in FAULTS.values() for name in (one.name, *one.other_names)})
)


def _known_fault(name: str) -> str:
    if fault_named(name) is None:
        raise ValueError(f"there is no fault {name!r}; one of {', '.join(FAULTS)}")
    return name


class InjectFault(ConnectorCommand, frozen=True, kw_only=True, tag="inject_fault"):
    """Something breaks: a fault by its name (catalogue.faults), which says what becomes of a
    session. Done: {status, fault_type, error_code, effect}."""

    rest: ClassVar = Rest(
        path="inject-fault",
        summary="Break a connector",
        description="What `fault_type` names breaks: the connector is Faulted with its error code, "
        "or, where the "
        "catalogue of faults says that it only warns, has the code beside its "
        "status.",
        event=BodySchema(
            "InjectFaultEvent",
            "What breaks, and for how long.",
            {
                "fault_type": "OverCurrentFailure",
                "evse_id": 1,
                "connector_id": 1,
                "recover_after_s": 60,
            },
        ),
        body=BodySchema("InjectFaultBody", "A fault for a connector."),
        has_own_route=True,
    )

    fault_type: Annotated[
        str,
        BodyField(
            min_length=1,
            max_length=50,
            choices=_FAULT_NAMES,
            check=_known_fault,
            description="A name of GET /ocpp/catalog/faults, or one of its other_names; case, "
            "spaces and signs do not matter.",
        ),
    ]
    recover_after_s: Annotated[
        float | None,
        BodyField(
            gt=0,
            le=limits.RECOVERY_S,
            description="It is mended by itself after so long. Left out: by clear-fault.",
        ),
    ] = None
    vendor_error_code: Annotated[
        str | None,
        BodyField(
            min_length=1,
            max_length=50,
            description="What the charger says beside it: 1.6 vendorErrorCode, 2.x techCode.",
        ),
    ] = None
    info: Annotated[
        str | None,
        BodyField(min_length=1, max_length=50, description="In words: 1.6 info, 2.x techInfo."),
    ] = None


class ClearFault(ConnectorCommand, frozen=True, kw_only=True, tag="clear_fault"):
    """Repair all that is broken there: back to what the connector was. Done: {status}."""

    rest: ClassVar = Rest(
        path="clear-fault",
        summary="Repair a connector",
        description="Everything that is broken there is mended; the connector is back to what it "
        "was, which "
        "`status` tells.",
        event=BodySchema(
            "ClearFaultEvent", "Where it is repaired.", {"evse_id": 1, "connector_id": 1}
        ),
        body=BodySchema("ClearFaultBody", "A connector to be repaired."),
        has_own_route=True,
    )


class DriftSensor(Struct, frozen=True, kw_only=True, tag="drift"):
    """A value that an EVSE senses drifts. Done: {value}, as it is at first."""

    rest: ClassVar = Rest(
        path="drift",
        name="set_drift",
        summary="Let a sensor's value drift",
        description="The temperature inside an EVSE, or the voltage of its feed, goes there at an "
        "even pace, past the thresholds of monitors that watch it (OCPP 2.x: "
        "TemperatureSensor.Temperature, ElectricalFeed.ACVoltage). The meter's values stay as they "
        "are.",
        event=BodySchema(
            "DriftEvent",
            "Which value drifts, and where to.",
            {"evse_id": 1, "sensed": "temperature", "to": 90.0, "duration_seconds": 60},
        ),
        body=BodySchema("DriftBody", "A value that drifts."),
        result={"value": 20.0},
    )

    evse_id: Annotated[int, BodyField(ge=1, le=LARGEST_INT, is_shown=True)] = 1
    sensed: Annotated[
        str,
        BodyField(
            type=Literal["temperature", "voltage"],
            description="temperature: in degrees Celsius; voltage: line to neutral.",
        ),
    ]
    to: Annotated[
        float | None,
        BodyField(ge=-50, le=1_000, description="Left out: back to its own value."),
    ] = None
    duration_s: Annotated[
        float,
        BodyField(name="duration_seconds", ge=0, le=limits.RECOVERY_S, description="0: at once."),
    ] = 0.0


class ProxyMessage(Struct, frozen=True, kw_only=True, tag="proxy_message"):
    """Send a message of the caller's making to the CSMS. Done: {response}."""

    rest: ClassVar = Rest(
        path="proxy-message",
        summary="Send a message",
        description="One charge-point message to the CSMS; its answer is the command's result.",
        event=BodySchema(
            "ProxyMessageEvent",
            "A charge-point message of the caller's making.",
            {
                "action": "boot_notification",
                "ocpp_version": "ocpp1.6",
                "payload": {"charge_point_vendor": "ACME", "charge_point_model": "DC-50"},
            },
        ),
        body=BodySchema("ProxyMessageBody", "A message of the caller's making."),
        extra=(("ocpp_version", BodyField(type=Literal["ocpp1.6", "ocpp2.0.1"]), "action"),),
        result={"response": {}},
        has_own_route=True,
    )

    action: Annotated[str, BodyField(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=100)]
    payload: dict[str, Any]
