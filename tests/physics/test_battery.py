"""The battery: closed form, so how the time is cut does not matter."""

from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltyard.kernel.units import WH_PER_KWH
from voltyard.physics.battery import (
    EFFICIENCY,
    CurrentType,
    accepted_w,
    charge,
    efficiency,
    seconds_until,
)
from voltyard.physics.vehicle import Vehicle

CURRENTS: st.SearchStrategy[CurrentType] = st.sampled_from(["AC", "DC"])


@st.composite
def curves(draw: st.DrawFn) -> tuple[tuple[float, float], ...]:
    knots = draw(st.lists(st.integers(0, 100), min_size=1, max_size=6, unique=True))
    fractions = st.floats(0.01, 1.0)
    return tuple((float(knot), draw(fractions)) for knot in sorted(knots))


VEHICLES = st.builds(
    Vehicle,
    battery_kwh=st.floats(5.0, 200.0),
    target_soc_percent=st.floats(20.0, 100.0),
    max_ac_power_w=st.floats(1_000.0, 22_000.0),
    max_dc_power_w=st.floats(20_000.0, 350_000.0),
    standing_loss_w=st.floats(0.0, 300.0),
    curve=curves(),
)
SOC = st.floats(0.0, 100.0)
LIMIT_W = st.floats(0.0, 400_000.0)
ELAPSED_S = st.floats(0.0, 100_000.0)
FLAT = Vehicle(battery_kwh=90.0, max_ac_power_w=10_000.0, curve=((0.0, 1.0),))


def test_one_hour_at_ten_kilowatts_is_ten_kilowatt_hours_at_the_meter() -> None:
    soc, energy_wh = charge(FLAT, 40.0, 22_000.0, "AC", 3600.0)

    assert isclose(energy_wh, 10_000.0)
    assert isclose(soc, 50.0)  # 9 kWh of it reach a battery of 90


def test_the_limit_holds_where_it_is_less_than_the_vehicle_takes() -> None:
    _, energy_wh = charge(FLAT, 40.0, 4_000.0, "AC", 3600.0)

    assert isclose(energy_wh, 4_000.0)


def test_power_is_linear_between_knots_and_level_beyond_them() -> None:
    vehicle = Vehicle(max_ac_power_w=10_000.0, curve=((20.0, 1.0), (80.0, 0.4)))

    powers = [accepted_w(vehicle, soc, "AC") for soc in (5.0, 20.0, 50.0, 80.0, 99.0)]

    assert powers == pytest.approx([10_000.0, 10_000.0, 7_000.0, 4_000.0, 4_000.0])


def test_a_curve_may_step() -> None:
    vehicle = Vehicle(max_ac_power_w=10_000.0, curve=((0.0, 1.0), (80.0, 1.0), (80.0, 0.2)))

    assert accepted_w(vehicle, 79.9, "AC") == pytest.approx(10_000.0)
    assert accepted_w(vehicle, 80.0, "AC") == pytest.approx(2_000.0)
    assert charge(vehicle, 80.0, 22_000.0, "AC", 3600.0)[1] == pytest.approx(2_000.0)


def test_a_battery_that_accepts_nothing_at_its_end_never_gets_there() -> None:
    vehicle = Vehicle(curve=((0.0, 1.0), (100.0, 0.0)))

    soc, _ = charge(vehicle, 90.0, 11_000.0, "AC", 1e7)

    assert 90.0 < soc <= 100.0
    assert seconds_until(vehicle, 90.0, 11_000.0, "AC") is None


def test_it_stops_at_the_target() -> None:
    vehicle = Vehicle(target_soc_percent=80.0)

    soc, _ = charge(vehicle, 79.0, 11_000.0, "AC", 1e6)

    assert soc == 80.0
    assert accepted_w(vehicle, soc, "AC") == 0.0
    assert charge(vehicle, soc, 11_000.0, "AC", 60.0) == (80.0, 0.0)


def test_a_battery_fuller_than_its_target_keeps_what_it_has() -> None:
    vehicle = Vehicle(target_soc_percent=80.0)

    assert charge(vehicle, 90.0, 11_000.0, "AC", 60.0) == (90.0, 0.0)
    assert seconds_until(vehicle, 90.0, 11_000.0, "AC") == 0.0


def test_no_limit_no_charge() -> None:
    assert charge(FLAT, 40.0, 0.0, "AC", 60.0) == (40.0, 0.0)
    assert seconds_until(FLAT, 40.0, 0.0, "AC", energy_wh=1.0) is None


def test_a_goal_beyond_the_target_is_never_reached() -> None:
    vehicle = Vehicle(target_soc_percent=60.0)

    assert seconds_until(vehicle, 50.0, 11_000.0, "AC", soc_target_percent=70.0) is None
    assert seconds_until(vehicle, 50.0, 11_000.0, "AC", energy_wh=70_000.0) is None


def test_of_two_goals_the_earlier_counts() -> None:
    both = seconds_until(FLAT, 40.0, 9e9, "AC", soc_target_percent=50.0, energy_wh=1_000.0)

    assert both == pytest.approx(360.0)


def test_a_slow_charge_is_less_efficient() -> None:
    vehicle = Vehicle(standing_loss_w=120.0)

    at_6_a = efficiency(vehicle, 6.0 * 230.0, "AC")
    at_16_a = efficiency(vehicle, 16.0 * 690.0, "AC")

    assert 0.80 < at_6_a < 0.85 < at_16_a < EFFICIENCY["AC"]
    assert efficiency(vehicle, 50_000.0, "DC") == EFFICIENCY["DC"]


@given(VEHICLES, SOC, LIMIT_W, CURRENTS, st.floats(1.0, 4_000.0), st.integers(2, 60))
def test_how_the_time_is_cut_does_not_matter(
    vehicle: Vehicle, soc: float, limit_w: float, current: CurrentType, step_s: float, steps: int
) -> None:
    whole_soc, whole_wh = charge(vehicle, soc, limit_w, current, step_s * steps)

    cut_soc, cut_wh = soc, 0.0
    for _ in range(steps):
        cut_soc, part_wh = charge(vehicle, cut_soc, limit_w, current, step_s)
        cut_wh += part_wh

    assert isclose(cut_soc, whole_soc, rel_tol=1e-9, abs_tol=1e-9)
    assert isclose(cut_wh, whole_wh, rel_tol=1e-9, abs_tol=1e-3)


@given(VEHICLES, SOC, LIMIT_W, CURRENTS, ELAPSED_S)
def test_what_the_meter_counts_is_in_the_battery_less_the_loss(
    vehicle: Vehicle, soc: float, limit_w: float, current: CurrentType, elapsed_s: float
) -> None:
    end, energy_wh = charge(vehicle, soc, limit_w, current, elapsed_s)

    stored_wh = (end - soc) / 100.0 * vehicle.battery_kwh * WH_PER_KWH
    stored = efficiency(vehicle, limit_w, current)
    assert isclose(stored_wh, energy_wh * stored, rel_tol=1e-9, abs_tol=1e-9)


@given(VEHICLES, SOC, LIMIT_W, CURRENTS, ELAPSED_S)
def test_it_never_falls_nor_passes_its_target_nor_beats_its_power(
    vehicle: Vehicle, soc: float, limit_w: float, current: CurrentType, elapsed_s: float
) -> None:
    end, energy_wh = charge(vehicle, soc, limit_w, current, elapsed_s)

    most_w = vehicle.max_ac_power_w if current == "AC" else vehicle.max_dc_power_w
    assert soc <= end <= max(soc, vehicle.target_soc_percent)
    assert 0.0 <= energy_wh <= min(limit_w, most_w) * elapsed_s / 3600.0 * (1 + 1e-9) + 1e-3


@given(VEHICLES, SOC, LIMIT_W, CURRENTS, ELAPSED_S, ELAPSED_S)
def test_longer_is_never_less(
    vehicle: Vehicle,
    soc: float,
    limit_w: float,
    current: CurrentType,
    first_s: float,
    more_s: float,
) -> None:
    shorter, _ = charge(vehicle, soc, limit_w, current, first_s)
    longer, _ = charge(vehicle, soc, limit_w, current, first_s + more_s)

    assert longer >= shorter - 1e-9


@given(VEHICLES, SOC, st.floats(100.0, 400_000.0), CURRENTS, SOC)
def test_the_time_foretold_is_the_time_it_takes(
    vehicle: Vehicle, soc: float, limit_w: float, current: CurrentType, target: float
) -> None:
    foretold_s = seconds_until(vehicle, soc, limit_w, current, soc_target_percent=target)

    if foretold_s is None:
        assert target > vehicle.target_soc_percent
    elif foretold_s > 0.0:
        assert charge(vehicle, soc, limit_w, current, foretold_s)[0] == pytest.approx(target)
        early_soc, _ = charge(vehicle, soc, limit_w, current, foretold_s * 0.99)
        assert early_soc < target
    else:
        assert target <= soc + 1e-6


@given(VEHICLES, st.floats(0.0, 60.0), st.floats(100.0, 400_000.0), CURRENTS, st.floats(1, 5_000))
def test_the_energy_foretold_is_the_energy_counted(
    vehicle: Vehicle, soc: float, limit_w: float, current: CurrentType, wanted_wh: float
) -> None:
    foretold_s = seconds_until(vehicle, soc, limit_w, current, energy_wh=wanted_wh)

    if foretold_s is not None and foretold_s > 0.0:
        _, energy_wh = charge(vehicle, soc, limit_w, current, foretold_s)
        assert energy_wh == pytest.approx(wanted_wh, abs=0.01)
