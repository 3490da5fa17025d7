"""Tables of the leases by which servers share a PostgreSQL database; empty on SQLite."""

from sqlalchemy import BigInteger, Column, Double, String, Table

from voltyard.storage.schema.metadata import metadata

_ID = String(64)

leases = Table(
    "leases",
    metadata,
    Column("name", _ID, primary_key=True),
    Column("holder", _ID, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("pid", BigInteger, nullable=False),
    Column("renewed_at", Double, nullable=False),
)
