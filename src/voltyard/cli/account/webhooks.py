"""`voltyard webhooks`: receivers of the backend's events."""

from typing import Annotated

import typer

from voltyard.cli.client.api_client import path_to
from voltyard.cli.client.names import Limit
from voltyard.cli.client.terminal import Terminal, asking
from voltyard.cli.display.tables import Column

webhooks = typer.Typer(help="Webhooks of the backend.", no_args_is_help=True)

_PATH = "/api/v1/webhooks"
_COLUMNS = (Column("id"), Column("status"), Column("url"), Column("events"))
_DELIVERY_COLUMNS = (
    Column("event", "eventId"),
    Column("status"),
    Column("attempts"),
    Column("answer", "statusCode"),
    Column("at", "createdAt"),
)
_WebhookId = Annotated[str, typer.Argument(help="Its id, as `webhooks list` shows it.")]


@asking(webhooks, "list")
def list_webhooks(terminal: Terminal, limit: Limit = 100) -> None:
    """List webhooks.

    For example: voltyard webhooks list
    """
    terminal.listing(_PATH, limit, _COLUMNS)


@asking(webhooks, "new")
def new_webhook(
    terminal: Terminal,
    receiver: Annotated[str, typer.Argument(help="Its URL, https:// as a rule.")],
    event: Annotated[
        list[str] | None,
        typer.Option(help="An event's name; repeat it. [all of them]", show_default=False),
    ] = None,
) -> None:
    """Make a webhook. Its secret is printed now and never again.

    For example: voltyard webhooks new https://receiver.example/hook --event transaction.started
    """
    made = terminal.api.post(_PATH, {"url": receiver, "events": event or ["*"]})
    terminal.note(f"{made['id']}; its secret is shown once:")
    terminal.done(made, made["secret"])


@asking(webhooks, "show")
def show_webhook(terminal: Terminal, webhook_id: _WebhookId) -> None:
    """Show one webhook.

    For example: voltyard webhooks show wh_8ab2
    """
    terminal.record(terminal.api.get(path_to(_PATH, webhook_id)))


@asking(webhooks, "deliveries")
def list_deliveries(terminal: Terminal, webhook_id: _WebhookId, limit: Limit = 100) -> None:
    """List what was delivered, and what was not.

    For example: voltyard webhooks deliveries wh_8ab2
    """
    terminal.listing(path_to(_PATH, webhook_id, "deliveries"), limit, _DELIVERY_COLUMNS)


@asking(webhooks, "test")
def test_webhook(terminal: Terminal, webhook_id: _WebhookId) -> None:
    """Send a ping to the receiver.

    For example: voltyard webhooks test wh_8ab2
    """
    terminal.record(terminal.api.post(path_to(_PATH, webhook_id, "test")))


@asking(webhooks, "resend")
def resend_events(
    terminal: Terminal,
    webhook_id: _WebhookId,
    event_id: Annotated[str, typer.Argument(help="The event, as `deliveries` shows it.")],
) -> None:
    """Deliver an event again.

    For example: voltyard webhooks resend wh_8ab2 evt_4cd1
    """
    terminal.record(terminal.api.post(path_to(_PATH, webhook_id, "resend"), {"eventId": event_id}))


@asking(webhooks, "resume")
def resume_webhook(terminal: Terminal, webhook_id: _WebhookId) -> None:
    """Take up a webhook that was paused after too many failures.

    For example: voltyard webhooks resume wh_8ab2
    """
    changed = terminal.api.patch(path_to(_PATH, webhook_id), {"enabled": True})
    terminal.done(changed, f"{webhook_id}: {changed['status']}")


@asking(webhooks, "delete")
def delete_webhook(terminal: Terminal, webhook_id: _WebhookId) -> None:
    """Delete a webhook.

    For example: voltyard webhooks delete wh_8ab2
    """
    terminal.delete(path_to(_PATH, webhook_id), webhook_id)
