"""Deliveries of local lists in the background, each recorded as a command."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from random import Random
from typing import TypeAlias

from msgspec.structs import replace

from voltyard.csms.commands.completion import command_row, completed_row
from voltyard.csms.commands.local_list import DeliverLocalList, LocalListTag
from voltyard.csms.events import BackendEvent, CommandFinished
from voltyard.csms.local_lists.delivery import LocalListDelivery
from voltyard.csms.records import CommandStored, Record
from voltyard.csms.registry import RegisteredCharger
from voltyard.kernel import ids, limits
from voltyard.kernel.errors import Unavailable, VoltyardError
from voltyard.ports.clock import Clock

Durably: TypeAlias = Callable[[tuple[Record, ...], tuple[BackendEvent, ...]], Awaitable[None]]
"""Returns once records and events are durable; Unavailable where they cannot be stored."""


class BackgroundDeliveries:
    """Deliveries under way. What a server leaves behind is lost, and said to be by the next
    (`OutcomeTracker.load`)."""

    def __init__(
        self,
        delivery: LocalListDelivery,
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
        self._under_way: dict[asyncio.Task[None], str] = {}
        """With the ids of their chargers."""

    async def begin(self, charger: RegisteredCharger, command: DeliverLocalList) -> CommandStored:
        """Returns once it is on record: the row, which is rewritten when it has ended. What is
        known at once is said at once: NotConnected, WrongState, Conflict."""
        self._delivery.check(charger)
        now = self._clock()
        row = command_row(charger, ids.prefixed("cmd_", self._random), command, now)
        row = replace(row, due_at=now + limits.QUEUED_COMMAND_S)
        await self._durably((row,), ())
        task = asyncio.create_task(self._run(charger, command, row))
        self._under_way[task] = charger.row.id
        task.add_done_callback(self._under_way.pop)
        return row

    async def ended(self, charger_id: str) -> None:
        """Return once none of a charger is under way, which ends with its link."""
        own = [task for task, its_charger in self._under_way.items() if its_charger == charger_id]
        await asyncio.gather(*own, return_exceptions=True)

    async def close(self) -> None:
        """Leave them."""
        under_way = tuple(self._under_way)
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

    async def _run(
        self, charger: RegisteredCharger, command: DeliverLocalList, row: CommandStored
    ) -> None:
        entries: Sequence[LocalListTag] | None = command.entries
        try:
            result = await self._delivery.send(
                row.organization_id,
                row.charge_box_id,
                command.update_type,
                command.list_version,
                entries,
            )
            done = completed_row(row, None, result, self._clock())
        except VoltyardError as error:
            done = completed_row(row, None, error, self._clock())
        except Exception as error:
            self._complain(error)
            done = completed_row(
                row, None, Unavailable("something went wrong inside"), self._clock()
            )
        finished = CommandFinished(
            **charger.event_fields(self._clock()),
            command_id=done.id,
            command=done.command,
            status=done.status,
        )
        with suppress(Unavailable):  # whoever stores has complained already
            await self._durably((done,), (finished,))
