"""Requests at a steady rate, by a client too light to be what is measured."""

import asyncio
import itertools
import time
from collections.abc import Sequence
from urllib.parse import urlsplit

_CONNECTIONS = 32


async def steadily(
    url: str, key: str, paths: Sequence[str], rate: float, seconds: float
) -> list[float]:
    """GET these paths in turn, so many a second, whether or not the last was answered: a server
    that falls behind is seen to. The seconds from when each was due until it was answered."""
    host = urlsplit(url)
    free: asyncio.Queue[_Connection] = asyncio.Queue()
    for _ in range(_CONNECTIONS):
        free.put_nowait(await _Connection.open(host.hostname or "", host.port or 80, key))
    taken: list[float] = []

    async def ask(path: str, due: float) -> None:
        connection = await free.get()
        await connection.get(path)
        taken.append(time.perf_counter() - due)
        free.put_nowait(connection)

    begun = time.perf_counter()
    tasks = []
    for number, path in enumerate(itertools.islice(itertools.cycle(paths), round(rate * seconds))):
        due = begun + number / rate
        await asyncio.sleep(due - time.perf_counter())
        tasks.append(asyncio.create_task(ask(path, due)))
    await asyncio.gather(*tasks)
    while not free.empty():
        free.get_nowait().close()
    return taken


class _Connection:
    """One kept alive."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, headers: str
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._headers = headers

    @classmethod
    async def open(cls, host: str, port: int, key: str) -> "_Connection":
        reader, writer = await asyncio.open_connection(host, port)
        return cls(reader, writer, f" HTTP/1.1\r\nHost: {host}\r\nX-API-Key: {key}\r\n\r\n")

    async def get(self, path: str) -> None:
        """RuntimeError where the answer is not 200."""
        self._writer.write(f"GET {path}{self._headers}".encode())
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        body = await self._reader.readexactly(length)
        if head.split(b" ", 2)[1] != b"200":
            raise RuntimeError(f"{path}: {body.decode()}")

    def close(self) -> None:
        self._writer.close()
