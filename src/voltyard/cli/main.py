"""The `voltyard` command."""

import logging
import sys
from typing import Annotated, TextIO, cast

import structlog
import typer

from voltyard import __version__
from voltyard.cli.backup import backup
from voltyard.cli.check import check
from voltyard.cli.doctor import doctor
from voltyard.cli.fleet import fleet
from voltyard.cli.output import LogStream, until_unread
from voltyard.cli.replay import replay
from voltyard.cli.restore import restore
from voltyard.cli.simulate import simulate
from voltyard.cli.up import up
from voltyard.cli.worker import worker
from voltyard.kernel.errors import VoltyardError

app = typer.Typer(
    name="voltyard",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command()(up)
app.command()(worker)
app.command()(fleet)
app.command()(simulate)
app.command()(replay)
app.command()(backup)
app.command()(restore)
app.command()(check)
app.command()(doctor)


def _show_version(wanted: bool) -> None:
    if wanted:
        print(__version__)
        raise typer.Exit


@app.callback()
def voltyard(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Say which it is."),
    ] = False,
) -> None:
    """An EV-charging lab: simulated chargers and a headless CSMS that speak real OCPP.

    Begin with `voltyard up --demo`, and open the page it prints. `voltyard COMMAND --help` has the
    options of each; README.md is the tour, docs/ has a guide for each half.
    """


def run() -> None:
    """Run the command line; an error of ours is a line on stderr and exit code 2."""
    _configure_logs()
    until_unread(_run)


def _run() -> None:
    try:
        app()
    except VoltyardError as error:
        print(f"voltyard: {error}", file=sys.stderr)
        sys.exit(2)


def _configure_logs() -> None:
    """Events as lines on stderr. Tracebacks are plain: richer ones would show local variables,
    and with them keys."""
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
