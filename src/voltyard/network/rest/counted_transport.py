"""A transport that counts what its peer has taken."""

import asyncio
from typing import Any


class CountedTransport:
    """An event loop's transport, as it is, with a count of the bytes written to it."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._written_bytes = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Write, and count it."""
        self._written_bytes += len(data)
        self._transport.write(data)

    @property
    def unsent_bytes(self) -> int:
        """Bytes that the socket has not taken yet."""
        return self._transport.get_write_buffer_size()

    @property
    def taken_bytes(self) -> int:
        """Bytes that it has taken so far."""
        return self._written_bytes - self.unsent_bytes
