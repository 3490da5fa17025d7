"""Repository of deployments, with the memories of their chargers."""

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

import msgspec
from sqlalchemy import (
    Connection,
    Row,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from voltyard.kernel.time import Instant
from voltyard.storage.database.database import Database
from voltyard.storage.schema import yard as tables
from voltyard.storage.yard.deployment_cache import DeploymentCache
from voltyard.storage.yard.deployment_search import deployments_matching
from voltyard.storage.yard.keyed_answers import keep_answer
from voltyard.storage.yard.rows import listing, parts, struct_of
from voltyard.yard.deployments.deployment import (
    UNSETTLED,
    Deployment,
    ProvisioningError,
    ProvisioningStatus,
)
from voltyard.yard.keyed_answers import KeyedAnswer
from voltyard.yard.repositories import DeploymentQuery, Listing, PageRequest

T = TypeVar("T")

_PROGRESS: Final = ("provisioning", "error", "workflow_run_id")


class StoredDeployments:
    """The DeploymentRepository in the database."""

    _table = tables.deployments

    def __init__(self, database: Database, known: DeploymentCache) -> None:
        self._database = database
        self._known = known

    async def add(
        self,
        deployments: Sequence[Deployment],
        answer: KeyedAnswer | None = None,
        *,
        only_housed: bool = False,
    ) -> list[Deployment]:
        def write(connection: Connection) -> list[Deployment]:
            kept = []
            for deployment in deployments:  # one by one: two of them may have the same identity
                housed = _housed(connection, deployment)
                is_homeless = only_housed and housed.location_id is None
                if is_homeless or _is_taken(connection, deployment):
                    continue
                connection.execute(insert(self._table).values(_deployment_row(housed)))
                kept.append(housed)
            if kept:
                keep_answer(connection, answer)
            return kept

        return await self._write(write)

    async def find(self, organization_id: str, charger_id: str) -> Deployment | None:
        known = self._known.get(organization_id, charger_id)
        if known is not None:
            return known
        version = self._known.version
        found = (await self.find_many(organization_id, [charger_id])).get(charger_id)
        if found is not None:
            self._known.keep(version, charger_id, found)
        return found

    async def find_many(
        self, organization_id: str, charger_ids: Sequence[str]
    ) -> dict[str, Deployment]:
        table = self._table

        def read(connection: Connection) -> dict[str, Deployment]:
            found: dict[str, Deployment] = {}
            for some in parts(list(dict.fromkeys(charger_ids))):
                named = or_(table.c.id.in_(some), table.c.identity.in_(some))
                query = select(table).where(table.c.organization_id == organization_id, named)
                known = [_deployment(row) for row in connection.execute(query)]
                found |= {one.identity: one for one in known if one.identity in some}
                # An id outranks an identity that happens to be spelt like it.
                found |= {one.id: one for one in known if one.id in some}
            return found

        return await self._database.read(read)

    async def listed(
        self, organization_id: str, query: DeploymentQuery, page: PageRequest
    ) -> Listing[Deployment]:
        statement = deployments_matching(organization_id, query)
        return await self._database.read(lambda c: listing(c, statement, page, _deployment))

    async def matching(self, organization_id: str, query: DeploymentQuery) -> list[tuple[str, str]]:
        table = self._table
        statement = deployments_matching(organization_id, query)
        statement = statement.with_only_columns(table.c.id, table.c.identity)
        rows = await self._database.read(lambda c: c.execute(statement).all())
        return [(row[0], row[1]) for row in rows]

    async def tally(self, organization_id: str) -> list[tuple[str | None, ProvisioningStatus, int]]:
        columns = (self._table.c.location_id, self._table.c.provisioning)
        statement = (
            select(*columns, func.count())
            .where(self._table.c.organization_id == organization_id)
            .group_by(*columns)
        )
        rows = await self._database.read(lambda c: c.execute(statement).all())
        return [(row[0], ProvisioningStatus(row[1]), row[2]) for row in rows]

    async def at_location(self, organization_id: str, location_id: str) -> list[Deployment]:
        query = deployments_matching(organization_id, DeploymentQuery(location_id=location_id))
        return await self._database.read(lambda c: [_deployment(row) for row in c.execute(query)])

    async def get(self, deployment_id: str) -> Deployment | None:
        query = select(self._table).where(self._table.c.id == deployment_id)
        row = await self._database.read(lambda c: c.execute(query).first())
        return None if row is None else _deployment(row)

    async def unsettled(self) -> list[Deployment]:
        table = self._table
        wanted = (table.c.desired_count > 0) & (table.c.provisioning != ProvisioningStatus.FAILED)
        query = (
            select(table)
            .where(or_(wanted, table.c.provisioning.in_(UNSETTLED)))
            .order_by(table.c.number)
        )
        return await self._database.read(lambda c: [_deployment(row) for row in c.execute(query)])

    async def left(self, before: Instant) -> list[Deployment]:
        table = self._table
        query = (
            select(table)
            .where(table.c.provisioning.in_(UNSETTLED), table.c.updated_at < before)
            .order_by(table.c.number)
        )
        return await self._database.read(lambda c: [_deployment(row) for row in c.execute(query)])

    async def change(self, deployment: Deployment, *, provisioned: bool = False) -> Deployment:
        def write(connection: Connection) -> Deployment:
            housed = _housed(connection, deployment)
            row = _deployment_row(housed)
            for name in ("provisioned_at", "desired_count", *(() if provisioned else _PROGRESS)):
                del row[name]
            connection.execute(update(self._table).where(self._table.c.id == housed.id).values(row))
            return housed

        return await self._write(write)

    async def begun(self, deployment_id: str, run_id: str) -> None:
        statement = (
            update(self._table)
            .where(self._table.c.id == deployment_id)
            .values(
                provisioning=ProvisioningStatus.PROVISIONING, error=None, workflow_run_id=run_id
            )
        )
        await self._write(lambda c: c.execute(statement))

    async def provisioned(
        self,
        deployment_id: str,
        provisioning: ProvisioningStatus,
        error: ProvisioningError | None,
        at: Instant | None,
        run_id: str | None = None,
    ) -> bool:
        statement = (
            update(self._table)
            .where(self._table.c.id == deployment_id)
            .values(
                provisioning=provisioning,
                error=None if error is None else msgspec.to_builtins(error),
                provisioned_at=at,
            )
        )
        if run_id is not None:
            statement = statement.where(self._table.c.workflow_run_id == run_id)
        return bool(await self._write(lambda c: c.execute(statement).rowcount))

    async def counts(self) -> list[tuple[str, int]]:
        whose = self._table.c.organization_id
        query = select(whose, func.count()).group_by(whose)
        return await self._database.read(
            lambda connection: [(row[0], row[1]) for row in connection.execute(query)]
        )

    async def remove(self, deployment_id: str) -> bool:
        def write(connection: Connection) -> bool:
            this = self._table.c.id == deployment_id
            removed = connection.execute(delete(self._table).where(this)).rowcount
            for table in (tables.commands, tables.frames, tables.memories):
                connection.execute(delete(table).where(table.c.deployment_id == deployment_id))
            return bool(removed)

        return await self._write(write)

    async def memory(self, deployment_id: str) -> bytes | None:
        query = select(tables.memories.c.snapshot).where(
            tables.memories.c.deployment_id == deployment_id
        )

        # The writer takes its turns in order, so that it has seen what was journalled before.
        def read(connection: Connection) -> bytes | None:
            return connection.scalar(query)

        return await self._database.write(read)

    async def _write(self, function: Callable[[Connection], T]) -> T:
        async with self._known.changing():
            return await self._database.write(function)


def _is_taken(connection: Connection, deployment: Deployment) -> bool:
    table = tables.deployments
    taken = select(table.c.number).where(
        table.c.organization_id == deployment.organization_id,
        table.c.identity == deployment.identity,
    )
    return connection.execute(taken).first() is not None


def _housed(connection: Connection, deployment: Deployment) -> Deployment:
    """The deployment, at no location where its own is gone."""
    table = tables.locations
    present = select(table.c.number).where(
        table.c.id == deployment.location_id, table.c.deleted_at.is_(None)
    )
    if deployment.location_id is None or connection.execute(present).first() is not None:
        return deployment
    return msgspec.structs.replace(deployment, location_id=None)


def _deployment_row(deployment: Deployment) -> dict[str, Any]:
    row: dict[str, Any] = msgspec.to_builtins(deployment)
    return row


def _deployment(row: Row[Any]) -> Deployment:
    return struct_of(row, Deployment)
