"""The catalogue's vehicles are such as can be plugged in, and say where they come from."""

from itertools import pairwise

import msgspec
import pytest

from voltyard.catalogue.catalogue import Catalogue, VehicleModel
from voltyard.catalogue.vehicles import vehicle_of
from voltyard.physics.battery import accepted_w, seconds_until
from voltyard.physics.vehicle import Vehicle

CATALOGUE = Catalogue.load()
EACH = pytest.mark.parametrize("model", CATALOGUE.vehicles.values(), ids=list(CATALOGUE.vehicles))


def plugged(model: VehicleModel) -> Vehicle:
    return msgspec.convert(vehicle_of(model.name, CATALOGUE), Vehicle)


def test_there_are_enough_of_every_kind() -> None:
    models = CATALOGUE.vehicles.values()

    assert sum(model.source_url is not None for model in models) >= 20
    assert {model.phases for model in models} == {1, 2, 3}
    assert any(model.max_dc_power_w == 0 for model in models)


@EACH
def test_a_vehicle_says_where_it_and_its_curve_come_from(model: VehicleModel) -> None:
    assert model.source
    assert model.source_url is None or model.source_url.startswith("https://")
    assert bool(model.curve) != bool(model.dc_curve_kw)
    assert model.curve_source or "ours" in model.source


@EACH
def test_its_figures_can_be(model: VehicleModel) -> None:
    assert 5 <= model.battery_kwh <= 600
    assert 2_000 <= model.max_ac_power_w <= 43_000
    assert 0 <= model.max_dc_power_w <= 400_000
    assert all(before[0] < after[0] for before, after in pairwise(model.fractions))
    assert all(0 < fraction <= 1 for _, fraction in model.fractions)
    assert max(kw for _, kw in model.dc_curve_kw or ((0, model.max_dc_power_w / 1_000),)) * (
        1_000
    ) == pytest.approx(model.max_dc_power_w)


@EACH
def test_it_charges_full_on_ac_and_on_dc_where_it_can(model: VehicleModel) -> None:
    vehicle = plugged(model)

    assert seconds_until(vehicle, 20.0, model.max_ac_power_w, "AC") is not None
    if model.max_dc_power_w:
        assert seconds_until(vehicle, 20.0, 400_000.0, "DC") is not None
    assert accepted_w(vehicle, 50.0, "AC") <= model.max_ac_power_w


def test_a_curve_of_dc_bounds_ac_only_where_the_battery_takes_less_than_the_charger() -> None:
    i3 = plugged(CATALOGUE.vehicle("bmw-i3-120ah"))

    assert accepted_w(i3, 80.0, "AC") == 11_000.0
    assert accepted_w(i3, 100.0 - 1e-3, "AC") == pytest.approx(3_000.0, rel=0.01)
    assert accepted_w(i3, 85.0, "DC") == pytest.approx(50_000.0)


def test_a_curve_of_ones_own_is_of_ac_and_dc_again() -> None:
    said = {"name": "bmw-i3-120ah", "curve": [[0, 0.5], [100, 0.5]]}

    vehicle = msgspec.convert(vehicle_of(said, CATALOGUE), Vehicle)

    assert accepted_w(vehicle, 50.0, "AC") == 5_500.0


def test_a_knee_makes_the_curve_of_constant_current_and_constant_voltage() -> None:
    vehicle = vehicle_of({"name": "city", "knee_percent": 80, "full_v": 400}, CATALOGUE)

    assert vehicle["curve"] == [[0.0, 0.8], [80, 1.0], [100.0, 0.05]]
    assert vehicle["knee_percent"] == 80
