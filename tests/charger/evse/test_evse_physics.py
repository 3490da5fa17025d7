"""A charger with a ramp, a cable, steps, and a meter that is not exact."""

from typing import Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.charger.bench import Bench
from tests.exploring import examples
from voltyard.catalogue.commands.commands import (
    EvRequestsEnergy,
    EvStopsEnergy,
    PlugIn,
    PowerUpdate,
    StartSession,
    StopSession,
    Swipe,
    Unplug,
)
from voltyard.charger.charger import Charger
from voltyard.charger.description.samples import sample_of
from voltyard.charger.description.specification import ChargerSpec, ConnectorSpec, EvseSpec
from voltyard.charger.snapshot import Snapshot
from voltyard.charger.variables.standard.meter_values import MEASURANDS
from voltyard.physics.meter import CLASSES, IDEAL, MeterSpec
from voltyard.physics.vehicle import Vehicle

TAG = "DRIVER"
FLAT = Vehicle(battery_kwh=100.0, max_ac_power_w=22_000.0, curve=((0.0, 1.0),))
RAMPED = ConnectorSpec(ramp_s=10.0)
DC = ConnectorSpec(
    type="CCS2",
    current="DC",
    voltage_v=920.0,
    max_current_a=300.0,
    max_power_w=150_000.0,
    ramp_s=20.0,
    precharge_s=15.0,
)
NOISY = MeterSpec(accuracy="B", noise=0.015)


def bench(
    connector: ConnectorSpec = RAMPED,
    meter: MeterSpec = IDEAL,
    version: Literal["1.6", "2.0.1"] = "1.6",
    **said: str,
) -> Bench:
    spec = ChargerSpec(
        identity="CP 1",
        version=version,
        evses=(EvseSpec(connectors=(connector,)),),
        meter=meter,
        settings={"MeterValueSampleInterval": "0"} | said,
        seed=7,
    )
    return Bench(spec=spec)


def charging(given: Bench, vehicle: Vehicle = FLAT, cable_a: float | None = None) -> Bench:
    given.done(PlugIn(vehicle=vehicle, cable_a=cable_a))
    given.done(Swipe(id_tag=TAG))
    return given


def power_w(given: Bench) -> float:
    return given.charger.state(given.now).connectors[0].power_w


def register_wh(given: Bench) -> float:
    return given.charger.state(given.now).connectors[0].energy_wh


def status(given: Bench) -> str:
    return given.charger.state(given.now).connectors[0].status


def powers_at(given: Bench, moments: tuple[float, ...]) -> list[float]:
    seen, passed = [], 0.0
    for moment in moments:
        given.wait(moment - passed)
        passed = moment
        seen.append(power_w(given))
    return seen


def test_power_rises_in_a_line_while_it_is_charging_already() -> None:
    yard = charging(bench())

    assert status(yard) == "Charging"
    assert powers_at(yard, (0.0, 2.5, 5.0, 10.0, 60.0)) == pytest.approx(
        [0.0, 5_500.0, 11_000.0, 22_000.0, 22_000.0]
    )
    # Ten seconds of the rise count half.
    assert register_wh(yard) == pytest.approx(22_000.0 * 55.0 / 3_600.0)


def test_without_a_ramp_power_is_there_at_once() -> None:
    yard = charging(bench(ConnectorSpec()))

    assert power_w(yard) == pytest.approx(22_000.0)


def test_a_lower_offer_is_followed_within_five_seconds_and_a_stop_at_once() -> None:
    yard = charging(bench())
    yard.wait(60)

    yard.done(PowerUpdate(power_w=11_000.0))
    falling = powers_at(yard, (0.0, 1.5, 5.0))
    yard.done(PowerUpdate(power_w=0.0))

    assert falling == pytest.approx([22_000.0, 16_500.0, 11_000.0])
    assert power_w(yard) == 0.0
    assert status(yard) == "SuspendedEVSE"


def test_a_change_during_a_rise_goes_on_from_what_flows() -> None:
    yard = charging(bench())
    yard.wait(5)

    yard.done(PowerUpdate(power_w=16_500.0))

    assert powers_at(yard, (0.0, 5.0, 10.0)) == pytest.approx([11_000.0, 13_750.0, 16_500.0])


def test_a_dc_station_checks_the_cable_first() -> None:
    yard = charging(bench(DC), Vehicle(max_dc_power_w=60_000.0, curve=((0.0, 1.0),)))

    assert status(yard) == "Charging"
    assert powers_at(yard, (0.0, 15.0, 25.0, 35.0)) == pytest.approx([0.0, 0.0, 30_000.0, 60_000.0])


def test_the_transactions_first_sample_has_no_power_yet() -> None:
    yard = bench(StopTxnSampledData="Power.Active.Import", MeterValueSampleInterval="60")
    yard.done(StartSession(id_tag=TAG, vehicle=FLAT))
    yard.wait(30)
    yard.done(StopSession())

    [stop] = yard.said("StopTransaction")
    begin = stop["transactionData"][0]["sampledValue"][0]
    assert (begin["context"], float(begin["value"])) == ("Transaction.Begin", 0.0)


def test_a_session_with_an_energy_goal_ends_there_for_all_its_ramp_and_error() -> None:
    yard = bench(meter=MeterSpec(accuracy="A"))
    yard.done(StartSession(id_tag=TAG, vehicle=FLAT, target_energy_wh=500.0))
    yard.wait(3_600)

    [stop] = yard.said("StopTransaction")
    assert stop["meterStop"] == pytest.approx(500, abs=1)


@pytest.mark.parametrize("looks", [0, 1])
def test_a_goal_is_not_passed_however_late_it_is_looked_at(looks: int) -> None:
    yard = bench(ConnectorSpec())
    yard.done(StartSession(id_tag=TAG, vehicle=FLAT, target_energy_wh=500.0))
    yard.wait(10)
    for _ in range(looks):  # a sample finds out how the charge goes on
        sample_of(yard.charger, yard.now)
    yard.now += 3_600
    if looks:
        sample = sample_of(yard.charger, yard.now)
        assert sample.connectors[0].energy_wh == 500
    yard.tick()

    [stop] = yard.said("StopTransaction")
    assert stop["meterStop"] == 500


def test_a_weak_cable_bounds_the_current_until_it_is_gone() -> None:
    yard = charging(bench(ConnectorSpec()), cable_a=20.0)
    assert yard.charger.state(yard.now).connectors[0].current_a == pytest.approx(20.0)

    yard.done(Unplug())
    charging(yard)

    assert yard.charger.state(yard.now).connectors[0].current_a == pytest.approx(22_000 / 690)


def test_201_tells_what_the_cable_can_carry_once() -> None:
    yard = charging(bench(ConnectorSpec(), version="2.0.1"), cable_a=20.0)
    yard.wait(600)

    told = [event.get("cableMaxCurrent") for event in yard.said("TransactionEvent")]
    assert [one for one in told if one is not None] == [20]


def test_no_cable_carries_nothing() -> None:
    yard = bench()

    outcome = yard.failed(PlugIn(vehicle=FLAT, cable_a=0.0))

    assert outcome.code == "invalid"
    assert status(yard) == "Available"


def test_an_evse_of_steps_offers_only_those() -> None:
    yard = charging(bench(ConnectorSpec(steps_a=(6.0, 10.0, 16.0))))

    yard.done(PowerUpdate(power_w=15.9 * 690.0))
    assert yard.charger.state(yard.now).connectors[0].current_a == pytest.approx(10.0)

    yard.done(PowerUpdate(power_w=5.9 * 690.0))
    assert status(yard) == "SuspendedEVSE"


def test_a_meter_of_a_class_is_wrong_by_a_fixed_part_within_it() -> None:
    yard = charging(bench(ConnectorSpec(), MeterSpec(accuracy="B")))
    yard.wait(3_600)

    error = register_wh(yard) / 22_000.0 - 1.0

    assert 0.0 < abs(error) <= CLASSES["B"]
    assert power_w(yard) == pytest.approx(22_000.0 * (1.0 + error))


def test_a_coarse_meter_shows_whole_steps_and_the_next_begins_where_the_last_ended() -> None:
    yard = bench(ConnectorSpec(), MeterSpec(resolution_wh=100.0))
    for _ in range(2):
        yard.done(StartSession(id_tag=TAG, vehicle=FLAT))
        yard.wait(101)
        yard.done(StopSession())

    starts = [one["meterStart"] for one in yard.said("StartTransaction")]
    stops = [one["meterStop"] for one in yard.said("StopTransaction")]
    assert starts == [0, 600]
    assert stops == [600, 1_200]


def test_a_cable_outlives_a_restart_and_a_site_has_to_say_anew_what_it_may_have() -> None:
    yard = charging(bench(ConnectorSpec()), cable_a=20.0)
    yard.charger.evses[0].supply.share(5_000.0)

    kept = msgspec.json.encode(yard.charger.snapshot(yard.now))
    again = Charger.restore(yard.spec, msgspec.json.decode(kept, type=Snapshot), yard.now)

    assert again.evses[0].supply.share_w == 0.0
    assert again.evses[0].plug.cable_a == 20.0


# --- the measurands agree ----------------------------------------------------------------------


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
@pytest.mark.parametrize(
    "connector",
    [ConnectorSpec(ramp_s=8.0), ConnectorSpec(phases=1, voltage_v=240.0, max_current_a=48.0), DC],
    ids=["three phases", "240 V", "DC"],
)
def test_a_noisy_meters_samples_agree(
    version: Literal["1.6", "2.0.1"], connector: ConnectorSpec
) -> None:
    yard = bench(
        connector,
        NOISY,
        version,
        MeterValueSampleInterval="10",
        MeterValuesSampledData=",".join(MEASURANDS),
    )
    charging(yard, Vehicle(phases=3, power_factor=0.98))
    yard.wait(1_800)

    readings = _readings(yard, version)
    assert len(readings) == 180
    before_wh = None
    voltages = set()
    for values in readings:
        [power] = values["Power.Active.Import"]
        [factor] = values["Power.Factor"]
        flows = zip(values["Voltage"], values["Current.Import"], strict=True)
        assert sum(v * a for v, a in flows) * factor == pytest.approx(power, rel=1e-3, abs=1.0)
        voltages.update(values["Voltage"])
        [register] = values["Energy.Active.Import.Register"]
        [interval] = values["Energy.Active.Import.Interval"]
        if before_wh is not None:
            assert interval == register - before_wh
        assert interval >= 0
        before_wh = register
    assert len(voltages) > 30
    if connector.current == "AC":
        nominal = 60.0 if connector.voltage_v == 240.0 else 50.0
        seen = {values["Frequency"][0] for values in readings}
        assert len(seen) > 50
        assert all(abs(one - nominal) <= 0.05 for one in seen)


def _readings(yard: Bench, version: str) -> list[dict[str, list[float]]]:
    if version == "1.6":
        found = [one["meterValue"][0] for one in yard.said("MeterValues")]
    else:
        found = [
            one["meterValue"][0]
            for one in yard.said("TransactionEvent")
            if one["triggerReason"] == "MeterValuePeriodic"
        ]
    by_name: list[dict[str, list[float]]] = []
    for reading in found:
        values: dict[str, list[float]] = {}
        for sample in reading["sampledValue"]:
            values.setdefault(sample["measurand"], []).append(float(sample["value"]))
        by_name.append(values)
    return by_name


@pytest.mark.parametrize("name", ["RPM", "Temperature", "Current.Export", "Energy.Active.Net"])
def test_what_it_cannot_measure_is_rejected_and_changes_nothing(name: str) -> None:
    yard = bench()

    answer = yard.call("ChangeConfiguration", key="MeterValuesSampledData", value=f"Voltage,{name}")

    assert answer["status"] == "Rejected"
    [kept] = yard.call("GetConfiguration", key=["MeterValuesSampledData"])["configurationKey"]
    assert kept["value"] == "Energy.Active.Import.Register,Power.Active.Import"


# --- properties --------------------------------------------------------------------------------

_ACTIONS = st.one_of(
    st.builds(PowerUpdate, power_w=st.floats(0.0, 25_000.0)),
    st.just(EvStopsEnergy()),
    st.just(EvRequestsEnergy()),
)
_STORIES = st.lists(st.tuples(st.floats(0.1, 900.0), _ACTIONS), min_size=1, max_size=8)


def _play(
    story: list[tuple[float, Any]], looks_every_s: float | None, connector: ConnectorSpec
) -> tuple[float, float, float]:
    """The register, the state of charge and the power after it."""
    yard = charging(bench(connector), Vehicle(battery_kwh=20.0, soc_percent=50.0))
    for wait_s, action in story:
        end = yard.now + wait_s
        while looks_every_s is not None and yard.now + looks_every_s < end:
            yard.wait(looks_every_s)
            power_w(yard)  # looking settles the meter
        yard.wait(end - yard.now)
        yard.ask(action)
    yard.wait(10.0)
    seen = yard.charger.state(yard.now).connectors[0]
    assert seen.soc_percent is not None
    return seen.energy_wh, seen.soc_percent, seen.power_w


@examples(25)
@given(_STORIES, st.sampled_from([RAMPED, DC]))
def test_how_often_one_looks_changes_nothing(
    story: list[tuple[float, Any]], connector: ConnectorSpec
) -> None:
    seldom = _play(story, None, connector)
    often = _play(story, 7.3, connector)

    assert often == pytest.approx(seldom, rel=1e-4, abs=1e-2)


@examples(25)
@given(_STORIES)
def test_the_register_is_the_integral_of_the_power_and_never_falls(
    story: list[tuple[float, Any]],
) -> None:
    yard = charging(bench(), Vehicle(battery_kwh=20.0, soc_percent=50.0, curve=((0.0, 1.0),)))
    for wait_s, action in story:
        yard.ask(action)
        for _ in range(10):
            before_w, before_wh = power_w(yard), register_wh(yard)
            yard.wait(wait_s / 10)
            after_w, after_wh = power_w(yard), register_wh(yard)
            gained_wh = after_wh - before_wh
            least, most = sorted((before_w, after_w))
            hours = wait_s / 10 / 3_600
            assert gained_wh >= 0.0
            if after_w > 0.0:  # nothing but a ramp between, which runs from the one to the other
                assert least * hours - 0.01 <= gained_wh <= most * hours + 0.01
