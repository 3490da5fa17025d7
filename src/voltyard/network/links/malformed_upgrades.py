"""Malformed upgrade requests, sent on purpose, and the peer's reaction."""

import asyncio
import ssl
from collections.abc import Callable
from typing import Final

from voltyard.network.links.address import Address
from voltyard.network.links.handshakes import hung_up, malformed, refused, unreachable
from voltyard.network.name_resolution import first_connected
from voltyard.ports.links import DialFailed, Dialling

_ANSWER_BYTES: Final = 4096
_KEY: Final = "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="


def _request(address: Address, dialling: Dialling, *headers: str) -> bytes:
    subprotocols = ", ".join(dialling.subprotocols)
    lines = (
        f"GET {address.resource} HTTP/1.1",
        f"Host: {address.authority}",
        *headers,
        f"Sec-WebSocket-Protocol: {subprotocols}",
        "Connection: Upgrade",
        "",
        "",
    )
    return "\r\n".join(lines).encode()


_UPGRADE: Final = "Upgrade: websocket"

MALFORMED_REQUESTS: Final[dict[str, Callable[[Address, Dialling], bytes]]] = {
    "no-key": lambda at, who: _request(at, who, _UPGRADE, "Sec-WebSocket-Version: 13"),
    "no-upgrade": lambda at, who: _request(at, who, _KEY, "Sec-WebSocket-Version: 13"),
    "bad-version": lambda at, who: _request(at, who, _UPGRADE, _KEY, "Sec-WebSocket-Version: 6"),
    "garbage": lambda at, who: b"\x16\x00OCPP\r\n\r\n",
}
"""Requests that are sent, by the name of the rudeness."""


async def dial_malformed(
    address: Address, addresses: list[str], dialling: Dialling, context: ssl.SSLContext | None
) -> DialFailed:
    """Connect to one of these addresses, be rude, and read the answer: how the dial has failed,
    which it must."""
    request = MALFORMED_REQUESTS[dialling.dial_quirks.rudeness](address, dialling)
    try:
        async with asyncio.timeout(dialling.timeout_s):
            reader, writer = await first_connected(
                addresses,
                lambda one: asyncio.open_connection(
                    one,
                    address.port,
                    ssl=context,
                    server_hostname=address.host if context else None,
                ),
            )
            try:
                writer.write(request)
                answer = await reader.read(_ANSWER_BYTES)
            finally:
                writer.transport.abort()
    except OSError as error:
        return unreachable(error, address, dialling.timeout_s)
    return _failure(address, dialling, answer)


def _failure(address: Address, dialling: Dialling, answer: bytes) -> DialFailed:
    if not answer:
        return hung_up(address, dialling.tls, None)
    head, _, body = answer.partition(b"\r\n\r\n")
    status = head.split(b" ", 2)[1:2]
    if not status or not status[0].isdigit():
        return malformed(ValueError("no HTTP"))
    return refused(int(status[0]), body)
