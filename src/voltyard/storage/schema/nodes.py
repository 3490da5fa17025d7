"""Tables of nodes: the chargers that they own, their events on the way into the log, and blocks of
numbers. Empty on SQLite, which has no nodes; blocks of numbers apart."""

from sqlalchemy import BigInteger, Column, Double, Index, Integer, String, Table, Text

from voltyard.storage.schema.metadata import metadata

_ID = String(64)

charger_owners = Table(
    "charger_owners",
    metadata,
    Column("charger_id", _ID, primary_key=True),
    Column("organization_id", _ID, nullable=False),
    Column("charge_box_id", String(255), nullable=False),
    Column("node", _ID, nullable=False),
    Column("taken_at", Double, nullable=False),
    Index("ix_charger_owners_node", "node"),
    Index("ix_charger_owners_organization_id_charge_box_id", "organization_id", "charge_box_id"),
)
"""Chargers that a node owns; all others are the server's."""

staged_events = Table(
    "staged_events",
    metadata,
    # Given before the commit: a lower number may be seen later than a higher one.
    Column("number", Integer, primary_key=True),
    Column("node", _ID, nullable=False),
    Column("id", _ID, nullable=False),
    Column("organization_id", _ID, nullable=False),
    Column("charger_id", _ID),
    Column("charge_box_id", String(255)),
    Column("at", Double, nullable=False),
    Column("event", String(64), nullable=False),
    Column("data", Text, nullable=False),
    # What is written again, as the answer of a COMMIT was lost, is there once.
    Index("uq_staged_events_id", "id", unique=True),
)
"""Events of nodes that the server has not numbered yet."""

number_blocks = Table(
    "number_blocks",
    metadata,
    Column("name", _ID, primary_key=True),
    Column("next", BigInteger, nullable=False),
)
"""The first number that is in no block yet, by what is numbered."""
