"""`voltyard chargers`: the simulated chargers of the yard."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

import typer

from voltyard.cli.client.api_client import Listed, path_to
from voltyard.cli.client.names import Charger, Limit, completed, location_id, location_names
from voltyard.cli.client.terminal import Terminal, asking
from voltyard.cli.display.printable import cell
from voltyard.cli.display.tables import Column
from voltyard.cli.top.picture import located
from voltyard.cli.verbs.values import json_object, settings_of
from voltyard.cli.yard.waiting import finish_bulk, wait_until_ready
from voltyard.kernel import limits
from voltyard.kernel.errors import Invalid
from voltyard.kernel.time import Seconds
from voltyard.kernel.units import W_PER_KW

chargers = typer.Typer(help="Simulated chargers of the yard.", no_args_is_help=True)

_ONE_S: Final[Seconds] = 60.0
_MANY_S: Final[Seconds] = 600.0
_DIGITS: Final = 3
"""Of the numbers of many chargers, at least."""
_Site = Annotated[
    str | None,
    typer.Option(
        "--location", help="The location, by name or id.", autocompletion=completed(location_names)
    ),
]
COLUMNS = (
    Column("identity"),
    Column("status"),
    Column("connected", "connection.connected"),
    Column("version", "ocpp_version"),
    Column("model", lambda row: f"{row['vendor_name'] or ''} {row['model'] or ''}".strip()),
    Column("connectors", lambda row: _of_connectors(row, "status")),
    Column("kW", lambda row: power_kw(row.get("state"))),
    Column("SoC", lambda row: _of_connectors(row, "soc_percent")),
    Column("location"),
)


@asking(chargers, "list")
def list_chargers(
    terminal: Terminal,
    location: _Site = None,
    search: Annotated[
        str | None, typer.Option(help="A part of identity, name, vendor or model.")
    ] = None,
    status: Annotated[
        str | None,
        typer.Option(help="A connector's, or offline, stopped, faulted or charging."),
    ] = None,
    sort: Annotated[
        str | None,
        typer.Option(help="created_at, identity, status, power or soc; after a - descending."),
    ] = None,
    limit: Limit = 100,
) -> None:
    """List chargers, and what they are doing.

    For example: voltyard chargers list --status charging --sort=-power
    """
    query = {
        "location_id": None if location is None else location_id(terminal.api, location),
        "search": search,
        "status": status,
        "sort": sort,
    }
    listed = terminal.api.listed("/ocpp/chargers", limit, include="state", **query)
    if not terminal.is_json:
        listed = Listed(located(listed, terminal.api.get("/ocpp/summary")), listed.total)
    terminal.rows(listed, COLUMNS)


def power_kw(state: Mapping[str, Any] | None) -> float | None:
    """The power of all connectors of a charger; None where it does not run."""
    if not state:
        return None
    return float(sum(one["power_w"] or 0.0 for one in state["connectors"])) / W_PER_KW


def _of_connectors(row: Mapping[str, Any], field: str) -> str:
    state = row.get("state") or {"connectors": ()}
    return ", ".join(cell(one[field]) for one in state["connectors"] if one[field] is not None)


@asking(chargers, "new")
def new_charger(
    terminal: Terminal,
    identity: Annotated[
        str, typer.Argument(help="Its name in OCPP; with --count, how their names begin.")
    ],
    count: Annotated[
        int | None,
        typer.Option(min=1, max=limits.BULK_CHARGERS, help="Number; needs a --location."),
    ] = None,
    csms: Annotated[
        str | None, typer.Option("--csms", help="The CSMS it dials, ws:// or wss://. [the backend]")
    ] = None,
    version: Annotated[Literal["1.6", "2.0.1"], typer.Option(help="OCPP version.")] = "1.6",
    brand: Annotated[str | None, typer.Option(help="A brand of the catalogue.")] = None,
    model: Annotated[str | None, typer.Option(help="A model of that brand.")] = None,
    connector: Annotated[str | None, typer.Option(help="Type2, CCS2, CHAdeMO, ...")] = None,
    location: _Site = None,
    setting: Annotated[
        list[str] | None, typer.Option(help="NAME=VALUE; repeat it.", show_default=False)
    ] = None,
    more: Annotated[
        str | None, typer.Option(help="Other fields of POST /ocpp/chargers, in JSON; - reads them.")
    ] = None,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Do not wait until it runs.")] = False,
    time_out: Annotated[
        float | None,
        typer.Option(min=0.1, help="Seconds to wait for that. [60; with --count 600]"),
    ] = None,
) -> None:
    """Make a charger, or many, and wait until they have been made.

    With --count they are made at a --location, and their names are numbered.

    For example: voltyard chargers new CP-1 --version 2.0.1
    """
    fields: dict[str, Any] = {
        "ocpp_version": f"OCPP{version}",
        "ws_url": csms,
        "brand_slug": brand,
        "model_slug": model,
        "connector_type": connector,
        "location_id": None if location is None else location_id(terminal.api, location),
        "settings": settings_of(setting) if setting else None,
    }
    body = {name: value for name, value in fields.items() if value is not None}
    body |= json_object(more) if more else {}
    if count is None:
        _make_one(terminal, identity, body, None if no_wait else time_out or _ONE_S)
    else:
        _make_many(terminal, identity, count, body, None if no_wait else time_out or _MANY_S)


def _make_one(
    terminal: Terminal, identity: str, body: dict[str, Any], time_out_s: Seconds | None
) -> None:
    """Make a charger, and wait until it has been made; None: do not wait."""
    made = terminal.api.post("/ocpp/chargers", {"identity": identity, **body})
    if time_out_s is None:
        terminal.done(made, f"{identity}: {made['status']}")
        return
    status = wait_until_ready(terminal, made["status_url"], identity, time_out_s)
    link = status.get("connection") or {}
    told = "connected" if link.get("connected") else f"not connected: {link.get('reason') or 'yet'}"
    terminal.done(status, f"{identity}: {status['status']}, {told}")


def _make_many(
    terminal: Terminal, prefix: str, count: int, body: dict[str, Any], time_out_s: Seconds | None
) -> None:
    """Make so many chargers of a location, with numbers after the prefix."""
    site = body.pop("location_id", None)
    if site is None:
        raise Invalid("--count needs a --location", hint="make one: voltyard locations new NAME")
    width = max(_DIGITS, len(str(count)))
    group = {
        "template": {"identity_prefix": prefix, **body},
        "charger_ids": [f"{number:0{width}d}" for number in range(1, count + 1)],
    }
    made = terminal.api.post(path_to("/ocpp/locations", site, "chargers"), [group])
    if time_out_s is None:
        terminal.done(made, f"{prefix}: {made['status']}")
    else:
        finish_bulk(terminal, made["status_url"], prefix, time_out_s)


@asking(chargers, "show")
def show_charger(
    terminal: Terminal,
    charger: Charger,
    state: Annotated[bool, typer.Option("--state", help="What it is doing, alone.")] = False,
    settings: Annotated[bool, typer.Option("--settings", help="Its settings, alone.")] = False,
) -> None:
    """Show one charger.

    For example: voltyard chargers show CP-1 --state
    """
    part = ["state"] if state else ["configuration"] if settings else []
    terminal.record(terminal.api.get(path_to("/ocpp/chargers", charger, *part)))


@asking(chargers, "delete")
def delete_charger(terminal: Terminal, charger: Charger) -> None:
    """Delete a charger; its identity is free again.

    For example: voltyard chargers delete CP-1
    """
    terminal.delete(path_to("/ocpp/chargers", charger), charger)
