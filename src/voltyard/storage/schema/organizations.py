"""Tables of organizations, their keys, and what was changed with them."""

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    text,
)

from voltyard.storage.schema.metadata import metadata

organizations = Table(
    "organizations",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", String(255), nullable=False, unique=True),
    Column("created_at", Double, nullable=False),
    Column("egress_networks", Text, nullable=False, server_default="[]"),
    Column("quotas", Text, nullable=False, server_default="{}"),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String(64), primary_key=True),
    Column(
        "organization_id",
        String(64),
        ForeignKey("organizations.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("name", String(255), nullable=False),
    # A key has 190 random bits, so a plain SHA-256 cannot be searched and may be compared at once.
    Column("hash", String(64), nullable=False, unique=True),
    Column("prefix", String(16), nullable=False),
    Column("scopes", Text, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double),
    Column("addresses", Text, nullable=False, server_default=text("'[]'")),
    Column("last_used_at", Double),
    Column("last_used_from", Text),
    Column("uses", BigInteger, nullable=False, server_default=text("0")),
)

audit_log = Table(
    "audit_log",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", String(64), nullable=False),
    Column("organization_id", String(64), nullable=False),
    Column("at", Double, nullable=False),
    Column("key_id", String(64), nullable=False),
    Column("key_name", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("request_id", String(64), nullable=False),
    Column("method", String(64), nullable=False),
    Column("route", Text, nullable=False),
    Column("object", Text),
    Column("status", Integer, nullable=False),
    Column("code", String(64)),
    Column("arguments", Text, nullable=False),
    Index("ix_audit_log_organization_id_number", "organization_id", "number"),
    Index("ix_audit_log_organization_id_key_id", "organization_id", "key_id", "number"),
)
"""Rows outlive the keys that they name."""
