"""The `voltyard` command."""

import sys

import typer

from voltyard.cli.up import up
from voltyard.kernel.errors import VoltyardError

app = typer.Typer(
    name="voltyard",
    help="An EV-charging lab: simulated chargers and a headless CSMS that speak real OCPP.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command()(up)


def run() -> None:
    """Run the command line; an error of ours is a line on stderr and exit code 2."""
    try:
        app()
    except VoltyardError as error:
        print(f"voltyard: {error}", file=sys.stderr)
        sys.exit(2)
