"""Claims of a node: the chargers that it asks the server for, and those it is asked to let go."""

import asyncio
from typing import Final

import msgspec
import structlog

from voltyard.csms.backend import Backend
from voltyard.csms.ownership.charger_moves import HandOverInDoubt
from voltyard.csms.records import Contents
from voltyard.csms.registry import RegisteredCharger
from voltyard.kernel import limits
from voltyard.kernel.errors import Conflict, Overfull, Unavailable, VoltyardError
from voltyard.nodes.messages import Claim, Claimed, Release, Released, Subjects
from voltyard.nodes.name_locks import NameLocks
from voltyard.nodes.owner_store import OwnerStore, looked_up
from voltyard.ports.bus import Bus

log = structlog.get_logger(__name__)

_encode: Final = msgspec.json.Encoder().encode


class NodeClaims:
    """The `csms.ownership.claims.Claims` of a node: it asks the server over the bus."""

    def __init__(
        self,
        node: str,
        bus: Bus,
        subjects: Subjects,
        store: OwnerStore,
    ) -> None:
        self._node = node
        self._backend: Backend
        self._bus = bus
        self._subject = subjects.claim
        self._store = store
        self._locks = NameLocks()

    def open(self, backend: Backend) -> None:
        """Bring chargers to that one."""
        self._backend = backend

    async def look_up(self, organization_id: str, charge_box_id: str) -> Contents | None:
        """Read what is stored of a charger: by that it is judged who knocks."""
        return await looked_up(self._store, organization_id, charge_box_id)

    async def claim(self, organization_id: str, charge_box_id: str, remote: str) -> bool:
        """Have the charger here; see Claims."""
        async with self._locks.of(organization_id, charge_box_id):
            if self._backend.is_here(organization_id, charge_box_id):
                return True
            asked = Claim(self._node, organization_id, charge_box_id, remote)
            answer = await self._bus.request(self._subject, _encode(asked), limits.CLAIM_S)
            claimed = msgspec.json.decode(answer, type=Claimed)
            if claimed.busy:
                raise Unavailable(claimed.busy)
            if claimed.is_kept:
                raise kept(charge_box_id)
            if claimed.charger_id is None:
                return False
            contents = await self._store.contents((claimed.charger_id,))
            if not contents.chargers:
                raise Unavailable(f"charger {charge_box_id} was deleted just now")
            self._backend.take(contents)
            return True

    async def release(self, subject: str, data: bytes) -> bytes:
        """The server asks for one of the node's chargers."""
        asked = msgspec.json.decode(data, type=Release)
        async with self._locks.of(asked.organization_id, asked.charge_box_id):
            try:
                await let_go(self._backend, asked, self._store)
            except Conflict:
                return _encode(Released(is_kept=True))
            except VoltyardError as error:
                return _encode(Released(str(error)))
        return _encode(Released())


async def let_go(backend: Backend, asked: Release, store: OwnerStore) -> None:
    """Let go of a charger that is wanted elsewhere. Conflict where its older connection is the one
    that stays, Unavailable where it is not this process's on record."""
    names = asked.organization_id, asked.charge_box_id

    async def write(charger: RegisteredCharger | None = None) -> None:
        if not await _handed_over(asked, store):
            raise Unavailable(f"charger {asked.charge_box_id} is another's already")

    if backend.is_here(*names):
        await backend.release(*names, write, to=asked.to, replaced_by=asked.remote or None)
    else:  # it was claimed, and never got here
        await write()


async def _handed_over(asked: Release, store: OwnerStore) -> bool:
    """Hand over, and ask again where the database has not said whether it is stored;
    HandOverInDoubt where it does not say so in time."""
    names = asked.charger_id, asked.organization_id, asked.charge_box_id
    now = asyncio.get_running_loop().time
    give_up_at = now() + limits.HAND_OVER_S
    while True:
        try:
            return await store.hand_over(*names, asked.to)
        except (Unavailable, Overfull) as error:
            log.warning("hand_over_in_doubt", charger=asked.charge_box_id, reason=str(error))
            if now() > give_up_at:
                raise HandOverInDoubt(str(error)) from error
        await asyncio.sleep(limits.HAND_OVER_AGAIN_S)


def kept(charge_box_id: str) -> Conflict:
    """The error of a charger whose older connection stays."""
    return Conflict(f"an older connection of the charger {charge_box_id} is open, and answers")
