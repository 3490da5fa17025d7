"""`voltyard days`: drivers who come to a location for a day."""

from typing import Annotated, Any, Final, Literal, TypeAlias

import typer

from voltyard.cli.client.api_client import path_to
from voltyard.cli.client.names import Limit, Location, location_id
from voltyard.cli.client.terminal import Terminal, asking
from voltyard.cli.display.tables import Column
from voltyard.cli.options.drivers import Vehicles

days = typer.Typer(help="Days at a location, with drivers.", no_args_is_help=True)

_COLUMNS: Final = (
    Column("id"),
    Column("status"),
    Column("kind"),
    Column("time there", "site_time"),
    Column("ends", "site_ends_at"),
    Column("sessions", "sessions_begun"),
    Column("ended", "sessions_ended"),
    Column("energy_wh"),
    Column("refused"),
)
_DayId: TypeAlias = Annotated[str, typer.Argument(help="Its id, as `days list` shows it.")]


@asking(days, "list")
def list_days(terminal: Terminal, location: Location, limit: Limit = 100) -> None:
    """List the days of a location, the newest first.

    For example: voltyard days list Harbour
    """
    terminal.listing(_path(terminal, location), limit, _COLUMNS)


@asking(days, "start")
def start_day(
    terminal: Terminal,
    location: Location,
    hours: Annotated[float, typer.Option(help="How long, in its time.")] = 24.0,
    kind: Annotated[
        Literal["home", "public", "work"], typer.Option(help="Whose drivers come.")
    ] = "public",
    rate: Annotated[float, typer.Option(help="Its seconds in each real one.")] = 1.0,
    peer_agrees: Annotated[
        bool, typer.Option("--peer-agrees", help="The CSMS does not mind a --rate above 1.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Seed of the drivers.")] = 0,
    start: Annotated[
        str | None, typer.Option(help="When it begins there, RFC 3339. [now]", show_default=False)
    ] = None,
    vehicles: Vehicles = None,
    tag: Annotated[
        list[str] | None,
        typer.Option(help="A tag that drivers have; repeat it.", show_default=False),
    ] = None,
) -> None:
    """Start a day: drivers come, charge and leave.

    For example: voltyard days start Harbour --hours 12 --rate 60 --peer-agrees
    """
    fields: dict[str, Any] = {
        "hours": hours,
        "kind": kind,
        "rate": rate,
        "peer_agrees_to_rate": peer_agrees,
        "seed": seed,
        "start": start,
        "vehicles": vehicles,
        "tags": {"known": tag} if tag else None,
    }
    body = {name: value for name, value in fields.items() if value is not None}
    made = terminal.api.post(_path(terminal, location), body)
    said = f"{made['id']}: {made['status']} at {made['connectors']} connectors"
    terminal.done(made, f"{said} until {made['site_ends_at']}")


@asking(days, "show")
def show_day(terminal: Terminal, location: Location, day_id: _DayId) -> None:
    """Show one day.

    For example: voltyard days show Harbour day_8ab2
    """
    terminal.record(terminal.api.get(path_to(_path(terminal, location), day_id)))


@asking(days, "stop")
def stop_day(terminal: Terminal, location: Location, day_id: _DayId) -> None:
    """Stop a day: no more drivers come, and cars that are there stay.

    For example: voltyard days stop Harbour day_8ab2
    """
    stopped = terminal.api.delete(path_to(_path(terminal, location), day_id))
    terminal.done(stopped, f"{day_id}: {stopped['status']}")


def _path(terminal: Terminal, location: str) -> str:
    return path_to("/ocpp/locations", location_id(terminal.api, location), "days")
