"""Completion of names, and guesses at them."""

import os
import socket
import subprocess
import sys
import time

import pytest

from tests.cli.bench import Shell
from voltyard.cli.client.names import nearest

_PROGRAM = "import sys; sys.argv = ['voltyard']; from voltyard.cli.main import run; run()"


def completed(*words: str, **environment: str) -> tuple[list[str], str]:
    """What a bash would offer for the last of the words, and what is said beside it."""
    process = subprocess.run(
        [sys.executable, "-c", _PROGRAM],
        env={
            **os.environ,
            "_VOLTYARD_COMPLETE": "complete_bash",
            "COMP_WORDS": " ".join(["voltyard", *words]),
            "COMP_CWORD": str(len(words)),
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=120,
    )
    return process.stdout.split("\n"), process.stderr


@pytest.mark.slow
def test_names_are_completed_from_the_server(shell: Shell) -> None:
    cp = shell.charger()
    site = f"Bay{cp}"
    shell.done("locations", "new", site)

    assert cp in completed("plug", cp[:-1])[0]
    assert f"@{site}" in completed("plug", "@Bay")[0]
    assert cp in completed("chargers", "show", "T-")[0]
    assert cp in completed("csms", "chargers", "show", "T-")[0]
    assert "hotel" in completed("locations", "new", "X", "--template", "ho")[0]


@pytest.mark.slow
def test_commands_and_faults_are_completed_without_a_server() -> None:
    nowhere = {"VOLTYARD_URL": "http://127.0.0.1:1"}

    assert "plug" in completed("pl", **nowhere)[0]
    assert "GroundFailure" in completed("fault", "CP-1", "Grou", **nowhere)[0]
    assert "configuration/get" in completed("csms", "call", "CP-1", "conf", **nowhere)[0]


@pytest.mark.slow
def test_a_server_that_never_answers_completes_nothing_and_says_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # it takes connections, and is mute
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        began = time.monotonic()
        offered, said = completed("plug", "C", VOLTYARD_URL=url)

    assert [one for one in offered if one] == []
    assert said == ""
    assert time.monotonic() - began < 60  # httpx alone would wait for a minute


@pytest.mark.slow
@pytest.mark.parametrize("token", ["wrong", "schlüssel"])
def test_a_wrong_key_completes_nothing(shell: Shell, token: str) -> None:
    offered, said = completed("plug", "T", VOLTYARD_TOKEN=token)

    assert [one for one in offered if one] == []
    assert said == ""


@pytest.mark.parametrize(
    ("name", "known", "guess"),
    [
        ("CP-1", ["cp-1", "X"], "did you mean cp-1?"),
        ("zzz", ["CP-1", "CP-2"], "there is CP-1, CP-2"),
        ("zzz", [], ""),
        ("zzz", [f"CP-{number}" for number in range(9)], ""),
    ],
)
def test_a_guess_is_near(name: str, known: list[str], guess: str) -> None:
    assert nearest(name, known) == guess
