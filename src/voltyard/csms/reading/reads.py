"""Port of reading: what the backend has stored, one method a question.

Everything is asked within one organization; another's is not there. What was written before a
question is in its answer, but for those that say otherwise.
"""

from collections.abc import Iterable, Mapping
from typing import Protocol

from voltyard.csms import records
from voltyard.csms.reading import queries
from voltyard.events.event_query import EventQuery
from voltyard.events.event_records import DeliveryStored, EventLogged
from voltyard.kernel.paging import Cursor, ListPart, Page
from voltyard.kernel.time import Instant


class BackendReads(Protocol):
    """Reads the backend's history."""

    async def was_registered(self, organization_id: str, charge_box_id: str) -> bool:
        """True where there is or ever was such a charger: history outlives its charger. Of one that
        was registered just now it may not know yet."""

    async def transaction(
        self, organization_id: str, transaction_id: str
    ) -> records.TransactionStored | None:
        """By its txn_... id or its OCPP id; the newest where chargers have chosen the same. Of what
        is on its way to the database it knows nothing yet."""

    async def transactions(
        self, organization_id: str, query: queries.TransactionQuery, part: ListPart
    ) -> Page[records.TransactionStored]:
        """Newest first."""

    async def samples(
        self, organization_id: str, transaction_id: str, query: queries.SampleQuery, part: ListPart
    ) -> Page[tuple[Instant, records.SampledValue]]:
        """A transaction's, by txn_... id, oldest first."""

    async def messages(
        self, organization_id: str, charge_box_id: str, query: queries.MessageQuery, part: ListPart
    ) -> Page[records.MessageLogged]:
        """A charger's OCPP traffic, newest first, of all that ever had this chargeBoxId."""

    async def following_messages(
        self,
        organization_id: str,
        charge_box_id: str,
        query: queries.MessageQuery,
        after: Cursor | None,
        limit: int,
    ) -> list[tuple[Cursor, records.MessageLogged]]:
        """The same, oldest first, those after a place; each with its own. What was written before
        is there once `flush` has returned."""

    async def flush(self) -> None:
        """Return once everything written before is there to be read."""

    async def connections(
        self, organization_id: str, charge_box_id: str, part: ListPart
    ) -> Page[records.ConnectionStored]:
        """A charger's, newest first."""

    async def data_transfers(
        self, organization_id: str, charge_box_id: str, part: ListPart
    ) -> Page[records.DataTransferLogged]:
        """A charger's, newest first."""

    async def commands(
        self,
        organization_id: str,
        charge_box_id: str,
        query: queries.SentCommandQuery,
        part: ListPart,
    ) -> Page[records.CommandStored]:
        """Commands sent to a charger, newest first."""

    async def command(
        self, organization_id: str, charge_box_id: str, command_id: str
    ) -> records.CommandStored | None:
        """One of a charger's commands."""

    async def uploads(self, organization_id: str, command_ids: Iterable[str]) -> Mapping[str, str]:
        """The id of the newest file that came for each of these commands, as far as it is known."""

    async def reservations(
        self, organization_id: str, query: queries.ReservationQuery, part: ListPart
    ) -> Page[records.ReservationStored]:
        """Newest first."""

    async def id_tags(
        self, organization_id: str, query: queries.IdTagQuery, part: ListPart
    ) -> Page[records.IdTagStored]:
        """In the order they came. A change of them is answered once it is there."""

    async def events(
        self,
        query: EventQuery,
        part: ListPart,
        *,
        since: Instant | None = None,
        until: Instant | None = None,
    ) -> Page[EventLogged]:
        """The newest first. `since` and `until` are inclusive."""

    async def event(self, organization_id: str, event_id: str) -> EventLogged | None:
        """By its evt_... id."""

    async def events_between(
        self,
        organization_id: str,
        names: frozenset[str],
        since: Instant,
        until: Instant | None,
        limit: int,
    ) -> list[EventLogged]:
        """Events of these names that happened between, in their order."""

    async def deliveries(
        self, organization_id: str, query: queries.DeliveryQuery, part: ListPart
    ) -> Page[DeliveryStored]:
        """Of one webhook of the organization, the newest first."""

    async def violations(
        self, organization_id: str, query: queries.ViolationQuery, part: ListPart, *, by_path: bool
    ) -> Page[queries.RuleViolations]:
        """The rules that are broken, the most often broken first. `by_path`: also told apart by the
        place in the message."""

    async def straying_chargers(
        self, organization_id: str, query: queries.ViolationQuery, part: ListPart
    ) -> Page[queries.ChargerViolations]:
        """The chargers whose messages stray, those with the most such messages first."""
