"""Tables of the files that chargers send and fetch. Their contents are on disk."""

from sqlalchemy import BigInteger, Column, Double, Index, Integer, String, Table, Text

from voltyard.storage.schema.metadata import metadata

_ID = String(64)

files = Table(
    "files",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("organization_id", _ID, nullable=False),
    Column("kind", _ID, nullable=False),
    Column("name", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", _ID, nullable=False),
    Column("token", _ID, unique=True),
    Column("charger_id", _ID),
    Column("charge_box_id", String(255)),
    Column("command_id", _ID),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double),
    Index("ix_files_organization_id_created_at", "organization_id", "created_at"),
    Index("ix_files_command_id", "command_id"),
)

upload_slots = Table(
    "upload_slots",
    metadata,
    Column("token_hash", _ID, primary_key=True),
    Column("organization_id", _ID, nullable=False),
    Column("charger_id", _ID, nullable=False),
    Column("charge_box_id", String(255), nullable=False),
    Column("command_id", _ID, nullable=False),
    Column("uploads_left", Integer, nullable=False),
    Column("expires_at", Double, nullable=False),
)
