"""refused handshakes."""

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"


def upgrade() -> None:
    op.create_table(
        "refusals",
        sa.Column("id", sa.String(length=64).with_variant(sa.Text(), "postgresql"), nullable=False),
        sa.Column(
            "organization_id",
            sa.String(length=64).with_variant(sa.Text(), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "charger_id", sa.String(length=64).with_variant(sa.Text(), "postgresql"), nullable=True
        ),
        sa.Column("identity", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("offered", sa.Text(), nullable=False),
        sa.Column(
            "reason", sa.String(length=64).with_variant(sa.Text(), "postgresql"), nullable=False
        ),
        sa.Column("hint", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("first_at", sa.Double(), nullable=False),
        sa.Column("last_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refusals")),
    )
