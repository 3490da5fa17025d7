"""Answers of quirks, personalities and networks."""

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import ConfigDict

from voltyard.api.description.plain_schemas import named
from voltyard.api.gateway.fields import GatewayAnswer, PageAnswer, example


class QuirkParameterResponse(GatewayAnswer):
    """A parameter of a quirk."""

    name: str
    type: Literal["boolean", "integer", "number", "string"]
    default: Any
    description: str
    choices: list[str]
    minimum: float | None = None
    maximum: float | None = None


class QuirkResponse(GatewayAnswer):
    """A misbehaviour that chargers in the field have shown."""

    model_config = example(
        id="Q10",
        name="no-pong",
        where="timing",
        description="Answers no WebSocket ping and sends none.",
        ocpp_versions=["OCPP1.6", "OCPP2.0.1"],
        probability=1.0,
        parameters=[],
        sources=["https://github.com/lbbrhzn/ocpp/issues/211"],
    )

    id: str
    name: str
    where: Literal["handshake", "bytes", "payload", "timing", "state", "clock", "meter"]
    description: str
    ocpp_versions: list[str]
    probability: float
    """The default."""
    parameters: list[QuirkParameterResponse]
    sources: list[str]
    """Reports of it."""


class QuirkListResponse(PageAnswer[QuirkResponse]):
    """Quirks."""


class PersonalityResponse(GatewayAnswer):
    """What chargers of one make have been seen to do, bundled."""

    model_config = example(
        slug="teison",
        name="Teison that knocks",
        description="Dials every ten seconds for ever where it is refused.",
        vendor="Teison",
        model="Smart Mini",
        ocpp_versions=["OCPP1.6"],
        settings={},
        quirks=[{"name": "slow-redial", "parameters": {"variant": "stubborn"}}],
        sources=["https://github.com/lbbrhzn/ocpp/blob/main/docs/supported-devices.md"],
    )

    slug: str
    name: str
    description: str
    vendor: str
    """The vendor that it names at boot; so too `model`."""
    model: str
    ocpp_versions: list[str]
    settings: dict[str, dict[str, str]]
    """By OCPP version."""
    quirks: list[Any]
    """As PUT /ocpp/chargers/{charger_id}/quirks takes them."""
    sources: list[str]


class PersonalityListResponse(PageAnswer[PersonalityResponse]):
    """Personalities."""


EnabledQuirk: TypeAlias = Annotated[dict[str, Any], named("EnabledQuirk")]
"""Name, probability, schedule and parameters."""

_SWITCHED: dict[str, Any] = {
    "name": "no-pong",
    "probability": 1.0,
    "schedule": {"from_s": 0.0, "to_s": None, "every": 1, "once": False},
    "parameters": {},
}


class ChargerQuirksResponse(GatewayAnswer):
    """A charger's quirks, each with all that holds for it."""

    model_config = example(
        charger_id="dep-4k2d8s1m0x7c9v3b", identity="CP-TEST-001", quirks=[_SWITCHED]
    )

    charger_id: str
    identity: str
    quirks: list[EnabledQuirk]


class ChargerNetworkResponse(GatewayAnswer):
    """Faults of the network of a charger; none where it is empty."""

    model_config = example(
        charger_id="dep-4k2d8s1m0x7c9v3b", identity="CP-TEST-001", network={"latency_ms": 200.0}
    )

    charger_id: str
    identity: str
    network: dict[str, Any]


class ChargerFaultsResponse(GatewayAnswer):
    """A charger of a location, what is wrong with it on purpose, and why that could not be
    changed."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "charger_id": "dep-4k2d8s1m0x7c9v3b",
                "identity": "CP-TEST-001",
                "quirks": [_SWITCHED],
                "network": {},
                "error": None,
            }
        }
    )

    charger_id: str
    identity: str
    quirks: list[EnabledQuirk]
    network: dict[str, Any]
    error: str | None = None


class LocationFaultsResponse(GatewayAnswer):
    """Every charger of a location."""

    model_config = example(
        location_id="4090477f-a416-4515-a302-97aa344a0a2a",
        chargers=[
            {
                "charger_id": "dep-4k2d8s1m0x7c9v3b",
                "identity": "CP-TEST-001",
                "quirks": [_SWITCHED],
                "network": {},
                "error": None,
            }
        ],
    )

    location_id: str
    chargers: list[ChargerFaultsResponse]
