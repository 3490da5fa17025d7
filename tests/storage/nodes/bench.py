"""Chargers of a test, stored and given to nodes."""

from typing import Any

from sqlalchemy import insert, select, update

from tests.storage import bench as rows
from voltyard.kernel import limits
from voltyard.storage.csms.backend_records import csms_journal
from voltyard.storage.database.database import Database
from voltyard.storage.nodes.owners import StoredOwners
from voltyard.storage.schema.leases import leases
from voltyard.storage.schema.nodes import charger_owners


async def store(database: Database, *records: Any) -> None:
    journal = csms_journal(database)
    journal.write(records)
    await journal.flush()


async def give(database: Database, number: int, node: str) -> bool:
    """Have the owner that the database is open for give a charger away."""
    owners = StoredOwners(database)
    return await owners.hand_over(f"chg_{number}", rows.ORGANIZATION, f"CP-{number}", node)


async def own(database: Database, number: int, node: str) -> None:
    """Store that a node owns a charger, whoever has it."""
    row = {
        "charger_id": f"chg_{number}",
        "organization_id": rows.ORGANIZATION,
        "charge_box_id": f"CP-{number}",
        "node": node,
        "taken_at": rows.NOW,
    }
    await database.write(lambda connection: connection.execute(insert(charger_owners).values(row)))


async def owned(database: Database) -> dict[str, str]:
    """The node of each charger that has one."""
    query = select(charger_owners)
    return await database.read(
        lambda connection: {row.charger_id: row.node for row in connection.execute(query)}
    )


async def leased(database: Database) -> set[str]:
    """The names of all leases."""
    return await database.read(lambda connection: set(connection.scalars(select(leases.c.name))))


async def be_silent(node: Database) -> None:
    """Leave it as a process that is paused: its connections are there, and it says nothing."""
    assert node._keeper is not None
    await node._keeper.close()
    # the database's clock goes on: as if that had been so for long
    long_ago = update(leases).where(leases.c.name == f"node:{node.node}")
    aged = long_ago.values(renewed_at=leases.c.renewed_at - 2 * limits.LEASE_S)
    await node.write(lambda connection: connection.execute(aged))
