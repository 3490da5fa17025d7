"""What `--help` shows is whole, and says how to begin."""

import pytest
from typer.testing import CliRunner

from voltyard.cli.main import app

COMMANDS = [command.callback.__name__ for command in app.registered_commands if command.callback]


def shown(*arguments: str) -> str:
    result = CliRunner().invoke(app, [*arguments, "--help"], env={"COLUMNS": "80"})
    assert result.exit_code == 0
    return " ".join(result.output.split())


def test_the_list_of_commands_cuts_no_description_short() -> None:
    listed = shown()

    assert "Begin with `voltyard up --demo`" in listed
    assert all(command in listed for command in COMMANDS)
    assert "..." not in listed.removeprefix("Usage: voltyard [OPTIONS] COMMAND [ARGS]...")


@pytest.mark.parametrize("command", [command for command in COMMANDS if command != "up"])
def test_every_command_shows_how_it_is_typed(command: str) -> None:
    assert f"For example: voltyard {command} " in shown(command)
