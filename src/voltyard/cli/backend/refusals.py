"""`voltyard refusals`: chargers that dialled the backend and were not let in."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from voltyard.cli.client.event_stream import followed
from voltyard.cli.client.names import Limit
from voltyard.cli.client.terminal import Terminal, asking
from voltyard.cli.display.tables import Column, print_line

_PATH = "/api/v1/refusals"
_COLUMNS = (
    Column("last", "lastAt"),
    Column("identity"),
    Column("address"),
    Column("count"),
    Column("reason"),
    Column("what to do", "hint"),
)


def add_refusals(app: typer.Typer, panel: str) -> None:
    """Add the command."""
    asking(app, "refusals", rich_help_panel=panel)(_refusals)


def _refusals(
    terminal: Terminal,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as they happen.")] = False,
    charger: Annotated[str | None, typer.Option(help="Only of this identity.")] = None,
    reason: Annotated[str | None, typer.Option(help="Only for this reason.")] = None,
    forget: Annotated[
        bool, typer.Option("--forget", help="Forget them, instead of showing them.")
    ] = False,
    limit: Limit = 100,
) -> None:
    """Show the chargers that were refused: why, and what to do.

    For example: voltyard refusals --follow
    """
    query = {"chargeBoxId": charger, "reason": reason}
    if forget:
        answer = terminal.api.delete(_PATH, **query)
        terminal.done(answer, f"{answer['forgotten']} forgotten")
        return
    past = terminal.api.listed(_PATH, limit, **query)
    if not follow:
        terminal.rows(past, _COLUMNS)
        return
    for refusal in past[::-1]:
        _tell(terminal, refusal)
    stream = followed(
        terminal.api,
        "/api/v1/events/stream",
        place="lastEventId",
        event="charger.refused",
        chargeBoxId=charger,
    )
    for one in stream:
        refused = one.data.get("data") if one.name == "charger.refused" else None
        if refused and reason in (None, refused["reason"]):
            _tell(terminal, refused)


def _tell(terminal: Terminal, refusal: Mapping[str, Any]) -> None:
    if terminal.is_json:
        terminal.line(refusal)
    else:
        print_line(_COLUMNS, refusal)
