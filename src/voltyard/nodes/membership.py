"""Membership: the nodes of a server, as they join, leave, and fall silent."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple, Protocol

import msgspec
import structlog

from voltyard import __version__
from voltyard.kernel import limits
from voltyard.kernel.errors import Unavailable
from voltyard.kernel.time import Seconds
from voltyard.nodes.messages import PROTOCOL, Join, Joined, Left

log = structlog.get_logger(__name__)


class NodeMember(NamedTuple):
    """A node that has joined."""

    name: str
    version: str
    """Of the program."""
    process: str
    """The id of its start."""


class Leases(Protocol):
    """The leases of nodes on record."""

    async def end_silent(self) -> Sequence[str]:
        """End those that have run out; the names of nodes that can write nothing more and may own
        chargers still."""

    async def end(self, name: str) -> bool:
        """End one at once; true where it can write nothing more from now on."""


class Membership:
    """Lets nodes join, and gives their chargers to the server when they are gone."""

    def __init__(
        self,
        server: str,
        files_url: Callable[[], str],
        leases: Leases,
        take_over: Callable[[str], Awaitable[bool]],
        reconcile: Callable[[str], Awaitable[None]],
        now: Callable[[], Seconds],
    ) -> None:
        """`take_over` takes all chargers of a node, if it can write nothing more; `reconcile` those
        that one has given back. `now` is a clock that never goes back."""
        self._server = server
        self._files_url = files_url
        self._leases = leases
        self._take_over = take_over
        self._reconcile = reconcile
        self._now = now
        self._members: dict[str, NodeMember] = {}
        self._unreached_since: dict[str, Seconds] = {}
        self._lock = asyncio.Lock()

    @property
    def names(self) -> list[str]:
        """The nodes that there are."""
        return sorted(self._members)

    @property
    def members(self) -> list[NodeMember]:
        """The nodes that there are, by their names."""
        return sorted(self._members.values())

    def answers(self, node: str) -> bool:
        """False where it was asked lately and has not answered."""
        since = self._unreached_since.get(node)
        return since is None or self._now() - since > limits.NODE_DOUBTED_S

    def process_of(self, node: str) -> str:
        """The process of a node, by the id of its start; empty where it has not joined."""
        member = self._members.get(node)
        return "" if member is None else member.process

    async def joined(self, subject: str, data: bytes) -> bytes:
        """A node asks to be one of the server's. It has given back what a process of its name
        before it may have owned."""
        asked = msgspec.json.decode(data, type=Join)
        if asked.protocol != PROTOCOL:
            reason = f"the node is of version {asked.version}, the server of {__version__}"
            return msgspec.json.encode(Joined(self._server, "", refused=reason))
        async with self._lock:
            if self.process_of(asked.node) != asked.process:
                log.info("node_joined", node=asked.node, version=asked.version)
                await self._reconcile(asked.node)
            self._members[asked.node] = NodeMember(asked.node, asked.version, asked.process)
            self._unreached_since.pop(asked.node, None)
        return msgspec.json.encode(Joined(self._server, self._files_url()))

    async def left(self, subject: str, data: bytes) -> bytes:
        """A node has given back what it owned, and ends."""
        asked = msgspec.json.decode(data, type=Left)
        async with self._lock:
            if self.process_of(asked.node) == asked.process:
                del self._members[asked.node]
                log.info("node_left", node=asked.node)
            await self._reconcile(asked.node)
        return b"{}"

    async def look(self) -> None:
        """Take the chargers of nodes that have fallen silent."""
        for node in await self._leases.end_silent():
            async with self._lock:
                if await self._take_over(node):
                    self._forget(node, "its lease has run out")

    def reached(self, node: str) -> None:
        """A node has answered."""
        self._unreached_since.pop(node, None)

    async def unreachable(self, node: str) -> None:
        """A node does not answer. Returns once its chargers are the server's: at once where its
        process is gone, else it is ended when it has not answered for limits.NODE_UNREACHED_S.
        Unavailable before that."""
        async with self._lock:
            now = self._now()
            since = self._unreached_since.get(node, now)
            if now - since > limits.NODE_DOUBTED_S:
                since = now
            self._unreached_since[node] = since
            if await self._take_over(node):
                self._forget(node, "its process is gone")
                return
            if self._now() - since > limits.NODE_UNREACHED_S and await self._leases.end(node):
                await self._take_over(node)
                self._forget(node, "it does not answer")
                return
        raise Unavailable(f"node {node} does not answer", hint="try again in a moment")

    async def is_over(self, node: str) -> bool:
        """True where a node's process is gone; its chargers are the server's then."""
        async with self._lock:
            if not await self._take_over(node):
                return False
            self._forget(node, "its process is gone")
            return True

    def _forget(self, node: str, reason: str) -> None:
        if self._members.pop(node, None) is not None:  # else it was said already
            log.warning("node_lost", node=node, reason=reason)
        self._unreached_since.pop(node, None)
