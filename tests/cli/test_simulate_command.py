"""`voltyard simulate`, as it is typed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from voltyard.cli.main import app
from voltyard.cli.simulate import failure
from voltyard.kernel.errors import Invalid
from voltyard.simulation.checkers import Broken
from voltyard.simulation.simulate import Scenario


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
    broken = Broken(1_767_571_200.0 + 90.5, "SIM-00003", "a register fell")

    text = failure(broken, Scenario(chargers=9, hours=1.5, seed=4), calm=True)

    assert text.splitlines() == [
        "voltyard: seed 4 broke an invariant at "
        "2026-01-05T00:01:30.500Z SIM-00003: a register fell",
        "again: voltyard simulate --chargers 9 --hours 1.5 --seed 4 "
        "--start 2026-01-05T00:00:00Z --calm",
    ]
