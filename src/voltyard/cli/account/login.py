"""`voltyard login` and `voltyard logout`: a server and a key, kept for the commands that follow."""

import os
import sys
from typing import Annotated

import typer

from voltyard.cli.client.address import DEFAULT_URL, ServerAddress, read_url
from voltyard.cli.client.api_client import ApiClient
from voltyard.cli.client.login_file import Login, forget_login, keep_login
from voltyard.cli.display.json_output import JsonOption, print_document
from voltyard.cli.output import tell
from voltyard.kernel.errors import Invalid


def login(
    url: Annotated[str | None, typer.Option("--url", help="The server. [VOLTYARD_URL]")] = None,
    is_json: JsonOption = False,
) -> None:
    """Keep a server's address and a key for the other commands.

    The key is asked for and not shown; where standard input is no terminal it is read from there.
    It is tried, and kept in a file that its owner alone may read (mode 0600).

    For example: voltyard login --url https://yard.example < key.txt
    """
    there = read_url(url or os.environ.get("VOLTYARD_URL") or DEFAULT_URL)
    key = _read_key(there)
    with ApiClient(ServerAddress(there, key)) as api:
        api.get("/ocpp/chargers", limit=1)
    file = keep_login(Login(there, key))
    if is_json:
        print_document({"url": there, "file": str(file)})
    else:
        tell(f"logged in to {there}; kept in {file}")


def logout(is_json: JsonOption = False) -> None:
    """Forget the server's address and the key that `voltyard login` has kept.

    For example: voltyard logout
    """
    was_there = forget_login()
    if is_json:
        print_document({"logged_out": was_there})
    else:
        tell("logged out" if was_there else "there was no login")


def _read_key(there: str) -> str:
    if sys.stdin.isatty():
        key = typer.prompt(f"key for {there}", hide_input=True, err=True)
    else:
        key = sys.stdin.readline()
    key = str(key).strip()
    if not key:
        raise Invalid("no key was given", hint="a server's first key is in DIR/token of its data")
    return key
