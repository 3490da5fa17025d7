"""Lists of chargers, and their totals, whoever owns them."""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from voltyard.csms.backend import Backend
from voltyard.csms.reading.totals import BackendTotals
from voltyard.csms.records import ChargerStored, ConnectorStored
from voltyard.csms.registry import RegisteredCharger
from voltyard.kernel.paging import ListPart, Page
from voltyard.kernel.time import Instant


class ListedCharger(Struct, frozen=True, kw_only=True):
    """A registered charger in a list."""

    row: ChargerStored
    online: bool
    last_heartbeat_at: Instant | None
    connectors: Sequence[ConnectorStored]
    """As it last reported them, in the order of their EVSEs."""


class ChargerLists(Protocol):
    """Answers what is asked of all chargers of an organization."""

    async def chargers(
        self, organization_id: str, online: bool | None, part: ListPart
    ) -> Page[ListedCharger]:
        """In the order they were registered; `online`: only those that are, or are not."""

    async def totals(self, organization_id: str) -> BackendTotals:
        """Totals of all of them."""


class ListsInMemory:
    """The ChargerLists of a server without nodes, which owns them all."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    async def chargers(
        self, organization_id: str, online: bool | None, part: ListPart
    ) -> Page[ListedCharger]:
        found = self._backend.chargers(organization_id, online=online)
        shown = found[part.offset : part.offset + part.limit]
        return Page([listed(charger) for charger in shown], len(found))

    async def totals(self, organization_id: str) -> BackendTotals:
        return self._backend.totals(organization_id)


def listed(charger: RegisteredCharger) -> ListedCharger:
    """A charger that is owned here."""
    return ListedCharger(
        row=charger.row,
        online=charger.online,
        last_heartbeat_at=charger.last_heartbeat_at,
        connectors=[charger.connectors[key] for key in sorted(charger.connectors)],
    )
