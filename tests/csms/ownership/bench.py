"""Two processes of one backend over one journal, between which chargers move."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from tests.csms.bench import ORG, Peer, Yard
from tests.fakes.journals import MemoryJournal
from voltyard.csms.records import ChargerStored, Contents
from voltyard.csms.refusals.refusal_rows import RefusalStored
from voltyard.csms.registry import RegisteredCharger
from voltyard.kernel.errors import Unavailable
from voltyard.ports.links import Admitted, Barred, Handshake


class OwnJournal:
    """The journal as one process has it: what that writes of another's chargers is noted."""

    def __init__(self, pair: "Pair", node: str) -> None:
        self._pair = pair
        self._node = node

    def write(self, records: Sequence[Any], *options: Any, **more: Any) -> None:
        for record in records:
            name = "id" if isinstance(record, ChargerStored) else "charger_id"
            charger_id = getattr(record, name, None)
            if isinstance(record, RefusalStored):
                continue  # the server's, of whatever charger
            if self._pair.owners.get(charger_id, self._node) != self._node:
                self._pair.trespasses.append(record)
        self._pair.journal.write(records, *options, **more)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pair.journal, name)


class Pair:
    """A server and a node, and the owner of each charger as a database would have it."""

    def __init__(self, **options: Any) -> None:
        self.journal = MemoryJournal()
        self.owners: dict[str, str] = {}
        """Charger id -> node."""
        self.trespasses: list[Any] = []
        """Records that a process wrote of a charger once it was another's."""
        self.server = Yard(OwnJournal(self, ""), **options)
        self.node = Yard(OwnJournal(self, "n1"), self.server.clock, 8, is_node=True, **options)
        self.handed_over: list[str] = []

    def hand_over(self, to: str) -> Callable[[RegisteredCharger], Awaitable[None]]:
        """Writes the owner, as the last of all that is written."""

        async def hand_over(charger: RegisteredCharger) -> None:
            durable: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self.owners[charger.row.id] = to  # nothing may be written behind it
            self.journal.write((), lambda: durable.set_result(None), durable.set_exception)
            await durable
            self.handed_over.append(charger.row.charge_box_id)

        return hand_over

    async def to_node(self, box_id: str = "CP1", **options: Any) -> None:
        """Have the node have a charger of the server's."""
        await self._move(self.server, self.node, box_id, "n1", **options)

    async def to_server(self, box_id: str = "CP1", **options: Any) -> None:
        """Have the server have a charger of the node's."""
        await self._move(self.node, self.server, box_id, "", **options)

    async def _move(self, old: Yard, new: Yard, box_id: str, to: str, **options: Any) -> None:
        id = old.backend.charger(ORG, box_id).row.id
        await old.backend.release(ORG, box_id, self.hand_over(to), to=to, **options)
        new.backend.take(self.journal.contents_of([id]))
        await new.settle()

    async def close(self) -> None:
        """Close both. Neither must have complained of itself, or written of what is the other's."""
        for yard in (self.node, self.server):
            await yard.backend.close()
            assert not yard.complaints
        assert not self.trespasses


async def refused(charger: RegisteredCharger) -> None:
    """Hands nothing over: the database is away."""
    raise Unavailable("the database is away")


class FakeClaims:
    """Claims that are answered by hand, or at once out of a journal."""

    def __init__(self, journal: MemoryJournal) -> None:
        self.journal = journal
        self.asked: list[tuple[str, str]] = []
        """What was asked, and for whom."""
        self.take: Callable[[Contents], None] = lambda contents: None
        self.gate: asyncio.Event | None = None
        self.error: Exception | None = None
        self.loses = False
        """Chargers are gone between the look-up and the claim."""

    async def look_up(self, organization_id: str, charge_box_id: str) -> Contents | None:
        await self._asked("look_up", charge_box_id)
        return self._found(organization_id, charge_box_id)

    async def claim(self, organization_id: str, charge_box_id: str, remote: str) -> bool:
        await self._asked("claim", charge_box_id)
        found = self._found(organization_id, charge_box_id)
        if found is None or self.loses:
            return False
        self.take(found)
        return True

    async def _asked(self, what: str, charge_box_id: str) -> None:
        self.asked.append((what, charge_box_id))
        if self.gate is not None:
            await self.gate.wait()
        if self.error is not None:
            raise self.error

    def _found(self, organization_id: str, charge_box_id: str) -> Contents | None:
        for row in self.journal.chargers.values():
            if (row.organization_id, row.charge_box_id) == (organization_id, charge_box_id):
                return self.journal.contents_of([row.id])
        return None


async def knock(
    yard: Yard,
    path: str = "/ocpp/CP1",
    *,
    authorization: str | None = None,
    remote: str = "192.0.2.1:40000",
    origin: str | None = None,
) -> Admitted | Barred:
    """A handshake, however long its verdict takes."""
    shown = Handshake(path, ("ocpp1.6",), authorization, remote, None, origin, "csms:9000", False)
    verdict = yard.backend.gate(shown)
    return verdict if isinstance(verdict, Admitted | Barred) else await verdict


async def connected(yard: Yard, box_id: str = "CP1") -> Peer:
    """A link of a charger, of whichever process."""
    admitted = await knock(yard, f"/ocpp/{box_id}")
    assert isinstance(admitted, Admitted), admitted
    return Peer(yard, admitted.user, admitted.subprotocol)
