"""The beginning of a server's end, in virtual time."""

import asyncio
from typing import cast

from tests.csms.bench import Yard as Bench
from voltyard.config.config import Config
from voltyard.kernel.errors import Unavailable
from voltyard.server.ending import let_go
from voltyard.simulation.virtual_loop import VirtualLoop, run
from voltyard.vitals import Vitals
from voltyard.yard.yard import Yard

SLOWLY = Config(ocpp_closes_per_s=1.0, ocpp_closes_within_s=60.0)


class Told:
    """Vitals and a yard, of which each is only told that the server ends."""

    def __init__(self) -> None:
        self.commands = self
        self.calls: list[str] = []

    def note_ending(self) -> None:
        self.calls.append("not ready")

    def refuse_more(self) -> None:
        self.calls.append("no commands")


async def begun(
    bench: Bench, lost: asyncio.Future[None]
) -> tuple["asyncio.Task[None]", Told, float]:
    """An end that has begun with forty chargers, and when that was."""
    for number in range(40):
        await bench.booted(f"CP{number}")
    told = Told()
    letting_go = let_go(SLOWLY, lost, cast(Vitals, told), bench.backend, cast(Yard, told))
    return asyncio.create_task(letting_go), told, asyncio.get_running_loop().time()


def test_it_says_so_before_the_first_close_and_lasts_until_the_last() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        bench = Bench(closes_per_s=1.0)
        ending, told, began = await begun(bench, loop.create_future())
        await asyncio.sleep(0)

        assert told.calls == ["not ready", "no commands"]
        assert bench.backend.links == 40
        await ending
        assert 39.0 <= loop.time() - began < 42.0

    run(main(), VirtualLoop(1_767_571_200.0))


def test_nothing_is_waited_for_once_the_database_is_another_servers() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        bench = Bench(closes_per_s=1.0)
        lost: asyncio.Future[None] = loop.create_future()
        ending, _, began = await begun(bench, lost)
        await asyncio.sleep(5.0)

        lost.set_exception(Unavailable("another server has taken over the database"))
        await ending

        assert loop.time() - began < 6.0
        assert lost.exception() is not None
        await bench.backend.close(0.0)
        assert loop.time() - began < 8.0

    run(main(), VirtualLoop(1_767_571_200.0))
