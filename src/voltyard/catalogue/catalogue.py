"""Catalogue of brands, models, vehicles and location presets, read from data files.

Each model says where its figures come from (`source`), and who has seen what it says at boot
(`boot_source`).
"""

from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Annotated, Any, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct

from voltyard.kernel.errors import NotFound

_LONGEST_NAME: Final = 20
"""Of a vendor or model in a BootNotification: 1.6 has 20 characters for both, 2.0.1 has 50 and 20;
the catalogue's serve both."""

Reported: TypeAlias = Annotated[str, Meta(min_length=1, max_length=_LONGEST_NAME)]


class ChargerModel(Struct, frozen=True, kw_only=True):
    """A model of charger. Power, current and voltage are those of one connector."""

    id: str
    slug: str
    name: str
    current_type: Literal["ac", "dc"]
    supported_kwh: tuple[float, ...]
    """The powers it is sold or installed with, kW; the name is the published contract's."""
    connector_types: tuple[str, ...]
    connector_count: int
    max_current_a: float
    phases: int
    voltage_v: float
    """Line to neutral for AC, the highest at the outlet for DC."""
    cable_lock: bool
    """True where the connector latches the plug: a socket does, a tethered cable does not."""
    source: str
    """Source of the figures."""
    source_url: str | None = None
    """Address of that, or of what bears it out."""
    reported_vendor: Reported | None = None
    """The vendor that chargers of this model report at boot; so too `reported_model`. None: it is
    not published, and the brand's and the model's name stand in."""
    reported_model: Reported | None = None
    boot_source: str | None = None
    """The source that has seen them report so."""
    image_url: str | None = None
    also_taken: tuple[str, ...] = ()
    """Connector types it does not have, and is asked for with by the examples of clients in use."""

    @property
    def boot_model(self) -> str:
        """The model it names at boot."""
        return self.reported_model or self.name[:_LONGEST_NAME].rstrip()

    @property
    def max_power_w(self) -> float:
        """The highest power it delivers."""
        return max(self.supported_kwh) * 1_000


class Brand(Struct, frozen=True, kw_only=True):
    """A brand of chargers."""

    id: str
    slug: str
    name: str
    models: tuple[ChargerModel, ...]
    image_url: str | None = None

    def boot_vendor(self, model: ChargerModel) -> str:
        """The vendor that a charger of one of its models names at boot."""
        return model.reported_vendor or self.name[:_LONGEST_NAME].rstrip()


class VehicleModel(Struct, frozen=True, kw_only=True):
    """A model of vehicle, to be named instead of described."""

    name: str
    """Its slug."""
    battery_kwh: float
    """Usable."""
    max_ac_power_w: float
    max_dc_power_w: float
    phases: int
    source: str
    """Source of the figures."""
    title: str = ""
    """The name that people use."""
    curve: tuple[tuple[float, float], ...] = ()
    """(state of charge in percent, fraction of the maximum power), of AC and DC alike."""
    dc_curve_kw: tuple[tuple[float, float], ...] = ()
    """Instead of that: the power its battery takes from DC. From AC it takes as much, and no more
    than its on-board charger gives."""
    curve_source: str | None = None
    """Source of the curve, if not from the `source`."""
    source_url: str | None = None
    power_factor: float = 1.0
    standing_loss_w: float = 0.0

    @property
    def fractions(self) -> tuple[tuple[float, float], ...]:
        """The curve, however it was given."""
        if not self.dc_curve_kw:
            return self.curve
        return tuple((at, kw * 1_000 / self.max_dc_power_w) for at, kw in self.dc_curve_kw)


class ChargerGroup(Struct, frozen=True, kw_only=True):
    """A number of chargers of one kind at a location."""

    brand_slug: str
    model_slug: str
    connector_type: str
    ocpp_version: str
    count: int
    vehicle: str | None = None
    """The vehicle that plugs in by default, by its name in the catalogue."""


class LocationTemplate(Struct, frozen=True, kw_only=True):
    """A preset of a location."""

    slug: str
    name: str
    description: str
    country: str
    parking_type: str
    charger_groups: tuple[ChargerGroup, ...]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All brands, vehicles and presets, by slug."""

    brands: dict[str, Brand]
    vehicles: dict[str, VehicleModel]
    templates: dict[str, LocationTemplate]

    @classmethod
    def load(cls) -> "Catalogue":
        """Read the data files of this package."""
        folder = files(__package__)
        brands: list[Brand] = [
            _read(file, Brand)
            for file in sorted(folder.joinpath("brands").iterdir(), key=lambda file: file.name)
            if file.name.endswith(".json")
        ]
        vehicles: tuple[VehicleModel, ...] = _read(
            folder.joinpath("vehicles.json"), tuple[VehicleModel, ...]
        )
        templates: tuple[LocationTemplate, ...] = _read(
            folder.joinpath("templates.json"), tuple[LocationTemplate, ...]
        )
        return cls(
            brands={brand.slug: brand for brand in brands},
            vehicles={vehicle.name: vehicle for vehicle in vehicles},
            templates={template.slug: template for template in templates},
        )

    def brand(self, slug: str) -> Brand:
        """NotFound where the slug is unknown; so too `model`, `vehicle`, `template`."""
        brand = self.brands.get(slug)
        if brand is None:
            raise NotFound(
                f"there is no brand {slug!r} in the catalogue",
                hint="GET /ocpp/catalog/brands lists them",
                param="brand_slug",
            )
        return brand

    def model(self, brand_slug: str, model_slug: str) -> ChargerModel:
        """One model of a brand."""
        for model in self.brand(brand_slug).models:
            if model.slug == model_slug:
                return model
        raise NotFound(
            f"{brand_slug} has no model {model_slug!r} in the catalogue",
            hint=f"GET /ocpp/catalog/brands/{brand_slug}/models lists them",
            param="model_slug",
        )

    def vehicle(self, name: str) -> VehicleModel:
        """One kind of vehicle."""
        vehicle = self.vehicles.get(name)
        if vehicle is None:
            raise NotFound(
                f"there is no vehicle {name!r} in the catalogue",
                hint=f"one of {', '.join(self.vehicles)}, or describe one",
                param="vehicle",
            )
        return vehicle

    def template(self, slug: str) -> LocationTemplate:
        """One preset."""
        template = self.templates.get(slug)
        if template is None:
            raise NotFound(
                f"there is no preset {slug!r} for a location",
                hint="GET /ocpp/templates/locations lists them",
                param="slug",
            )
        return template

    def power_kind(self, template: LocationTemplate) -> Literal["AC", "DC", "AC-DC"]:
        """The family of a preset, by what its chargers deliver."""
        kinds = {
            self.model(group.brand_slug, group.model_slug).current_type
            for group in template.charger_groups
        }
        if len(kinds) == 2:
            return "AC-DC"
        return "AC" if kinds == {"ac"} else "DC"

    def nominal_kw(self, group: ChargerGroup) -> float:
        """The power of one charger of the group, kW."""
        return self.model(group.brand_slug, group.model_slug).max_power_w / 1_000


def _read(file: Traversable, shape: Any) -> Any:
    return msgspec.json.decode(file.read_bytes(), type=shape)
