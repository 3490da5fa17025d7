"""Numbers of transactions from blocks: none twice, and none without the database."""

import asyncio

import pytest

from tests.csms.bench import ZULU, Yard
from voltyard.csms.transactions.block_numbers import BlockNumbers
from voltyard.kernel.errors import Unavailable

START_16 = {"connectorId": 1, "idTag": "TAG", "meterStart": 100, "timestamp": ZULU}


class Blocks:
    """Blocks of four numbers, one after the other, while there are any."""

    def __init__(self) -> None:
        self.taken = 0
        self.error: Exception | None = None

    async def take(self) -> range:
        if self.error is not None:
            raise self.error
        self.taken += 1
        return range(4 * self.taken - 3, 4 * self.taken + 1)


async def test_numbers_follow_each_other_over_blocks() -> None:
    numbers = BlockNumbers(Blocks().take)
    await numbers.fill()

    given = []
    for _ in range(10):
        given.append(numbers())
        await asyncio.sleep(0)

    assert given == list(range(1, 11))


async def test_the_next_block_is_taken_when_half_of_one_is_used() -> None:
    blocks = Blocks()
    numbers = BlockNumbers(blocks.take)
    await numbers.fill()

    taken = []
    for _ in range(4):
        numbers()
        await asyncio.sleep(0)
        taken.append(blocks.taken)

    assert taken == [1, 1, 2, 2]


async def test_a_burst_takes_one_block_and_no_number_twice() -> None:
    blocks = Blocks()
    numbers = BlockNumbers(blocks.take)
    await numbers.fill()
    given = [numbers() for _ in range(4)]

    with pytest.raises(Unavailable):
        numbers()
    await asyncio.sleep(0)

    assert [*given, numbers()] == [1, 2, 3, 4, 5]
    assert blocks.taken == 2


async def test_a_block_that_cannot_be_taken_is_asked_for_again() -> None:
    blocks = Blocks()
    numbers = BlockNumbers(blocks.take)
    await numbers.fill()
    blocks.error = Unavailable("the database is away")
    for _ in range(4):
        numbers()
        await asyncio.sleep(0)
    with pytest.raises(Unavailable):
        numbers()

    await asyncio.sleep(0)
    blocks.error = None
    with pytest.raises(Unavailable):
        numbers()
    await asyncio.sleep(0)

    assert numbers() == 5


async def test_a_fault_is_complained_of() -> None:
    complaints: list[Exception] = []
    blocks = Blocks()
    numbers = BlockNumbers(blocks.take, complaints.append)
    blocks.error = RuntimeError("a bug")

    with pytest.raises(Unavailable):
        numbers()
    await asyncio.sleep(0)

    assert complaints == [blocks.error]


async def test_closing_ends_what_is_being_taken() -> None:
    gate = asyncio.Event()

    async def take() -> range:
        await gate.wait()
        return range(1, 2)

    numbers = BlockNumbers(take)
    with pytest.raises(Unavailable):
        numbers()

    await numbers.close()

    with pytest.raises(Unavailable):
        numbers()
    await numbers.close()


async def test_a_start_without_a_number_is_answered_as_without_a_database() -> None:
    blocks = Blocks()
    numbers = BlockNumbers(blocks.take)
    blocks.error = Unavailable("the database is away")
    yard = Yard(numbers=numbers)
    peer = await yard.booted()

    refused = await peer.ask("StartTransaction", START_16)
    blocks.error = None
    with pytest.raises(Unavailable):
        numbers()
    await asyncio.sleep(0)
    started = await peer.ask("StartTransaction", START_16)

    assert refused[:1] + refused[2:3] == [4, "InternalError"]
    assert started[2]["transactionId"] == 1
    assert len(yard.journal.transactions) == 1
    await yard.backend.close()
    assert not yard.complaints
