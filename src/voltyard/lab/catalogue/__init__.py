"""What can be simulated: brands, models, vehicles and presets of locations, read from data files.

Each model says where its figures come from (`source`).
"""

from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Literal

import msgspec
from msgspec import Struct

from voltyard.kernel.errors import NotFound


class Model(Struct, frozen=True, kw_only=True):
    """A charger one can buy. Power, current and voltage are those of one connector."""

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
    """Whether the connector latches the plug: a socket does, a tethered cable does not."""
    source: str
    image_url: str | None = None

    @property
    def max_power_w(self) -> float:
        """The highest power it delivers."""
        return max(self.supported_kwh) * 1_000


class Brand(Struct, frozen=True, kw_only=True):
    """Who makes it."""

    id: str
    slug: str
    name: str
    models: tuple[Model, ...]
    image_url: str | None = None


class VehicleModel(Struct, frozen=True, kw_only=True):
    """A kind of vehicle, to be named instead of described."""

    name: str
    battery_kwh: float
    max_ac_power_w: float
    max_dc_power_w: float
    phases: int
    curve: tuple[tuple[float, float], ...]
    """(state of charge in percent, fraction of the maximum power)."""


class ChargerGroup(Struct, frozen=True, kw_only=True):
    """So many chargers of one kind at a location."""

    brand_slug: str
    model_slug: str
    connector_type: str
    ocpp_version: str
    count: int


class LocationTemplate(Struct, frozen=True, kw_only=True):
    """A preset for a location."""

    slug: str
    name: str
    description: str
    country: str
    parking_type: str
    charger_groups: tuple[ChargerGroup, ...]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All that is known, by slug."""

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
        """NotFound where the slug is unknown; so too `model` and `vehicle`."""
        brand = self.brands.get(slug)
        if brand is None:
            raise NotFound(
                f"there is no brand {slug!r} in the catalogue",
                hint="GET /ocpp/catalog/brands lists them",
                param="brand_slug",
            )
        return brand

    def model(self, brand_slug: str, model_slug: str) -> Model:
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
