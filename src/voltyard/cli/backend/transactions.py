"""`voltyard csms transactions`: the backend's transactions."""

from typing import Annotated, Any, Literal

import typer

from voltyard.cli.client.api_client import path_to
from voltyard.cli.client.names import ChargeBox, Limit, charge_box_ids, completed
from voltyard.cli.client.terminal import Terminal, asking
from voltyard.cli.display.tables import Column

transactions = typer.Typer(help="Transactions at the backend.", no_args_is_help=True)

_PATH = "/api/v1/transactions"
_COLUMNS = (
    Column("id", "transactionId"),
    Column("charger", "chargeBoxId"),
    Column("connector", "connectorId"),
    Column("tag", "idTag"),
    Column("status"),
    Column("started", "startTime"),
    Column("kWh", "energyDelivered"),
    Column("reason", "stopReason"),
)
_METER_COLUMNS = (
    Column("at", "timestamp"),
    Column("measurand"),
    Column("phase"),
    Column("value"),
    Column("unit"),
    Column("context"),
)
_TransactionId = Annotated[str, typer.Argument(help="Its id, as `transactions list` shows it.")]


@asking(transactions, "list")
def list_transactions(
    terminal: Terminal,
    charger: Annotated[
        str | None,
        typer.Option(help="Only of this charger.", autocompletion=completed(charge_box_ids)),
    ] = None,
    status: Annotated[
        Literal["in_progress", "completed"] | None, typer.Option(help="Only of this status.")
    ] = None,
    tag: Annotated[str | None, typer.Option(help="Only of this id tag.")] = None,
    limit: Limit = 50,
) -> None:
    """List transactions, the newest first.

    For example: voltyard csms transactions list --charger CP-1
    """
    query = {"chargeBoxId": charger, "status": status, "idTag": tag}
    terminal.listing(_PATH, limit, _COLUMNS, **query)


@asking(transactions, "show")
def show_transaction(terminal: Terminal, transaction_id: _TransactionId) -> None:
    """Show one transaction.

    For example: voltyard csms transactions show 1
    """
    terminal.record(terminal.api.get(path_to(_PATH, transaction_id)))


@asking(transactions, "meter")
def list_meter_values(
    terminal: Terminal, transaction_id: _TransactionId, limit: Limit = 100
) -> None:
    """List what the meter said during a transaction.

    For example: voltyard csms transactions meter 1
    """
    terminal.listing(path_to(_PATH, transaction_id, "meter-values"), limit, _METER_COLUMNS)


@asking(transactions, "start")
def start_transaction(
    terminal: Terminal,
    charge_box: ChargeBox,
    tag: Annotated[str | None, typer.Option(help="The id tag it is for.")] = None,
    connector: Annotated[int | None, typer.Option(help="The connector. [the charger's choice]")] = (
        None
    ),
) -> None:
    """Start a transaction from the backend.

    For example: voltyard csms transactions start CP-1 --tag 04A1B2C3
    """
    fields: dict[str, Any] = {"chargeBoxId": charge_box, "idTag": tag, "connectorId": connector}
    body = {name: value for name, value in fields.items() if value is not None}
    answer = terminal.api.post(f"{_PATH}/start", body)
    terminal.done(answer, f"{charge_box}: {answer['message']}")


@asking(transactions, "stop")
def stop_transaction(terminal: Terminal, transaction_id: _TransactionId) -> None:
    """Stop a transaction from the backend.

    For example: voltyard csms transactions stop 1
    """
    answer = terminal.api.post(path_to(_PATH, transaction_id, "stop"))
    terminal.done(answer, f"{transaction_id}: {answer['message']}")


@asking(transactions, "close")
def close_transaction(terminal: Terminal, transaction_id: _TransactionId) -> None:
    """Close a transaction whose charger is gone.

    For example: voltyard csms transactions close 1
    """
    answer = terminal.api.post(path_to(_PATH, transaction_id, "close"))
    terminal.done(answer, f"{transaction_id}: closed")
