"""`voltyard events`: what happened in the yard, and what happens now."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from voltyard.cli.client.event_stream import followed
from voltyard.cli.client.names import charger_names, completed, location_id, location_names
from voltyard.cli.client.terminal import Terminal, asking
from voltyard.cli.display.printable import fields
from voltyard.cli.display.tables import Column, print_line

_COLUMNS = (
    Column("at"),
    Column("identity"),
    Column("type"),
    Column("data", lambda row: _told(row["data"])),
)


def add_events(app: typer.Typer, panel: str) -> None:
    """Add the command."""
    asking(app, "events", rich_help_panel=panel)(_events)


def _events(
    terminal: Terminal,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as they happen.")] = False,
    charger: Annotated[
        str | None,
        typer.Option(help="Only of this charger.", autocompletion=completed(charger_names)),
    ] = None,
    location: Annotated[
        str | None,
        typer.Option(help="Only of this location.", autocompletion=completed(location_names)),
    ] = None,
    type_: Annotated[
        str | None, typer.Option("--type", help="Only of these types, separated by commas.")
    ] = None,
    limit: Annotated[int, typer.Option(min=0, max=1_000, help="How many of the past.")] = 20,
) -> None:
    """Show the events of the yard, the newest last.

    For example: voltyard events --follow --charger CP-1
    """
    query: dict[str, Any] = {
        "charger_id": charger,
        "location_id": None if location is None else location_id(terminal.api, location),
        "types": type_,
    }
    past = []
    if limit:
        past = terminal.api.get("/ocpp/events", limit=limit, **query)["data"][::-1]
    if not follow:
        terminal.rows(past, _COLUMNS)
        return
    for event in past:
        _tell(terminal, event)
    after = str(past[-1]["id"]) if past else None
    for one in followed(terminal.api, "/ocpp/events/stream", after=after, **query):
        if one.name == "gap":
            terminal.note(f"events after {one.data['after']} are not kept any more")
        else:
            _tell(terminal, one.data)


def _tell(terminal: Terminal, event: Mapping[str, Any]) -> None:
    if terminal.is_json:
        terminal.line(event)
    else:
        print_line(_COLUMNS, event)


def _told(data: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in fields(data) if value)
