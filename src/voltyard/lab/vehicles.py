"""A vehicle in the gateway's words, and as the charger takes it."""

from itertools import pairwise
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from voltyard.kernel.errors import Invalid, NotFound
from voltyard.lab.catalogue import Catalogue

_Percent = Annotated[float, Meta(ge=0, le=100)]
_Fraction = Annotated[float, Meta(ge=0, le=1)]
_Power = Annotated[float, Meta(ge=0)]


class DescribedVehicle(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a caller may say of a vehicle; the rest is as the catalogue's `name` has it."""

    name: str = "long-range"
    battery_kwh: Annotated[float, Meta(gt=0)] | None = None
    soc: _Percent | None = None
    """State of charge when it is plugged in, percent; `soc_percent` says the same."""
    soc_percent: _Percent | None = None
    target_soc: _Percent | None = None
    """Where it stops drawing; `target_soc_percent` says the same."""
    target_soc_percent: _Percent | None = None
    max_power_w: _Power | None = None
    """Of AC and DC alike."""
    max_ac_power_w: _Power | None = None
    max_dc_power_w: _Power | None = None
    phases: Annotated[int, Meta(ge=1, le=3)] | None = None
    curve: tuple[tuple[_Percent, _Fraction], ...] | None = None


def vehicle_of(value: str | dict[str, Any], catalogue: Catalogue) -> dict[str, Any]:
    """A vehicle as plain data in the names of physics.vehicle.Vehicle. Invalid where there is no
    such vehicle in the catalogue, or the description makes no sense."""
    described = DescribedVehicle(name=value) if isinstance(value, str) else _described(value)
    known = described.name in catalogue.vehicles
    if isinstance(value, str) and not known:
        try:
            catalogue.vehicle(value)
        except NotFound as error:
            raise Invalid(error.message, hint=error.advice, param="vehicle") from None
    vehicle = msgspec.to_builtins(catalogue.vehicles[described.name]) if known else {}
    vehicle["name"] = described.name
    return vehicle | _changes(described)


def _described(value: dict[str, Any]) -> DescribedVehicle:
    try:
        vehicle = msgspec.convert(value, DescribedVehicle)
    except msgspec.ValidationError as error:
        raise Invalid(f"not a vehicle: {error}", param="vehicle") from None
    curve = vehicle.curve
    if curve is not None and not (curve and all(a[0] < b[0] for a, b in pairwise(curve))):
        raise Invalid(
            "a vehicle's curve must rise in state of charge",
            hint="[[0, 1.0], [80, 0.5], [100, 0.05]]",
            param="vehicle",
        )
    return vehicle


def _changes(described: DescribedVehicle) -> dict[str, Any]:
    power_w = described.max_power_w
    said = {
        "battery_kwh": described.battery_kwh,
        "soc_percent": _first(described.soc, described.soc_percent),
        "target_soc_percent": _first(described.target_soc, described.target_soc_percent),
        "max_ac_power_w": _first(described.max_ac_power_w, power_w),
        "max_dc_power_w": _first(described.max_dc_power_w, power_w),
        "phases": described.phases,
        "curve": None if described.curve is None else [list(point) for point in described.curve],
    }
    return {name: value for name, value in said.items() if value is not None}


def _first(*values: float | None) -> float | None:
    return next((value for value in values if value is not None), None)
