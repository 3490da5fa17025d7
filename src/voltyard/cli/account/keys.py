"""`voltyard keys`: the API keys of a server."""

from typing import Annotated

import typer

from voltyard.cli.client.api_client import path_to
from voltyard.cli.client.names import Limit
from voltyard.cli.client.terminal import Terminal, asking
from voltyard.cli.display.tables import Column

keys = typer.Typer(help="API keys.", no_args_is_help=True)

_PATH = "/api/v1/auth/api-keys"
_COLUMNS = (
    Column("id"),
    Column("name"),
    Column("begins", "prefix"),
    Column("scopes"),
    Column("last used", "lastUsed"),
    Column("expires", "expiresAt"),
)
_KeyId = Annotated[str, typer.Argument(help="Its id, as `keys list` shows it.")]


@asking(keys, "list")
def list_keys(terminal: Terminal, limit: Limit = 100) -> None:
    """List keys; the text of none is shown.

    For example: voltyard keys list
    """
    terminal.listing(_PATH, limit, _COLUMNS)


@asking(keys, "new")
def new_key(
    terminal: Terminal,
    name: Annotated[str, typer.Argument(help="What it is for.")],
    scope: Annotated[
        list[str] | None,
        typer.Option(help="read, operate or admin; repeat it. [operate]", show_default=False),
    ] = None,
    expires: Annotated[
        str | None, typer.Option(help="When it ends, such as 2027-01-01T00:00:00Z.")
    ] = None,
) -> None:
    """Make a key. Its text is printed now and never again.

    For example: voltyard keys new "nightly tests" --scope operate
    """
    body = {"name": name, "scopes": scope or ["operate"], "expiresAt": expires}
    made = terminal.api.post(_PATH, {name: value for name, value in body.items() if value})
    terminal.note(f"{made['id']}; its text is shown once:")
    terminal.done(made, made["key"])


@asking(keys, "rotate")
def rotate_key(
    terminal: Terminal,
    key_id: _KeyId,
    overlap_s: Annotated[
        int | None, typer.Option("--overlap-s", help="Seconds for which the former is good, too.")
    ] = None,
) -> None:
    """Give a key another text, which is printed now and never again.

    For example: voltyard keys rotate key_8ab2 --overlap-s 600
    """
    body = {} if overlap_s is None else {"overlapSeconds": overlap_s}
    made = terminal.api.post(path_to(_PATH, key_id, "rotate"), body)
    terminal.done(made, made["key"])


@asking(keys, "delete")
def delete_key(terminal: Terminal, key_id: _KeyId) -> None:
    """Revoke a key.

    For example: voltyard keys delete key_8ab2
    """
    terminal.delete(path_to(_PATH, key_id), key_id, "revoked")
