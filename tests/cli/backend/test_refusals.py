"""Chargers that were not let in."""

import json
import os
import subprocess
import sys

import pytest

from tests.cli.bench import Shell

pytestmark = pytest.mark.slow


def refused(shell: Shell, identity: str) -> None:
    """A charger that the backend does not know dials it."""
    shell.done(
        *("chargers", "new", identity, "--no-wait", "--csms", shell.server.charger_url),
        *("--brand", "abb", "--model", "terra-184", "--connector", "CCS2"),
        *("--more", '{"register": false}'),
    )


def test_refusals_are_followed_listed_and_forgotten(shell: Shell) -> None:
    command = [sys.executable, "-m", "voltyard", "refusals", "-f", "--json", "--charger", "RING-1"]
    with subprocess.Popen(command, env=os.environ, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        refused(shell, "RING-1")
        told = json.loads(process.stdout.readline())
        process.terminate()
    listed = shell.done("refusals", "--charger", "RING-1").out
    forgotten = shell.done("refusals", "--charger", "RING-1", "--forget").out

    assert (told["identity"], told["reason"]) == ("RING-1", "not_registered")
    assert "\tRING-1\t127.0.0.1\t" in listed
    assert forgotten == "1 forgotten\n"
