"""Shared state at a node: what the server has written of settings, id tags, tariffs and keys."""

from collections.abc import Awaitable, Callable
from typing import Protocol

import msgspec
import structlog

from voltyard.csms.records import Contents
from voltyard.kernel import limits
from voltyard.kernel.errors import VoltyardError
from voltyard.kernel.time import Seconds
from voltyard.nodes.messages import SHARED, Pulse, SharedRecord

log = structlog.get_logger(__name__)


class SharedBackend(Protocol):
    """A backend, as far as it goes by what the server has written."""

    def take_up(self, record: SharedRecord) -> None:
        """A record was written."""

    def replace_shared(self, contents: Contents) -> None:
        """Go by these settings, id tags and tariffs, and no others."""


class SharedState:
    """Follows the pulse. A node that has missed one, or hears of another server, reads everything
    from the database; what it hears meanwhile it takes in after that."""

    def __init__(
        self,
        backend: SharedBackend,
        read: Callable[[], Awaitable[Contents]],
        read_keys: Callable[[], Awaitable[None]],
        new_server: Callable[[str], Awaitable[None]],
        now: Callable[[], Seconds],
    ) -> None:
        """`new_server` is called with the id of each server that is heard for the first time."""
        self._backend = backend
        self._read = read
        self._read_keys = read_keys
        self._new_server = new_server
        self._now = now
        self._server = ""
        self._number = -1
        self._heard_at: Seconds = now()
        self._wanted: frozenset[str] = frozenset()
        self._followed: frozenset[str] = frozenset()
        self._is_behind = True

    @property
    def silent_s(self) -> Seconds:
        """The time since the server was heard last."""
        return self._now() - self._heard_at

    @property
    def is_current(self) -> bool:
        """True where nothing was missed, and the server was heard of late."""
        return not self._is_behind and self.silent_s < limits.PULSE_SILENCE_S

    def wants(self, organization_id: str) -> bool:
        """True where a webhook of the organization wants live events."""
        return organization_id in self._wanted

    def follows(self, organization_id: str) -> bool:
        """True where somebody listens to them now."""
        return organization_id in self._followed

    async def heard(self, subject: str, data: bytes) -> None:
        """A beat came."""
        pulse = msgspec.json.decode(data, type=Pulse)
        self._heard_at = self._now()
        self._wanted, self._followed = frozenset(pulse.wanted), frozenset(pulse.followed)
        has_changes = bool(pulse.changes) or pulse.keys_changed
        expected = self._number + 1 if has_changes else self._number
        if pulse.server != self._server or pulse.number != expected or self._is_behind:
            await self._catch_up(pulse)
            return
        self._number = pulse.number
        for change in pulse.changes:
            self._backend.take_up(msgspec.json.decode(change.record, type=SHARED[change.kind]))
        if pulse.keys_changed:
            await self._tried(self._read_keys)

    async def _catch_up(self, pulse: Pulse) -> None:
        """Read all of it. Beats that come meanwhile wait, for they are handled one by one."""
        self._is_behind = True
        try:
            if pulse.server != self._server:
                await self._new_server(pulse.server)
                self._server = pulse.server
            self._backend.replace_shared(await self._read())
            await self._read_keys()
        except VoltyardError as error:
            log.warning("node_behind", reason=str(error))
            return  # the next beat asks for it again
        self._number = pulse.number
        self._is_behind = False

    async def _tried(self, read: Callable[[], Awaitable[None]]) -> None:
        try:
            await read()
        except VoltyardError as error:
            log.warning("node_behind", reason=str(error))
            self._is_behind = True
