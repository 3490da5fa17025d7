"""What a site lets a charger have bounds what flows, whatever else is offered."""

import pytest

from tests.charger.bench import Bench, Silence
from voltyard.catalogue.commands.commands import (
    PlugIn,
    PowerCut,
    PowerRestore,
    SiteShare,
    StartSession,
    Swipe,
)
from voltyard.catalogue.commands.energy import Share
from voltyard.charger.description.events import Booted
from voltyard.charger.description.specification import ConnectorSpec
from voltyard.charger.effects import Failed
from voltyard.charger.state import ConnectorState
from voltyard.physics.vehicle import Vehicle

TAG = "DRIVER"
THREE = Vehicle(battery_kwh=100.0, max_ac_power_w=22_000.0, curve=((0.0, 1.0),))
ONE = Vehicle(battery_kwh=100.0, max_ac_power_w=7_360.0, phases=1, curve=((0.0, 1.0),))


def charging(vehicle: Vehicle = THREE, connector: ConnectorSpec | None = None) -> Bench:
    bench = Bench(connector=connector)
    bench.done(PlugIn(vehicle=vehicle))
    bench.done(Swipe(id_tag=TAG))
    return bench


def _say_nothing(_request: object) -> None:
    raise Silence


def share(bench: Bench, power_w: float) -> dict[str, float]:
    return bench.done(SiteShare(shares=(Share(1, power_w),)))


def connector(bench: Bench) -> ConnectorState:
    return bench.charger.state(bench.now).connectors[0]


@pytest.mark.parametrize(("vehicle", "least_w"), [(THREE, 4_140.0), (ONE, 1_380.0)])
def test_a_share_is_what_flows_on_however_many_phases(vehicle: Vehicle, least_w: float) -> None:
    bench = charging(vehicle)
    wanted_w = connector(bench).power_w

    share(bench, 5_000.0)
    seen = connector(bench)
    bench.done(SiteShare(frees=True))

    assert seen.power_w == pytest.approx(5_000.0)
    assert (seen.wanted_w, seen.least_w, seen.share_w) == (wanted_w, least_w, 5_000.0)
    assert connector(bench).power_w == wanted_w
    assert connector(bench).share_w is None


def test_a_share_of_nothing_suspends_and_the_transaction_goes_on() -> None:
    bench = charging()

    share(bench, 0.0)
    assert connector(bench).status == "SuspendedEVSE"
    assert connector(bench).wanted_w == pytest.approx(22_000.0)
    share(bench, 11_000.0)

    assert connector(bench).status == "Charging"
    assert not bench.said("StopTransaction")


def test_a_charger_says_how_long_it_needs_to_come_down() -> None:
    bench = charging(connector=ConnectorSpec(ramp_s=10.0))
    bench.wait(60)

    down = share(bench, 5_000.0)
    bench.wait(down["settles_s"])

    assert 0.0 < down["settles_s"] <= 5.0
    assert connector(bench).power_w == pytest.approx(5_000.0)
    assert share(bench, 9_000.0)["settles_s"] == 0.0


def test_a_share_does_not_wait_behind_a_session_that_waits_for_the_csms() -> None:
    bench = Bench()
    bench.answers["Authorize"] = _say_nothing
    assert bench.ask(StartSession(id_tag=TAG)) is None

    assert share(bench, 0.0) == {"settles_s": 0.0}


def test_a_charger_at_a_limited_site_holds_still_until_it_is_given_something() -> None:
    bench = charging()
    share(bench, 5_000.0)
    bench.done(SiteShare(holds=True))
    assert connector(bench).share_w == 5_000.0

    bench.done(SiteShare(frees=True))
    bench.done(SiteShare(holds=True))

    assert connector(bench).share_w == 0.0


@pytest.mark.parametrize("power_w", [-1.0, float("nan")])
def test_a_share_that_cannot_be_changes_nothing(power_w: float) -> None:
    bench = charging()

    outcome = bench.ask(SiteShare(shares=(Share(1, power_w),)))

    assert isinstance(outcome, Failed)
    assert connector(bench).share_w is None


def test_after_a_power_cut_the_site_has_to_say_anew_what_it_may_have() -> None:
    bench = charging()
    share(bench, 11_000.0)

    bench.done(PowerCut())
    bench.done(PowerRestore())
    bench.wait(60)

    assert connector(bench).share_w == 0.0
    assert [boot.holds_share for boot in bench.seen(Booted)] == [False, True]
