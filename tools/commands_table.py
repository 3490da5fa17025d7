"""Write the tables of commands in docs/gateway.md and docs/backend.md from their declarations.

python tools/commands_table.py          # write them
python tools/commands_table.py --check  # fail where one is stale
"""

import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, get_args, get_type_hints

import msgspec

from generated_blocks import ROOT, main, table
from voltyard.catalogue.commands.commands import COMMANDS
from voltyard.catalogue.commands.declaration import asked_by, body_fields, event_type_of
from voltyard.csms.commands import commands as backend
from voltyard.csms.commands.declaration import DeclaredField, documentation, fields_of
from voltyard.csms.commands.shared import BackendCommand
from voltyard.csms.dialect import word
from voltyard.csms.dialects import DIALECTS
from voltyard.csms.table_dialect import TableDialect
from voltyard.kernel.errors import Invalid

_VALUES: Final[Mapping[str, Any]] = {"limit": 16.0, "unit": "A", "since": 0.0}
"""Of fields that are not as a body has them."""


def of_simulated_chargers() -> dict[str, str]:
    """The table of docs/gateway.md, and nothing else."""
    rows = (
        (
            f"`{rest.path}`: {rest.summary}",
            f"`{event_type_of(command)}`",
            _named((one.name, one.is_required) for one in body_fields(command)),
        )
        for command in COMMANDS
        if (rest := asked_by(command))
    )
    head = ("`POST /ocpp/commands/...`", "`event_type`", "fields of `event`")
    return {"commands": table(head, rows)}


def of_the_backend() -> dict[str, str]:
    """The table of docs/backend.md, and nothing else."""
    head = ("operation", "name in the history", "fields", "results", "comes later")
    return {"commands": table(head, _of_the_backend())}


def _of_the_backend() -> Iterator[tuple[str, ...]]:
    for command in backend.COMMANDS:
        if (operation := command.operation) is None:
            continue
        tag = str(command.__struct_config__.tag)
        fields = [
            (one.wire_name, one.is_required and not one.wire.is_optional)
            for one in fields_of(command)
            if one.wire.is_asked
        ]
        statuses, outcomes = _told(command)
        if operation.result.get("status") != "Accepted":  # else it is as on the wire
            statuses = [word(one) for one in statuses]
        yield (
            f"`{operation.method} {operation.path or tag}`: {documentation(command).summary}",
            f"`{tag}`",
            _named((*fields, *((name, False) for name in operation.extra))),
            _named((one, False) for one in statuses),
            ", ".join(outcomes),
        )


def _named(names: Iterable[tuple[str, bool]]) -> str:
    """Names of fields, in bold where they are required."""
    return ", ".join(f"**`{name}`**" if needed else f"`{name}`" for name, needed in names)


def _told(command: type[BackendCommand]) -> tuple[list[str], list[str]]:
    """The statuses that a charger may answer with, and what is awaited afterwards, in either
    version: read off the messages that the example of the command is translated to."""
    statuses: dict[str, None] = {}
    outcomes: dict[str, None] = {}
    for version, dialect in DIALECTS.items():
        assert isinstance(dialect, TableDialect)
        if command not in dialect.commands:
            continue
        try:
            request = dialect.request(_example(command), lambda: 1)
        except Invalid:
            continue
        hint = get_type_hints(version.action_of(type(request)).response).get("status")
        statuses |= dict.fromkeys(get_args(hint))
        if (outcome := dialect.expected_outcome(request)) is not None:
            outcomes[outcome.kind] = None
    return list(statuses), list(outcomes)


def _example(command: type[BackendCommand]) -> BackendCommand:
    operation = command.operation
    assert operation is not None
    known = {**operation.result, **operation.example}
    fields = {one.name: _value(one, known) for one in fields_of(command)}
    return command(**{name: value for name, value in fields.items() if value is not None})


def _value(one: DeclaredField, known: Mapping[str, Any]) -> Any:
    if one.name in _VALUES:
        return _VALUES[one.name]
    value = known.get(one.wire_name)
    if isinstance(value, list) and one.struct is not None:
        return tuple(msgspec.convert(item, one.struct) for item in value)
    return 0.0 if value is not None and one.wire.kind == "moment" else value


if __name__ == "__main__":
    stale = [
        main(__doc__, ROOT / "docs" / name, blocks)
        for name, blocks in (("gateway.md", of_simulated_chargers), ("backend.md", of_the_backend))
    ]
    sys.exit(max(stale))
