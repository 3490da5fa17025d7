"""What `--help` shows is whole, and says how to begin."""

from functools import cache

import pytest
from typer.testing import CliRunner

from tests.cli.bench import COMMANDS
from voltyard.cli.main import app


@cache
def shown(*arguments: str) -> str:
    result = CliRunner().invoke(app, [*arguments, "--help"], env={"COLUMNS": "80"})
    assert result.exit_code == 0
    return " ".join(result.output.split())


@pytest.mark.parametrize("group", sorted({command[:-1] for command in COMMANDS}))
def test_the_list_of_commands_cuts_no_description_short(group: tuple[str, ...]) -> None:
    listed = shown(*group)

    named = [command[len(group)] for command in COMMANDS if command[: len(group)] == group]
    assert all(f" {name} " in listed for name in named)
    assert "..." not in listed.partition("COMMAND [ARGS]...")[2]


def test_the_help_says_how_to_begin() -> None:
    assert "Begin with `voltyard up --demo`" in shown()


@pytest.mark.parametrize("command", [one for one in COMMANDS if one != ("up",)], ids=" ".join)
def test_every_command_shows_how_it_is_typed(command: tuple[str, ...]) -> None:
    assert f"For example: voltyard {' '.join(command)}" in shown(*command)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_help_is_cut_off(command: tuple[str, ...]) -> None:
    listed = shown(*command)

    assert "e.g " not in listed.replace("e.g. ", "")
    assert "`" not in listed or command[0] not in ("plug", "fault")
