"""WebSocket URLs, taken apart."""

from base64 import b64encode
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, quote_from_bytes, unquote, urlsplit

from voltyard.ports.links import DialFailed

_PORTS = {"ws": 80, "wss": 443}
_URL_CHARACTERS = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"


@dataclass(frozen=True, slots=True)
class Address:
    """A WebSocket URL, taken apart."""

    host: str
    port: int
    is_secure: bool
    authority: str
    """The Host header: no user, no default port."""
    resource: str
    """Path and query, percent-encoded."""
    username: str = ""
    password: str | None = None


def read_url(url: str) -> Address:
    """Take a ws:// or wss:// URL apart; DialFailed where it is neither."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme, 0)
        # As it is looked up; a part that is empty or too long is no name (RFC 1035 2.3.4).
        host = (parts.hostname or "").encode("idna")
    except ValueError as error:
        raise DialFailed(f"malformed URL: {error}", url=url) from error
    if parts.scheme not in _PORTS or not host:
        raise DialFailed("a link needs a URL of the form ws://host or wss://host", url=url)
    return Address(
        host=host.decode(),
        port=port,
        is_secure=parts.scheme == "wss",
        authority=_authority(host.decode(), port, _PORTS[parts.scheme]),
        resource=_resource(parts),
        username=unquote(parts.username or ""),
        password=None if parts.password is None else unquote(parts.password),
    )


def authorization(username: str, password: str | None, address: Address) -> str | None:
    """The Authorization header of security profile 1, in UTF-8 (RFC 7617).

    A password that is no text has its bytes as lone surrogates, as Python has it. Without a
    password, what the URL holds is used; without that either, nothing is sent.
    """
    if password is None:
        username, password = address.username, address.password
    if password is None:
        return None
    return "Basic " + b64encode(f"{username}:{password}".encode("utf-8", "surrogateescape")).decode(
        "ascii"
    )


def as_on_wire(target: bytes) -> str:
    """A request target in ASCII: bytes a sloppy peer left unencoded are encoded for it."""
    return quote_from_bytes(target, safe=_URL_CHARACTERS)


def _authority(host: str, port: int, default_port: int) -> str:
    name = f"[{host}]" if ":" in host else host
    return name if port == default_port else f"{name}:{port}"


def _resource(parts: SplitResult) -> str:
    path = quote(parts.path, safe=_URL_CHARACTERS) or "/"
    query = quote(parts.query, safe=_URL_CHARACTERS)
    return f"{path}?{query}" if query else path
