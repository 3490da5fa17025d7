"""`voltyard quirks`: ways in which simulated chargers misbehave."""

from typing import Annotated, Any, Final

import typer

from voltyard.catalogue.quirks.enabled import from_option, quirk_named
from voltyard.catalogue.quirks.table import QUIRKS
from voltyard.cli.client.api_client import path_to
from voltyard.cli.client.names import Limit, Target, charger_names, completed
from voltyard.cli.client.terminal import Terminal, asking
from voltyard.cli.display.tables import Column
from voltyard.cli.yard.deliberate import is_location, path_of, print_faults
from voltyard.kernel.errors import Invalid

quirks = typer.Typer(help="Quirks of simulated chargers.", no_args_is_help=True)

_CATALOGUE: Final = (
    Column("name"),
    Column("where"),
    Column("versions", "ocpp_versions"),
    Column("description"),
)
_COLUMNS: Final = (
    Column("name"),
    Column("probability"),
    Column("schedule"),
    Column("parameters"),
)


def _names(incomplete: str) -> list[str]:
    return [one.name for one in QUIRKS if one.name.startswith(incomplete)]


@asking(quirks, "list")
def list_quirks(
    terminal: Terminal,
    charger: Annotated[
        str | None,
        typer.Argument(
            help="Identity or id; without one, all quirks there are.",
            autocompletion=completed(charger_names),
            show_default=False,
        ),
    ] = None,
    limit: Limit = 100,
) -> None:
    """List the quirks there are, or those that are on at a charger.

    For example: voltyard quirks list CP-1
    """
    if charger is None:
        terminal.listing("/ocpp/quirks", limit, _CATALOGUE)
    else:
        terminal.rows(_of(terminal, charger), _COLUMNS)


@asking(quirks, "on")
def turn_on(
    terminal: Terminal,
    target: Target,
    quirk: Annotated[
        list[str],
        typer.Argument(
            metavar="NAME[:KEY=VALUE,...]...",
            help="Quirks, each with its probability, schedule and parameters.",
            autocompletion=_names,
        ),
    ],
) -> None:
    """Turn quirks on.

    A charger keeps the others that it has. Of a location, all chargers have these quirks alone.

    For example: voltyard quirks on CP-1 no-pong flapping:probability=0.5
    """
    wanted = {one["name"]: one for one in map(from_option, quirk)}
    if not is_location(target):
        wanted = {**{one["name"]: one for one in _of(terminal, target)}, **wanted}
    _put(terminal, target, [*wanted.values()])


@asking(quirks, "off")
def turn_off(
    terminal: Terminal,
    target: Target,
    quirk: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME]...",
            help="Quirks of a charger; without one, all of them.",
            autocompletion=_names,
            show_default=False,
        ),
    ] = None,
) -> None:
    """Turn quirks off.

    For example: voltyard quirks off CP-1 no-pong
    """
    if not quirk:
        answer = terminal.api.delete(path_of(terminal, target, "quirks"))
        print_faults(terminal, target, answer, "no quirks")
        return
    if is_location(target):
        raise Invalid("of a location all quirks are turned off", hint="leave their names out")
    names = {quirk_named(one).name for one in quirk}
    known = _of(terminal, target)
    if missing := names - {one["name"] for one in known}:
        raise Invalid(f"{target} has no quirk {', '.join(sorted(missing))}")
    _put(terminal, target, [one for one in known if one["name"] not in names])


def _of(terminal: Terminal, charger: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = terminal.api.get(path_to("/ocpp/chargers", charger, "quirks"))[
        "quirks"
    ]
    return found


def _put(terminal: Terminal, target: str, wanted: list[dict[str, Any]]) -> None:
    answer = terminal.api.put(path_of(terminal, target, "quirks"), {"quirks": wanted})
    told = ", ".join(one["name"] for one in wanted)
    print_faults(terminal, target, answer, told or "no quirks")
