"""A body that is read a part ahead, and handed on as it is asked for."""

import asyncio
from typing import Any

import pytest

from tests.relay.bench import Client
from voltyard.relay.client_body import ClientBody, ClientLeft


class Handed:
    """A body, and the parts of it that were handed on."""

    def __init__(self, body: bytes, piece_bytes: int, most_bytes: int = 10) -> None:
        self.client = Client("/", "POST", body, piece_bytes)
        self.body = ClientBody(self.client.receive, most_bytes, self._hand_on)
        self.parts: list[tuple[int, bytes, bool]] = []

    async def _hand_on(self, *part: Any) -> None:
        self.parts.append(part)


async def test_the_first_part_is_as_much_as_fits() -> None:
    assert await Handed(b"12345", 2).body.first() == (b"12345", True)
    assert await Handed(b"1234567890", 2).body.first() == (b"1234567890", True)
    assert await Handed(b"123456789012", 2).body.first() == (b"1234567890", False)
    assert await Handed(bytes(35), 35).body.first() == (bytes(10), False)


async def test_a_part_is_handed_on_when_it_is_asked_for_and_again() -> None:
    handed = Handed(b"abcdefghijklmnopqrstuvwxy", 100)
    await handed.body.first()
    assert handed.parts == []

    for part in (1, 1, 3, 2, 2, 3, 1):
        await handed.body.asked(part)

    first, last = (1, b"klmnopqrst", False), (2, b"uvwxy", True)
    assert handed.parts == [first, first, last, last]


async def test_it_reads_a_part_ahead_and_then_waits() -> None:
    handed = Handed(bytes(100), 1)
    await handed.body.first()
    watching = asyncio.create_task(handed.body.watch())
    for _ in range(200):
        await asyncio.sleep(0)

    assert handed.client.read_bytes == 20
    await handed.body.asked(1)
    for _ in range(200):
        await asyncio.sleep(0)
    assert handed.client.read_bytes == 30
    watching.cancel()


async def test_a_client_that_leaves_is_noticed_once_all_is_read() -> None:
    handed = Handed(b"1234", 4)
    await handed.body.first()
    watching = asyncio.create_task(handed.body.watch())

    handed.client.leave()

    with pytest.raises(ClientLeft):
        await watching
