"""Tables on a terminal, in a pipe, and as JSON."""

import os
import subprocess
import sys

import pytest

from tests.cli.bench import Shell, on_terminal

pytestmark = pytest.mark.slow


def test_a_list_is_a_table_on_a_terminal_and_separated_by_tabs_in_a_pipe(shell: Shell) -> None:
    cp = shell.charger()

    _, table = on_terminal("chargers", "list")
    piped = shell.done("chargers", "list")
    rows = shell.done("chargers", "list", "--json").json

    assert "identity" in table
    assert "\x1b[" in table
    assert "\t" not in table
    assert "identity" not in piped.out
    assert "\x1b" not in piped.out
    assert [cp, "READY", "yes"] in [line.split("\t")[:3] for line in piped.out.splitlines()]
    assert cp in [one["identity"] for one in rows]


def test_no_color_takes_the_colours_away(shell: Shell) -> None:
    shell.charger()

    _, table = on_terminal("chargers", "list", NO_COLOR="1")

    assert "READY" in table
    assert "\x1b[3" not in table


def test_names_of_strangers_are_no_orders_to_a_terminal(shell: Shell) -> None:
    hostile = "[red]\x1b]0;owned\x07[/red]\x9b2J"
    shell.done("csms", "tags", "new", "HOSTILE", "--name", hostile)

    _, table = on_terminal("csms", "tags", "list", "--search", "HOSTILE")
    _, record = on_terminal("csms", "tags", "show", "HOSTILE")
    piped = shell.done("csms", "tags", "list", "--search", "HOSTILE")
    read = shell.done("csms", "tags", "show", "HOSTILE", "--json")

    shown = "[red]\\x1b]0;owned\\x07[/red]\\x9b2J"
    for text in (table, record, piped.out):
        assert shown in text
        assert "\x1b]" not in text
        assert "\x9b" not in text
    assert read.json["name"] == hostile
    assert "\x9b" not in read.out


def test_a_list_whose_reader_goes_away_ends_quietly(shell: Shell) -> None:
    shell.charger()
    process = subprocess.Popen(
        [sys.executable, "-m", "voltyard", "events", "--limit", "1000", "--follow"],
        env=os.environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None and process.stderr is not None
    process.stdout.readline()
    process.stdout.close()

    for _ in range(3):  # until it writes, it cannot know
        shell.done("plug", shell.charger())
        if process.poll() is not None:
            break

    assert process.wait(timeout=60) == 1
    assert process.stderr.read() == ""
    process.stderr.close()
