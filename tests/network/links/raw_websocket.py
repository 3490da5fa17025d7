"""Raw WebSocket client that writes whatever bytes a test wants on the wire."""

import asyncio
import os
from base64 import b64encode
from collections.abc import Iterable

from voltyard.kernel.time import Seconds

TEXT, BINARY, CLOSE, PING, PONG = 0x1, 0x2, 0x8, 0x9, 0xA
CONTINUATION = 0x0


class RawPeer:
    """One TCP connection, with the means to break every rule."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def connect(cls, port: int, host: str = "127.0.0.1") -> "RawPeer":
        """Connect, and say nothing yet."""
        return cls(*await asyncio.open_connection(host, port))

    @classmethod
    async def upgraded(cls, port: int, path: str = "/", *subprotocols: str) -> "RawPeer":
        """Connect and shake hands as a well-behaved client does."""
        peer = await cls.connect(port)
        answer = await peer.ask(path, subprotocols)
        assert answer.startswith(b"HTTP/1.1 101"), answer
        return peer

    async def ask(
        self,
        path: str,
        subprotocols: Iterable[str] = (),
        *headers: str,
        connection: str = "Upgrade",
    ) -> bytes:
        """Send an upgrade request; answers the head of the response."""
        lines = [
            f"GET {path} HTTP/1.1",
            "Host: localhost",
            "Upgrade: websocket",
            f"Connection: {connection}",
            "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {b64encode(os.urandom(16)).decode()}",
            *headers,
        ]
        if subprotocols:
            lines.append("Sec-WebSocket-Protocol: " + ", ".join(subprotocols))
        self.writer.write("\r\n".join([*lines, "", ""]).encode())
        return await self.head()

    async def head(self) -> bytes:
        """The head of an HTTP response."""
        async with asyncio.timeout(120):
            return await self.reader.readuntil(b"\r\n\r\n")

    def frame(self, opcode: int, payload: bytes, *, is_last: bool = True, bits: int = 0) -> None:
        """Write a masked frame; the mask is zero, which is lawful and legible."""
        first = (0x80 if is_last else 0) | bits | opcode
        size = len(payload)
        if size < 126:
            head = bytes([first, 0x80 | size])
        elif size < 1 << 16:
            head = bytes([first, 0x80 | 126]) + size.to_bytes(2, "big")
        else:
            head = bytes([first, 0x80 | 127]) + size.to_bytes(8, "big")
        self.writer.write(head + bytes(4) + payload)

    async def next_frame(self, timeout_s: Seconds = 60.0) -> tuple[int, bytes]:
        """Opcode and payload of the peer's next frame; IncompleteReadError at the end."""
        async with asyncio.timeout(timeout_s):
            first, second = await self.reader.readexactly(2)
            size = second & 0x7F
            if size == 126:
                size = int.from_bytes(await self.reader.readexactly(2), "big")
            elif size == 127:
                size = int.from_bytes(await self.reader.readexactly(8), "big")
            return first & 0x0F, await self.reader.readexactly(size)

    async def close_code(self) -> int:
        """The code of the peer's close frame, whatever came before it."""
        while True:
            opcode, payload = await self.next_frame()
            if opcode == CLOSE:
                return int.from_bytes(payload[:2], "big")

    async def until_end(self) -> None:
        """Wait until the peer has closed the connection."""
        async with asyncio.timeout(120):
            try:
                while await self.reader.read(65536):
                    pass
            except ConnectionError:
                pass

    def cut(self) -> None:
        """Close the connection with a reset."""
        self.writer.transport.abort()
