"""`voltyard csms messages`: the frames of a charger, real or simulated, as the backend saw them."""

from typing import Annotated

import typer

from voltyard.cli.client.api_client import path_to
from voltyard.cli.client.names import ChargeBox
from voltyard.cli.client.terminal import Terminal, asking
from voltyard.cli.display.tables import Column

_COLUMNS = (
    Column("timestamp"),
    Column("", lambda row: "←" if row["direction"] == "incoming" else "→"),
    Column("action"),
    Column("ms", "latencyMs"),
    Column("outcome"),
    Column("request"),
    Column("response"),
)


def add_messages(app: typer.Typer) -> None:
    """Add the command."""
    asking(app, "messages")(_messages)


def _messages(
    terminal: Terminal,
    charge_box: ChargeBox,
    action: Annotated[
        str | None, typer.Option(help="Only this action, e.g. StartTransaction.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="Largest number of rows.")] = 20,
) -> None:
    """Show a charger's requests and their answers, the newest last.

    For example: voltyard csms messages CP-1 --action StartTransaction
    """
    path = path_to("/api/v1/chargers", charge_box, "messages")
    terminal.rows(terminal.api.listed(path, limit, action=action)[::-1], _COLUMNS)
