"""The URL of the bus: nats://host:port or tls://host:port, with user and password or a token."""

from urllib.parse import SplitResult, urlsplit

from voltyard.kernel.addressing.hosts import is_loopback
from voltyard.kernel.errors import Invalid


def check_bus_url(url: str, *, plain: bool) -> None:
    """Invalid where nothing could be dialled, or others could read along: chargers' passwords go
    over the bus."""
    parts = _parts(url)
    if parts is None or parts.scheme not in ("nats", "tls") or not parts.hostname:
        raise Invalid(
            "the URL of the bus cannot be read",
            param="bus_url",
            hint="nats://user:password@host:port or tls://user:password@host:port",
        )
    if parts.scheme == "tls" or plain or is_loopback(parts.hostname):
        return
    raise Invalid(
        f"the way to the bus at {parts.hostname} would not be encrypted",
        param="bus_url",
        hint="dial tls://, or say VOLTYARD_BUS_PLAIN=true where the network is trusted",
    )


def without_credentials(url: str) -> str:
    """The URL as it may be shown."""
    parts = _parts(url)
    return "" if parts is None else f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _parts(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises where it is none
    except ValueError:
        return None
    return parts
