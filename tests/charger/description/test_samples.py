"""Samples of a charger: what its state says, in short and rounded."""

import pytest

from tests.charger.bench import TAG, Bench
from voltyard.catalogue.commands.commands import InjectFault, PlugIn, Swipe, Unplug
from voltyard.charger.description.samples import sample_of
from voltyard.physics.vehicle import Vehicle

HUNGRY = Vehicle(soc_percent=20.0)


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_a_sample_says_what_the_state_says(version: str) -> None:
    bench = Bench(version)
    bench.ask(PlugIn(evse_id=2, vehicle=HUNGRY))
    bench.ask(Swipe(evse_id=2, id_tag=TAG))
    bench.wait(600.0)

    sample = sample_of(bench.charger, bench.now)
    state = bench.charger.state(bench.now)

    assert (sample.connected, sample.boot_status) == (True, "Accepted")
    assert len(sample.connectors) == len(state.connectors) == 2
    for seen, told in zip(sample.connectors, state.connectors, strict=True):
        transaction = told.transaction
        assert (seen.evse_id, seen.connector_id) == (told.evse_id, told.connector_id)
        assert (seen.status, seen.error_code) == (told.status, told.error_code)
        assert seen.power_w == round(told.power_w)
        assert seen.current_a == round(told.current_a, 1)
        assert seen.energy_wh == round(told.energy_wh)
        assert seen.limit_w == round(told.limit_w)
        assert seen.soc == (None if told.soc_percent is None else round(told.soc_percent, 1))
        assert seen.transaction_id == (transaction and transaction.transaction_id)
        assert seen.charging_state == (transaction and transaction.charging_state)
    busy = sample.connectors[1]
    assert busy.charging_state == "Charging"
    assert busy.soc is not None and busy.soc > 20.0
    assert busy.energy_wh > 0
    assert sample.power_w == busy.power_w > 0


def test_energy_flows_until_the_moment_of_the_sample() -> None:
    bench = Bench()
    bench.ask(PlugIn(vehicle=HUNGRY))
    bench.ask(Swipe(id_tag=TAG))
    bench.wait(60.0)

    earlier = sample_of(bench.charger, bench.now).connectors[0]
    later = sample_of(bench.charger, bench.now + 360.0).connectors[0]

    assert later.energy_wh == pytest.approx(earlier.energy_wh + earlier.power_w / 10, abs=2)
    assert later == sample_of(bench.charger, bench.now + 360.0).connectors[0]


def test_what_is_over_is_not_in_the_sample_any_more() -> None:
    bench = Bench()
    before = sample_of(bench.charger, bench.now)
    bench.ask(PlugIn())
    assert sample_of(bench.charger, bench.now).connectors[0].soc is not None
    bench.ask(Unplug())
    bench.cut()

    after = sample_of(bench.charger, bench.now)

    assert not after.connected
    assert after.connectors == before.connectors


def test_a_fault_is_in_the_sample() -> None:
    bench = Bench()

    bench.ask(InjectFault(fault_type="GroundFailure"))

    broken, sound = sample_of(bench.charger, bench.now).connectors
    assert (broken.status, broken.error_code) == ("Faulted", "GroundFailure")
    assert (sound.status, sound.error_code) == ("Available", "NoError")
