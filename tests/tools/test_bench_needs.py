"""`python -m bench` says at once what it lacks, and how to get it."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bench import needs

ROOT = Path(__file__).resolve().parents[2]
ENOUGH = needs.Machine(
    open_files=1_000_000,
    ports=28_000,
    free_bytes=1 << 40,
    folder="/tmp",
    tells_memory=True,
    has_loopback=True,
)
USUAL = {"chargers": 1_000, "peer_chargers": 200, "virtual_chargers": 1_000, "seconds": 5.0}
FIGURES = ("charger", "fleet", "network", "gateway", "cold", "limit")


def test_a_machine_that_has_enough_lacks_nothing() -> None:
    assert needs.missing(FIGURES, FIGURES, USUAL, ENOUGH) == []


@pytest.mark.parametrize(
    ("machine", "words"),
    [
        (replace(ENOUGH, open_files=4_096), r"10,128 open files .* 4,096 .*ulimit -Hn"),
        (replace(ENOUGH, ports=5_000), "10,000 links .* 5,000: widen .*ip_local_port_range"),
        (replace(ENOUGH, free_bytes=5), "1 GB are needed in /tmp.* set TMPDIR"),
        (replace(ENOUGH, tells_memory=False), "/proc/self/statm"),
        (replace(ENOUGH, has_loopback=False), "127.0.0.1"),
    ],
)
def test_what_a_machine_lacks_is_said_with_the_way_out(machine: needs.Machine, words: str) -> None:
    (lacking,) = needs.missing(["network"], FIGURES, USUAL, machine)

    with pytest.raises(AssertionError, match=words):
        raise AssertionError(lacking)


def test_what_a_figure_does_not_need_is_not_asked_of_the_machine() -> None:
    small = replace(ENOUGH, open_files=1_200)

    assert needs.missing(["charger", "cold"], FIGURES, USUAL, small) == []
    assert len(needs.missing(["fleet"], FIGURES, USUAL, small)) == 1
    assert needs.missing(["fleet"], FIGURES, {**USUAL, "chargers": 200}, small) == []
    assert len(needs.missing(["limit"], FIGURES, {**USUAL, "chargers": 200}, small)) == 1


def test_all_that_is_lacking_is_said_at_once() -> None:
    machine = replace(ENOUGH, open_files=64, free_bytes=5)

    lacking = needs.missing(["network", "flet"], FIGURES, {**USUAL, "chargers": 1}, machine)

    assert len(lacking) == 4
    assert "no figure flet; did you mean fleet?" in lacking[0]
    assert "--chargers 1 is too few: 10 or more" in lacking[1]


def test_packages_that_are_not_installed_are_named_together() -> None:
    (lacking,) = needs.missing_packages(lambda name: None if name in ("ocpp", "uvicorn") else name)

    assert "not installed: ocpp, uvicorn" in lacking and "make bench" in lacking
    assert needs.missing_packages() == []


def test_a_run_that_lacks_something_measures_nothing() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "bench", "cold", "wram"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert run.returncode == 1
    assert "Nothing was measured:" in run.stderr and "there is no figure wram" in run.stderr
    assert "measuring" not in run.stderr and run.stdout == ""


def test_the_ports_it_takes_are_free() -> None:
    ports = needs.free_ports(3)

    assert len(set(ports)) == 3 and min(ports) > 0
