"""Conditions on rows of the backend, by the owner of the charger that they belong to."""

from typing import Any

from sqlalchemy import ColumnElement, exists

from voltyard.storage.schema.csms import transactions
from voltyard.storage.schema.nodes import charger_owners as owners


def is_servers(charger_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """True where the charger of that id is the server's."""
    return ~exists().where(owners.c.charger_id == charger_id)


def has_servers_transaction(transaction_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """True where the transaction of that id is of a charger of the server's, or gone."""
    theirs = transactions.alias()
    return ~exists().where(
        theirs.c.id == transaction_id, theirs.c.charger_id == owners.c.charger_id
    )
