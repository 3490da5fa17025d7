"""Repository of bulk creations and their items."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import (
    Connection,
    func,
    insert,
    select,
    update,
)

from voltyard.storage.database.database import Database
from voltyard.storage.schema import yard as tables
from voltyard.storage.yard.keyed_answers import keep_answer
from voltyard.storage.yard.locations import add_location, slug_checked
from voltyard.storage.yard.rows import listing, struct_of
from voltyard.yard.deployments.deployment import UNSETTLED, ProvisioningError, ProvisioningStatus
from voltyard.yard.keyed_answers import KeyedAnswer
from voltyard.yard.locations.location import Location
from voltyard.yard.provisioning.bulk_job import Job, JobItem, JobProgress
from voltyard.yard.repositories import Listing, PageRequest


class StoredJobs:
    """The JobRepository in the database."""

    _table = tables.jobs
    _items = tables.job_items

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self,
        job: Job,
        items: Sequence[JobItem],
        answer: KeyedAnswer | None = None,
        *,
        location: Location | None = None,
    ) -> None:
        def write(connection: Connection) -> None:
            if location is not None:
                add_location(connection, location)
            keep_answer(connection, answer)
            connection.execute(insert(self._table).values(msgspec.to_builtins(job)))
            connection.execute(insert(self._items), [msgspec.to_builtins(item) for item in items])

        if location is None:
            await self._database.write(write)
        else:
            await slug_checked(self._database, write, location)

    async def find(self, organization_id: str, location_id: str, job_id: str) -> Job | None:
        query = select(self._table).where(
            self._table.c.id == job_id,
            self._table.c.organization_id == organization_id,
            self._table.c.location_id == location_id,
        )
        row = await self._database.read(lambda c: c.execute(query).first())
        return None if row is None else struct_of(row, Job)

    async def get(self, job_id: str) -> Job | None:
        query = select(self._table).where(self._table.c.id == job_id)
        row = await self._database.read(lambda c: c.execute(query).first())
        return None if row is None else struct_of(row, Job)

    async def listed(
        self, organization_id: str, location_id: str, page: PageRequest
    ) -> Listing[Job]:
        table = self._table
        query = (
            select(table)
            .where(table.c.organization_id == organization_id, table.c.location_id == location_id)
            .order_by(table.c.created_at.desc(), table.c.id)
        )
        return await self._database.read(
            lambda c: listing(c, query, page, lambda row: struct_of(row, Job))
        )

    async def items(self, job_id: str) -> list[JobItem]:
        query = (
            select(self._items)
            .where(self._items.c.job_id == job_id)
            .order_by(self._items.c.position)
        )
        return await self._database.read(
            lambda c: [struct_of(row, JobItem) for row in c.execute(query)]
        )

    async def progress(self, job_ids: Sequence[str]) -> dict[str, JobProgress]:
        query = (
            select(self._items.c.job_id, self._items.c.status, func.count())
            .where(self._items.c.job_id.in_(job_ids))
            .group_by(self._items.c.job_id, self._items.c.status)
        )
        counts: dict[str, dict[str, int]] = {job_id: {} for job_id in job_ids}
        for job_id, status, count in await self._database.read(lambda c: c.execute(query).all()):
            counts[job_id][status] = count
        return {job_id: JobProgress.of(found) for job_id, found in counts.items()}

    async def unsettled(self) -> list[Job]:
        query = (
            select(self._table)
            .where(self._table.c.status.in_(UNSETTLED))
            .order_by(self._table.c.created_at)
        )
        return await self._database.read(
            lambda c: [struct_of(row, Job) for row in c.execute(query)]
        )

    async def change(self, job: Job) -> None:
        row = msgspec.to_builtins(job)
        statement = update(self._table).where(self._table.c.id == job.id).values(row)
        await self._database.write(lambda c: c.execute(statement))

    async def claim(self, item: JobItem) -> bool:
        statement = (
            update(self._items)
            .where(
                self._items.c.job_id == item.job_id,
                self._items.c.position == item.position,
                self._items.c.status.in_(UNSETTLED),
            )
            .values(status=ProvisioningStatus.PROVISIONING)
        )
        return await self._database.write(lambda c: c.execute(statement).rowcount == 1)

    async def settle_unclaimed(self, job_id: str, error: ProvisioningError) -> None:
        statement = (
            update(self._items)
            .where(
                self._items.c.job_id == job_id, self._items.c.status == ProvisioningStatus.PENDING
            )
            .values(status=ProvisioningStatus.FAILED, error=msgspec.to_builtins(error))
        )
        await self._database.write(lambda c: c.execute(statement))

    async def settle(self, items: Sequence[JobItem]) -> None:
        def write(connection: Connection) -> None:
            for item in items:
                row = msgspec.to_builtins(item)
                connection.execute(
                    update(self._items)
                    .where(
                        self._items.c.job_id == item.job_id,
                        self._items.c.position == item.position,
                    )
                    .values(row)
                )

        await self._database.write(write)
