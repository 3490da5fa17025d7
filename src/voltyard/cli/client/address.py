"""The server that a command asks, and the key that it sends."""

import os
from typing import NamedTuple
from urllib.parse import urlsplit

from voltyard.cli.client.login_file import read_login
from voltyard.kernel.errors import Invalid

DEFAULT_URL = "http://127.0.0.1:8080"


class ServerAddress(NamedTuple):
    """A server, and the key to it; an empty key is none."""

    url: str
    key: str


def server_address(url: str | None) -> ServerAddress:
    """The server of --url, else of VOLTYARD_URL, else of the login, else the one of this machine.

    The key is VOLTYARD_TOKEN, or the login's: that one goes to the server it was made for alone.
    """
    given = url or os.environ.get("VOLTYARD_URL")
    token = os.environ.get("VOLTYARD_TOKEN", "").strip()
    if given and token:
        return ServerAddress(read_url(given), token)
    login = read_login()
    there = read_url(given or (login.url if login else DEFAULT_URL))
    if not token and login is not None and there == login.url:
        token = login.key
    return ServerAddress(there, token)


def read_url(text: str) -> str:
    """A server's URL without its slash. Invalid where it is none, or holds a key."""
    url = text.strip().rstrip("/")
    try:
        parts = urlsplit(url)
        is_url = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_url = False
    if not is_url or parts.query or parts.fragment:
        raise Invalid(f"{text!r} is no URL of a server", hint=f"such as {DEFAULT_URL}")
    if "@" in parts.netloc:
        raise Invalid("the URL holds a password", hint="give the key in VOLTYARD_TOKEN, or log in")
    return url
