"""Owners of chargers, as the server knows them: it has each charger go to whoever it dials."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Protocol

import msgspec
import structlog

from voltyard.csms.backend import Backend
from voltyard.csms.records import Contents
from voltyard.csms.registry import RegisteredCharger
from voltyard.kernel import limits
from voltyard.kernel.errors import Unavailable
from voltyard.nodes.messages import SERVER, Claim, Claimed, Release, Released, Subjects
from voltyard.nodes.name_locks import NameLocks
from voltyard.ports.bus import Bus, NoResponders, NotAnswered

log = structlog.get_logger(__name__)


class OwnerStore(Protocol):
    """The owners on record."""

    async def hand_over(
        self, charger_id: str, organization_id: str, charge_box_id: str, *, by: str, to: str
    ) -> bool:
        """Have another owner on record, after all that was written before; false where it was not
        its, and nothing was done."""

    async def owner(self, organization_id: str, charge_box_id: str) -> tuple[str, str] | None:
        """Id and owner of a charger; None where there is none of those names."""

    async def elsewhere(self) -> Mapping[tuple[str, str], str]:
        """All that are not the server's: the nodes, by organization id and chargeBoxId."""

    async def adopt(self, node: str) -> None:
        """Have all of a node's chargers on record as the server's."""


class Owners:
    """Answers claims, its own and those of nodes."""

    def __init__(
        self,
        backend: Backend,
        store: OwnerStore,
        bus: Bus,
        subjects: Subjects,
        read: Callable[[Sequence[str]], Awaitable[Contents]],
        settled: Callable[[], Awaitable[None]],
        unreachable: Callable[[str], Awaitable[None]],
    ) -> None:
        """`settled` returns once all events that nodes have written are numbered: what the server
        writes of a charger it takes comes after them. `unreachable` is told of a node that does not
        answer, and returns once it can write nothing more; Unavailable where it still may."""
        self._backend = backend
        self._store = store
        self._bus = bus
        self._subjects = subjects
        self._read = read
        self._settled = settled
        self._unreachable = unreachable
        self._locks = NameLocks()

    async def claim(self, organization_id: str, charge_box_id: str) -> bool:
        """A `csms.links.claims.Claims`: have the charger here."""
        return await self.give(organization_id, charge_box_id, SERVER) is not None

    async def claimed(self, subject: str, data: bytes) -> bytes:
        """A node asks for a charger."""
        asked = msgspec.json.decode(data, type=Claim)
        try:
            charger_id = await self.give(asked.organization_id, asked.charge_box_id, asked.node)
        except Unavailable as error:
            return msgspec.json.encode(Claimed(busy=str(error)))
        return msgspec.json.encode(Claimed(charger_id))

    async def give(self, organization_id: str, charge_box_id: str, to: str) -> str | None:
        """Have a charger be that node's, or the server's; its id. None where there is none of those
        names, Unavailable where its owner does not let go of it."""
        async with self._locks.of(organization_id, charge_box_id):
            for _ in range(limits.CLAIM_ROUNDS):
                found = await self._store.owner(organization_id, charge_box_id)
                if found is None:
                    return None
                charger_id, owner = found
                if owner == to and (
                    to != SERVER or self._backend.is_here(organization_id, charge_box_id)
                ):
                    self._note(organization_id, charge_box_id, to)
                    return charger_id
                asked = Release(charger_id, organization_id, charge_box_id, to)
                if owner == SERVER:
                    await self._let_go(asked)
                elif not await self._had_let_go(asked, owner):
                    continue
                if to == SERVER:
                    await self._take((charger_id,))
                self._note(organization_id, charge_box_id, to)
                return charger_id
        raise Unavailable(f"the owner of charger {charge_box_id} changes again and again")

    async def load(self) -> None:
        """Take over what is on record, once, at the server's start."""
        for (organization_id, charge_box_id), node in (await self._store.elsewhere()).items():
            self._note(organization_id, charge_box_id, node)

    async def take_over(self, node: str) -> None:
        """Take all chargers of a node that can write nothing more."""
        await self._store.adopt(node)
        await self.reconcile(node)

    async def reconcile(self, node: str) -> None:
        """Take the chargers that were a node's as far as is known here, and are not on record as
        such: it has given them back."""
        known = self._backend.elsewhere_at(node)
        on_record = await self._store.elsewhere()
        missing = sorted(names for names in known if names not in on_record)
        for part in range(0, len(missing), limits.CHARGERS_TAKEN):
            await self._take_back(missing[part : part + limits.CHARGERS_TAKEN])
        if missing:
            log.info("chargers_taken_back", node=node, chargers=len(missing))

    async def _take_back(self, names: Sequence[tuple[str, str]]) -> None:
        async with AsyncExitStack() as stack:
            for one in names:  # each other holds one lock at most, so the order does not matter
                await stack.enter_async_context(self._locks.of(*one))
            ids = []
            for organization_id, charge_box_id in names:
                found = await self._store.owner(organization_id, charge_box_id)
                if found is None:
                    self._note(organization_id, charge_box_id, SERVER)
                elif found[1] == SERVER:
                    ids.append(found[0])
            await self._take(ids)

    async def _let_go(self, asked: Release) -> None:
        """Let go of one of the server's own."""

        async def hand_over(charger: RegisteredCharger) -> None:
            await self._write(asked)

        if self._backend.is_here(asked.organization_id, asked.charge_box_id):
            await self._backend.release(asked.organization_id, asked.charge_box_id, hand_over)
        else:
            await self._write(asked)

    async def _write(self, asked: Release) -> None:
        names = asked.charger_id, asked.organization_id, asked.charge_box_id
        if not await self._store.hand_over(*names, by=SERVER, to=asked.to):
            raise Unavailable(f"charger {asked.charge_box_id} is another's already")

    async def _had_let_go(self, asked: Release, owner: str) -> bool:
        """Ask a node for one of its chargers; false where it is to be seen anew whose it is."""
        try:
            answer = await self._bus.request(
                self._subjects.release(owner), msgspec.json.encode(asked), limits.RELEASE_S
            )
        except (NoResponders, NotAnswered):
            await self._unreachable(owner)
            return False
        released = msgspec.json.decode(answer, type=Released)
        if released.refused:
            log.info("charger_not_released", node=owner, reason=released.refused)
        return not released.refused

    async def _take(self, charger_ids: Sequence[str]) -> None:
        if not charger_ids:
            return
        await self._settled()
        contents = await self._read(charger_ids)
        for row in contents.chargers:
            self._note(row.organization_id, row.charge_box_id, SERVER)
        self._backend.take(contents)

    def _note(self, organization_id: str, charge_box_id: str, owner: str) -> None:
        self._backend.note_owner(organization_id, charge_box_id, owner)
