"""Vehicles by catalogue name or description, as the physics takes them."""

from itertools import pairwise
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from voltyard.catalogue.catalogue import Catalogue, VehicleModel
from voltyard.kernel.errors import Invalid, NotFound

_Percent = Annotated[float, Meta(ge=0, le=100)]
_Fraction = Annotated[float, Meta(ge=0, le=1)]
_Voltage = Annotated[float, Meta(gt=0, le=2_000)]
_Power = Annotated[float, Meta(ge=0)]

_FULL_V = 400.0
_EMPTY_PART = 0.8
"""Of the full battery's voltage, where nothing is said."""
_TAIL = 0.05
"""Of the power at the knee: what a full battery still takes."""


class DescribedVehicle(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A caller's description of a vehicle; the rest is as the catalogue's `name` has it."""

    name: str = "long-range"
    battery_kwh: Annotated[float, Meta(gt=0)] | None = None
    soc: _Percent | None = None
    """State of charge when it is plugged in, percent; `soc_percent` says the same."""
    soc_percent: _Percent | None = None
    target_soc: _Percent | None = None
    """State of charge at which it stops drawing; `target_soc_percent` says the same."""
    target_soc_percent: _Percent | None = None
    max_power_w: _Power | None = None
    """Of AC and DC alike."""
    max_ac_power_w: _Power | None = None
    max_dc_power_w: _Power | None = None
    phases: Annotated[int, Meta(ge=1, le=3)] | None = None
    power_factor: Annotated[float, Meta(ge=0.5, le=1)] | None = None
    standing_loss_w: Annotated[float, Meta(ge=0, le=2_000)] | None = None
    """Power that its pumps and electronics take from AC, whatever the current."""
    cold_factor: Annotated[float, Meta(ge=0.05, le=1)] | None = None
    """Of the power its battery takes from DC."""
    knee_percent: Annotated[float, Meta(ge=1, le=100)] | None = None
    """State of charge at which constant current ends and constant voltage begins. Without a curve
    it makes one: power rises with the voltage up to there, then the current falls."""
    empty_v: _Voltage | None = None
    full_v: _Voltage | None = None
    """The battery's voltages, from which the current of DC follows."""
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
    vehicle = _known(catalogue.vehicles[described.name]) if known else {}
    vehicle["name"] = described.name
    changes = _changes(described)
    if "curve" in changes:
        vehicle.pop("curve_is_of_dc", None)
    return vehicle | changes


def _known(model: VehicleModel) -> dict[str, Any]:
    return {
        "battery_kwh": model.battery_kwh,
        "max_ac_power_w": model.max_ac_power_w,
        "max_dc_power_w": model.max_dc_power_w,
        "phases": model.phases,
        "curve": [list(point) for point in model.fractions],
        "curve_is_of_dc": bool(model.dc_curve_kw),
        "power_factor": model.power_factor,
        "standing_loss_w": model.standing_loss_w,
    }


def _complaint(error: msgspec.ValidationError) -> str:
    message, _, path = str(error).partition(" - at `$")
    message = message.replace("`float | null`", "a number").replace("`float`", "a number")
    if not path:
        return f"not a vehicle: {message}"
    return f"vehicle{path.rstrip('`')}: {message[:1].lower()}{message[1:]}"


def _described(value: dict[str, Any]) -> DescribedVehicle:
    try:
        vehicle = msgspec.convert(value, DescribedVehicle)
    except msgspec.ValidationError as error:
        raise Invalid(_complaint(error), param="vehicle") from None
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
    said: dict[str, Any] = {
        "battery_kwh": described.battery_kwh,
        "soc_percent": _first(described.soc, described.soc_percent),
        "target_soc_percent": _first(described.target_soc, described.target_soc_percent),
        "max_ac_power_w": _first(described.max_ac_power_w, power_w),
        "max_dc_power_w": _first(described.max_dc_power_w, power_w),
        "phases": described.phases,
        "power_factor": described.power_factor,
        "standing_loss_w": described.standing_loss_w,
        "cold_factor": described.cold_factor,
        "knee_percent": described.knee_percent,
        "empty_v": described.empty_v,
        "full_v": described.full_v,
    }
    curve = described.curve or _constant_current(described)
    if curve is not None:
        said["curve"] = [list(point) for point in curve]
    return {name: value for name, value in said.items() if value is not None}


def _constant_current(described: DescribedVehicle) -> tuple[tuple[float, float], ...] | None:
    """The curve of constant current up to the knee, and of constant voltage beyond."""
    knee = described.knee_percent
    if knee is None:
        return None
    full_v = described.full_v or _FULL_V
    rising = (0.0, min(1.0, (described.empty_v or full_v * _EMPTY_PART) / full_v)), (knee, 1.0)
    return rising if knee >= 100.0 else (*rising, (100.0, _TAIL))


def _first(*values: float | None) -> float | None:
    return next((value for value in values if value is not None), None)
