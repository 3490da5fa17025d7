"""So many begin in one turn of the event loop."""

import asyncio

from voltyard.loop.start_limit import StartLimit


async def begun(
    turns: StartLimit, count: int, given_up: tuple[int, ...] = ()
) -> list[tuple[int, int]]:
    """(turn of the loop, caller) of each that began."""
    seen: list[tuple[int, int]] = []
    turn = 0

    async def begin(caller: int) -> None:
        await turns.wait_turn()
        seen.append((turn, caller))

    tasks = [asyncio.create_task(begin(caller)) for caller in range(count)]
    for turn in range(1, 2 * count + 2):
        await asyncio.sleep(0)
        if turn == 1:
            for caller in given_up:
                tasks[caller].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return seen


async def test_so_many_begin_in_a_turn_in_the_order_they_came() -> None:
    seen = await begun(StartLimit(2), 7)

    assert [caller for _, caller in seen] == list(range(7))
    by_turn = [[turn for turn, _ in seen].count(turn) for turn in {turn for turn, _ in seen}]
    assert max(by_turn) == 2
    assert seen[-1][0] - seen[0][0] <= 4


async def test_who_gives_up_takes_nobodys_turn() -> None:
    seen = await begun(StartLimit(1), 5, given_up=(2, 3))

    assert [caller for _, caller in seen] == [0, 1, 4]


async def test_one_alone_need_not_wait() -> None:
    turns = StartLimit(1)
    for _ in range(3):
        async with asyncio.timeout(0) as at_once:
            await turns.wait_turn()
        assert not at_once.expired()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
