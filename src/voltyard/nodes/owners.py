"""Owners of chargers, as the server knows them: it has each charger go to whoever it dials."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack

import msgspec
import structlog

from voltyard.csms.backend import Backend
from voltyard.csms.records import Contents
from voltyard.kernel import limits
from voltyard.kernel.errors import Conflict, Unavailable, VoltyardError
from voltyard.nodes.messages import SERVER, Claim, Claimed, Release, Released, Subjects
from voltyard.nodes.name_locks import NameLocks
from voltyard.nodes.node_claims import kept, let_go
from voltyard.nodes.owner_store import OwnerStore, looked_up
from voltyard.ports.bus import Bus, NoResponders, NotAnswered

log = structlog.get_logger(__name__)


class _Unreached(Exception):
    """A node does not answer."""

    def __init__(self, node: str) -> None:
        super().__init__(node)
        self.node = node


class Owners:
    """Answers claims, its own and those of nodes."""

    def __init__(
        self,
        store: OwnerStore,
        bus: Bus,
        subjects: Subjects,
        close_connections: Callable[[Sequence[str]], Awaitable[None]],
        settled: Callable[[], Awaitable[None]],
        unreachable: Callable[[str], Awaitable[None]],
        reached: Callable[[str], None],
    ) -> None:
        """`close_connections` has no connection of chargers on record as open. `settled` returns
        once all events that nodes have written are numbered: what the server writes of a charger it
        takes comes after them. `unreachable` is told of a node that does not answer, and returns
        once it can write nothing more; Unavailable where it still may. `reached` is told of one
        that does."""
        self._store = store
        self._bus = bus
        self._subjects = subjects
        self._close_connections = close_connections
        self._settled = settled
        self._unreachable = unreachable
        self._reached = reached
        self._locks = NameLocks()

    def open(self, backend: Backend) -> None:
        """Bring chargers to that one, the server's."""
        self._backend = backend

    async def look_up(self, organization_id: str, charge_box_id: str) -> Contents | None:
        """Read what is stored of a charger: by that it is judged who knocks."""
        return await looked_up(self._store, organization_id, charge_box_id)

    async def claim(self, organization_id: str, charge_box_id: str, remote: str) -> bool:
        """Have the charger here; see Claims."""
        return await self.give(organization_id, charge_box_id, SERVER, remote) is not None

    async def claimed(self, subject: str, data: bytes) -> bytes:
        """A node asks for a charger."""
        asked = msgspec.json.decode(data, type=Claim)
        names = asked.organization_id, asked.charge_box_id
        try:
            answer = Claimed(await self.give(*names, asked.node, asked.remote))
        except Conflict:
            answer = Claimed(is_kept=True)
        except VoltyardError as error:
            answer = Claimed(busy=str(error))
        return msgspec.json.encode(answer)

    async def give(
        self, organization_id: str, charge_box_id: str, to: str, remote: str = ""
    ) -> str | None:
        """Have a charger be that node's, or the server's, and return its id: `remote` is where it
        dials from, if that is why. None where there is none of those names, Unavailable where its
        owner does not let go of it, Conflict where its older connection is the one that stays."""
        for _ in range(limits.CLAIM_ROUNDS):
            try:
                async with self._locks.of(organization_id, charge_box_id):
                    charger_id, owner = await self._store.find(organization_id, charge_box_id)
                    if charger_id is None:
                        return None
                    asked = Release(charger_id, organization_id, charge_box_id, to, remote)
                    if await self._moved(asked, owner):
                        self._note(asked)
                        return asked.charger_id
            except _Unreached as silent:
                await self._unreachable(silent.node)  # which takes its chargers, this one too
        raise Unavailable(f"the owner of charger {charge_box_id} changes again and again")

    async def _moved(self, asked: Release, owner: str) -> bool:
        """Have a charger change its owner; false where it is to be seen anew who that is."""
        is_here = self._backend.is_here(asked.organization_id, asked.charge_box_id)
        if owner == SERVER and not is_here:  # its node has gone, with whatever link it had
            await self._close_connections((asked.charger_id,))
        if owner == asked.to:
            if owner == SERVER and not is_here:
                await self._take((asked.charger_id,))
            return True
        if owner == SERVER:
            await let_go(self._backend, asked, self._store)
        elif not await self._had_let_go(asked, owner):
            return False
        if asked.to == SERVER:
            await self._take((asked.charger_id,))
        return True

    async def load(self) -> None:
        """Take over what is on record, once, at the server's start."""
        for charger in await self._store.elsewhere():
            names = charger.organization_id, charger.charge_box_id
            self._backend.note_elsewhere(*names, charger.node, charger.charger_id)

    async def take_over(self, node: str) -> bool:
        """Take all chargers of a node that can write nothing more; false where it still may."""
        if await self._store.take_from(node) is None:
            return False
        await self.reconcile(node)
        return True

    async def reconcile(self, node: str) -> None:
        """Take the chargers that were a node's as far as is known here, and are not on record as
        such: it has given them back."""
        known = self._backend.elsewhere.of_node(node)
        listed = await self._store.elsewhere()
        on_record = {(one.organization_id, one.charge_box_id) for one in listed}
        missing = sorted(names for names in known if names not in on_record)
        for part in range(0, len(missing), limits.CHARGERS_TAKEN):
            await self._take_back(missing[part : part + limits.CHARGERS_TAKEN])
        if missing:
            log.info("chargers_taken_back", node=node, chargers=len(missing))

    async def _take_back(self, names: Sequence[tuple[str, str]]) -> None:
        async with AsyncExitStack() as stack:
            for one in names:  # each other holds one lock at most, so the order does not matter
                await stack.enter_async_context(self._locks.of(*one))
            given_back = await self._given_back(names)
            await self._close_connections(list(given_back))
            await self._take(list(given_back))
            for charger_id, one in given_back.items():
                place = self._backend.elsewhere.find(*one)
                if place is not None and place.charger_id == charger_id:  # there is no such more
                    self._backend.note_deleted(*one)

    async def _given_back(self, names: Sequence[tuple[str, str]]) -> dict[str, tuple[str, str]]:
        """The names that are the server's on record, by charger id, without one that has dialled
        the server meanwhile: it is here, and has a new link."""
        listed = await self._store.elsewhere()
        on_record = {(one.organization_id, one.charge_box_id) for one in listed}
        places = {one: self._backend.elsewhere.find(*one) for one in names if one not in on_record}
        return {place.charger_id: one for one, place in places.items() if place is not None}

    async def _had_let_go(self, asked: Release, owner: str) -> bool:
        """Ask a node for one of its chargers; false where it is to be seen anew whose it is."""
        try:
            answer = await self._bus.request(
                self._subjects.release(owner), msgspec.json.encode(asked), limits.RELEASE_S
            )
        except (NoResponders, NotAnswered) as error:
            raise _Unreached(owner) from error
        self._reached(owner)
        released = msgspec.json.decode(answer, type=Released)
        if released.is_kept:
            raise kept(asked.charge_box_id)
        if released.refused:
            log.info("charger_not_released", node=owner, reason=released.refused)
        return not released.refused

    async def _take(self, charger_ids: Sequence[str]) -> None:
        if charger_ids:
            await self._settled()
            self._backend.take(await self._store.contents(charger_ids))

    def _note(self, asked: Release) -> None:
        """Note whose a charger is from now on; one that is taken here is known to be."""
        if asked.to != SERVER:
            names = asked.organization_id, asked.charge_box_id
            self._backend.note_elsewhere(*names, asked.to, asked.charger_id)
