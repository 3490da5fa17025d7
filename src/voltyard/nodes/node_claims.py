"""Claims of a node: the chargers that it asks the server for, and those it is asked to let go."""

from collections.abc import Awaitable, Callable, Sequence

import msgspec

from voltyard.csms.backend import Backend
from voltyard.csms.records import Contents
from voltyard.csms.registry import RegisteredCharger
from voltyard.kernel import limits
from voltyard.kernel.errors import Unavailable
from voltyard.nodes.messages import Claim, Claimed, Release, Released, Subjects
from voltyard.nodes.name_locks import NameLocks
from voltyard.ports.bus import Bus

HandOver = Callable[[str, str, str, str], Awaitable[None]]
"""Has a new owner on record, after all that was written before: charger id, organization id,
chargeBoxId, node."""


class NodeClaims:
    """A `csms.links.claims.Claims` that asks the server over the bus."""

    def __init__(
        self,
        node: str,
        backend: Backend,
        bus: Bus,
        subjects: Subjects,
        read: Callable[[Sequence[str]], Awaitable[Contents]],
        hand_over: HandOver,
    ) -> None:
        self._node = node
        self._backend = backend
        self._bus = bus
        self._subjects = subjects
        self._read = read
        self._hand_over = hand_over
        self._locks = NameLocks()

    async def claim(self, organization_id: str, charge_box_id: str) -> bool:
        """Have the charger here; false where there is none of those names. Unavailable where the
        server is not reached, or it cannot be had at the moment."""
        async with self._locks.of(organization_id, charge_box_id):
            if self._backend.is_here(organization_id, charge_box_id):
                return True
            asked = msgspec.json.encode(Claim(self._node, organization_id, charge_box_id))
            answer = await self._bus.request(self._subjects.claim, asked, limits.CLAIM_S)
            claimed = msgspec.json.decode(answer, type=Claimed)
            if claimed.busy:
                raise Unavailable(claimed.busy)
            if claimed.charger_id is None:
                return False
            contents = await self._read((claimed.charger_id,))
            if not contents.chargers:
                raise Unavailable(f"charger {charge_box_id} has moved on meanwhile")
            self._backend.take(contents)
            return True

    async def release(self, subject: str, data: bytes) -> bytes:
        """The server asks for one of the node's chargers."""
        asked = msgspec.json.decode(data, type=Release)
        async with self._locks.of(asked.organization_id, asked.charge_box_id):
            try:
                await self._let_go(asked)
            except Unavailable as error:
                return msgspec.json.encode(Released(str(error)))
        return msgspec.json.encode(Released())

    async def _let_go(self, asked: Release) -> None:
        async def hand_over(charger: RegisteredCharger) -> None:
            await self._write(asked)

        if self._backend.is_here(asked.organization_id, asked.charge_box_id):
            await self._backend.release(asked.organization_id, asked.charge_box_id, hand_over)
        else:  # it was claimed, and never got here
            await self._write(asked)

    async def _write(self, asked: Release) -> None:
        await self._hand_over(
            asked.charger_id, asked.organization_id, asked.charge_box_id, asked.to
        )
