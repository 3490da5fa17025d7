"""The target of an attack and its measures, and the hands of an attacker."""

import asyncio
import base64
import contextlib
import os
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from voltyard.testing.processes import ServerProcess

ATTACKER = "127.0.0.66"
"""An address of loopback that is not the one of those who belong."""

_PATIENCE_S = 60.0
_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


class Target:
    """A server that runs, and its costs as the system tells them."""

    def __init__(self, server: ServerProcess) -> None:
        self.server = server

    def memory_mb(self) -> float:
        """Resident memory."""
        status = Path(f"/proc/{self.server.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) / 1024

    def cpu_s(self) -> float:
        """Seconds of a core that it has used so far."""
        fields = Path(f"/proc/{self.server.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS_A_SECOND

    def descriptors(self) -> int:
        """Open files and sockets."""
        return len(list(Path(f"/proc/{self.server.pid}/fd").iterdir()))

    async def health_s(self) -> float:
        """Seconds that /health takes to answer, over a connection of its own."""
        begun = time.monotonic()
        async with asyncio.timeout(_PATIENCE_S):
            answer = await asked(self.server.port, b"GET /health HTTP/1.1\r\nHost: x\r\n")
        assert answer.startswith(b"HTTP/1.1 200"), answer
        return time.monotonic() - begun


async def asked(port: int, head: bytes) -> bytes:
    """The answer to a request that asks for the connection to be closed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(head + b"Connection: close\r\n\r\n")
        return await reader.read()
    finally:
        writer.close()


def upgrade(identity: str, password: str = "", *headers: str) -> bytes:
    """A charger's handshake."""
    lines = [
        f"GET /ocpp/{identity} HTTP/1.1",
        "Host: x",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Protocol: ocpp1.6",
        *headers,
    ]
    if password:
        credentials = base64.b64encode(f"{identity}:{password}".encode()).decode()
        lines.append(f"Authorization: Basic {credentials}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def status(port: int, said: bytes, address: str | None = None) -> int:
    """Of the answer, whatever comes behind it."""
    where = None if address is None else (address, 0)
    async with asyncio.timeout(_PATIENCE_S):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=where)
        try:
            writer.write(said)
            return int((await reader.readline()).split()[1])
        finally:
            writer.transport.abort()


async def until(is_so: Callable[[], bool], patience_s: float) -> None:
    """Wait for what the server does by itself; go on after so long all the same."""
    end = time.monotonic() + patience_s
    while not is_so() and time.monotonic() < end:  # noqa: ASYNC110 - it is another process
        await asyncio.sleep(0.1)


@contextlib.contextmanager
def silent_sockets(port: int, count: int) -> Iterator[list[socket.socket]]:
    """Connections that say nothing."""
    opened: list[socket.socket] = []
    try:
        for _ in range(count):
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
            opened.append(one)
        yield opened
    finally:
        for one in opened:
            one.close()
