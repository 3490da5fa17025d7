"""What callers of the gateway send."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from voltyard.api.gateway.fields import LARGEST_INT, Body, MomentIn, Number, Url, Word, example
from voltyard.kernel import limits

Setting = str | int | float | bool


class SettingValue(Body):
    """A setting of 2.x with more than its value."""

    value: Setting


class RatingBody(Body):
    """What each connector can deliver."""

    max_current_a: Annotated[float, Field(gt=0, le=10_000)] | None = None
    phases: Annotated[int, Field(ge=1, le=3)] | None = None
    voltage_v: Annotated[float, Field(gt=0, le=2_000)] | None = None
    max_power_w: Annotated[float, Field(gt=0, le=10_000_000)] | None = None


class ChargerOptionsBody(Body):
    """What may differ from the catalogue's model; what is left out is as the model has it."""

    number_of_connectors: Annotated[int, Field(ge=1, le=64)] | None = None
    settings: dict[Word, Setting | SettingValue] | None = None
    """1.6 configuration keys or 2.x Component.Variable, applied before the first boot."""
    vendor: Word | None = None
    model: Word | None = None
    serial_number: Word | None = None
    firmware_version: Word | None = None
    rating: RatingBody | None = None
    cable_lock: bool | None = None
    meter_start_wh: Annotated[int, Field(ge=0, le=10**12)] | None = None
    basic_auth_password: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    vehicle: str | dict[str, Any] | None = None
    """What plug-connector brings by default: a name of the catalogue, or {battery_kwh, soc,
    max_power_w, phases, curve}."""
    seed: Annotated[int, Field(ge=0, lt=2**63)] | None = None
    security_profile: Annotated[int, Field(ge=0, le=1)] | None = None
    """0, or 1 with basic_auth_password; TLS is not offered yet."""
    rate: Annotated[float, Field(ge=1, le=1)] | None = None
    """Only 1 is offered yet."""

    @model_validator(mode="after")
    def _has_a_password(self) -> "ChargerOptionsBody":
        if self.security_profile == 1 and self.basic_auth_password is None:
            raise ValueError("security_profile 1 needs basic_auth_password")
        return self


class CreateChargerBody(ChargerOptionsBody):
    """A charger to be."""

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
    brand_slug: Word
    model_slug: Word
    connector_type: Word
    ws_url: Url
    ocpp_version: Word | None = None
    charge_point_name: Word | None = None
    location_id: Word | None = None
    location_name: Word | None = None
    start: bool | None = None


class UpdateChargerBody(ChargerOptionsBody):
    """What of a charger is to change; what is left out stays."""

    model_config = example(charge_point_name="Bay A02", connector_type="CCS2")

    name: Word | None = None
    charge_point_name: Word | None = None
    connector_type: Word | None = None
    ocpp_version: Word | None = None
    ws_url: Url | None = None
    location_id: Word | None = None
    location_name: Word | None = None


class UpdateLocationChargerItem(UpdateChargerBody):
    """What of one charger is to change."""

    charger_id: Word


class UpdateLocationChargersBody(Body):
    """Changes of many chargers."""

    chargers: Annotated[list[UpdateLocationChargerItem], Field(max_length=1_000)]


class ChargerTemplateBody(Body):
    """What the chargers of a group have in common."""

    brand_slug: Word
    model_slug: Word
    connector_type: Word
    ocpp_version: Word | None = None
    ws_url: Url
    identity_prefix: Annotated[str, Field(max_length=200)] | None = None
    template_name: Word | None = None


class ChargerGroupBody(Body):
    """So many chargers of one template."""

    template: ChargerTemplateBody
    charger_ids: Annotated[list[Word], Field(max_length=limits.BULK_CHARGERS)] | None = None
    chargers_number: Annotated[int, Field(ge=1, le=limits.BULK_CHARGERS)] | None = None

    @model_validator(mode="after")
    def _asks_for_some(self) -> "ChargerGroupBody":
        if not self.charger_ids and self.chargers_number is None:
            raise ValueError("charger_ids, chargers_number or both must be given")
        return self


class CoordinatesBody(Body):
    """Degrees, WGS 84."""

    latitude: Annotated[float, Field(ge=-90, le=90)]
    longitude: Annotated[float, Field(ge=-180, le=180)]


class CreateLocationBody(Body):
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


class UpdateLocationBody(Body):
    """What of a location is to change; what is left out stays."""

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


# --- commands: targets -------------------------------------------------------------------------


class CommandTarget(Body):
    """One charger, or a location: all of its chargers, or those named in charger_ids."""

    charger_id: Word | None = None
    location_id: Word | None = None
    charger_ids: Annotated[list[Word], Field(min_length=1, max_length=10_000)] | None = None

    @model_validator(mode="after")
    def _is_one(self) -> "CommandTarget":
        if (self.charger_id is None) == (self.location_id is None):
            raise ValueError("exactly one of charger_id and location_id must be given")
        if self.charger_ids is not None and self.location_id is None:
            raise ValueError("charger_ids goes with location_id only")
        return self


class ChargerCommandTarget(Body):
    """One charger."""

    charger_id: Word


# --- commands: events --------------------------------------------------------------------------


class Event(Body):
    """What is asked."""

    def payload(self) -> dict[str, Any]:
        """The event as it is queued: what was given, and the defaults."""
        return self.model_dump(exclude_none=True)


class EmptyEvent(Event):
    """Nothing needs to be said."""


class AtConnector(Event):
    """Something at one connector."""

    evse_id: Number | None = None
    connector_id: Number | None = None

    def payload(self) -> dict[str, Any]:
        """Both numbers are always there."""
        return {"evse_id": 1, "connector_id": 1} | super().payload()


class ConnectorCommandEvent(AtConnector):
    """A connector."""

    model_config = example(evse_id=2, connector_id=1)


class PlugConnectorEvent(AtConnector):
    """A connector, and what is plugged in there."""

    vehicle: str | dict[str, Any] | None = None


IdTag = Annotated[str, Field(min_length=1, max_length=255)]
IdTokenType = Annotated[str, Field(min_length=1, max_length=20)]


class AuthorizeIdTagCommandEvent(Event):
    """A card."""

    model_config = example(id_tag="TAG-RFID-001")

    id_tag: IdTag
    id_token_type: IdTokenType | None = None


class SwipeEvent(AtConnector):
    """A card at the reader of a connector."""

    model_config = example(id_tag="TAG-RFID-001")

    id_tag: IdTag
    id_token_type: IdTokenType | None = None


class StartTransactionCommandEvent(AtConnector):
    """Who charges, and where."""

    model_config = example(id_tag="TAG-RFID-001", evse_id=1, connector_id=1)

    id_tag: IdTag
    id_token_type: IdTokenType | None = None


class StopTransactionCommandEvent(Event):
    """Which transaction; the only running one where none is named."""

    model_config = example(transaction_id="txn-001")

    transaction_id: Word | None = None


class OfSession(Event):
    """A session is at a connector, counted over the charger unless evse_id is given too."""

    connector_id: Number | None = None
    evse_id: Number | None = None

    def payload(self) -> dict[str, Any]:
        """The connector is always there."""
        return {"connector_id": 1} | super().payload()


class StartSessionCommandEvent(OfSession):
    """Who charges, where, and how much."""

    model_config = example(
        id_tag="TAG-RFID-001", connector_id=1, duration_seconds=300, target_energy_kwh=20.0
    )

    id_tag: IdTag
    id_token_type: IdTokenType | None = None
    duration_seconds: Annotated[int, Field(ge=1, le=31_536_000)] | None = None
    target_energy_kwh: Annotated[float, Field(gt=0, le=1_000_000)] | None = None
    vehicle: str | dict[str, Any] | None = None


class StopSessionCommandEvent(OfSession):
    """Where."""

    model_config = example(connector_id=1)


class PowerUpdateCommandEvent(AtConnector):
    """How much is offered."""

    model_config = example(power_w=7400, evse_id=1, connector_id=1)

    power_w: Annotated[int, Field(ge=0, le=10_000_000)]


class ConfigurationUpdateEvent(Event):
    """Settings by name."""

    model_config = example(configuration={"HeartbeatInterval": "30"})

    configuration: Annotated[dict[Word, str], Field(min_length=1, max_length=1_000)]


class LocalAuthListEntry(Body):
    """A card on the list."""

    id_tag: IdTag
    expiry_date: MomentIn | None = None
    parent_id_tag: IdTag | None = None


class LocalAuthListEvent(Event):
    """A whole list; its version must rise."""

    model_config = example(
        list_version=2,
        entries=[
            {"id_tag": "TAG-RFID-001", "expiry_date": "2026-12-31T23:59:59Z"},
            {"id_tag": "TAG-RFID-002"},
        ],
    )

    list_version: Annotated[int, Field(ge=1, le=LARGEST_INT)]
    entries: Annotated[list[LocalAuthListEntry], Field(max_length=limits.LOCAL_LIST_ENTRIES)]


class InjectFaultEvent(AtConnector):
    """What breaks: an OCPP 1.6 error code, a common name of one, or a vendor's own."""

    model_config = example(fault_type="OverCurrent", evse_id=1, connector_id=1)

    fault_type: Annotated[str, Field(min_length=1, max_length=50)]


class ClearFaultEvent(AtConnector):
    """Where it is repaired."""

    model_config = example(evse_id=1, connector_id=1)


class ProxyMessageEvent(Event):
    """A charge-point message of the caller's making."""

    model_config = example(
        action="boot_notification",
        ocpp_version="ocpp1.6",
        payload={"charge_point_vendor": "ACME", "charge_point_model": "DC-50"},
    )

    action: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=100)]
    ocpp_version: Literal["ocpp1.6", "ocpp2.0.1"]
    message: dict[str, Any] = Field(alias="payload")

    def payload(self) -> dict[str, Any]:
        """By the contract's names."""
        return {
            "action": self.action,
            "ocpp_version": self.ocpp_version,
            "payload": self.message,
        }


class ForAWhile(Event):
    """For so long, or until it is restored."""

    seconds: Annotated[float, Field(gt=0, le=31_536_000)] | None = None


class RebootEvent(Event):
    """How the charger is restarted locally."""

    type: Literal["Soft", "Hard"] = "Soft"
