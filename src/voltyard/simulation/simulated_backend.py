"""The backend of a simulation, with its door and its journal; it is killed, and starts anew."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from random import Random
from typing import Final

from voltyard.csms.authorization.authorizer import AuthorizationRequest
from voltyard.csms.authorization.decisions import TagDecision
from voltyard.csms.backend import Backend
from voltyard.csms.commands.results import BackendCommandResult
from voltyard.csms.commands.shared import BackendCommand
from voltyard.csms.events import BackendEvent
from voltyard.drivers.tags import BLOCKED_PREFIX, UNKNOWN_PREFIX
from voltyard.kernel.errors import Unavailable
from voltyard.kernel.time import DAY_S, MINUTE_S, Instant, Seconds
from voltyard.network.links.memory import MemoryDoor, MemoryNetwork
from voltyard.ports.clock import Clock
from voltyard.simulation.stored_contents import StoredContents
from voltyard.simulation.virtual_journal import VirtualJournal

HOST: Final = "csms"
PORT: Final = 9000

_LONGEST_DOWN_S: Seconds = MINUTE_S


class SimulatedBackend:
    """A backend that has one life after another, each with what the ones before have stored."""

    def __init__(
        self,
        network: MemoryNetwork,
        stored: StoredContents,
        journal: Callable[[], VirtualJournal],
        clock: Clock,
        random: Random,
        report: Callable[[BackendEvent], None],
        complain: Callable[[Exception], None],
    ) -> None:
        """`journal` makes the one of each life."""
        self._network = network
        self._stored = stored
        self._make_journal = journal
        self._clock = clock
        self._random = random
        self._report = report
        self._complain = complain
        self._life: _Life | None = None
        self._records = 0
        self.kills = 0
        """Ends by `kill`."""

    @property
    def records(self) -> int:
        """The records that it wrote, in all its lives."""
        return self._records + (0 if self._life is None else self._life.journal.records)

    async def start(self) -> None:
        """Begin a life."""
        life = self._life = _Life(self._make_journal(), MemoryDoor(self._network))
        life.backend = Backend(
            life.journal,
            self._clock,
            random=self._random,
            report=lambda event: self._report(event) if self._life is life else None,
            complain=lambda error: self._complain(error) if self._life is life else None,
            judge=may_charge,
        )
        life.backend.load(self._stored.contents())
        await life.door.open(HOST, PORT, life.backend.gate)

    async def command(
        self, organization_id: str, charge_box_id: str, command: BackendCommand
    ) -> BackendCommandResult:
        """Send a charger a command; Unavailable while there is no backend."""
        if self._life is None:
            raise Unavailable("the backend is down")
        return await self._life.backend.command(organization_id, charge_box_id, command)

    async def die(self, kills_per_day: float, random: Random, until: Instant) -> None:
        """Be killed so often, and start again after up to a minute; it lives in the end."""
        while kills_per_day > 0.0:
            lives_s = random.expovariate(kills_per_day / DAY_S)
            if self._clock() + lives_s >= until:
                return
            await asyncio.sleep(lives_s)
            await self.kill()
            await asyncio.sleep(random.uniform(0.0, _LONGEST_DOWN_S))
            await self.start()

    async def kill(self) -> None:
        """End this life as `kill -9` does: what is not durable is lost, and nothing is answered."""
        life, self._life = self._life, None
        assert life is not None, "it is alive"
        self.kills += 1
        self._records += life.journal.records
        life.journal.halt()
        await life.door.close()
        await life.backend.close()

    async def close(self) -> None:
        """End this life in peace."""
        if self._life is not None:
            await self._life.backend.close()
            await self._life.door.close()


class _Life:
    """One run of the backend."""

    backend: Backend

    def __init__(self, journal: VirtualJournal, door: MemoryDoor) -> None:
        self.journal = journal
        self.door = door


def may_charge(question: AuthorizationRequest) -> TagDecision:
    """The simulated operator's word on a tag."""
    if question.id_tag.startswith(BLOCKED_PREFIX):
        return TagDecision("blocked")
    return TagDecision("unknown" if question.id_tag.startswith(UNKNOWN_PREFIX) else "accepted")
