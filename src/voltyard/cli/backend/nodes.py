"""`voltyard nodes`: the server and its nodes, with the chargers that each has."""

import typer

from voltyard.cli.client.terminal import Terminal, asking
from voltyard.cli.display.tables import Column

_COLUMNS = (
    Column("node", "name"),
    Column("version"),
    Column("chargers"),
    Column("answers"),
)


def add_nodes(app: typer.Typer, panel: str) -> None:
    """Add the command."""
    asking(app, "nodes", rich_help_panel=panel)(_nodes)


def _nodes(terminal: Terminal) -> None:
    """Show the server and its nodes, and how many chargers of the backend each has.

    For example: voltyard nodes
    """
    nodes = terminal.api.get("/api/v1/nodes")["nodes"]
    if not terminal.is_json:
        nodes = [{**one, "name": one["name"] or "(the server)"} for one in nodes]
    terminal.rows(nodes, _COLUMNS)
