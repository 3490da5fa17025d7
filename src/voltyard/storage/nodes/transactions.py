"""Transactions as far as several processes have to do with them: their numbers, and their tags."""

from functools import partial

from sqlalchemy import Connection, func, select

from voltyard.kernel import limits
from voltyard.storage.database.database import Database
from voltyard.storage.nodes.number_blocks import take_block
from voltyard.storage.schema.csms import transactions
from voltyard.storage.schema.nodes import charger_owners as owners

_NUMBERS = "transactions"


async def take_transaction_numbers(database: Database) -> range:
    """Numbers of 1.6 transactions for one process, above all that there are."""
    highest = await database.read(_highest)
    return await take_block(database, _NUMBERS, limits.TRANSACTION_NUMBERS, highest)


async def charging_elsewhere(
    database: Database, node: str, organization_id: str, id_tag: str
) -> bool:
    """True where a tag charges at a charger of the organization that another process owns; `node`
    is this one, the server without a name."""
    read = partial(_is_charging, node=node, organization_id=organization_id, id_tag=id_tag)
    return await database.read(read, share=organization_id)


def _highest(connection: Connection) -> int:
    return connection.scalar(select(func.max(transactions.c.number))) or 0


def _is_charging(connection: Connection, *, node: str, organization_id: str, id_tag: str) -> bool:
    elsewhere = (
        select(transactions.c.id)
        .outerjoin(owners, owners.c.charger_id == transactions.c.charger_id)
        .where(transactions.c.organization_id == organization_id)
        .where(transactions.c.status == "in_progress")
        .where(func.lower(transactions.c.id_tag) == id_tag.lower())
        .where(func.coalesce(owners.c.node, "") != node)
        .limit(1)
    )
    return connection.execute(elsewhere).first() is not None
