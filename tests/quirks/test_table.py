"""Quirks as data and as a machine: all are there, they are read strictly, and off is off."""

import random
from pathlib import Path
from typing import Any

import pytest

from tests.charger.bench import Bench, frames
from tests.quirks.bench import QuirkBench, on
from voltyard.catalogue.commands.commands import (
    NetworkDrop,
    PlugIn,
    PowerCut,
    Swipe,
    Unplug,
)
from voltyard.catalogue.quirks.enabled import from_option, quirk_named, read, read_all
from voltyard.catalogue.quirks.table import QUIRKS
from voltyard.charger.effects import HangUp
from voltyard.kernel import limits
from voltyard.kernel.errors import Invalid
from voltyard.quirks.quirky_charger import QuirksRemoved
from voltyard.quirks.table import ACTS

FIELD = """
Q01 Q02 Q03 Q04 Q05 Q06 Q07 Q08 Q10 Q11 Q13 Q14 Q15 Q16 Q17 Q20 Q21 Q22 Q23 Q24 Q25 Q26 Q30 Q31 Q32
Q33 Q34 Q36 Q37 Q40 Q41 Q42 Q43 Q44 Q45 Q46 Q47 Q48 Q49 Q50 Q51 Q56 Q60 Q62 Q63 Q70 Q71 Q72 Q73 Q75
Q76 Q77 Q78 Q79 Q85 Q86 Q87 Q88 Q90 Q91 Q92 Q93
"""
"""What chargers in the field have shown, and a simulator can."""


# --- the table ---------------------------------------------------------------------------------


def test_every_quirk_of_the_field_is_there() -> None:
    assert sorted(quirk.id for quirk in QUIRKS) == sorted(FIELD.split())
    assert len({quirk.name for quirk in QUIRKS}) == len(QUIRKS)
    assert set(ACTS) == {quirk.name for quirk in QUIRKS}


def test_every_quirk_has_a_test_of_its_own() -> None:
    tests = "".join(path.read_text() for path in Path(__file__).parent.rglob("test_*.py"))

    missing = [quirk.id for quirk in QUIRKS if f"def test_{quirk.id.lower()}_" not in tests]

    assert not missing


@pytest.mark.parametrize("quirk", QUIRKS, ids=lambda quirk: quirk.name)
def test_a_quirk_has_a_sentence_sources_and_sound_defaults(quirk: Any) -> None:
    assert quirk.about.endswith(".") and quirk.sources
    assert {one.name for one in quirk.parameters}.isdisjoint(
        {"probability", "from_s", "to_s", "every", "once"}
    )
    switched = read(quirk.id)
    assert read(switched.plain()) == switched


# --- reading -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["no-pong", "Q10", "q10", "No Pong", "no_pong"])
def test_a_quirk_is_found_by_name_and_id(name: str) -> None:
    assert quirk_named(name).id == "Q10"


@pytest.mark.parametrize(
    ("plain", "said"),
    [
        ("no-pomg", "did you mean no-pong?"),
        ({"probability": 1}, "a quirk is a name"),
        (7, "a quirk is a name"),
        ({"name": "no-pong", "probability": 2}, "from 0 to 1"),
        ({"name": "no-pong", "probability": True}, "from 0 to 1"),
        ({"name": "no-pong", "probability": float("nan")}, "from 0 to 1"),
        ({"name": "no-pong", "chance": 1}, "there is no 'chance'"),
        ({"name": "no-pong", "schedule": {"at": 1}}, "there is no 'at'"),
        ({"name": "no-pong", "schedule": {"every": 0}}, "whole number from 1"),
        ({"name": "no-pong", "schedule": {"once": 1}}, "true or false"),
        ({"name": "no-pong", "schedule": False}, "schedule must be an object"),
        ({"name": "no-pong", "schedule": {"from_s": False}}, "from_s must be a number"),
        ({"name": "no-pong", "parameters": []}, "parameters must be an object"),
        ({"name": "no-pong", "parameters": {"x": 1}}, "nothing to set"),
        ({"name": "flapping", "parameters": {"least_s": "20"}}, "must be a number"),
        ({"name": "resends", "parameters": {"times": 1.5}}, "must be a whole number"),
        ({"name": "boots-once", "parameters": {"loses_answer": 1}}, "true or false"),
        ({"name": "odd-path", "parameters": {"variant": "up"}}, "is one of triple-slash"),
        ({"name": "odd-path", "parameters": {"prefix": "x" * 256}}, "a text of 255"),
    ],
)
def test_what_cannot_be_is_refused(plain: Any, said: str) -> None:
    with pytest.raises(Invalid, match=said.replace("?", r"\?")):
        read(plain)


def test_a_quirk_is_there_once_and_of_its_version() -> None:
    with pytest.raises(Invalid, match="twice"):
        read_all(["no-pong", "Q10"])
    with pytest.raises(Invalid, match=r"of OCPP 2\.0\.1 only"):
        read_all(["old-shapes"], "1.6")
    with pytest.raises(Invalid, match="at most"):
        read_all(["no-pong"] * (limits.QUIRKS + 1))


def test_a_quirk_is_typed_in_a_terminal() -> None:
    plain = from_option("flapping:least_s=5,probability=0.5,every=3,once=true")

    switched = read(plain)

    assert (switched.parameters["least_s"], switched.probability) == (5.0, 0.5)
    assert (switched.every, switched.once) == (3, True)
    assert from_option("wild-transaction-id:transaction_id=0")["parameters"] == {
        "transaction_id": "0"
    }
    with pytest.raises(Invalid, match="key=value"):
        from_option("flapping:least_s")


# --- whether and when --------------------------------------------------------------------------


def said_hello(*quirks: Any) -> list[bool]:
    """Whether each Heartbeat of four hours lost its end."""
    bench = QuirkBench("1.6", *quirks)
    bench.wait(4 * 3_600.0)
    return [not text.endswith("]") for text in bench.sent if "Heartbeat" in text]


def cut_short(**more: Any) -> Any:
    return on("truncated", action="Heartbeat", **more)


def test_a_window_counts_from_the_connection() -> None:
    said = said_hello(cut_short(schedule={"from_s": 3_600.0, "to_s": 7_200.0}))

    assert not any(said[:11]) and all(said[12:20]) and not any(said[-5:])


def test_every_third_time_and_once() -> None:
    assert said_hello(cut_short(schedule={"every": 3}))[:6] == [False, False, True] * 2
    assert sum(said_hello(cut_short(schedule={"every": 2, "once": True}))) == 1


def test_chance_is_the_seeds() -> None:
    first, second = (said_hello(cut_short(probability=0.5)) for _ in range(2))

    assert first == second
    assert 0.2 < sum(first) / len(first) < 0.8


# --- off is off --------------------------------------------------------------------------------


def lived(bench: Bench) -> list[Any]:
    """A life of a charger, with some of everything, and all that was seen of it."""
    chance = random.Random(5)
    for _ in range(60):
        command = chance.choice(
            [
                PlugIn(),
                Swipe(id_tag="TAG"),
                Unplug(),
                NetworkDrop(duration_s=20.0),
                PowerCut(duration_s=5.0),
            ]
        )
        bench.ask(command)
        if bench.linked:
            bench.call("TriggerMessage", requestedMessage="Heartbeat")
            bench.receive("[2")
        bench.wait(chance.uniform(1.0, 400.0))
    return [bench.events, bench.dials, bench.hang_ups, bench.calls, bench.remembered]


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_without_quirks_the_wire_is_the_same_bit_by_bit(version: str) -> None:
    honest = lived(Bench(version))

    assert lived(QuirkBench(version)) == honest


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_quirks_that_never_act_change_nothing(version: str) -> None:
    never = [
        on(quirk.name, probability=0.0)
        for quirk in QUIRKS
        if version in quirk.versions and quirk.name != "boots-once"
    ]
    quirks = [never[at : at + limits.QUIRKS] for at in range(0, len(never), limits.QUIRKS)]
    honest = lived(Bench(version))

    for some in quirks:
        assert lived(QuirkBench(version, *some)) == honest


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_all_quirks_together_break_no_machine(version: str) -> None:
    names = [quirk.name for quirk in QUIRKS if version in quirk.versions]
    for seed in range(3):
        chance = random.Random(seed)
        some = chance.sample(names, 12)
        bench = QuirkBench(version, *(on(name, probability=0.5) for name in some))

        lived(bench)

        assert len(bench.quirky._agenda) <= limits.QUIRK_AGENDA


# --- leaving -----------------------------------------------------------------------------------


def test_a_charger_without_its_quirks_goes_on() -> None:
    for quirk in (on("slow-redial"), on("version-probe", schedule={"from_s": 1.0})):
        bench = QuirkBench("1.6", quirk)
        bench.wait(2.0)
        bench.cut()
        bench.mend()
        bench.wait(20.0)

        bench._step(QuirksRemoved())
        bench.charger = bench.honest
        bench.wait(120.0)

        assert bench.linked and bench.honest.connection.up


def test_a_silent_link_is_closed_when_its_quirk_leaves() -> None:
    bench = QuirkBench("1.6", on("half-open", after_s=10.0))
    bench.wait(20.0)

    bench._step(QuirksRemoved())
    assert bench.hang_ups == [HangUp(abruptly=True)]
    bench.charger = bench.honest
    bench.wait(60.0)
    assert bench.honest.connection.up


def test_what_is_reported_is_what_was_sent() -> None:
    bench = QuirkBench("1.6", on("no-time-zone"), on("truncated", action="Heartbeat"))
    bench.wait(700.0)

    reported = [one.text for one in frames(bench) if one.direction == "cp_to_csms"]

    assert reported == bench.sent


@pytest.mark.parametrize("seed", range(100))
def test_no_mixture_of_quirks_raises(seed: int) -> None:
    """Whatever one of them has made of a message, the next must take."""
    rolls = random.Random(seed)
    version = rolls.choice(["1.6", "2.0.1"])
    fit = [quirk for quirk in QUIRKS if version in quirk.versions]
    some = [
        on(one.name, rolls.choice([0.5, 1.0])) for one in rolls.sample(fit, rolls.randint(2, 12))
    ]
    bench = QuirkBench(version, *some)
    for _ in range(3):
        bench.ask(PlugIn())
        bench.ask(Swipe(id_tag="REMOTE"))
        bench.wait(200)
        bench.ask(rolls.choice([NetworkDrop(duration_s=30), PowerCut(duration_s=30)]))
        bench.wait(100)
        bench.ask(Swipe(id_tag="REMOTE"))
        bench.ask(Unplug())
        bench.wait(100)
