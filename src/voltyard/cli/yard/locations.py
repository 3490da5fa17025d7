"""`voltyard locations`: sites of chargers, and the presets they are made from."""

from typing import Annotated, Any

import typer

from voltyard.cli.client.api_client import path_to
from voltyard.cli.client.names import Limit, Location, completed, location_id, template_names
from voltyard.cli.client.terminal import Terminal, asking
from voltyard.cli.display.tables import Column
from voltyard.cli.yard.waiting import finish_bulk

locations = typer.Typer(help="Locations of the yard, and their presets.", no_args_is_help=True)

_LOCATION_COLUMNS = (
    Column("name"),
    Column("slug"),
    Column("city"),
    Column("country"),
    Column("max_power_w"),
    Column("id"),
)
_TEMPLATE_COLUMNS = (
    Column("slug"),
    Column("chargers"),
    Column("type"),
    Column("version", "ocpp_version"),
    Column("description"),
)


@asking(locations, "list")
def list_locations(terminal: Terminal, limit: Limit = 100) -> None:
    """List locations.

    For example: voltyard locations list
    """
    terminal.listing("/ocpp/locations", limit, _LOCATION_COLUMNS)


@asking(locations, "templates")
def list_templates(terminal: Terminal, limit: Limit = 100) -> None:
    """List presets for locations.

    For example: voltyard locations templates
    """
    terminal.listing("/ocpp/templates/locations", limit, _TEMPLATE_COLUMNS)


@asking(locations, "new")
def new_location(
    terminal: Terminal,
    name: Annotated[str, typer.Argument(help="Its name.")],
    template: Annotated[
        str | None,
        typer.Option(
            help="Make it from a preset, with its chargers.",
            autocompletion=completed(template_names),
        ),
    ] = None,
    csms: Annotated[
        str | None, typer.Option("--csms", help="CSMS that a preset's chargers dial.")
    ] = None,
    prefix: Annotated[
        str | None, typer.Option(help="Beginning of the identities of a preset's chargers.")
    ] = None,
    address: Annotated[str, typer.Option(help="Street and number.")] = "1 Quay Street",
    city: Annotated[str, typer.Option(help="City.")] = "Rotterdam",
    country: Annotated[str, typer.Option(help="Two letters, as of ISO 3166.")] = "NL",
    latitude: Annotated[float, typer.Option(help="Degrees north.")] = 51.905,
    longitude: Annotated[float, typer.Option(help="Degrees east.")] = 4.486,
    timezone: Annotated[str | None, typer.Option(help="Such as Europe/Paris.")] = None,
    max_power_w: Annotated[
        float | None, typer.Option("--max-power-w", help="The limit that its chargers share.")
    ] = None,
    no_wait: Annotated[
        bool, typer.Option("--no-wait", help="Do not wait until the chargers are made.")
    ] = False,
    time_out: Annotated[float, typer.Option(min=0.1, help="Seconds to wait for that.")] = 600.0,
) -> None:
    """Make a location; with --template its chargers, too.

    For example: voltyard locations new Harbour --city Brest --country FR
    """
    fields: dict[str, Any] = {
        "name": name,
        "address": address,
        "city": city,
        "country": country,
        "coordinates": {"latitude": latitude, "longitude": longitude},
        "timezone": timezone,
        "max_power_w": max_power_w,
        "ws_url": csms,
        "identity_prefix": prefix,
    }
    body = {field: value for field, value in fields.items() if value is not None}
    if template is None:
        made = terminal.api.post("/ocpp/locations", body)
        terminal.done(made, f"{name}: made, its slug is {made['slug']}")
        return
    made = terminal.api.post(path_to("/ocpp/templates/locations", template), body)
    if no_wait:
        terminal.done(made, f"{name}: {made['status']}")
        return
    finish_bulk(terminal, made["status_url"], name, time_out)


@asking(locations, "show")
def show_location(
    terminal: Terminal,
    location: Location,
    power: Annotated[bool, typer.Option("--power", help="How it shares its power.")] = False,
) -> None:
    """Show one location.

    For example: voltyard locations show Harbour
    """
    part = ["power"] if power else []
    found = location_id(terminal.api, location)
    terminal.record(terminal.api.get(path_to("/ocpp/locations", found, *part)))


@asking(locations, "delete")
def delete_location(terminal: Terminal, location: Location) -> None:
    """Delete a location.

    For example: voltyard locations delete Harbour
    """
    terminal.delete(path_to("/ocpp/locations", location_id(terminal.api, location)), location)
