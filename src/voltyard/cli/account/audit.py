"""`voltyard audit`: the log of what was changed, and with which key."""

import json
from typing import Annotated, Any, Final, TypeAlias

import typer

from voltyard.cli.client.lines import LineReader
from voltyard.cli.client.names import Limit
from voltyard.cli.client.terminal import Terminal, asking
from voltyard.cli.display.tables import Column

audit = typer.Typer(help="The audit log.", no_args_is_help=True)

_PATH: Final = "/api/v1/audit-log"
_COLUMNS: Final = (
    Column("at"),
    Column("key", "keyName"),
    Column("address"),
    Column("method"),
    Column("route"),
    Column("object"),
    Column("status"),
    Column("code"),
)
_Key: TypeAlias = Annotated[str | None, typer.Option("--key", help="Only of this key, by its id.")]
_Method: TypeAlias = Annotated[
    str | None, typer.Option("--method", help="POST, PUT, PATCH or DELETE.")
]
_Object: TypeAlias = Annotated[
    str | None, typer.Option("--object", help="Only of this object, by its id or name.")
]
_Status: TypeAlias = Annotated[
    int | None, typer.Option("--status", help="Only of this HTTP status.")
]
_Since: TypeAlias = Annotated[
    str | None, typer.Option("--since", help="From this time on (RFC 3339).")
]
_Until: TypeAlias = Annotated[
    str | None, typer.Option("--until", help="Up to this time (RFC 3339).")
]


@asking(audit, "list")
def list_entries(
    terminal: Terminal,
    key: _Key = None,
    method: _Method = None,
    object: _Object = None,
    status: _Status = None,
    since: _Since = None,
    until: _Until = None,
    limit: Limit = 100,
) -> None:
    """List entries, the newest first.

    For example: voltyard audit list --method DELETE
    """
    query = _query(key, method, object, status, since, until)
    terminal.listing(_PATH, limit, _COLUMNS, **query)


@asking(audit, "export")
def export_entries(
    terminal: Terminal,
    key: _Key = None,
    method: _Method = None,
    object: _Object = None,
    status: _Status = None,
    since: _Since = None,
    until: _Until = None,
) -> None:
    """Print all entries in JSON, one a line, the oldest first.

    For example: voltyard audit export --since 2026-02-01T00:00:00Z > audit.ndjson
    """
    reader = LineReader()
    query = _query(key, method, object, status, since, until)
    with terminal.api.exported(f"{_PATH}/export", **query) as parts:
        for part in parts:
            for line in reader.lines_of(part):
                terminal.line(json.loads(line))


def _query(
    key: str | None,
    method: str | None,
    object: str | None,
    status: int | None,
    since: str | None,
    until: str | None,
) -> dict[str, Any]:
    given = {"key": key, "method": method, "object": object, "status": status}
    return {**given, "from": since, "to": until}
