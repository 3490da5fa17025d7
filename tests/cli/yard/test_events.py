"""Events and frames, of the past and as they happen."""

import json
import os
import subprocess
import sys

import pytest

from tests.cli.bench import Shell

pytestmark = pytest.mark.slow


def following(*arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "voltyard", *arguments, "--follow", "--json"],
        env=os.environ,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_the_past_is_listed_the_newest_last(shell: Shell) -> None:
    cp = shell.charger()
    shell.done("plug", cp)

    listed = shell.done("events", "--charger", cp, "--json").json
    some = shell.done("events", "--charger", cp, "--type", "charger.created").out

    assert [one["id"] for one in listed] == sorted(one["id"] for one in listed)
    assert listed[-1]["type"] == "command.completed"
    assert [line.split("\t")[1:3] for line in some.splitlines()] == [[cp, "charger.created"]]


def test_events_are_followed_as_lines_of_json(shell: Shell) -> None:
    cp = shell.charger()
    with following("events", "--charger", cp, "--limit", "1") as process:
        assert process.stdout is not None
        process.stdout.readline()
        shell.done("plug", cp)
        told = []
        while "command.completed" not in told:
            told.append(json.loads(process.stdout.readline())["type"])
        process.terminate()

    assert "connector.status_changed" in told


def test_frames_are_followed_and_none_comes_twice(shell: Shell) -> None:
    cp = shell.charger()
    with following("frames", cp, "--limit", "2") as process:
        assert process.stdout is not None
        frames = [process.stdout.readline() for _ in range(2)]
        shell.done("plug", cp)
        shell.done("unplug", cp)
        while len(frames) < 6:
            frames.append(process.stdout.readline())
        process.terminate()

    assert len(set(frames)) == 6
    at = [json.loads(one)["timestamp"] for one in frames]
    assert at == sorted(at)


def test_frames_are_listed_by_action_and_direction(shell: Shell) -> None:
    cp = shell.charger()

    out = shell.done("frames", cp, "--action", "BootNotification", "--direction", "out").out

    [line] = out.splitlines()
    assert line.split("\t")[1:3] == ["→", "BootNotification"]
    assert '"chargePointModel"' in line
