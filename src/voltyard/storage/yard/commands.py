"""Repository of commands, one row a charger."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import (
    Connection,
    Row,
    bindparam,
    insert,
    select,
    update,
)

from voltyard.storage.database.database import Database
from voltyard.storage.schema import yard as tables
from voltyard.storage.yard.deployment_cache import DeploymentCache
from voltyard.storage.yard.keyed_answers import keep_answer
from voltyard.storage.yard.rows import json_text, listing, plain
from voltyard.yard.commands.command import CommandError, QueuedCommand
from voltyard.yard.keyed_answers import KeyedAnswer
from voltyard.yard.repositories import CommandQuery, Listing, PageRequest


class StoredCommands:
    """The CommandRepository in the database."""

    _table = tables.commands

    def __init__(self, database: Database, known: DeploymentCache) -> None:
        self._database = database
        self._known = known

    async def add(
        self,
        commands: Sequence[QueuedCommand],
        desired_count: int | None = None,
        answer: KeyedAnswer | None = None,
    ) -> None:
        rows = [_command_row(command) for command in commands]
        wanted = (
            update(tables.deployments)
            .where(tables.deployments.c.id == bindparam("deployment"))
            .values(desired_count=desired_count)
        )

        def write(connection: Connection) -> None:
            keep_answer(connection, answer)
            if rows:
                connection.execute(insert(self._table), rows)
            if rows and desired_count is not None:
                connection.execute(wanted, [{"deployment": row["deployment_id"]} for row in rows])

        if not rows and answer is None:
            return
        if desired_count is None:
            await self._database.write(write)
            return
        async with self._known.changing():
            await self._database.write(write)

    async def find(self, organization_id: str, command_id: str) -> QueuedCommand | None:
        query = select(self._table).where(
            self._table.c.organization_id == organization_id, self._table.c.id == command_id
        )
        row = await self._database.read(lambda c: c.execute(query).first(), share=organization_id)
        return None if row is None else _command(row)

    async def listed(
        self, organization_id: str, query: CommandQuery, page: PageRequest
    ) -> Listing[QueuedCommand]:
        statement = select(self._table).where(self._table.c.organization_id == organization_id)
        for name in CommandQuery.__struct_fields__:
            wanted = getattr(query, name)
            if wanted is not None:
                statement = statement.where(self._table.c[name] == wanted)
        statement = statement.order_by(self._table.c.number.desc())
        return await self._database.read(
            lambda c: listing(c, statement, page, _command), share=organization_id
        )

    async def open(self) -> list[QueuedCommand]:
        query = (
            select(self._table)
            .where(self._table.c.finished_at.is_(None))
            .order_by(self._table.c.number)
        )
        return await self._database.read(lambda c: [_command(row) for row in c.execute(query)])


def _command_row(command: QueuedCommand) -> dict[str, Any]:
    row: dict[str, Any] = msgspec.to_builtins(command)
    row["result"] = None if command.result is None else json_text(command.result)
    row["error"] = None if command.error is None else json_text(command.error)
    return row


def _command(row: Row[Any]) -> QueuedCommand:
    values = plain(row)
    result, error = values["result"], values["error"]
    values["result"] = None if result is None else msgspec.json.decode(result)
    values["error"] = None if error is None else msgspec.json.decode(error, type=CommandError)
    return msgspec.convert(values, QueuedCommand)
