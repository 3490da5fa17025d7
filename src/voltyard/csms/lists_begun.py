"""Local lists that nobody waits for: each has a row of its own, which tells how it ended, beside
those of the messages it takes."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from random import Random
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from voltyard.csms.events import BackendEvent, CommandFinished
from voltyard.csms.incoming import about
from voltyard.csms.list_delivery import ListDelivery
from voltyard.csms.local_list import ListEntry, UpdateType
from voltyard.csms.outgoing import ended, on_record
from voltyard.csms.records import CommandStored, Record
from voltyard.csms.registry import Charger
from voltyard.kernel import ids, limits
from voltyard.kernel.errors import Unavailable, VoltyardError
from voltyard.ports import Clock

Durably: TypeAlias = Callable[[tuple[Record, ...], tuple[BackendEvent, ...]], Awaitable[None]]
"""Returns once records and events are durable; Unavailable where they cannot be stored."""


class DeliverLocalList(
    Struct, frozen=True, kw_only=True, tag="local-list/delivery", tag_field="command"
):
    """Send a whole list, as `ListDelivery.send` does. -> `Delivered`"""

    update_type: UpdateType
    list_version: int | None = None
    entries: tuple[ListEntry, ...] | None = None


class ListsBegun:
    """Those that are on their way. What a server leaves behind is lost, and said to be by the
    next (`Jobs.load`)."""

    def __init__(
        self,
        delivery: ListDelivery,
        durably: Durably,
        complain: Callable[[Exception], None],
        clock: Clock,
        random: Random,
    ) -> None:
        self._delivery = delivery
        self._durably = durably
        self._complain = complain
        self._clock = clock
        self._random = random
        self._under_way: set[asyncio.Task[None]] = set()

    async def begin(self, charger: Charger, command: DeliverLocalList) -> CommandStored:
        """Returns once it is on record: the row, which is rewritten when it has ended. What is
        known at once is said at once: NotConnected, WrongState, Conflict."""
        self._delivery.check(charger)
        now = self._clock()
        row = on_record(charger, ids.prefixed("cmd_", self._random), command, now)
        row = replace(row, due_at=now + limits.QUEUED_COMMAND_S)
        await self._durably((row,), ())
        task = asyncio.create_task(self._run(charger, command, row))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return row

    async def close(self) -> None:
        """Leave them."""
        under_way = tuple(self._under_way)
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

    async def _run(self, charger: Charger, command: DeliverLocalList, row: CommandStored) -> None:
        entries: Sequence[ListEntry] | None = command.entries
        try:
            result = await self._delivery.send(
                row.organization_id,
                row.charge_box_id,
                command.update_type,
                command.list_version,
                entries,
            )
            done = ended(row, None, result, self._clock())
        except VoltyardError as error:
            done = ended(row, None, error, self._clock())
        except Exception as error:
            self._complain(error)
            done = ended(row, None, Unavailable("something went wrong inside"), self._clock())
        finished = CommandFinished(
            **about(charger, self._clock()),
            command_id=done.id,
            command=done.command,
            status=done.status,
        )
        with suppress(Unavailable):  # whoever stores has complained already
            await self._durably((done,), (finished,))
