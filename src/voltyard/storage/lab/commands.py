"""Commands, one row a charger."""

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

from voltyard.lab.answers import Answer
from voltyard.lab.commands import Command, CommandError
from voltyard.lab.repositories import CommandQuery, Listing, Page
from voltyard.storage.database import Database
from voltyard.storage.lab.answers import keep_answer
from voltyard.storage.lab.known import Known
from voltyard.storage.lab.rows import json_text, listing, plain
from voltyard.storage.schema import lab as tables


class StoredCommands:
    """See lab.repositories.Commands."""

    _table = tables.commands

    def __init__(self, database: Database, known: Known) -> None:
        self._database = database
        self._known = known

    async def add(
        self,
        commands: Sequence[Command],
        desired_count: int | None = None,
        answer: Answer | None = None,
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

    async def find(self, organization_id: str, command_id: str) -> Command | None:
        query = select(self._table).where(
            self._table.c.organization_id == organization_id, self._table.c.id == command_id
        )
        row = await self._database.read(lambda c: c.execute(query).first(), share=organization_id)
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
        return await self._database.read(
            lambda c: listing(c, statement, page, _command), share=organization_id
        )

    async def open(self) -> list[Command]:
        query = (
            select(self._table)
            .where(self._table.c.finished_at.is_(None))
            .order_by(self._table.c.number)
        )
        return await self._database.read(lambda c: [_command(row) for row in c.execute(query)])


def _command_row(command: Command) -> dict[str, Any]:
    row: dict[str, Any] = msgspec.to_builtins(command)
    row["result"] = None if command.result is None else json_text(command.result)
    row["error"] = None if command.error is None else json_text(command.error)
    return row


def _command(row: Row[Any]) -> Command:
    values = plain(row)
    result, error = values["result"], values["error"]
    values["result"] = None if result is None else msgspec.json.decode(result)
    values["error"] = None if error is None else msgspec.json.decode(error, type=CommandError)
    return msgspec.convert(values, Command)
