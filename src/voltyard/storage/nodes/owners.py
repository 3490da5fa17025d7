"""Owners of chargers, as stored: each has one at any moment, a node or the server.

A charger is given away by its owner alone, in its own writer, after all that it wrote about the
charger. One that may not write any more can give nothing away either. What is asked for twice, as
the answer of a COMMIT was lost, changes nothing the second time.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    delete,
    insert,
    literal_column,
    select,
    text,
    update,
)

from voltyard.csms.records import Contents
from voltyard.storage.database.database import Database
from voltyard.storage.leases.lease_names import NOW, key_of_node, lease_of
from voltyard.storage.nodes.node_contents import contents_of
from voltyard.storage.schema.csms import chargers
from voltyard.storage.schema.leases import leases
from voltyard.storage.schema.nodes import charger_owners as owners

_IS_FREE: Final = text(f"SELECT pg_try_advisory_xact_lock({key_of_node('CAST(:lease AS text)')})")


class OwnedCharger(Struct, frozen=True, kw_only=True):
    """A charger that a node owns."""

    charger_id: str
    organization_id: str
    charge_box_id: str
    node: str


class StoredOwners:
    """Owners of chargers, as the process sees them that has the database open."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._mine = database.node

    async def elsewhere(self) -> list[OwnedCharger]:
        """All chargers that nodes own."""
        return await self._read(_owned())

    async def of(self, node: str) -> list[OwnedCharger]:
        """The chargers that a node owns: those that one which starts anew has to take up."""
        return await self._read(_owned().where(owners.c.node == node))

    async def find(self, organization_id: str, charge_box_id: str) -> tuple[str | None, str]:
        """A charger's id, None where it is not registered, and the node that owns it: none is the
        server."""
        wanted = (
            select(chargers.c.id, owners.c.node)
            .outerjoin(owners, owners.c.charger_id == chargers.c.id)
            .where(
                chargers.c.organization_id == organization_id,
                chargers.c.charge_box_id == charge_box_id,
                chargers.c.deleted_at.is_(None),
            )
        )
        found = await self._database.read(lambda connection: connection.execute(wanted).first())
        return (None, "") if found is None else (found.id, found.node or "")

    async def contents(self, charger_ids: Sequence[str]) -> Contents:
        """All that is stored of chargers; see `contents_of`."""
        return await self._database.read(partial(contents_of, charger_ids=charger_ids))

    async def hand_over(
        self, charger_id: str, organization_id: str, charge_box_id: str, node: str
    ) -> bool:
        """Give a charger of this process to a node, none being the server; true once it is stored,
        after all that was written before. False where it is another's already, which it stays.

        Unavailable or Overfull where it cannot be stored, or it is not known: ask again then."""
        row = {
            "charger_id": charger_id,
            "organization_id": organization_id,
            "charge_box_id": charge_box_id,
            "node": node,
        }
        return await self._database.write(lambda connection: _give(connection, self._mine, row))

    async def give_back(self, node: str) -> None:
        """Have all chargers of a node be the server's; asked for by a node that ends, after all
        that it wrote."""
        statement = delete(owners).where(owners.c.node == node)
        await self._database.write(lambda connection: connection.execute(statement))

    async def take_from(self, node: str) -> list[OwnedCharger] | None:
        """Have all chargers of a node that has ended be the server's; which they were. None where a
        process of that name is there, perhaps a new one, or somebody else looks whether there is:
        then nothing is changed.

        For the server. From then on no process of that name can write what the former one had in
        mind, nor does a new one find the chargers its own."""
        return await self._database.write(lambda connection: _take_from(connection, node))

    async def _read(self, wanted: Select[Any]) -> list[OwnedCharger]:
        def read(connection: Connection) -> list[OwnedCharger]:
            return _chargers(connection.execute(wanted).all())

        return await self._database.read(read, limit_s=None)


def _owned() -> Select[Any]:
    """A charger that was deleted keeps its row until its node ends, and is none."""
    return (
        select(owners)
        .join(chargers, chargers.c.id == owners.c.charger_id)
        .where(chargers.c.deleted_at.is_(None))
        .order_by(owners.c.taken_at, owners.c.charger_id)
    )


def _chargers(rows: Sequence[Row[Any]]) -> list[OwnedCharger]:
    return [
        OwnedCharger(
            charger_id=row.charger_id,
            organization_id=row.organization_id,
            charge_box_id=row.charge_box_id,
            node=row.node,
        )
        for row in rows
    ]


def _give(connection: Connection, mine: str, row: dict[str, str]) -> bool:
    found = connection.execute(
        select(owners.c.node).where(owners.c.charger_id == row["charger_id"])
    ).scalar_one_or_none()
    owner, heir = found or "", row["node"]
    if owner != mine or owner == heir:
        return owner == heir
    this = owners.c.charger_id == row["charger_id"]
    now: ColumnElement[float] = literal_column(NOW)
    if not heir:
        connection.execute(delete(owners).where(this))
    elif not mine:
        connection.execute(insert(owners).values(**row, taken_at=now))
    else:
        connection.execute(update(owners).where(this).values(node=heir, taken_at=now))
    return True


def _take_from(connection: Connection, node: str) -> list[OwnedCharger] | None:
    lease = lease_of(node)
    # Until the commit no process can hold the name, so none can write as that node.
    if not connection.scalar(_IS_FREE, {"lease": lease}):
        return None
    connection.execute(delete(leases).where(leases.c.name == lease))
    rows = connection.execute(delete(owners).where(owners.c.node == node).returning(*owners.c))
    return _chargers(rows.all())
