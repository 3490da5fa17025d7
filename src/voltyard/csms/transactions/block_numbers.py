"""Numbers of transactions in OCPP 1.6, from blocks that the processes of a backend share out."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from voltyard.kernel.errors import Unavailable, VoltyardError

TakeBlock: TypeAlias = Callable[[], Awaitable[range]]
"""Numbers that nobody else is given, once that is durable; Unavailable where there are none now."""


class BlockNumbers:
    """Numbers of blocks, the next of which is taken when half of one is used.

    numbers = BlockNumbers(take_block)
    await numbers.fill()   # before the first charger
    numbers()
    """

    def __init__(
        self, take_block: TakeBlock, complain: Callable[[Exception], None] = lambda error: None
    ) -> None:
        """`complain` hears of errors of `take_block` that are none of the kernel's."""
        self._take_block = take_block
        self._complain = complain
        self._block = range(0)
        self._half = 0
        """The number left at which the next block is taken."""
        self._next = range(0)
        self._taking: asyncio.Task[None] | None = None

    def __call__(self) -> int:
        """The next number. Unavailable where none is left and no block has come."""
        if not self._block:
            self._begin(self._next)
            self._next = range(0)
        if len(self._block) <= self._half and not self._next:
            self._take_later()
        if not self._block:
            raise Unavailable("no transaction number is to be had from the database")
        number, self._block = self._block[0], self._block[1:]
        return number

    async def fill(self) -> None:
        """Have numbers to give; Unavailable where there are none."""
        if not self._block:
            self._begin(await self._take_block())

    async def close(self) -> None:
        """Take no block any more; what is left of one is never given."""
        if self._taking is not None:
            self._taking.cancel()
            await asyncio.gather(self._taking, return_exceptions=True)

    def _begin(self, block: range) -> None:
        self._block = block
        self._half = len(block) // 2

    def _take_later(self) -> None:
        if self._taking is None or self._taking.done():
            self._taking = asyncio.get_running_loop().create_task(self._take())

    async def _take(self) -> None:
        try:
            self._next = await self._take_block()
        except VoltyardError:
            return  # the next transaction asks again
        except Exception as error:
            self._complain(error)
