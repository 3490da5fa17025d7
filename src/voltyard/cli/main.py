"""The `voltyard` command."""

import logging
import sys
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, TextIO, cast

import typer
from typer.core import TyperGroup

from voltyard import __version__
from voltyard.cli.account.audit import audit
from voltyard.cli.account.keys import keys
from voltyard.cli.account.login import login, logout
from voltyard.cli.account.organizations import organizations
from voltyard.cli.account.webhooks import webhooks
from voltyard.cli.backend.csms import csms
from voltyard.cli.backend.nodes import add_nodes
from voltyard.cli.backend.refusals import add_refusals
from voltyard.cli.backup import backup
from voltyard.cli.beside.node import node
from voltyard.cli.beside.worker import worker
from voltyard.cli.check import check
from voltyard.cli.client.answers import CommandFailed
from voltyard.cli.completion import completion
from voltyard.cli.conform.conform import conform
from voltyard.cli.doctor import doctor
from voltyard.cli.fleet.fleet import fleet
from voltyard.cli.load.load import load
from voltyard.cli.output import LogStream, until_unread
from voltyard.cli.pki.pki import pki
from voltyard.cli.replay import replay
from voltyard.cli.restore import restore
from voltyard.cli.scenarios.run import run as run_scenarios
from voltyard.cli.scenarios.shipped import scenarios
from voltyard.cli.simulate import simulate
from voltyard.cli.top.top import add_top
from voltyard.cli.trace import trace
from voltyard.cli.up import up
from voltyard.cli.verbs import verbs
from voltyard.cli.yard.chargers import chargers
from voltyard.cli.yard.days import days
from voltyard.cli.yard.events import add_events
from voltyard.cli.yard.frames import add_frames
from voltyard.cli.yard.locations import locations
from voltyard.cli.yard.network import network
from voltyard.cli.yard.quirks import quirks
from voltyard.kernel.errors import VoltyardError
from voltyard.kernel.text.printable_text import printable

_SERVER: Final = "Run a server"
_WITHOUT: Final = "Without a server"
_TEST: Final = "Put to the test"
_ASK: Final = "Ask a server"
_YARD: Final = "The yard"
_BACKEND: Final = "The backend"


class Sections(TyperGroup):
    """A group whose help lists its commands by section, the `rich_help_panel` of each."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the sections, in the order of their first commands."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for name in self.list_commands(ctx):
            command = self.get_command(ctx, name)
            panel = getattr(command, "rich_help_panel", None)
            if command is not None and isinstance(panel, str):
                about = command.get_short_help_str(formatter.width)
                sections.setdefault(panel, []).append((name, about))
        for panel, rows in sections.items():
            with formatter.section(panel):
                formatter.write_dl(rows)

    def list_commands(self, ctx: Any) -> list[str]:
        """The commands in the order in which they were added."""
        return list(self.commands)


app = typer.Typer(
    name="voltyard",
    cls=Sections,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
_COMMANDS: Final[Mapping[str, tuple[Callable[..., None], ...]]] = {
    _SERVER: (up, node, doctor, worker, backup, restore, check),
    _WITHOUT: (fleet, load, simulate, replay, trace),
    _ASK: (login, logout, completion),
}
for _panel, _commands in _COMMANDS.items():
    for _command in _commands:
        app.command(rich_help_panel=_panel)(_command)
app.add_typer(pki, name="pki", rich_help_panel=_WITHOUT)
app.command(name="run", rich_help_panel=_TEST)(run_scenarios)
app.add_typer(scenarios, name="scenarios", rich_help_panel=_TEST)
app.add_typer(conform, name="conform", rich_help_panel=_TEST)
app.add_typer(keys, name="keys", rich_help_panel=_ASK)
app.add_typer(organizations, name="organizations", rich_help_panel=_ASK)
app.add_typer(audit, name="audit", rich_help_panel=_ASK)
app.add_typer(chargers, name="chargers", rich_help_panel=_YARD)
app.add_typer(locations, name="locations", rich_help_panel=_YARD)
app.add_typer(days, name="days", rich_help_panel=_YARD)
app.add_typer(quirks, name="quirks", rich_help_panel=_YARD)
app.add_typer(network, name="network", rich_help_panel=_YARD)
add_top(app, _YARD)
add_frames(app, _YARD)
add_events(app, _YARD)
verbs.add_verbs(app)
app.add_typer(csms, name="csms", rich_help_panel=_BACKEND)
add_refusals(app, _BACKEND)
add_nodes(app, _BACKEND)
app.add_typer(webhooks, name="webhooks", rich_help_panel=_BACKEND)

_LOGGING: Final = frozenset(
    one.__name__ for panel in (_SERVER, _WITHOUT) for one in _COMMANDS[panel]
)
"""Commands in which parts of the server run, and log."""


def _show_version(wanted: bool) -> None:
    if wanted:
        print(__version__)
        raise typer.Exit


@app.callback()
def voltyard(
    ctx: typer.Context,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """An EV-charging lab: simulated chargers and a headless CSMS that speak real OCPP.

    Begin with `voltyard up --demo`, and open the page it prints. `voltyard COMMAND --help` has the
    options of each; README.md is the tour, docs/ has a guide for each half.
    """
    if ctx.invoked_subcommand in _LOGGING:
        _configure_logs()


def run() -> None:
    """Run the command line; an error of ours is a line on stderr and exit code 2, or 1 where the
    call was right and failed."""
    until_unread(_run)


def _run() -> None:
    try:
        app()
    except VoltyardError as error:
        told = "\n".join(map(printable, str(error).split("\n")))
        print(f"voltyard: {told}", file=sys.stderr)
        sys.exit(1 if isinstance(error, CommandFailed) else 2)


def _configure_logs() -> None:
    """Events as lines on stderr. Tracebacks are plain: richer ones would show local variables,
    and with them keys."""
    import structlog

    stream = cast(TextIO, LogStream(sys.stderr))
    logging.lastResort = logging.StreamHandler(stream)  # for those who do not use structlog
    logging.lastResort.setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            ),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(stream),
    )
