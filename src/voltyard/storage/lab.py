"""What the lab keeps, in the database: the repositories of lab.repositories, and its journal."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar

import msgspec
from sqlalchemy import (
    Column,
    Connection,
    Row,
    Select,
    Table,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from voltyard.kernel import limits
from voltyard.kernel.errors import Conflict
from voltyard.kernel.time import Instant
from voltyard.lab import records
from voltyard.lab.commands import Command, CommandError
from voltyard.lab.deployments import Deployment, Provisioning, ProvisioningError
from voltyard.lab.jobs import Job, JobItem
from voltyard.lab.locations import Coordinates, Location
from voltyard.lab.records import FrameLogged
from voltyard.lab.repositories import CommandQuery, Listing, LogQuery, Page, Repositories
from voltyard.storage.database import Database
from voltyard.storage.journal import DatabaseJournal
from voltyard.storage.schema import lab as tables
from voltyard.storage.statements import Append, Change, Replace, Way

T = TypeVar("T")

WAYS: Final[Mapping[type[msgspec.Struct], Way]] = {
    records.FrameLogged: Append(tables.frames),
    records.MemoryKept: Replace(tables.memories),
    records.CommandDelivered: Change(tables.commands, "id", "id", ("status", "delivered_at")),
    records.CommandSettled: Change(
        tables.commands, "id", "id", ("status", "result", "error", "finished_at")
    ),
}

_UNSETTLED: Final = (Provisioning.PENDING, Provisioning.PROVISIONING)
_MANY: Final = 500
"""How many values an IN of one statement has at most."""


def lab_journal(database: Database) -> DatabaseJournal:
    """Where the lab writes what it does not wait for."""
    return DatabaseJournal(database, WAYS)


def lab_repositories(database: Database) -> Repositories:
    """All that the lab keeps."""
    return Repositories(
        deployments=StoredDeployments(database),
        locations=StoredLocations(database),
        commands=StoredCommands(database),
        frames=StoredFrames(database),
        jobs=StoredJobs(database),
    )


class StoredDeployments:
    """See lab.repositories.Deployments."""

    _table = tables.deployments

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, deployments: Sequence[Deployment]) -> list[Deployment]:
        def write(connection: Connection) -> list[Deployment]:
            kept = []
            for deployment in deployments:  # one by one: two of them may have the same identity
                if not _is_taken(connection, deployment):
                    connection.execute(insert(self._table).values(_deployment_row(deployment)))
                    kept.append(deployment)
            return kept

        return await self._database.write(write)

    async def find(self, organization_id: str, charger_id: str) -> Deployment | None:
        found = await self.find_many(organization_id, [charger_id])
        return found.get(charger_id)

    async def find_many(
        self, organization_id: str, charger_ids: Sequence[str]
    ) -> dict[str, Deployment]:
        table = self._table

        def read(connection: Connection) -> dict[str, Deployment]:
            found: dict[str, Deployment] = {}
            for some in _parts(list(dict.fromkeys(charger_ids))):
                named = or_(table.c.id.in_(some), table.c.identity.in_(some))
                query = select(table).where(table.c.organization_id == organization_id, named)
                known = [_deployment(row) for row in connection.execute(query)]
                found |= {one.identity: one for one in known if one.identity in some}
                # An id outranks an identity that happens to be spelt like it.
                found |= {one.id: one for one in known if one.id in some}
            return found

        return await self._database.read(read)

    async def listed(
        self, organization_id: str, location_id: str | None, page: Page
    ) -> Listing[Deployment]:
        query = select(self._table).where(self._table.c.organization_id == organization_id)
        if location_id is not None:
            query = query.where(self._table.c.location_id == location_id)
        query = query.order_by(self._table.c.number)
        return await self._database.read(lambda c: _listing(c, query, page, _deployment))

    async def at_location(self, organization_id: str, location_id: str) -> list[Deployment]:
        query = (
            select(self._table)
            .where(
                self._table.c.organization_id == organization_id,
                self._table.c.location_id == location_id,
            )
            .order_by(self._table.c.number)
        )
        return await self._database.read(lambda c: [_deployment(row) for row in c.execute(query)])

    async def get(self, deployment_id: str) -> Deployment | None:
        query = select(self._table).where(self._table.c.id == deployment_id)
        row = await self._database.read(lambda c: c.execute(query).first())
        return None if row is None else _deployment(row)

    async def unsettled(self) -> list[Deployment]:
        table = self._table
        wanted = (table.c.desired_count > 0) & (table.c.provisioning != Provisioning.FAILED)
        query = (
            select(table)
            .where(or_(wanted, table.c.provisioning.in_(_UNSETTLED)))
            .order_by(table.c.number)
        )
        return await self._database.read(lambda c: [_deployment(row) for row in c.execute(query)])

    async def change(self, deployment: Deployment) -> None:
        row = _deployment_row(deployment)
        for name in ("provisioning", "error", "provisioned_at", "desired_count"):
            del row[name]
        statement = update(self._table).where(self._table.c.id == deployment.id).values(row)
        await self._database.write(lambda c: c.execute(statement))

    async def provisioned(
        self,
        deployment_id: str,
        provisioning: Provisioning,
        error: ProvisioningError | None,
        at: Instant | None,
    ) -> None:
        statement = (
            update(self._table)
            .where(self._table.c.id == deployment_id)
            .values(
                provisioning=provisioning,
                error=None if error is None else msgspec.to_builtins(error),
                provisioned_at=at,
            )
        )
        await self._database.write(lambda c: c.execute(statement))

    async def remove(self, deployment_id: str) -> None:
        def write(connection: Connection) -> None:
            connection.execute(delete(self._table).where(self._table.c.id == deployment_id))
            for table in (tables.commands, tables.frames, tables.memories):
                connection.execute(delete(table).where(table.c.deployment_id == deployment_id))

        await self._database.write(write)

    async def memory(self, deployment_id: str) -> bytes | None:
        query = select(tables.memories.c.snapshot).where(
            tables.memories.c.deployment_id == deployment_id
        )

        # The writer takes its turns in order, so that it has seen what was journalled before.
        def read(connection: Connection) -> bytes | None:
            return connection.scalar(query)

        return await self._database.write(read)


class StoredLocations:
    """See lab.repositories.Locations."""

    _table = tables.locations

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, location: Location) -> None:
        statement = insert(self._table).values(_location_row(location))
        await _slug_checked(self._database, statement, location)

    async def find(self, organization_id: str, location_id: str) -> Location | None:
        query = self._of(organization_id).where(self._table.c.id == location_id)
        row = await self._database.read(lambda c: c.execute(query).first())
        return None if row is None else _location(row)

    async def listed(self, organization_id: str, page: Page) -> Listing[Location]:
        query = self._of(organization_id).order_by(self._table.c.number)
        return await self._database.read(lambda c: _listing(c, query, page, _location))

    async def change(self, location: Location) -> None:
        statement = (
            update(self._table)
            .where(self._table.c.id == location.id)
            .values(_location_row(location))
        )
        await _slug_checked(self._database, statement, location)

    async def remove(self, organization_id: str, location_id: str, at: Instant) -> bool:
        table, deployments = self._table, tables.deployments
        this = (table.c.organization_id == organization_id) & (table.c.id == location_id)

        def write(connection: Connection) -> bool:
            known = connection.scalar(select(func.count()).select_from(table).where(this))
            if not known:
                return False
            connection.execute(
                update(table).where(this, table.c.deleted_at.is_(None)).values(deleted_at=at)
            )
            connection.execute(
                update(deployments)
                .where(
                    deployments.c.organization_id == organization_id,
                    deployments.c.location_id == location_id,
                )
                .values(location_id=None)
            )
            return True

        return await self._database.write(write)

    def _of(self, organization_id: str) -> Select[Any]:
        return select(self._table).where(
            self._table.c.organization_id == organization_id, self._table.c.deleted_at.is_(None)
        )


class StoredCommands:
    """See lab.repositories.Commands."""

    _table = tables.commands

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, commands: Sequence[Command], desired_count: int | None = None) -> None:
        rows = [_command_row(command) for command in commands]
        wanted = (
            update(tables.deployments)
            .where(tables.deployments.c.id == bindparam("deployment"))
            .values(desired_count=desired_count)
        )

        def write(connection: Connection) -> None:
            connection.execute(insert(self._table), rows)
            if desired_count is not None:
                connection.execute(wanted, [{"deployment": row["deployment_id"]} for row in rows])

        if rows:
            await self._database.write(write)

    async def find(self, organization_id: str, command_id: str) -> Command | None:
        query = select(self._table).where(
            self._table.c.organization_id == organization_id, self._table.c.id == command_id
        )
        row = await self._database.read(lambda c: c.execute(query).first())
        return None if row is None else _command(row)

    async def listed(
        self, organization_id: str, query: CommandQuery, page: Page
    ) -> Listing[Command]:
        statement = select(self._table).where(self._table.c.organization_id == organization_id)
        for name in CommandQuery.__struct_fields__:
            wanted = getattr(query, name)
            if wanted is not None:
                statement = statement.where(self._table.c[name] == wanted)
        statement = statement.order_by(self._table.c.number.desc())
        return await self._database.read(lambda c: _listing(c, statement, page, _command))

    async def open(self) -> list[Command]:
        query = (
            select(self._table)
            .where(self._table.c.finished_at.is_(None))
            .order_by(self._table.c.number)
        )
        return await self._database.read(lambda c: [_command(row) for row in c.execute(query)])

    async def prune(self, before: Instant) -> int:
        return await _prune(self._database, self._table, self._table.c.finished_at, before)


class StoredFrames:
    """See lab.repositories.Frames."""

    _table = tables.frames

    def __init__(self, database: Database) -> None:
        self._database = database

    async def listed(self, deployment_id: str, query: LogQuery) -> Listing[FrameLogged]:
        table = self._table
        statement = select(table).where(table.c.deployment_id == deployment_id)
        if query.since is not None:
            statement = statement.where(table.c.at >= query.since)
        if query.until is not None:
            statement = statement.where(table.c.at <= query.until)
        if query.action is not None:
            statement = statement.where(table.c.action == query.action)
        wanted = statement.order_by(table.c.at.desc(), table.c.number.desc())

        def read(connection: Connection) -> Listing[FrameLogged]:
            total = _count(connection, statement)
            rows = connection.execute(wanted.limit(query.limit).offset(query.offset))
            return Listing([_frame(row) for row in rows], total)

        return await self._database.read(read)

    async def prune(self, before: Instant) -> int:
        return await _prune(self._database, self._table, self._table.c.at, before)


class StoredJobs:
    """See lab.repositories.Jobs."""

    _table = tables.jobs
    _items = tables.job_items

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, job: Job, items: Sequence[JobItem]) -> None:
        def write(connection: Connection) -> None:
            connection.execute(insert(self._table).values(msgspec.to_builtins(job)))
            connection.execute(insert(self._items), [msgspec.to_builtins(item) for item in items])

        await self._database.write(write)

    async def find(self, organization_id: str, location_id: str, job_id: str) -> Job | None:
        query = select(self._table).where(
            self._table.c.id == job_id,
            self._table.c.organization_id == organization_id,
            self._table.c.location_id == location_id,
        )
        row = await self._database.read(lambda c: c.execute(query).first())
        return None if row is None else _struct(row, Job)

    async def items(self, job_id: str) -> list[JobItem]:
        query = (
            select(self._items)
            .where(self._items.c.job_id == job_id)
            .order_by(self._items.c.position)
        )
        return await self._database.read(
            lambda c: [_struct(row, JobItem) for row in c.execute(query)]
        )

    async def unsettled(self) -> list[Job]:
        query = (
            select(self._table)
            .where(self._table.c.status.in_(_UNSETTLED))
            .order_by(self._table.c.created_at)
        )
        return await self._database.read(lambda c: [_struct(row, Job) for row in c.execute(query)])

    async def change(self, job: Job) -> None:
        row = msgspec.to_builtins(job)
        statement = update(self._table).where(self._table.c.id == job.id).values(row)
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


# --- rows and what they stand for --------------------------------------------------------------


async def _prune(database: Database, table: Table, column: Column[Any], before: Instant) -> int:
    """Delete what is older, a few rows at a time so that others can write between. Rows are
    numbered as they come: beyond the oldest nothing is looked at, for this is done every minute."""
    oldest = select(table.c.number).order_by(table.c.number).limit(limits.RETENTION_STEP_ROWS)
    statement = delete(table).where(table.c.number.in_(oldest), column < before)
    total = 0
    while deleted := await database.write(lambda c: c.execute(statement).rowcount):
        total += deleted
    return total


def _is_taken(connection: Connection, deployment: Deployment) -> bool:
    table = tables.deployments
    taken = select(table.c.number).where(
        table.c.organization_id == deployment.organization_id,
        table.c.identity == deployment.identity,
    )
    return connection.execute(taken).first() is not None


def _deployment_row(deployment: Deployment) -> dict[str, Any]:
    row: dict[str, Any] = msgspec.to_builtins(deployment)
    return row


def _deployment(row: Row[Any]) -> Deployment:
    return _struct(row, Deployment)


def _location_row(location: Location) -> dict[str, Any]:
    row: dict[str, Any] = msgspec.to_builtins(location)
    row |= row.pop("coordinates")
    return row


def _location(row: Row[Any]) -> Location:
    values = _plain(row)
    values["coordinates"] = Coordinates(values["latitude"], values["longitude"])
    return msgspec.convert(values, Location)


def _command_row(command: Command) -> dict[str, Any]:
    row: dict[str, Any] = msgspec.to_builtins(command)
    row["result"] = None if command.result is None else _json(command.result)
    row["error"] = None if command.error is None else _json(command.error)
    return row


def _command(row: Row[Any]) -> Command:
    values = _plain(row)
    result, error = values["result"], values["error"]
    values["result"] = None if result is None else msgspec.json.decode(result)
    values["error"] = None if error is None else msgspec.json.decode(error, type=CommandError)
    return msgspec.convert(values, Command)


def _frame(row: Row[Any]) -> FrameLogged:
    return _struct(row, FrameLogged)


def _struct(row: Row[Any], kind: type[T]) -> T:
    return msgspec.convert(_plain(row), kind)


def _plain(row: Row[Any]) -> dict[str, Any]:
    # Columns are known to the row by a kind of str of its own, which msgspec takes for none.
    return {str(name): value for name, value in row._mapping.items()}


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _listing(connection: Connection, query: Select[Any], page: Page, made: Any) -> Listing[Any]:
    total = _count(connection, query)
    rows = connection.execute(query.limit(page.size).offset((page.number - 1) * page.size))
    return Listing([made(row) for row in rows], total)


def _count(connection: Connection, query: Select[Any]) -> int:
    counting = select(func.count()).select_from(query.order_by(None).subquery())
    return connection.scalar(counting) or 0


def _parts(values: list[str]) -> list[list[str]]:
    return [values[start : start + _MANY] for start in range(0, len(values), _MANY)]


async def _slug_checked(database: Database, statement: Any, location: Location) -> None:
    try:
        await database.write(lambda c: c.execute(statement))
    except IntegrityError:
        raise Conflict(
            f"the slug {location.slug!r} is taken by another location", param="slug"
        ) from None
