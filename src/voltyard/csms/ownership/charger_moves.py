"""Moves of chargers between the processes of a backend: taken here, and released to another."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import NamedTuple, TypeAlias

from voltyard.csms.commands.charger_commands import ChargerCommands
from voltyard.csms.event_log import BackendWriter
from voltyard.csms.events import ChargerDisconnected
from voltyard.csms.links.open_sessions import REPLACED, OpenSessions
from voltyard.csms.ownership.chargers_in_memory import ChargersInMemory
from voltyard.csms.ownership.chargers_in_use import ChargersInUse
from voltyard.csms.records import Contents
from voltyard.csms.registry import ChargerRegistry, RegisteredCharger
from voltyard.csms.session.session import session_of
from voltyard.kernel.errors import Conflict, NotFound, Unavailable
from voltyard.ports.clock import Clock

HandOver: TypeAlias = Callable[[RegisteredCharger], Awaitable[None]]
"""Writes whose the charger is from now on, and returns once that is durable. An error says that it
never will be; HandOverInDoubt that it may be."""


class HandOverInDoubt(Unavailable):
    """A hand-over of which the database does not say whether it is stored."""


class _Release(NamedTuple):
    to: str
    task: asyncio.Task[None]


class ChargerMoves:
    """Takes and releases chargers. Each is in the memory of one process at a time, and what one has
    written of it is durable before another reads it."""

    def __init__(
        self,
        registry: ChargerRegistry,
        memory: ChargersInMemory,
        sessions: OpenSessions,
        commands: ChargerCommands,
        in_use: ChargersInUse,
        writer: BackendWriter,
        clock: Clock,
    ) -> None:
        self._registry = registry
        self._memory = memory
        self._sessions = sessions
        self._commands = commands
        self._in_use = in_use
        self._writer = writer
        self._clock = clock
        self._under_way: dict[tuple[str, str], _Release] = {}

    def take(self, contents: Contents) -> None:
        """Have these chargers here from now on; see `ChargersInMemory.take`."""
        ended = self._memory.take(contents, self._clock())
        if ended:
            self._writer.write(ended)

    async def release(
        self,
        organization_id: str,
        charge_box_id: str,
        hand_over: HandOver,
        *,
        to: str = "",
        replaced_by: str | None = None,
    ) -> None:
        """Have a charger no more, once `hand_over` has written that it is the node's `to`.

        From the call on no command of it begins and no frame of it is read, and its link is closed;
        `replaced_by` is the address of a newer connection of it at the other process, if that is
        why. Where it cannot be handed over the error is raised, and the charger stays and may
        connect again; where that is in doubt it goes all the same, for it may be another's, and
        whoever is its owner on record takes it from there. A release that is under way is joined by
        another to the same node, and awaited by one to another. NotFound, HeldElsewhere; Conflict
        where its older connection lives, and is the one that stays.
        """
        name = (organization_id, charge_box_id)
        while True:
            running = self._under_way.get(name)
            if running is not None:
                await asyncio.wait([running.task])
                if running.to != to:
                    continue
                break
            charger = self._registry.get(*name)
            if replaced_by is None or not await self._is_kept(charger, name):
                running = self._begin(charger, name, hand_over, to, replaced_by)
                break
        # Whoever called may go: what is written cannot be taken back.
        await asyncio.shield(running.task)

    async def close(self) -> None:
        """Return once none is under way."""
        while self._under_way:
            await asyncio.wait([release.task for release in self._under_way.values()])

    async def _is_kept(self, charger: RegisteredCharger, name: tuple[str, str]) -> bool:
        """Conflict where its older connection stays; True where things changed meanwhile."""
        session = session_of(charger)
        if charger.row.takeover != "oldest" or session is None:
            return False
        if await self._sessions.lives(session):
            raise Conflict("an older connection of the charger is open, and answers")
        return name in self._under_way or self._registry.find(*name) is not charger

    def _begin(
        self,
        charger: RegisteredCharger,
        name: tuple[str, str],
        hand_over: HandOver,
        to: str,
        replaced_by: str | None,
    ) -> _Release:
        self._registry.leave(charger.row.id)
        had_link = self._sessions.part(charger, replaced_by)
        is_untold = had_link and replaced_by is not None
        task = asyncio.create_task(self._run(charger, name, hand_over, to, is_untold))
        task.add_done_callback(_heard)
        running = self._under_way[name] = _Release(to, task)
        return running

    async def _run(
        self,
        charger: RegisteredCharger,
        name: tuple[str, str],
        hand_over: HandOver,
        to: str,
        is_untold: bool,
    ) -> None:
        """Hand a charger over once nothing is under way of it and all is durable; `is_untold`: no
        event has said that its link is gone."""
        row = charger.row
        try:
            await self._in_use.idle(row.id)
            await self._commands.ended(row.id)
            await self._writer.flush()
            if self._registry.by_id(row.id) is not charger:
                raise NotFound(f"charger {row.charge_box_id} was deleted")
            await hand_over(charger)
        except HandOverInDoubt:
            self._forget(charger, name, to)
            raise
        except BaseException:
            if is_untold:
                self._tell_gone(charger)
            raise
        else:
            self._forget(charger, name, to)
        finally:
            self._registry.stay(row.id)
            del self._under_way[name]

    def _forget(self, charger: RegisteredCharger, name: tuple[str, str], to: str) -> None:
        self._memory.forget(charger)
        if not self._registry.elsewhere.are_unknown:
            self._registry.elsewhere.set(*name, to, charger.row.id)

    def _tell_gone(self, charger: RegisteredCharger) -> None:
        event = ChargerDisconnected(
            **charger.event_fields(self._clock()), code=REPLACED.code, reason=REPLACED.reason
        )
        self._writer.write((), (event,))
        self._writer.told((event,))


def _heard(task: asyncio.Task[None]) -> None:
    """Take an error for heard: whoever waited for it may have gone."""
    if not task.cancelled():
        task.exception()
