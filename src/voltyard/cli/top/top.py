"""`voltyard top`: the fleet, live in a terminal."""

from typing import Annotated

import typer

from voltyard.cli.client.terminal import Terminal, asking
from voltyard.cli.output import is_terminal
from voltyard.kernel.errors import Invalid


def add_top(app: typer.Typer, panel: str) -> None:
    """Add the command."""
    asking(app, "top", rich_help_panel=panel)(_top)


def _top(
    terminal: Terminal,
    search: Annotated[str, typer.Option(help="A part of identity, name, vendor or model.")] = "",
    every_s: Annotated[
        float, typer.Option("--every-s", min=0.1, help="Seconds between pictures.")
    ] = (1.0),
) -> None:
    """Show the fleet live: totals, and what each charger does.

    Sort, search and select by keys, and plug in, unplug, show cards, break and mend what is
    selected; the last line has the keys. In a pipe, or with --json, it is one look.

    For example: voltyard top --search HARBOUR
    """
    if terminal.is_json:
        terminal.document(terminal.api.get("/ocpp/summary"))
        return
    if not is_terminal():
        raise Invalid("top needs a terminal", hint="`voltyard chargers list` does not")
    from voltyard.cli.top.fleet_top import FleetTop

    FleetTop(terminal.api, search=search, every_s=every_s).run()
