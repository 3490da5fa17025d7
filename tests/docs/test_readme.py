"""The README's tour, walked from it word by word, against a server of its own."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from walk import Shell, Step, steps

README = Path(__file__).parents[2] / "README.md"
STEPS = list(steps(README))
KEY = "tour-key"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def ports() -> dict[str, str]:
    """The ports the README names, and those of this run."""
    return {"8080": str(free_port()), "9000": str(free_port())}


@pytest.fixture(scope="module")
def server(ports: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The server of the tour's first command; what it printed first."""
    environment = {
        **os.environ,
        "VOLTYARD_TOKEN": KEY,
        "VOLTYARD_DATA": str(tmp_path_factory.mktemp("data")),
        "VOLTYARD_PORT": ports["8080"],
        "VOLTYARD_OCPP_PORT": ports["9000"],
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "voltyard", "up"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    printed = "".join(process.stdout.readline() for _ in STEPS[0].shown.splitlines())
    wait_until_it_answers(f"http://127.0.0.1:{ports['8080']}/health")
    yield printed
    process.terminate()
    assert process.wait(timeout=15) == 0


def wait_until_it_answers(url: str) -> None:
    give_up_at = time.monotonic() + 15
    while time.monotonic() < give_up_at:
        try:
            httpx.get(url).raise_for_status()
            return
        except httpx.HTTPError:
            time.sleep(0.05)
    raise AssertionError(f"{url} does not answer")


def with_ports(text: str, ports: dict[str, str]) -> str:
    for named, taken in ports.items():
        text = text.replace(named, taken)
    return text


def test_the_first_command_prints_what_the_readme_shows(server: str, ports: dict[str, str]) -> None:
    first = STEPS[0]
    assert "voltyard up" in first.command
    assert Step(first.command, with_ports(first.shown, ports)).matches(server), server


def test_every_further_command_prints_what_the_readme_shows(
    server: str, ports: dict[str, str], tmp_path: Path
) -> None:
    shell = Shell(tmp_path, os.environ)
    try:
        for step in STEPS[1:]:
            here = Step(with_ports(step.command, ports), with_ports(step.shown, ports))
            printed = shell.walk(here)
            assert here.matches(printed), (
                f"\n$ {step.command}\nshown:   {step.shown}\nprinted: {printed}"
            )
    finally:
        shell.close()


def test_the_tour_has_not_shrunk_to_nothing() -> None:
    assert len(STEPS) > 12
