"""Reading of the backend's history in the database."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection

from voltyard.csms import records
from voltyard.csms.reading import queries
from voltyard.events.event_query import EventQuery
from voltyard.events.event_records import DeliveryStored, EventLogged
from voltyard.kernel.paging import Cursor, ListPart, Page
from voltyard.kernel.time import Instant
from voltyard.storage.csms import deliveries, events, files, history, id_tags, violations
from voltyard.storage.database.database import Database

Answer = TypeVar("Answer")


class StoredReads:
    """The BackendReads in the database. Each reading counts as its organization's."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def was_registered(self, organization_id: str, charge_box_id: str) -> bool:
        return await self._now(organization_id, history.was_registered, charge_box_id)

    async def transaction(
        self, organization_id: str, transaction_id: str
    ) -> records.TransactionStored | None:
        return await self._now(organization_id, history.find_transaction, transaction_id)

    async def transactions(
        self, organization_id: str, query: queries.TransactionQuery, part: ListPart
    ) -> Page[records.TransactionStored]:
        return await self._page(organization_id, history.list_transactions, query, part)

    async def samples(
        self, organization_id: str, transaction_id: str, query: queries.SampleQuery, part: ListPart
    ) -> Page[tuple[Instant, records.SampledValue]]:
        asked = {
            name: one for name, one in msgspec.structs.asdict(query).items() if one is not None
        }
        since, until = asked.pop("since", None), asked.pop("until", None)
        read = partial(history.list_samples, wanted=asked, since=since, until=until)
        return await self._page(organization_id, read, transaction_id, part)

    async def messages(
        self, organization_id: str, charge_box_id: str, query: queries.MessageQuery, part: ListPart
    ) -> Page[records.MessageLogged]:
        return await self._page(organization_id, history.list_messages, charge_box_id, query, part)

    async def following_messages(
        self,
        organization_id: str,
        charge_box_id: str,
        query: queries.MessageQuery,
        after: Cursor | None,
        limit: int,
    ) -> list[tuple[Cursor, records.MessageLogged]]:
        read = history.following_messages
        return await self._now(organization_id, read, charge_box_id, query, after, limit)

    async def flush(self) -> None:
        await self._database.flush()

    async def connections(
        self, organization_id: str, charge_box_id: str, part: ListPart
    ) -> Page[records.ConnectionStored]:
        return await self._page(organization_id, history.list_connections, charge_box_id, part)

    async def data_transfers(
        self, organization_id: str, charge_box_id: str, part: ListPart
    ) -> Page[records.DataTransferLogged]:
        return await self._page(organization_id, history.list_data_transfers, charge_box_id, part)

    async def commands(
        self,
        organization_id: str,
        charge_box_id: str,
        query: queries.SentCommandQuery,
        part: ListPart,
    ) -> Page[records.CommandStored]:
        return await self._page(organization_id, history.list_commands, charge_box_id, query, part)

    async def command(
        self, organization_id: str, charge_box_id: str, command_id: str
    ) -> records.CommandStored | None:
        await self.flush()
        return await self._now(organization_id, history.find_command, charge_box_id, command_id)

    async def uploads(self, organization_id: str, command_ids: Iterable[str]) -> Mapping[str, str]:
        def read(connection: Connection, _organization_id: str) -> dict[str, str]:
            return files.of_commands(connection, command_ids)

        return await self._now(organization_id, read)

    async def reservations(
        self, organization_id: str, query: queries.ReservationQuery, part: ListPart
    ) -> Page[records.ReservationStored]:
        return await self._page(organization_id, history.list_reservations, query, part)

    async def id_tags(
        self, organization_id: str, query: queries.IdTagQuery, part: ListPart
    ) -> Page[records.IdTagStored]:
        read = partial(id_tags.list_id_tags, limit=part.limit, offset=part.offset)
        return await self._now(organization_id, read, query)

    async def events(
        self,
        query: EventQuery,
        part: ListPart,
        *,
        since: Instant | None = None,
        until: Instant | None = None,
    ) -> Page[EventLogged]:
        def read(
            connection: Connection, _organization_id: str, *, limit: int, offset: int
        ) -> Page[EventLogged]:
            return events.list_events(
                connection, query, since=since, until=until, limit=limit, offset=offset
            )

        return await self._page(query.organization_id, read, part)

    async def event(self, organization_id: str, event_id: str) -> EventLogged | None:
        await self.flush()
        return await self._now(organization_id, deliveries.find_event, event_id)

    async def events_between(
        self,
        organization_id: str,
        names: frozenset[str],
        since: Instant,
        until: Instant | None,
        limit: int,
    ) -> list[EventLogged]:
        await self.flush()
        read = deliveries.events_to_resend
        return await self._now(organization_id, read, names, since, until, limit)

    async def deliveries(
        self, organization_id: str, query: queries.DeliveryQuery, part: ListPart
    ) -> Page[DeliveryStored]:
        def read(
            connection: Connection, _organization_id: str, *, limit: int, offset: int
        ) -> Page[DeliveryStored]:
            return deliveries.list_deliveries(connection, query, limit=limit, offset=offset)

        return await self._page(organization_id, read, part)

    async def violations(
        self, organization_id: str, query: queries.ViolationQuery, part: ListPart, *, by_path: bool
    ) -> Page[queries.RuleViolations]:
        read = partial(violations.list_violations, by_path=by_path)
        return await self._page(organization_id, read, query, part)

    async def straying_chargers(
        self, organization_id: str, query: queries.ViolationQuery, part: ListPart
    ) -> Page[queries.ChargerViolations]:
        read = violations.list_straying_chargers
        return await self._page(organization_id, read, query, part)

    async def _page(
        self, organization_id: str, read: Callable[..., Page[Answer]], *asked: Any
    ) -> Page[Answer]:
        """A page, once everything written before is stored; the last of `asked` is the part."""
        *about, part = asked
        await self.flush()
        paged = partial(read, limit=part.limit, offset=part.offset)
        return await self._now(organization_id, paged, *about)

    async def _now(self, organization_id: str, read: Callable[..., Answer], *about: Any) -> Answer:
        """The answer by what is stored already."""
        return await self._database.read(
            lambda connection: read(connection, organization_id, *about), share=organization_id
        )
