"""Admission to the control link: a known token, over a connection that others cannot read."""

import hmac
import os
import re
from base64 import b64encode
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from voltyard.kernel import ids
from voltyard.kernel.errors import Invalid
from voltyard.kernel.time import Seconds
from voltyard.ports.links import Admitted, Barred, Handshake, LinkUser
from voltyard.runtimes.control.messages import SUBPROTOCOL
from voltyard.storage.data_directory import CONTROL_TOKEN_FILE

USERNAME: Final = "worker"
PING_INTERVAL_S: Seconds = 10.0
"""Both ends look this often whether the other is still there."""

_PREFIX: Final = "/control/"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_TOKEN_CHARACTERS: Final = 40
_LEAST_TOKEN_CHARACTERS: Final = 16


def is_control(path: str) -> bool:
    """True where a handshake is meant for the control link."""
    return path.startswith(_PREFIX)


def control_url(endpoint: str, worker: str) -> str:
    """The URL that a worker dials: `endpoint` is ws://host:port or wss://host:port, and what a
    proxy may have put behind it."""
    return f"{endpoint.rstrip('/')}{_PREFIX}{worker}"


def check_name(worker: str) -> None:
    """Invalid where no worker can be called so."""
    if not _NAME.fullmatch(worker):
        raise Invalid(
            f"{worker!r} is no name for a worker",
            hint="1 to 64 letters, digits, '.', '_' and '-', the first a letter or a digit",
            param="worker_name",
        )


def check_line(url: str, *, plain: bool) -> None:
    """Invalid where nothing could be dialled, or others could read along: chargers' passwords go
    over this link."""
    try:
        parts = urlsplit(url)
        is_one = parts.scheme in ("ws", "wss") and bool(parts.hostname)
    except ValueError:
        is_one = False
    if not is_one:
        raise Invalid(
            f"{url!r} is no URL of a control link",
            hint="ws://host:port or wss://host:port",
            param="control_url",
        )
    if parts.scheme == "wss" or plain or _is_loopback(parts.hostname or ""):
        return
    raise Invalid(
        f"the control link to {parts.hostname} would not be encrypted",
        hint="dial wss://, or say VOLTYARD_CONTROL_PLAIN=true where the network is trusted",
        param="control_url",
    )


def kept_token(data: Path, given: str | None) -> str:
    """The token given, else what the file `control-token` in the data directory holds, else a new
    one, kept there (mode 0600). Invalid where it is too short to be safe."""
    if given is not None:
        return read_token(given, None)
    path = data / CONTROL_TOKEN_FILE
    try:
        kept = path.read_text().strip()
    except FileNotFoundError:
        kept = ids.prefixed("vyc_", length=_TOKEN_CHARACTERS)
        # Created with its mode: there is no moment at which others could read it.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(kept + "\n")
        return kept
    if len(kept) < _LEAST_TOKEN_CHARACTERS:
        raise Invalid(f"{path} holds no token", hint="delete it, and a new one is made")
    return kept


def read_token(given: str | None, file: Path | None) -> str:
    """The token a worker was given, or that is in its file. Invalid where there is none."""
    try:
        token = given if file is None else file.read_text().strip()
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise Invalid(f"the control token is not in {file}: {reason}", param="token_file") from None
    if not token:
        raise Invalid(
            "a worker needs the control token",
            hint="set VOLTYARD_CONTROL_TOKEN, or say where it is with --token-file",
            param="control_token",
        )
    if len(token) < _LEAST_TOKEN_CHARACTERS:
        raise Invalid(
            f"the control token has less than {_LEAST_TOKEN_CHARACTERS} characters",
            param="control_token",
        )
    return token


class ControlGate:
    """A ports.links.Gate for `/control/<worker>`."""

    def __init__(
        self,
        token: str,
        user: Callable[[str], LinkUser],
        *,
        plain: bool = False,
        own_host: str = "",
    ) -> None:
        """Workers of other machines are let in only where `plain` says so: a proxy that speaks TLS
        dials from this one. `own_host` is the address this machine's own workers dial."""
        self._expected = b"Basic " + b64encode(f"{USERNAME}:{token}".encode())
        self._user = user
        self._plain = plain
        self._own_host = own_host

    def __call__(self, handshake: Handshake) -> Admitted | Barred:
        """401 without the token, 403 from afar in the clear, 404 for no name, 400 for another
        version of the protocol."""
        sent = (handshake.authorization or "").encode("utf-8", "replace")
        if not hmac.compare_digest(sent, self._expected):
            return Barred(401, "the control token is wrong or missing")
        host = handshake.remote.rpartition(":")[0].strip("[]")
        trusted = self._plain or handshake.is_secure or not host
        if not (trusted or host == self._own_host or _is_loopback(host)):
            return Barred(403, "not encrypted: dial wss://, or set VOLTYARD_CONTROL_PLAIN=true")
        name = handshake.path.removeprefix(_PREFIX)
        if not _NAME.fullmatch(name):
            return Barred(404, "no worker can be called so")
        if SUBPROTOCOL not in handshake.subprotocols:
            return Barred(400, f"another version of Voltyard: {SUBPROTOCOL} is spoken here")
        return Admitted(self._user(name), SUBPROTOCOL, PING_INTERVAL_S)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
