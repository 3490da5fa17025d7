"""Shared state at a node: what the server has written of settings, id tags, tariffs and keys."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Protocol

import msgspec
import structlog

from voltyard.csms.ownership.shared_records import SharedRecord
from voltyard.csms.records import Contents
from voltyard.events.event_log import Interest
from voltyard.kernel import limits
from voltyard.kernel.errors import VoltyardError
from voltyard.kernel.time import Seconds
from voltyard.nodes.messages import SHARED, Pulse

log = structlog.get_logger(__name__)


class TakingUp(Protocol):
    """`csms.ownership.SharedRecords`, as far as it is needed."""

    def take_up(self, record: SharedRecord) -> None:
        """A record was written."""

    def replace(self, contents: Contents) -> None:
        """Go by these settings, id tags and tariffs, and no others."""


class SharedState:
    """Follows the pulse. A node that has missed one, or hears of another server, reads everything
    from the database; what it hears meanwhile it takes in after that."""

    def __init__(
        self,
        read: Callable[[], Awaitable[Contents]],
        read_keys: Callable[[], Awaitable[None]],
        new_server: Callable[[str], Awaitable[None]],
        now: Callable[[], Seconds],
    ) -> None:
        """`new_server` is called with the id of each server that is heard for the first time."""
        self._records: TakingUp
        self._read = read
        self._read_keys = read_keys
        self._new_server = new_server
        self._now = now
        self._server = self._heard_server = ""
        self.number = -1
        """The number of the last beat that told of a change, all of which is known here."""
        self._heard_at: Seconds = now()
        self._wanted: frozenset[str] = frozenset()
        self._followed: frozenset[str] = frozenset()
        self._is_behind = True
        self.current = asyncio.Event()
        """Set once everything was read for the first time."""
        self.reason = ""
        """The reason why it could not be read; empty where it could."""

    def open(self, records: TakingUp) -> None:
        """Have these follow what is heard."""
        self._records = records

    @property
    def server(self) -> str:
        """The id of the server that was heard last; empty before the first."""
        return self._heard_server

    @property
    def silent_s(self) -> Seconds:
        """The time since the server was heard last."""
        return self._now() - self._heard_at

    @property
    def is_current(self) -> bool:
        """True where nothing was missed, and the server was heard of late."""
        return not self._is_behind and self.silent_s < limits.PULSE_SILENCE_S

    def problems(self) -> Iterator[tuple[str, str]]:
        """Say what is wrong: a code of the vitals, and words."""
        if self.silent_s >= limits.PULSE_SILENCE_S:
            yield "server_silent", f"its server was not heard for {self.silent_s:.0f} s"
        elif self._is_behind:
            yield "node_behind", f"it goes by settings that are old: {self.reason}"

    def interest(self, organization_id: str, name: str) -> Interest | None:
        """Whoever wants live events of an organization."""
        if organization_id in self._wanted:
            return "webhook"
        return "follower" if organization_id in self._followed else None

    async def heard(self, subject: str, data: bytes) -> None:
        """A beat came."""
        pulse = msgspec.json.decode(data, type=Pulse)
        self._heard_at, self._heard_server = self._now(), pulse.server
        self._wanted, self._followed = frozenset(pulse.wanted), frozenset(pulse.followed)
        has_changes = bool(pulse.changes) or pulse.keys_changed
        expected = self.number + 1 if has_changes else self.number
        if pulse.server != self._server or pulse.number != expected or self._is_behind:
            await self._catch_up(pulse)
            return
        for change in pulse.changes:
            self._records.take_up(msgspec.json.decode(change.record, type=SHARED[change.kind]))
        if pulse.keys_changed:
            await self._tried(self._read_keys)
        self.number = pulse.number

    async def _catch_up(self, pulse: Pulse) -> None:
        """Read all of it. Beats that come meanwhile wait, for they are handled one by one."""
        self._is_behind = True
        try:
            if pulse.server != self._server:
                await self._new_server(pulse.server)
                self._server = pulse.server
            self._records.replace(await self._read())
            await self._read_keys()
        except VoltyardError as error:
            if str(error) != self.reason:
                log.warning("node_behind", reason=str(error))
            self.reason = str(error)
            return  # the next beat asks for it again
        self.number = pulse.number
        self._is_behind = False
        self.reason = ""
        self.current.set()

    async def _tried(self, read: Callable[[], Awaitable[None]]) -> None:
        try:
            await read()
        except VoltyardError as error:
            self.reason = str(error)
            self._is_behind = True
