"""A power cut that finds a charger with a reserve of power: it tells of it before it goes down."""

import pytest

from tests.charger.bench import TAG, Bench, charging, silent
from voltyard.catalogue.commands.commands import (
    NetworkDrop,
    PlugIn,
    PowerCut,
    PowerRestore,
    Swipe,
)

VERSIONS = ["1.6", "2.0.1"]
both = pytest.mark.parametrize("version", VERSIONS)


def ends(bench: Bench) -> list[str | None]:
    """The reasons of the ends that were told."""
    if bench.spec.version == "1.6":
        return [told.get("reason") for told in bench.said("StopTransaction")]
    return [
        told["transactionInfo"].get("stoppedReason")
        for told in bench.said("TransactionEvent")
        if told["eventType"] == "Ended"
    ]


@both
def test_what_runs_is_ended_and_told_before_power_is_gone(version: str) -> None:
    bench = charging(version)

    done = bench.done(PowerCut(duration_s=60, reserve_s=30))

    assert done["interrupted"]
    assert (ends(bench), bench.state.powered, bench.linked) == (["PowerLoss"], False, False)
    register_wh = bench.charger.evses[0].meter.register_wh
    bench.forget()
    bench.wait(70)
    assert bench.state.boot_status == "Accepted"
    assert ends(bench) == []
    assert bench.charger.evses[0].meter.register_wh == register_wh


@both
def test_a_reserve_does_not_last_for_ever(version: str) -> None:
    bench = charging(version)
    action = "StopTransaction" if version == "1.6" else "TransactionEvent"
    bench.answers[action] = silent

    bench.done(PowerCut(duration_s=60, reserve_s=20))

    assert bench.state.powered
    assert bench.failed(Swipe(id_tag=TAG)).code == "wrong_state", "nobody begins to charge now"
    bench.wait(19.5)
    assert bench.state.powered
    bench.wait(1)
    assert not bench.state.powered
    bench.answers.clear()
    bench.wait(35)
    assert not bench.state.powered, "the mains is back 60 s after it failed"
    bench.wait(60)
    assert bench.state.boot_status == "Accepted"
    assert (ends(bench)[-1], bench.state.queue_length) == ("PowerLoss", 0)


@both
def test_without_anything_to_tell_or_anybody_to_tell_it_is_gone_at_once(version: str) -> None:
    idle, offline = Bench(version), charging(version)
    offline.done(NetworkDrop())

    for bench in (idle, offline):
        bench.done(PowerCut(reserve_s=30))
        assert not bench.state.powered
    offline.done(PowerRestore())

    assert offline.state.queue_length > 0


@both
@pytest.mark.parametrize("reserve_s", [-1.0, float("nan"), 1e6])
def test_a_reserve_that_cannot_be_changes_nothing(version: str, reserve_s: float) -> None:
    bench = charging(version)

    assert bench.failed(PowerCut(reserve_s=reserve_s)).code == "invalid"

    assert bench.state.connectors[0].power_w > 0.0


@both
def test_a_card_that_was_shown_in_vain_is_forgotten(version: str) -> None:
    bench = Bench(version, settings={"ConnectionTimeOut": "0"})
    bench.done(Swipe(id_tag=TAG))

    bench.done(PowerCut(duration_s=10, reserve_s=5))
    bench.wait(60)
    bench.done(PlugIn())

    assert bench.state.connectors[0].power_w == 0.0
