"""Request bodies of chargers and locations."""

from typing import Annotated, Any, Final

from pydantic import (
    Field,
    GetJsonSchemaHandler,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import CoreSchema

from voltyard.api.description.named_types import ValidationMode, Vehicle
from voltyard.api.description.plain_schemas import named
from voltyard.api.gateway.bodies.faults import NetworkBody, Personality, Quirks
from voltyard.api.gateway.bodies.options import (
    CertificateBody,
    ConnectorRatingBody,
    DeviceModelFile,
    MeterOptionsBody,
    Setting,
    SettingValue,
    TlsBody,
    VendorSettingBody,
    text,
)
from voltyard.api.gateway.fields import GatewayBody, Prefix, Url, Word, condition, example
from voltyard.kernel import limits
from voltyard.kernel.time import DAY_S
from voltyard.yard.deployments.defaults import BRAND, MODEL

_AGREED = {
    "if": {
        "properties": {"rate": {"type": "number", "exclusiveMinimum": 1}},
        "required": ["rate"],
    },
    "then": {
        "properties": {"peer_agrees_to_rate": {"const": True}},
        "required": ["peer_agrees_to_rate"],
    },
}
"""JSON Schema of the peer's agreement to a rate above 1."""


SharedReader = Annotated[
    list[Annotated[int, Field(ge=1, le=64)]], Field(min_length=2, max_length=64)
]
"""The EVSEs of one card reader."""


class ChargerOptionsBody(GatewayBody):
    """Options of a charger beside its catalogue model; those left out are the model's."""

    number_of_connectors: Annotated[int, Field(ge=1, le=64)] | None = None
    connectors_per_evse: Annotated[int, Field(ge=1, le=8)] | None = Field(
        None,
        description="How many of them share one EVSE, of which one at a time can be in use. Left "
        "out: each is an EVSE of its own.",
    )
    resumption_timeout_s: Annotated[float, Field(ge=0, le=DAY_S)] | None = Field(
        None,
        description="Length of a power loss after which a transaction still goes on, with the "
        "cable in. Left out, or 0: it ends with PowerLoss.",
    )
    resets_evses: bool | None = Field(
        None,
        description="Whether single EVSEs can be reset (OCPP 2.0.1, EVSE.AllowReset). Left out: "
        "they can.",
    )
    local_controller: bool | None = Field(
        None,
        description="Whether it is a local controller (OCPP 2.0.1 L03, L04): it fetches firmware "
        "that its CSMS has it publish, and serves it to the stations behind it. Left out: it is "
        "none.",
    )
    readers: Annotated[list[SharedReader], Field(max_length=32)] | None = Field(
        None,
        description="The EVSEs, by their ids, that share a card reader, such as [[1, 2]]. A card "
        "shown there stops what it began; else it is for the EVSE where a vehicle waits, or is "
        "next plugged in. Those that are not named have one each.",
    )
    settings: Annotated[dict[Word, Setting | SettingValue], named("ChargerSettings")] | None = None
    """1.6 configuration keys or 2.x Component.Variable, applied before the first boot."""
    vendor_settings: list[VendorSettingBody] | None = Field(
        None,
        max_length=limits.VENDOR_SETTINGS,
        description="Settings no standard knows, with rights, type and limits: configuration keys "
        "of OCPP 1.6, variables of 2.0.1. In a change they take the place of all of them.",
    )
    device_model: DeviceModelFile | None = Field(
        None, description="See PUT /ocpp/chargers/{charger_id}/device-model."
    )
    vendor: Word | None = None
    model: Word | None = None
    serial_number: Word | None = None
    charge_box_serial_number: str | None = text(25, "Said at boot in OCPP 1.6.")
    iccid: str | None = text(20, "Of the modem's SIM card; said at boot.")
    imsi: str | None = text(20, "Of the modem's SIM card; said at boot.")
    meter_type: str | None = text(25, "Of the main meter; said at boot in OCPP 1.6.")
    meter_serial_number: str | None = text(25, "Of the main meter; said at boot in OCPP 1.6.")
    firmware_version: Word | None = None
    rating: ConnectorRatingBody | None = None
    meter: MeterOptionsBody | None = None
    cable_lock: bool | None = None
    meter_start_wh: Annotated[int, Field(ge=0, le=10**12)] | None = None
    basic_auth_password: Annotated[str, Field(min_length=1, max_length=64)] | None = Field(
        None,
        repr=False,
        json_schema_extra={"writeOnly": True},
        description="Sent as HTTP Basic, with the identity as the user. Never shown: answers have "
        "has_basic_auth_password.",
    )
    vehicle: Vehicle | None = None
    """The vehicle that plug-connector brings by default: a name of the catalogue, or {battery_kwh,
    soc, max_power_w, phases, curve}."""
    seed: Annotated[int, Field(ge=0, le=2**53 - 1)] | None = None
    security_profile: Annotated[int, Field(ge=0, le=3)] | None = Field(
        None,
        description="0: none. 1: basic_auth_password. 2: basic_auth_password over wss://. "
        "3: tls.client_certificate and tls.client_key over wss://. Left out: what ws_url, password "
        "and certificate come to.",
    )
    security_events: bool | None = Field(
        None,
        description="Whether the CSMS is told of security events. Left out: in OCPP 2.0.1 it is, "
        "in 1.6 where security_profile is given as 1 or more.",
    )
    validation: ValidationMode | None = Field(
        None,
        description="How the charger takes what its CSMS sends and its schema forbids. lenient, "
        "which is the default: as it was meant where that is beyond doubt (a date-time without a "
        "zone is UTC), and the frame's verdict says what was forgiven. strict: a CALL is answered "
        "with CALLERROR, an answer is not accepted.",
    )
    tls: TlsBody | None = Field(
        None,
        description="Of a wss:// ws_url, also of one to come: ca is the CSMS's roots that a "
        "charger at ws:// has from its factory, client_certificate its own, for when its security "
        "profile is raised. In a change only the fields given change; null takes all of them back.",
    )
    certificates: list[CertificateBody] | None = Field(
        None,
        max_length=limits.FACTORY_CERTIFICATES,
        description="Installed at its factory, beside tls.ca: GetInstalledCertificateIds and "
        "GET .../state list them. Others in a change take the place of all of them, and of what "
        "has been installed or deleted since.",
    )
    peer_agrees_to_rate: bool | None = Field(
        None, description="The CSMS does not mind a rate above 1; to be said with every such rate."
    )
    rate: Annotated[float, Field(ge=1, le=limits.FASTEST_RATE)] | None = Field(
        None,
        description="Seconds of the charger's time in each real one, 1 where nothing is said. A "
        "fast charger keeps its own time and does not take the CSMS's; it waits for answers as "
        "long as any other. Its time never falls back: at 1 again it stays ahead.",
    )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """With the rule of `_is_agreed`, in whatever is made of this."""
        described = handler(schema)
        handler.resolve_ref_schema(described).update(_AGREED)
        return described

    @field_validator("rate")
    @classmethod
    def _is_agreed(cls, rate: float | None, info: ValidationInfo) -> float | None:
        if rate not in (None, 1) and info.data.get("peer_agrees_to_rate") is not True:
            raise ValueError(
                "a charger runs faster than real time only against a peer that agreed to it: say "
                "peer_agrees_to_rate: true where yours did"
            )
        return rate


class NewChargerBody(ChargerOptionsBody):
    """Options of a new charger, quirks and network included."""

    quirks: Quirks | None = Field(None, description="See PUT /ocpp/chargers/{charger_id}/quirks.")
    network: NetworkBody | None = Field(
        None, description="See PUT /ocpp/chargers/{charger_id}/network."
    )
    personality: Personality | None = Field(
        None,
        description="Of GET /ocpp/personalities: brings vendor, model, settings and quirks, each "
        "unless it is given.",
    )


REGISTER_DESCRIPTION: Final = (
    "Have it registered at this server's own backend as well, with basic_auth_password where that "
    "is given. Left out: where no ws_url is given. One that is registered there already stays as "
    "it is."
)
OWN_BACKEND_DESCRIPTION: Final = "The CSMS; left out: this server's own backend."
MODEL_DESCRIPTION: Final = (
    f"Left out, with the other of brand_slug and model_slug: {BRAND} {MODEL}."
)
CONNECTOR_TYPE_DESCRIPTION: Final = "Left out: the first one of the model."

ModelSlug = Annotated[Word | None, Field(description=MODEL_DESCRIPTION)]
ConnectorType = Annotated[Word | None, Field(description=CONNECTOR_TYPE_DESCRIPTION)]
CsmsUrl = Annotated[Url | None, Field(description=OWN_BACKEND_DESCRIPTION)]
Register = Annotated[bool | None, Field(description=REGISTER_DESCRIPTION)]


class CreateChargerBody(NewChargerBody):
    """A charger to be. Its identity suffices."""

    model_config = example(
        identity="CP-FAST-201",
        brand_slug="abb",
        model_slug="terra-184",
        connector_type="CCS2",
        ws_url="wss://example-ocpp-backend.test/ws",
        ocpp_version="OCPP2.0.1",
        charge_point_name="Fast Bay 01",
        location_name="La Defense Charging Hub",
    )

    identity: Annotated[str, Field(min_length=1, max_length=255)]
    brand_slug: ModelSlug = None
    model_slug: ModelSlug = None
    connector_type: ConnectorType = None
    ws_url: CsmsUrl = None
    register_here: Register = Field(None, alias="register")
    ocpp_version: Word | None = None
    charge_point_name: Word | None = None
    location_id: Word | None = None
    location_name: Word | None = None
    start: bool | None = None


class UpdateChargerBody(ChargerOptionsBody):
    """Changes of a charger; fields that are left out stay."""

    model_config = example(charge_point_name="Bay A02", connector_type="CCS2")

    name: Word | None = None
    charge_point_name: Word | None = None
    connector_type: Word | None = None
    ocpp_version: Word | None = None
    ws_url: Url | None = None
    location_id: Word | None = None
    location_name: Word | None = None


class UpdateLocationChargerItem(UpdateChargerBody):
    """Changes of one charger."""

    model_config = example(charger_id="dep-4k2d8s1m0x7c9v3b", charge_point_name="Bay A02")

    charger_id: Word


class UpdateLocationChargersBody(GatewayBody):
    """Changes of many chargers."""

    chargers: Annotated[list[UpdateLocationChargerItem], Field(max_length=1_000)]


class ChargerTemplateBody(NewChargerBody):
    """What the chargers of a group have in common: a model of the catalogue, and what may differ
    from it, as at a single charger."""

    brand_slug: ModelSlug = None
    model_slug: ModelSlug = None
    connector_type: ConnectorType = None
    ocpp_version: Word | None = None
    ws_url: CsmsUrl = None
    register_here: Register = Field(None, alias="register")
    identity_prefix: Prefix | None = None
    template_name: Word | None = None


class ChargerGroupBody(GatewayBody):
    """So many chargers of one template."""

    model_config = condition(
        if_={
            "properties": {"chargers_number": {"type": "integer"}},
            "required": ["chargers_number"],
        },
        else_={
            "properties": {"charger_ids": {"type": "array", "minItems": 1}},
            "required": ["charger_ids"],
        },
        template={
            "brand_slug": "wallbox",
            "model_slug": "wallbox-pulsar-plus",
            "connector_type": "Type2",
            "ocpp_version": "OCPP1.6",
            "ws_url": "wss://example-ocpp-backend.test/ws",
            "identity_prefix": "SITE_A_",
            "template_name": "Bay",
        },
        charger_ids=["001", "002"],
        chargers_number=5,
    )

    template: ChargerTemplateBody
    charger_ids: Annotated[list[Word], Field(max_length=limits.BULK_CHARGERS)] | None = None
    chargers_number: Annotated[int, Field(ge=1, le=limits.BULK_CHARGERS)] | None = None

    @model_validator(mode="after")
    def _asks_for_some(self) -> "ChargerGroupBody":
        if not self.charger_ids and self.chargers_number is None:
            raise ValueError("charger_ids, chargers_number or both must be given")
        return self


ChargerGroups = Annotated[list[ChargerGroupBody], Field(min_length=1)]
"""Of more than limits.BULK_CHARGERS in all no schema can tell: the yard refuses them with 400."""
"""The body of a bulk creation."""


class CoordinatesBody(GatewayBody):
    """Degrees, WGS 84."""

    latitude: Annotated[float, Field(ge=-90, le=90)]
    longitude: Annotated[float, Field(ge=-180, le=180)]


MaxPower = Annotated[
    float | None,
    Field(
        gt=0,
        le=1_000_000_000,
        description="What its chargers may take together; null: no limit.",
    ),
]


class CreateLocationBody(GatewayBody):
    """A location to be."""

    model_config = example(
        name="La Defense Charging Hub",
        address="14 Rue de la Paix",
        city="Paris",
        country="FR",
        coordinates={"latitude": 48.8566, "longitude": 2.3522},
        timezone="Europe/Paris",
        owner_name="VINCI Autoroutes",
        public=True,
    )

    name: Word
    address: Word
    city: Word
    country: Word
    coordinates: CoordinatesBody
    timezone: Word | None = None
    owner_name: Word | None = None
    public: bool | None = None
    max_power_w: MaxPower = None


class FurnishLocationBody(CreateLocationBody):
    """A location to be, and the CSMS of its chargers."""

    model_config = example(
        name="La Defense Charging Hub",
        address="14 Rue de la Paix",
        city="Paris",
        country="FR",
        coordinates={"latitude": 48.8566, "longitude": 2.3522},
        ws_url="wss://example-ocpp-backend.test/ws",
        identity_prefix="DEFENSE-",
    )

    ws_url: CsmsUrl = None
    register_here: Register = Field(None, alias="register")
    identity_prefix: Prefix | None = None
    """Identities are this and six hexadecimal characters."""


class UpdateLocationBody(GatewayBody):
    """Changes of a location; fields that are left out stay."""

    model_config = example(name="La Defense Charging Hub - West", public=False)

    slug: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=255)] | None = None
    name: Word | None = None
    address: Word | None = None
    city: Word | None = None
    country: Word | None = None
    coordinates: CoordinatesBody | None = None
    timezone: Word | None = None
    owner_name: Word | None = None
    public: bool | None = None
    status: Word | None = None
    max_power_w: MaxPower = None
