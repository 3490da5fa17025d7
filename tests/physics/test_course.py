"""The course: found once, and yet what `charge` and `draw` say each time."""

from math import isclose

from hypothesis import assume, given
from hypothesis import strategies as st

from voltyard.charger.authorization.id_token import IdToken
from voltyard.charger.description.specification import ConnectorSpec, EvseSpec
from voltyard.charger.evse.evse import Evse
from voltyard.physics import supply
from voltyard.physics.battery import CurrentType, charge
from voltyard.physics.course import course_ahead
from voltyard.physics.vehicle import Vehicle

CURRENTS: st.SearchStrategy[CurrentType] = st.sampled_from(["AC", "DC"])
CURVES = st.lists(
    st.tuples(st.integers(0, 100).map(float), st.floats(0.01, 1.0)),
    min_size=1,
    max_size=6,
    unique_by=lambda knot: knot[0],
).map(lambda knots: tuple(sorted(knots)))
VEHICLES = st.builds(
    Vehicle,
    battery_kwh=st.floats(5.0, 200.0),
    target_soc_percent=st.floats(20.0, 100.0),
    max_ac_power_w=st.floats(4_000.0, 22_000.0),
    max_dc_power_w=st.floats(20_000.0, 350_000.0),
    curve=CURVES,
)
SOC = st.floats(0.0, 99.0)


@given(VEHICLES, SOC, CURRENTS, st.floats(5_000.0, 300_000.0), st.floats(0.0, 50_000.0))
def test_it_says_what_charge_and_draw_say(
    vehicle: Vehicle, soc: float, current: CurrentType, limit_w: float, elapsed_s: float
) -> None:
    ceiling_w = supply.ceiling_w(vehicle, current, 3, 230.0, 500.0, limit_w)
    course = course_ahead(vehicle, soc, current, 3, 230.0, ceiling_w)
    assume(course is not None)
    assert course is not None

    later = course.after(soc, elapsed_s)

    charged, charged_wh = charge(vehicle, soc, ceiling_w, current, elapsed_s)
    if later is None:
        assert charged > course.stretch.end_percent - 1e-5
        return
    reached, energy_wh, flow = later
    assert isclose(reached, charged, rel_tol=1e-9, abs_tol=1e-9)
    assert isclose(energy_wh, charged_wh, rel_tol=1e-6, abs_tol=1e-3)
    wanted = supply.draw(vehicle, reached, current, 3, 230.0, 500.0, limit_w)
    assert isclose(flow.power_w, wanted.power_w, rel_tol=1e-6)
    assert isclose(flow.current_a, wanted.current_a, rel_tol=1e-6)
    assert (flow.phases, flow.voltage_v) == (wanted.phases, wanted.voltage_v)


@given(VEHICLES, SOC, CURRENTS, st.integers(1, 200), st.floats(1.0, 600.0))
def test_an_evse_that_goes_on_ends_where_one_that_settles_does(
    vehicle: Vehicle, soc: float, current: CurrentType, steps: int, step_s: float
) -> None:
    sampled, settled = _charging(vehicle, soc, current), _charging(vehicle, soc, current)
    for step in range(1, steps + 1):
        flow = sampled.go_on(step * step_s)
    settled.settle(steps * step_s)

    assert isclose(sampled.plug.soc_percent, settled.plug.soc_percent, rel_tol=1e-6, abs_tol=1e-5)
    assert isclose(sampled.meter.register_wh, settled.meter.register_wh, rel_tol=1e-6, abs_tol=0.1)
    assert isclose(flow.power_w, sampled.flow().power_w, rel_tol=1e-6, abs_tol=1e-6)


@given(st.floats(0.0, 90.0), CURRENTS)
def test_a_change_between_two_samples_is_heeded(soc: float, current: CurrentType) -> None:
    evse = _charging(Vehicle(battery_kwh=500.0, curve=((0.0, 1.0),)), soc, current)
    evse.go_on(10.0)
    before_w = evse.go_on(20.0).power_w

    evse.settle(30.0)
    evse.supply.offer(before_w / 2.0)
    evse.go_on(40.0)

    assert isclose(evse.go_on(50.0).power_w, before_w / 2.0)


def _charging(vehicle: Vehicle, soc: float, current: CurrentType) -> Evse:
    connector = ConnectorSpec(current=current, max_current_a=500.0, max_power_w=150_000.0)
    evse = Evse(1, EvseSpec(connectors=(connector,)), 0.0, 0.0)
    evse.plug.insert(evse.connectors[0], vehicle, None, intrudes=False)
    evse.plug.charge_to(soc)
    evse.authorization.grant(IdToken("04A1B2C3"), None)
    return evse
