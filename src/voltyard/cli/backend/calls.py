"""`voltyard csms call`: any command of the backend to a charger, and any action of OCPP."""

import json
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final
from urllib.parse import quote

import typer

from voltyard.cli.client.answers import CommandFailed
from voltyard.cli.client.api_client import path_to
from voltyard.cli.client.names import ChargeBox, nearest
from voltyard.cli.client.terminal import Terminal, asking
from voltyard.cli.display.tables import Column
from voltyard.cli.verbs.values import json_object
from voltyard.csms.commands.commands import COMMANDS
from voltyard.csms.commands.declaration import documentation, fields_of
from voltyard.csms.commands.shared import BackendCommand
from voltyard.kernel.errors import Invalid

BY_NAME: Final[Mapping[str, type[BackendCommand]]] = {
    str(one.__struct_config__.tag): one for one in COMMANDS if one.operation is not None
}
"""The backend's commands, by their names in the history."""

_COLUMNS = (Column("command"), Column("fields"), Column("does"))


def _names(incomplete: str) -> list[str]:
    return [name for name in BY_NAME if name.startswith(incomplete)]


def add_calls(app: typer.Typer) -> None:
    """Add the two commands."""
    asking(app, "call")(_call)
    asking(app, "commands")(_list_commands)


def _call(
    terminal: Terminal,
    charge_box: ChargeBox,
    command: Annotated[
        str,
        typer.Argument(
            help="A name of `csms commands`, or an action of OCPP.", autocompletion=_names
        ),
    ],
    values: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NAME=VALUE...|JSON",
            help="Its fields, or its payload in JSON.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Send a command to a charger, and print what it answers.

    A name that begins with a capital letter is an action of OCPP, which is sent as it is, with a
    payload in JSON. The exit code is 1 where the charger refuses.

    For example: voltyard csms call CP-1 reset type=Soft
    """
    given = values or []
    method, path, body, query = _request(command, given)
    answer = terminal.api.request(
        method, f"{path_to('/api/v1/chargers', charge_box)}/{path}", body, **query
    )
    terminal.record(answer)
    status = str(answer.get("status", "accepted"))
    if status.lower() in _REFUSED:
        raise CommandFailed(f"{charge_box}: {command} {status}")


def _list_commands(terminal: Terminal) -> None:
    """List the backend's commands to chargers, with their fields.

    For example: voltyard csms commands
    """
    terminal.rows([*_described()], _COLUMNS)


def _described() -> Iterator[dict[str, Any]]:
    for name, command in BY_NAME.items():
        fields = [one.wire_name for one in fields_of(command) if one.wire.is_asked]
        extra = command.operation.extra if command.operation else ()
        yield {
            "command": name,
            "fields": [*fields, *extra],
            "does": documentation(command).summary,
        }


_REFUSED: Final = ("rejected", "faulted", "unknown", "unlock_failed", "not_supported", "failed")


def _request(name: str, given: list[str]) -> tuple[str, str, dict[str, Any] | None, dict[str, Any]]:
    """Method, path, body and query of a command, or of an action of OCPP."""
    if name[:1].isupper():
        payload = json_object(given[0]) if given else {}
        return "POST", "call", {"action": name, "payload": payload}, {}
    command = BY_NAME.get(name)
    if command is None or command.operation is None:
        known = [*BY_NAME]
        hint = nearest(name, known) or "`voltyard csms commands` lists them"
        raise Invalid(f"there is no command {name!r}", hint=hint)
    operation = command.operation
    fields = _values(command, given)
    path = operation.path or name
    for field in list(fields):
        if f"{{{field}}}" in path:
            path = path.replace(f"{{{field}}}", quote(str(fields.pop(field)), safe=""))
    if "{" in path:
        missing = path.partition("{")[2].partition("}")[0]
        raise Invalid(f"{missing} is missing", hint=f"such as {missing}=1")
    has_body = bool(operation.body)
    return operation.method, path, fields if has_body else None, {} if has_body else fields


def _values(command: type[BackendCommand], given: list[str]) -> dict[str, Any]:
    """Fields of NAME=VALUE; one whose type is text is taken as it is, any other read as JSON."""
    if (len(given) == 1 and given[0].lstrip().startswith("{")) or given == ["-"]:
        return json_object(given[0])
    texts = {one.wire_name for one in fields_of(command) if one.type is str}
    found = {}
    for one in given:
        name, sign, value = one.partition("=")
        if not sign or not name:
            raise Invalid(f"{one!r} is no NAME=VALUE")
        found[name] = value if name in texts else _value(value)
    return found


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
