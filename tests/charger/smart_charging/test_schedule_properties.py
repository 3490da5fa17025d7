"""What the composite schedule says is what the meter then shows, for stacks of profiles drawn at
random."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.charger.smart_charging.bench import (
    HUNGRY,
    START,
    VERSIONS,
    Bench,
    composite,
    hungry,
    install,
    join,
    profile,
    put,
)
from tests.exploring import examples
from voltyard.catalogue.commands.commands import (
    EvRequestsEnergy,
    EvStopsEnergy,
    SiteShare,
    StopSession,
)
from voltyard.catalogue.commands.energy import Share
from voltyard.charger.description.specification import ConnectorSpec
from voltyard.charger.snapshot import Snapshot
from voltyard.physics.vehicle import Vehicle

AMPERES = (0.0, 4.0, 6.0, 7.3, 10.0, 13.5, 16.0, 20.1, 32.0, 63.0)
WATTS = (0.0, 1_000.0, 3_680.0, 5_000.5, 11_040.0, 22_000.0, 43_000.0)
CONNECTORS = {
    "three phases": ConnectorSpec(max_power_w=22_080.0),
    "one phase": ConnectorSpec(phases=1, max_power_w=7_360.0),
    "DC": ConnectorSpec(type="CCS2", current="DC", max_current_a=400.0, max_power_w=40_000.0),
}
DURATION_S = 5_400


@st.composite
def wires(draw: st.DrawFn, version: str, id: int, units: tuple[str, ...]) -> tuple[int, Any]:
    """A place and a profile for it; not all of them will be accepted."""
    purpose = draw(st.sampled_from(["Station", "TxDefaultProfile", "TxProfile"]))
    kinds = ["Absolute", "Recurring"] + (["Relative"] if purpose != "Station" else [])
    kind = draw(st.sampled_from(kinds))
    unit = draw(st.sampled_from(units))
    starts = draw(st.lists(st.integers(1, 5_000), max_size=4, unique=True).map(sorted))
    amounts = st.sampled_from(AMPERES if unit == "A" else WATTS)
    limits = [
        (start, draw(amounts), *draw(st.sampled_from([(), (), (1,), (3,)])))
        for start in (0, *starts)
    ]
    more: dict[str, Any] = {}
    if kind != "Relative":
        days = draw(st.integers(0, 9)) * 86_400 if kind == "Recurring" else 0
        more["startSchedule"] = START - days + draw(st.integers(-4_000, 3_000))
    if kind == "Recurring":
        more["recurrencyKind"] = draw(st.sampled_from(["Daily", "Weekly"]))
    if draw(st.booleans()):
        more["duration"] = draw(st.integers(1, 6_000))
    for key in ("validFrom", "validTo"):
        if draw(st.integers(0, 3)) == 0:
            more[key] = START + draw(st.integers(-1_000, 5_000))
    places = {"Station": (0,), "TxDefaultProfile": (0, 1, 2), "TxProfile": (1, 2)}[purpose]
    place = draw(st.sampled_from(places))
    level = draw(st.integers(0, 4))
    return place, profile(version, id, purpose, *limits, kind=kind, unit=unit, level=level, **more)


@st.composite
def scenes(draw: st.DrawFn) -> dict[str, Any]:
    """A bench, the profiles to install there, and the question to ask."""
    version = draw(st.sampled_from(VERSIONS))
    connector = draw(st.sampled_from(list(CONNECTORS)))
    units = ("W",) if connector == "DC" else ("A", "W")
    wanted = [draw(wires(version, id, units)) for id in range(draw(st.integers(1, 6)))]
    return {
        "version": version,
        "connector": connector,
        "wanted": wanted,
        "wait_s": draw(st.integers(0, 2_000)),
        "place": draw(st.sampled_from([0, 1, 2])),
        "unit": draw(st.sampled_from((None, *units))),
        "phases": draw(st.tuples(*[st.sampled_from([1, 2, 3])] * 2)),
        "shares_w": draw(st.tuples(*[st.sampled_from([None, None, *WATTS])] * 2)),
        "steps_a": draw(st.sampled_from([(), (), (6.0, 10.0, 16.0, 32.0)])),
    }


def staged(scene: dict[str, Any]) -> Bench:
    """Two vehicles that take anything over one phase or more, the profiles, and what a site lets
    them have."""
    connector = CONNECTORS[scene["connector"]]
    bench = hungry(
        scene["version"],
        connector=replace(connector, steps_a=scene["steps_a"]),
        places=(),
        settings={"MeterValueSampleInterval": "0"},
    )
    for place, phases in enumerate(scene["phases"], 1):
        join(bench, place, replace(HUNGRY, phases=phases, max_ac_power_w=1e6 * phases))
    for place, wire in scene["wanted"]:
        if wire["chargingProfilePurpose"] == "TxProfile":
            running = bench.charger.evses[place - 1].transaction
            assert running is not None and running.wire_id is not None
            older = scene["version"] == "1.6"
            wire["transactionId"] = int(running.wire_id) if older else running.wire_id
        install(bench, place, wire)
    given = enumerate(scene["shares_w"], 1)
    shares = (Share(place, power_w) for place, power_w in given if power_w is not None)
    bench.done(SiteShare(shares=tuple(shares)))
    bench.wait(scene["wait_s"])
    return bench


def shown(bench: Bench, place: int, unit: str) -> tuple[float, float]:
    """Power or current, and the register: of one place, or of the whole charger."""
    chosen = [c for c in bench.state.connectors if place in (0, c.evse_id)]
    flows = sum(c.current_a if unit == "A" else c.power_w for c in chosen)
    return flows, sum(c.energy_wh for c in chosen)


@pytest.mark.slow
@examples(120)
@given(scenes())
def test_the_composite_schedule_is_what_the_meter_then_shows(scene: dict[str, Any]) -> None:
    bench = staged(scene)
    place = scene["place"]

    told = composite(bench, place, DURATION_S, scene["unit"])

    asked_at = bench.now
    ends = [start for start, _, _ in told["periods"][1:]] + [DURATION_S]
    for (start, limit, phases), end in zip(told["periods"], ends, strict=True):
        rounding = 0.05 + 1e-3
        assert bench.now == pytest.approx(asked_at + start)
        bench.wait(0.25)
        flows, begin_wh = shown(bench, place, told["unit"])
        assert flows == pytest.approx(limit, abs=rounding)
        bench.wait(asked_at + end - bench.now - 0.25)
        flows, end_wh = shown(bench, place, told["unit"])
        assert flows == pytest.approx(limit, abs=rounding)
        if told["unit"] == "W" or place:  # amperes of all places are in different phases
            per_unit = 230.0 * phases if told["unit"] == "A" else 1.0
            per_hour = per_unit * (end - start - 0.5) / 3_600
            assert end_wh - begin_wh == pytest.approx(limit * per_hour, abs=rounding * per_hour)
        bench.wait(0.25)


@pytest.mark.slow
@examples(60)
@given(scenes())
def test_profiles_are_the_same_after_a_restart_and_none_leaves_a_trace_once_cleared(
    scene: dict[str, Any],
) -> None:
    bench = staged(scene)
    installed = bench.charger.smart.installed

    memory = msgspec.json.encode(bench.charger.snapshot(bench.now))
    kept = msgspec.json.decode(memory, type=Snapshot).charging_profiles
    for one in installed:
        name = "id" if scene["version"] == "1.6" else "chargingProfileId"
        assert bench.call("ClearChargingProfile", **{name: one.profile.id}) == {
            "status": "Accepted"
        }

    assert kept == installed
    assert [evse.supply.allowance for evse in bench.charger.evses] == [None, None]
    assert (bench.charger.profile_limits.active, bench.charger.smart.deadline()) == (False, None)
    bench.done(SiteShare(frees=True))
    spec = CONNECTORS[scene["connector"]]
    rated_w = [
        spec.max_power_w * (min(1.0, phases / spec.phases) if spec.current == "AC" else 1.0)
        for phases in scene["phases"]
    ]
    assert [c.power_w for c in bench.state.connectors] == pytest.approx(rated_w)


vehicles = st.builds(
    Vehicle,
    soc_percent=st.floats(5.0, 99.0),
    max_ac_power_w=st.sampled_from([3_680.0, 7_360.0, 11_040.0, 22_080.0]),
    phases=st.sampled_from([1, 2, 3]),
)
happenings = st.lists(
    st.tuples(st.sampled_from([1, 2, 3]), st.sampled_from(["toggle", "rest", "wait"]), vehicles),
    min_size=3,
    max_size=12,
)


@pytest.mark.slow
@examples(60)
@given(
    st.sampled_from(VERSIONS),
    st.sampled_from([(0.0, "A"), (9.0, "A"), (20.0, "A"), (40.0, "A"), (9_000.0, "W")]),
    happenings,
)
def test_who_charges_together_never_takes_more_than_the_stations_maximum(
    version: str, most: tuple[float, str], story: list[tuple[int, str, Vehicle]]
) -> None:
    limit, unit = most
    bench = hungry(version, evses=3, places=())
    put(bench, 0, 1, "Station", limit, kind="Absolute", startSchedule=START, unit=unit)

    for place, what, vehicle in story:
        evse = bench.charger.evses[place - 1]
        if what == "wait":
            bench.wait(1_800)
        elif what == "rest":
            bench.ask(EvRequestsEnergy(evse_id=place))
            bench.wait(1)
            bench.ask(EvStopsEnergy(evse_id=place))
        elif evse.plug.connector is None:
            join(bench, place, vehicle)
        else:
            bench.done(StopSession(evse_id=place))
        bench.wait(1)

        connectors = bench.state.connectors
        total = sum(c.current_a if unit == "A" else c.power_w for c in connectors)
        assert total <= limit + 1e-6
        wants = [evse for evse in bench.charger.evses if evse.hungry]
        least = 6.0 if unit == "A" else 6.0 * 690.0
        assert total > 0.0 or not wants or limit < least, "nobody charges though one could"
