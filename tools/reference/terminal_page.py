"""The page of the commands of the terminal, from their own help."""

import re
from collections.abc import Iterator
from typing import Any

from typer.main import get_command

from generated_blocks import table
from voltyard.cli.main import app

TITLE = "Commands of the terminal"
ABOUT = (
    "Everything that `voltyard` can be told. [The terminal](../terminal.md) is the guide, by task. "
    "`voltyard COMMAND --help` prints the same."
)
_SHARED = ("--url", "--organization", "--json", "--help")


def terminal_parts() -> Iterator[str]:
    """A heading for each command, with its arguments and options."""
    yield (
        "A command that asks a server takes these, too: `--url URL` names the server, in the place "
        "of VOLTYARD_URL and of the login; `--organization NAME` acts for another organization, "
        "with an admin's key. `--json` prints JSON; every command but `up`, `worker`, `completion` "
        "and `scenarios show` takes it."
    )
    for names, command in _commands(get_command(app)):
        about = " ".join((command.help or "").split("\n\nFor example: ")[0].split())
        parts = [f"## `voltyard {' '.join(names)}`", _plain(about)]
        if example := re.search(r"For example: (voltyard .+)", command.help or ""):
            parts.append(f"```sh\n{example[1]}\n```")
        rows = [_row(one) for one in command.params if _name(one) not in _SHARED]
        if rows:
            parts.append(table(("argument or option", "for"), rows))
        yield "\n\n".join(parts)


def _commands(group: Any, *before: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, one in group.commands.items():
        if hasattr(one, "commands"):
            yield from _commands(one, *before, name)
        else:
            yield (*before, name), one


def _name(parameter: Any) -> str:
    return str(parameter.opts[0])


def _row(parameter: Any) -> tuple[str, str]:
    if parameter.param_type_name == "argument":
        name = (parameter.metavar or parameter.name).upper()
        name = name if parameter.required else f"[{name}]"
    else:
        name = ", ".join((*parameter.opts, *parameter.secondary_opts))
    default = parameter.default
    told = _plain(parameter.help or "")
    if default not in (None, False, (), []) and not callable(default):
        told = f"{told} Default: `{getattr(default, 'value', default)}`."
    return f"`{name}`".replace("|", "\\|"), told.strip()


def _plain(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")
