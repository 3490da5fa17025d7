"""`voltyard simulate`, as it is typed."""

import json
import os
import re
import subprocess
import sys
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import structlog
from typer.testing import CliRunner

from voltyard.cli.main import app
from voltyard.cli.simulate import failure
from voltyard.kernel.errors import Invalid
from voltyard.simulation import simulate as simulation
from voltyard.simulation.checkers import InvariantBroken
from voltyard.simulation.simulate import SimulationPlan, Summary


def simulate(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["simulate", *arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def test_it_tells_what_came_of_it() -> None:
    code, output = simulate("--chargers", "4", "--hours", "6")

    assert code == 0
    assert "4, 5 connectors" in output
    assert "6 h from 2026-01-05T00:00:00Z, seed 7" in output
    assert "held after each of" in output


def test_the_same_seed_twice_writes_the_same_log(tmp_path: Path) -> None:
    logs = [tmp_path / name for name in ("one", "two", "other")]
    for log, seed in zip(logs, ("7", "7", "8"), strict=True):
        code, output = simulate(
            "--chargers", "4", "--hours", "6", "--seed", seed, "--log", str(log)
        )
        assert code == 0
        assert str(log) in output

    one, two, other = (log.read_bytes() for log in logs)
    assert one == two
    assert one != other
    assert one.count(b"\n") > 50


def test_many_seeds_are_played_one_after_the_other() -> None:
    code, output = simulate("--chargers", "2", "--hours", "3", "--seed", "5", "--seeds", "3")

    assert code == 0
    assert "5 to 7, 0 broke an invariant" in output


def test_of_many_seeds_those_that_break_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    play = simulation.simulate

    def breaks(plan: SimulationPlan, **options: Any) -> Summary:
        if plan.seed == 6:
            raise InvariantBroken(plan.start, "SIM-00001", "a register fell")
        return play(plan, **options)

    monkeypatch.setattr(simulation, "simulate", breaks)
    code, output = simulate("--chargers", "2", "--hours", "3", "--seed", "5", "--seeds", "3")

    assert code == 1
    assert "seed 6 broke an invariant" in output
    assert "--seed 6 --start" in output
    assert "5 to 7, 1 broke an invariant" in output


def test_what_broke_is_in_the_document_of_json(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(plan: SimulationPlan, **options: Any) -> Summary:
        raise InvariantBroken(plan.start, "SIM-00001", "a register fell")

    monkeypatch.setattr(simulation, "simulate", breaks)
    result = CliRunner().invoke(app, ["simulate", "--chargers", "2", "--calm", "--json"])

    told = json.loads(result.stdout)
    assert result.exit_code == 1
    assert told["held"] == []
    assert told["broken"] == [
        {
            "seed": 7,
            "at": "2026-01-05T00:00:00.000Z",
            "charger": "SIM-00001",
            "invariant": "a register fell",
            "again": "voltyard simulate --chargers 2 --hours 24 --seed 7"
            " --start 2026-01-05T00:00:00Z --calm",
        }
    ]
    assert "seed 7 broke an invariant" in result.stderr


def test_what_takes_longer_tells_how_far_it_is_and_the_time_that_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    moments = count(0.0, 1.0)  # each look at the clock is a second later
    monkeypatch.setattr("time.monotonic", lambda: next(moments))

    result = CliRunner().invoke(
        app, ["simulate", "--chargers", "2", "--hours", "12", "--seeds", "2", "--json"]
    )

    told = result.stderr.splitlines()
    assert json.loads(result.stdout)["broken"] == []
    first = r"simulated: [\d.]+ of 12 h, 0 of 2 seeds played, 0 broke, .+ left"
    assert re.fullmatch(first, told[1])
    assert re.fullmatch(r"simulated: [\d.]+ of 12 h, 1 of 2 seeds played.*", told[-1])


@pytest.mark.parametrize(("options", "is_told"), [((), False), (("--warnings",), True)])
def test_the_backends_warnings_are_printed_where_asked_for(
    monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], is_told: bool
) -> None:
    play = simulation.simulate

    def warns(plan: SimulationPlan, **given: Any) -> Summary:
        structlog.get_logger("voltyard.csms").warning("charger_refused")
        structlog.get_logger("voltyard.csms").error("backend_broke")
        return play(plan, **given)

    monkeypatch.setattr(simulation, "simulate", warns)
    result = CliRunner().invoke(app, ["simulate", "--chargers", "1", "--hours", "1", *options])

    assert result.exit_code == 0
    assert ("charger_refused" in result.stderr) is is_told
    assert "backend_broke" in result.stderr


def test_a_log_is_of_one_seed(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="--log"):
        simulate("--seeds", "2", "--log", str(tmp_path / "log"))


def test_it_begins_when_told_to(tmp_path: Path) -> None:
    log = tmp_path / "log"

    code, output = simulate(
        "--chargers", "1", "--hours", "1", "--start", "2027-03-01T12:00:00+01:00", "--log", str(log)
    )

    assert code == 0
    assert "2027-03-01T11:00:00Z" in output
    assert log.read_text().startswith("2027-03-01T11:00:00.000Z SIM-00001 -> ")


@pytest.mark.parametrize("start", ["yesterday", "2027-03-01T12:00:00"])
def test_a_start_that_is_no_moment_is_refused(start: str) -> None:
    with pytest.raises(Invalid, match="--start"):
        simulate("--start", start)


def test_a_log_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="cannot write"):
        simulate("--log", str(tmp_path / "missing" / "log"))


@pytest.mark.parametrize("arguments", [("--chargers", "0"), ("--hours", "0"), ("--seed", "x")])
def test_numbers_that_make_no_sense_are_refused(arguments: tuple[str, str]) -> None:
    code, output = simulate(*arguments)

    assert code == 2
    assert arguments[0] in output


def test_another_process_writes_the_same_log(tmp_path: Path) -> None:
    logs = [tmp_path / name for name in ("one", "two")]

    for log, hash_seed in zip(logs, ("1", "2"), strict=True):
        subprocess.run(
            (sys.executable, "-m", "voltyard", "simulate", "--chargers", "8", "--log", log),
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join(sys.path),
                "PYTHONHASHSEED": hash_seed,
            },
            check=True,
            capture_output=True,
        )

    assert logs[0].read_bytes() == logs[1].read_bytes()


def test_a_broken_invariant_names_seed_and_moment_and_how_to_see_it_again() -> None:
    broken = InvariantBroken(1_767_571_200.0 + 90.5, "SIM-00003", "a register fell")

    text = failure(broken, SimulationPlan(chargers=9, hours=1.5, seed=4), calm=True)

    assert text.splitlines() == [
        "voltyard: seed 4 broke an invariant at "
        "2026-01-05T00:01:30.500Z SIM-00003: a register fell",
        "again: voltyard simulate --chargers 9 --hours 1.5 --seed 4 "
        "--start 2026-01-05T00:00:00Z --calm",
    ]


def test_the_way_back_names_what_was_chosen() -> None:
    broken = InvariantBroken(1_767_571_200.0, "SIM-00003", "a register fell")
    plan = SimulationPlan(tag_order="round-robin", unknown_tags=0.1)

    text = failure(broken, plan, calm=False, chosen=["--kind home", "--vehicles honda-e"])

    assert text.endswith(
        "Z --kind home --vehicles honda-e --tag-order round-robin --unknown-tags 0.1"
    )


def test_sites_vehicles_and_tags_are_chosen(tmp_path: Path) -> None:
    log = tmp_path / "log"

    code, _ = simulate(
        "--chargers", "6", "--hours", "24", "--calm", "--kind", "work", "--vehicles", "honda-e",
        "--unknown-tags", "1", "--blocked-tags", "0", "--log", str(log),
    )  # fmt: skip

    text = log.read_text()
    assert code == 0
    assert '"idTag":"04FF' in text
    assert '"idTag":"04D1' not in text


@pytest.mark.parametrize(("option", "value"), [("--kind", "castle"), ("--vehicles", "horse")])
def test_what_there_is_not_is_refused(option: str, value: str) -> None:
    with pytest.raises(Invalid, match=value):
        simulate("--chargers", "1", "--hours", "1", option, value)
