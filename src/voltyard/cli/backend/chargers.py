"""`voltyard csms chargers`: the chargers that the backend lets in."""

from typing import Annotated, Any, Literal

import typer

from voltyard.cli.client.api_client import path_to
from voltyard.cli.client.names import ChargeBox, Limit
from voltyard.cli.client.terminal import Terminal, asking
from voltyard.cli.display.tables import Column
from voltyard.kernel.errors import Invalid

chargers = typer.Typer(help="Chargers that are registered at the backend.", no_args_is_help=True)

_PATH = "/api/v1/chargers"
_COLUMNS = (
    Column("identity", "chargeBoxId"),
    Column("status"),
    Column("version", "ocppVersion"),
    Column("model", lambda row: f"{row['vendor'] or ''} {row['model'] or ''}".strip()),
    Column("location"),
    Column("heartbeat", "lastHeartbeat"),
)


@asking(chargers, "list")
def list_chargers(
    terminal: Terminal,
    status: Annotated[
        Literal["online", "offline"] | None, typer.Option(help="Connected, or not.")
    ] = None,
    limit: Limit = 100,
) -> None:
    """List the registered chargers.

    For example: voltyard csms chargers list --status offline
    """
    terminal.listing(_PATH, limit, _COLUMNS, status=status)


@asking(chargers, "register")
def register_charger(
    terminal: Terminal,
    identity: Annotated[str, typer.Argument(help="Its name in OCPP.")],
    name: Annotated[str | None, typer.Option(help="For people.")] = None,
    location: Annotated[str | None, typer.Option(help="Likewise.")] = None,
    profile: Annotated[
        int | None, typer.Option("--security-profile", min=0, max=3, help="0 to 3.")
    ] = None,
    password_file: Annotated[
        typer.FileText | None,
        typer.Option("--password-file", help="A file with its password; - is standard input."),
    ] = None,
) -> None:
    """Register a charger, so that the backend lets it in.

    For example: voltyard csms chargers register CP-1
    """
    fields: dict[str, Any] = {
        "chargeBoxId": identity,
        "name": name,
        "location": location,
        "securityProfile": profile,
        "password": None if password_file is None else _password(password_file.read()),
    }
    body = {field: value for field, value in fields.items() if value is not None}
    made = terminal.api.post(_PATH, body)
    terminal.done(made, f"{identity}: registered; it dials {made['connectionUrl']}")


@asking(chargers, "show")
def show_charger(terminal: Terminal, charge_box: ChargeBox) -> None:
    """Show one registered charger.

    For example: voltyard csms chargers show CP-1
    """
    terminal.record(terminal.api.get(path_to(_PATH, charge_box)))


@asking(chargers, "delete")
def delete_charger(terminal: Terminal, charge_box: ChargeBox) -> None:
    """Delete a charger; the backend lets it in no more.

    For example: voltyard csms chargers delete CP-1
    """
    terminal.delete(path_to(_PATH, charge_box), charge_box)


def _password(text: str) -> str:
    password = text.rstrip("\r\n")
    if not password:
        raise Invalid("the file has no password")
    return password
