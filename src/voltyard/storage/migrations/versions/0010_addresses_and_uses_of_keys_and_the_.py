"""Addresses and uses of keys and the audit log."""

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"


def upgrade() -> None:
    _make_audit_log()
    _widen_keys()


def _make_audit_log() -> None:
    op.create_table(
        "audit_log",
        sa.Column(
            "number", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), nullable=False
        ),
        sa.Column("id", sa.String(length=64).with_variant(sa.Text(), "postgresql"), nullable=False),
        sa.Column(
            "organization_id",
            sa.String(length=64).with_variant(sa.Text(), "postgresql"),
            nullable=False,
        ),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column(
            "key_id", sa.String(length=64).with_variant(sa.Text(), "postgresql"), nullable=False
        ),
        sa.Column("key_name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column(
            "request_id", sa.String(length=64).with_variant(sa.Text(), "postgresql"), nullable=False
        ),
        sa.Column(
            "method", sa.String(length=64).with_variant(sa.Text(), "postgresql"), nullable=False
        ),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=True),
        sa.Column(
            "status", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), nullable=False
        ),
        sa.Column(
            "code", sa.String(length=64).with_variant(sa.Text(), "postgresql"), nullable=True
        ),
        sa.Column("arguments", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_log")),
    )
    with op.batch_alter_table("audit_log", schema=None) as batch_op:
        batch_op.create_index(
            "ix_audit_log_organization_id_key_id",
            ["organization_id", "key_id", "number"],
            unique=False,
        )
        batch_op.create_index(
            "ix_audit_log_organization_id_number", ["organization_id", "number"], unique=False
        )


def _widen_keys() -> None:
    with op.batch_alter_table("api_keys", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("addresses", sa.Text(), server_default=sa.text("'[]'"), nullable=False)
        )
        batch_op.add_column(sa.Column("last_used_from", sa.Text(), nullable=True))
        batch_op.add_column(
            sa.Column("uses", sa.BigInteger(), server_default=sa.text("0"), nullable=False)
        )
