"""What quirks remember over a restart: what they did, and what they need to go on doing it."""

from typing import Any

import msgspec
import pytest

from tests.charger.bench import Refusal
from tests.quirks.bench import TAG, QuirkBench, on
from voltyard.catalogue.commands.commands import (
    NetworkDrop,
    NetworkRestore,
    PlugIn,
    StopSession,
    Swipe,
)
from voltyard.catalogue.quirks.enabled import read_all
from voltyard.charger.charger import Charger
from voltyard.charger.snapshot import Snapshot
from voltyard.kernel import limits
from voltyard.quirks.quirky_charger import QuirkyCharger

both = pytest.mark.parametrize("version", ["1.6", "2.0.1"])


def again(bench: QuirkBench, *quirks: Any, after_s: float = 60.0) -> QuirkBench:
    """The same charger in a new process, with these quirks: only what survives JSON is left."""
    snapshot = msgspec.json.decode(
        msgspec.json.encode(bench.charger.snapshot(bench.now)), type=Snapshot
    )
    fresh = QuirkBench(bench.spec.version, boot=False, spec=bench.spec, now=bench.now + after_s)
    fresh.honest = Charger.restore(bench.spec, snapshot, fresh.now)
    fresh.quirky = QuirkyCharger(fresh.honest, read_all(quirks, bench.spec.version), seed=1)
    fresh.quirky.recall(snapshot)
    fresh.charger = fresh.quirky  # type: ignore[assignment]
    fresh.transactions = bench.transactions
    fresh.tick()
    return fresh


def zoneless(bench: QuirkBench) -> int:
    """How many statuses went out without a time zone."""
    return sum(not told["timestamp"].endswith("Z") for told in bench.said("StatusNotification"))


@both
def test_what_was_to_happen_once_does_not_happen_again(version: str) -> None:
    once = on("no-time-zone", schedule={"once": True})
    bench = QuirkBench(version, once)
    bench.wait(30)
    assert zoneless(bench) == 1

    fresh = again(bench, once)
    fresh.wait(60)

    assert fresh.said("StatusNotification")
    assert zoneless(fresh) == 0


@both
def test_it_does_where_it_was_switched_on_otherwise_meanwhile(version: str) -> None:
    bench = QuirkBench(version, on("no-time-zone", schedule={"once": True}))
    bench.wait(30)

    fresh = again(bench, on("no-time-zone", schedule={"once": True, "every": 2}))
    fresh.wait(60)

    assert zoneless(fresh) == 1


@both
def test_that_it_happened_is_kept_at_once_and_what_happens_always_is_not_written(
    version: str,
) -> None:
    def writes(*quirks: Any) -> int:
        bench = QuirkBench(version, *quirks)
        bench.wait(1_000)
        return bench.remembered

    honest = writes()

    assert writes(on("no-time-zone")) == honest
    assert writes(on("no-time-zone", schedule={"once": True})) in (honest, honest + 1)


def test_a_refused_message_is_sent_again_and_again_after_a_restart_too() -> None:
    quirk = on("repeats-refused", action="StatusNotification", every_s=10)
    bench = QuirkBench("1.6", quirk)
    bench.answers["StatusNotification"] = _refuse
    bench.ask(PlugIn())
    bench.answers.clear()
    bench.wait(25)
    refused = bench.said("StatusNotification")[-1]

    fresh = again(bench, quirk)
    fresh.wait(60)

    repeated = [told for told in fresh.said("StatusNotification") if told == refused]
    assert len(repeated) >= 3


def test_a_register_that_counts_from_the_session_goes_on_from_there() -> None:
    quirk = on("session-register")
    bench = QuirkBench("2.0.1", quirk, settings={"MeterValueSampleInterval": "60"})
    bench.plug_and_charge()
    bench.wait(130)
    [kept] = bench.charger.snapshot(bench.now).quirks.values()
    assert kept.memo

    bench.ask(StopSession())

    left = bench.charger.snapshot(bench.now).quirks["session-register"].memo
    assert len(left) < len(kept.memo), "a transaction that is over is forgotten"


def test_what_a_quirk_remembers_is_bounded() -> None:
    quirk = on("session-register")
    bench = QuirkBench("2.0.1", quirk)
    odd = bench.quirky._odds[0]
    odd.memo.update({f"t{n}": float(n) for n in range(1_000)})

    bench.tick()

    [kept] = bench.charger.snapshot(bench.now).quirks.values()
    assert len(kept.memo) == limits.QUIRK_MEMO
    assert kept.memo[-1] == ("t999", 999.0)


@both
def test_an_honest_charger_has_nothing_of_it_in_its_memory(version: str) -> None:
    bench = QuirkBench(version)
    bench.plug_and_charge()

    snapshot = bench.charger.snapshot(bench.now)

    assert snapshot == bench.honest.snapshot(bench.now)
    assert (snapshot.quirks, snapshot.is_cut_off, snapshot.network_at) == ({}, False, None)


# --- a network that is down --------------------------------------------------------------------


@both
def test_a_network_that_is_down_for_a_time_is_so_for_what_is_left_of_it(version: str) -> None:
    bench = QuirkBench(version)
    bench.ask(NetworkDrop(duration_s=600))
    bench.wait(100)

    fresh = again(bench, after_s=200)
    fresh.wait(295)
    assert not fresh.dials
    fresh.wait(10)

    assert fresh.dials
    assert fresh.state.boot_status == "Accepted"


@both
def test_one_that_would_be_back_by_now_is_back(version: str) -> None:
    bench = QuirkBench(version)
    bench.ask(NetworkDrop(duration_s=100))

    fresh = again(bench, after_s=200)
    fresh.wait(10)

    assert fresh.state.boot_status == "Accepted"


@both
def test_one_that_is_down_until_it_is_restored_waits_for_that(version: str) -> None:
    bench = QuirkBench(version)
    bench.remembered = 0
    bench.ask(NetworkDrop())
    assert bench.remembered == 1

    fresh = again(bench)
    fresh.wait(10_000)
    assert not fresh.dials
    fresh.done(NetworkRestore())
    fresh.wait(10)

    assert fresh.state.boot_status == "Accepted"
    fresh.ask(PlugIn())
    fresh.ask(Swipe(id_tag=TAG))
    assert fresh.state.connectors[0].power_w > 0.0


def _refuse(_payload: dict[str, Any]) -> Any:
    raise Refusal
