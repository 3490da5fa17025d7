"""Answers of the catalogue."""

from typing import Annotated, Any, Final, Literal

from pydantic import Field

from voltyard.api.description.named_types import DisabledPart
from voltyard.api.gateway.fields import GatewayAnswer, Moment, PageAnswer, example

MODEL: Final[dict[str, Any]] = {
    "id": "550e8400-e29b-41d4-a716-446655440002",
    "slug": "wallbox-pulsar-plus",
    "name": "Pulsar Plus",
    "brand_slug": "wallbox",
    "brand_id": "46d3bb26-6d3c-5b07-a1b6-6d6b8b8b3b40",
    "image_url": None,
    "connector_count": 1,
    "current_type": "ac",
    "supported_kwh": [7.4, 22],
    "connector_types": ["Type2"],
    "created_at": None,
}


GROUP: Final[dict[str, Any]] = {
    "brand_slug": "schneider",
    "model_slug": "evlink-pro-ac-22kw",
    "connector_type": "Type2",
    "ocpp_version": "OCPP1.6",
    "count": 10,
    "nominal_kw": 22,
}


class BrandResponse(GatewayAnswer):
    """A manufacturer of chargers."""

    model_config = example(
        id="46d3bb26-6d3c-5b07-a1b6-6d6b8b8b3b40",
        slug="wallbox",
        name="Wallbox",
        image_url=None,
        created_at=None,
    )

    id: str
    slug: str
    name: str
    image_url: str | None = None
    created_at: Moment | None = None


class BrandListResponse(PageAnswer[BrandResponse]):
    """Brands."""


class ModelResponse(GatewayAnswer):
    """A charger one can simulate."""

    model_config = example(**MODEL)

    id: str
    slug: str
    name: str
    brand_slug: str | None = None
    brand_id: str | None = None
    image_url: str | None = None
    connector_count: int | None = None
    current_type: str | None = None
    supported_kwh: list[float] | None = None
    connector_types: list[str] | None = None
    created_at: Moment | None = None
    max_current_a: float | None = None
    phases: int | None = None
    source: str | None = None
    """Source of the figures."""
    source_url: str | None = None
    reported_vendor: str | None = None
    """As chargers of this model say at boot; null: nobody has published it, and the brand's name is
    sent. So too reported_model."""
    reported_model: str | None = None
    boot_source: str | None = None
    """Source of what they say."""


class ModelListResponse(PageAnswer[ModelResponse]):
    """Models of a brand."""


class VehicleResponse(GatewayAnswer):
    """A kind of vehicle, which plug-connector takes by its name."""

    model_config = example(
        name="renault-zoe-ze50",
        title="Renault Zoe ZE50 (2019)",
        battery_kwh=52,
        max_ac_power_w=22000,
        max_dc_power_w=46000,
        phases=3,
        curve=[[0, 0.8913], [52, 1.0], [80, 0.587], [100, 0.4783]],
        curve_is_of_dc=True,
        power_factor=0.99,
        standing_loss_w=120,
        source="Open EV Data (Chargeprice)",
        source_url="https://github.com/chargeprice/open-ev-data",
        curve_source="Open EV Data, simplified from charts such as Fastned's",
    )

    name: str
    battery_kwh: float
    max_ac_power_w: float
    max_dc_power_w: float
    phases: int
    curve: list[Annotated[list[float], Field(min_length=2, max_length=2)]]
    """State of charge in percent, and the fraction of the highest power it draws there."""
    title: str
    curve_is_of_dc: bool
    """The curve is of the DC power: from AC the battery takes as much, and no more than the
    on-board charger gives. False: of either."""
    power_factor: float
    standing_loss_w: float
    """Power that it takes for itself while AC flows: a slow charge is less efficient."""
    source: str
    """Source of the figures."""
    source_url: str | None = None
    curve_source: str | None = None
    """Source of the curve, if not from the source."""


class VehicleListResponse(PageAnswer[VehicleResponse]):
    """Vehicles."""


class Fault16Response(GatewayAnswer):
    """How OCPP 1.6 tells it, in StatusNotification."""

    error_code: str
    vendor_error_code: str | None = None
    stop_reason: str | None = None
    """Of the transaction that it ends; null where it ends none."""


class Fault2Response(GatewayAnswer):
    """How OCPP 2.x tells it, in NotifyEvent."""

    component: str
    belongs_to: Literal["station", "evse", "connector"]
    variable: str
    tech_code: str
    stopped_reason: str | None = None
    """Of the transaction that it ends; null where it ends none."""


class FaultResponse(GatewayAnswer):
    """Faults that inject-fault can cause, by name."""

    model_config = example(
        name="GroundFailure",
        description="The residual current device has tripped.",
        effect="stops",
        disables=None,
        ocpp16={"error_code": "GroundFailure", "vendor_error_code": None, "stop_reason": "Other"},
        ocpp2={
            "component": "RCD",
            "belongs_to": "evse",
            "variable": "Tripped",
            "tech_code": "GroundFailure",
            "stopped_reason": "GroundFault",
        },
        other_names=["ground fault", "ground", "earth fault", "earth failure"],
    )

    name: str
    description: str
    effect: Literal["stops", "suspends", "warns"]
    """stops: the connector is Faulted, its transaction ends. suspends: no energy while it lasts,
    the transaction goes on. warns: the status stays, the error code comes beside it."""
    disables: DisabledPart | None = None
    """The part that does not work meanwhile."""
    ocpp16: Fault16Response
    ocpp2: Fault2Response
    other_names: list[str]


class FaultListResponse(PageAnswer[FaultResponse]):
    """Faults."""


class TemplateChargerGroup(GatewayAnswer):
    """So many chargers of one kind."""

    brand_slug: str
    model_slug: str
    connector_type: str
    ocpp_version: str
    count: int
    nominal_kw: float


class LocationTemplateResponse(GatewayAnswer):
    """A preset for a location."""

    model_config = example(
        slug="office-car-park",
        name="Office car park",
        description="Ten sockets where staff park for the day.",
        type="AC",
        country="FR",
        parking_type="PARKING_GARAGE",
        ocpp_version="OCPP1.6",
        chargers=10,
        charger_groups=[GROUP],
    )

    slug: str
    name: str
    description: str
    type: str
    country: str
    parking_type: str
    ocpp_version: str
    chargers: int
    charger_groups: list[TemplateChargerGroup]


class LocationTemplateListResponse(PageAnswer[LocationTemplateResponse]):
    """Presets for a location."""
