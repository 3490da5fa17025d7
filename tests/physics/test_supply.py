"""What flows through a connector."""

from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltyard.physics.battery import accepted_w, charge
from voltyard.physics.supply import (
    PowerFlow,
    ceiling_w,
    draw,
    frequency_hz,
    offered_a,
    pack_voltage_v,
    vehicle_at_station,
)
from voltyard.physics.vehicle import Vehicle

STRONG = Vehicle(max_ac_power_w=22_000.0, curve=((0.0, 1.0),))
ONE_PHASE = Vehicle(max_ac_power_w=7_360.0, phases=1, curve=((0.0, 1.0),))


@pytest.mark.parametrize(
    ("phases", "current_a", "power_w"),
    [(1, 16.0, 3_680.0), (1, 32.0, 7_360.0), (3, 16.0, 11_040.0)],
)
def test_power_is_voltage_times_current_times_phases(
    phases: int, current_a: float, power_w: float
) -> None:
    vehicle = ONE_PHASE if phases == 1 else STRONG

    flow = draw(vehicle, 40.0, "AC", phases, 230.0, current_a, 99_000.0)

    assert flow == PowerFlow(power_w, pytest.approx(current_a), phases, 230.0)


def test_a_one_phase_vehicle_at_a_three_phase_evse_draws_from_l1_only() -> None:
    flow = draw(ONE_PHASE, 40.0, "AC", 3, 230.0, 16.0, 11_040.0)

    assert flow.phases == 1
    assert flow.power_w == pytest.approx(3_680.0)


def test_a_three_phase_vehicle_at_a_one_phase_evse_uses_a_third_of_its_charger() -> None:
    vehicle = Vehicle(max_ac_power_w=11_040.0, curve=((0.0, 1.0),))

    flow = draw(vehicle, 40.0, "AC", 1, 230.0, 32.0, 7_360.0)

    assert flow.power_w == pytest.approx(3_680.0)
    assert flow.current_a == pytest.approx(16.0)


def test_below_six_amperes_nothing_is_offered() -> None:
    assert offered_a(3, 230.0, 32.0, 6.0 * 230.0 * 3) == pytest.approx(6.0)
    assert offered_a(3, 230.0, 32.0, 5.9 * 230.0 * 3) == 0.0
    assert draw(STRONG, 40.0, "AC", 3, 230.0, 32.0, 4_000.0) == PowerFlow(0.0, 0.0, 0, 230.0)


def test_a_full_vehicle_draws_nothing() -> None:
    assert draw(STRONG, 100.0, "AC", 3, 230.0, 32.0, 22_000.0).power_w == 0.0


def test_dc_is_limited_by_power_and_the_current_follows_the_battery() -> None:
    vehicle = Vehicle(max_dc_power_w=120_000.0, curve=((0.0, 1.0),))

    flow = draw(vehicle, 50.0, "DC", 3, 230.0, 32.0, 36_000.0)

    assert flow == PowerFlow(36_000.0, 100.0, 1, 360.0)


def test_no_dc_power_no_phase() -> None:
    assert draw(STRONG, 50.0, "DC", 3, 230.0, 32.0, 0.0) == PowerFlow(0.0, 0.0, 0, 360.0)
    assert ceiling_w(STRONG, "DC", 3, 230.0, 32.0, -5.0) == 0.0


def test_a_strong_vehicle_has_a_high_voltage() -> None:
    assert pack_voltage_v(Vehicle(max_dc_power_w=250_000.0), 100.0) == 800.0
    assert pack_voltage_v(Vehicle(max_dc_power_w=120_000.0), 0.0) == 320.0


@given(
    st.builds(Vehicle, phases=st.integers(1, 3), max_ac_power_w=st.floats(1_000.0, 22_000.0)),
    st.floats(0.0, 100.0),
    st.sampled_from(["AC", "DC"]),
    st.integers(1, 3),
    st.floats(0.0, 80.0),
    st.floats(0.0, 400_000.0),
)
def test_what_flows_is_within_every_limit_and_adds_up(
    vehicle: Vehicle, soc: float, current: str, phases: int, max_current_a: float, limit_w: float
) -> None:
    kind = "DC" if current == "DC" else "AC"

    flow = draw(vehicle, soc, kind, phases, 230.0, max_current_a, limit_w)

    assert 0.0 <= flow.power_w <= limit_w * (1 + 1e-9)
    product_w = flow.voltage_v * flow.current_a * max(flow.phases, 1)
    assert isclose(flow.power_w, product_w, abs_tol=1e-9)
    if kind == "AC":
        assert flow.current_a <= max_current_a * (1 + 1e-9)
    ceiling = ceiling_w(vehicle, kind, phases, 230.0, max_current_a, limit_w)
    _, energy_wh = charge(vehicle, soc, ceiling, kind, 1.0)
    assert energy_wh <= flow.power_w / 3600.0 * (1 + 1e-6) + 1e-6


@pytest.mark.parametrize(("voltage_v", "power_w"), [(208.0, 6_656.0), (240.0, 7_680.0)])
def test_a_voltage_of_north_america_works(voltage_v: float, power_w: float) -> None:
    vehicle = Vehicle(phases=1, max_ac_power_w=11_500.0, curve=((0.0, 1.0),))

    assert draw(vehicle, 40.0, "AC", 1, voltage_v, 32.0, 99_000.0).power_w == pytest.approx(power_w)
    assert frequency_hz(voltage_v) == 60.0
    assert frequency_hz(120.0) == 60.0
    assert frequency_hz(230.0) == 50.0


def test_a_power_factor_is_less_power_from_the_same_current() -> None:
    vehicle = Vehicle(max_ac_power_w=22_000.0, power_factor=0.95, curve=((0.0, 1.0),))

    flow = draw(vehicle, 40.0, "AC", 3, 230.0, 16.0, 99_000.0)

    assert flow.current_a == pytest.approx(16.0)
    assert flow.power_w == pytest.approx(3 * 230.0 * 16.0 * 0.95)
    assert flow.power_w == pytest.approx(3 * flow.voltage_v * flow.current_a * flow.power_factor)


@pytest.mark.parametrize(
    ("limit_a", "offered"), [(5.9, 0.0), (6.0, 6.0), (9.9, 8.0), (16.0, 16.0), (99.0, 32.0)]
)
def test_an_evse_of_steps_offers_the_highest_within_the_limit(
    limit_a: float, offered: float
) -> None:
    steps = (0.0, 6.0, 8.0, 10.0, 13.0, 16.0, 32.0)

    assert offered_a(3, 230.0, 32.0, limit_a * 690.0, steps) == pytest.approx(offered)


def test_a_stations_current_bounds_an_empty_battery_before_its_power_does() -> None:
    vehicle = Vehicle(max_dc_power_w=120_000.0, curve=((0.0, 1.0),))

    held = vehicle_at_station(vehicle, 200.0)

    assert accepted_w(held, 0.0, "DC") == pytest.approx(200.0 * 320.0)
    assert draw(held, 50.0, "DC", 3, 0.0, 200.0, 180_000.0).current_a == pytest.approx(200.0)
    assert vehicle_at_station(vehicle, 999.0).curve == vehicle.curve


def test_constant_current_rises_with_the_voltage_and_constant_voltage_falls() -> None:
    curve = ((0.0, 320.0 / 400.0), (80.0, 1.0), (100.0, 0.05))
    vehicle = Vehicle(max_dc_power_w=80_000.0, curve=curve, knee_percent=80.0)

    flows = [draw(vehicle, soc, "DC", 3, 0.0, 0.0, 1e6) for soc in (0.0, 40.0, 79.9, 90.0, 99.9)]

    assert [flow.current_a for flow in flows[:3]] == pytest.approx([200.0] * 3, rel=1e-3)
    assert [flow.voltage_v for flow in flows[3:]] == [400.0, 400.0]
    assert flows[2].current_a > flows[3].current_a > flows[4].current_a


def test_a_cold_battery_takes_less() -> None:
    cold = Vehicle(max_dc_power_w=100_000.0, cold_factor=0.4, curve=((0.0, 1.0),))

    assert accepted_w(vehicle_at_station(cold, 500.0), 50.0, "DC") == pytest.approx(40_000.0)
    assert accepted_w(vehicle_at_station(Vehicle(max_dc_power_w=0.0), 500.0), 50.0, "DC") == 0.0


@given(
    st.lists(st.tuples(st.floats(0.0, 100.0), st.floats(0.01, 1.0)), min_size=1, max_size=6),
    st.floats(20_000.0, 350_000.0),
    st.floats(10.0, 600.0),
    st.floats(20.0, 100.0),
    st.floats(0.0, 100.0),
)
def test_a_vehicle_behind_a_station_takes_the_lesser_everywhere(
    knots: list[tuple[float, float]], most_w: float, max_a: float, knee: float, soc: float
) -> None:
    curve = tuple(sorted({round(at): value for at, value in knots}.items()))
    vehicle = Vehicle(max_dc_power_w=most_w, curve=curve, knee_percent=knee, target_soc_percent=101)

    taken_w = accepted_w(vehicle_at_station(vehicle, max_a), soc, "DC")

    station_w = max_a * pack_voltage_v(vehicle, soc)
    assert taken_w == pytest.approx(min(accepted_w(vehicle, soc, "DC"), station_w), rel=1e-6)
