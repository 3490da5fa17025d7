"""Blocks of numbers: no number is in two, whoever takes them."""

import asyncio

import pytest

from voltyard.storage.database.database import Database
from voltyard.storage.nodes.number_blocks import take_block


async def test_the_first_block_begins_after_what_is_used(database: Database) -> None:
    assert await take_block(database, "transactions", 100, 41) == range(42, 142)
    assert await take_block(database, "transactions", 10, 41) == range(142, 152)
    assert await take_block(database, "others", 10, 0) == range(1, 11)


async def test_no_block_has_what_is_known_to_be_used(database: Database) -> None:
    await take_block(database, "transactions", 100, 0)

    assert await take_block(database, "transactions", 100, 1_000) == range(1_001, 1_101)
    assert await take_block(database, "transactions", 100, 50) == range(1_101, 1_201)


@pytest.mark.service
async def test_processes_that_take_blocks_at_once_share_no_number(
    server: Database, n1: Database, n2: Database
) -> None:
    async def take(database: Database) -> list[range]:
        return [await take_block(database, "transactions", 7, 3) for _ in range(30)]

    blocks = [one for taken in await asyncio.gather(*map(take, (server, n1, n2))) for one in taken]

    numbers = sorted(number for block in blocks for number in block)
    assert numbers == list(range(4, 4 + 90 * 7))
