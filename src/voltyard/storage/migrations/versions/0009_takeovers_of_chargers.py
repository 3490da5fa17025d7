"""takeovers of chargers."""

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"


def upgrade() -> None:
    with op.batch_alter_table("chargers", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "takeover",
                sa.String(length=64).with_variant(sa.Text(), "postgresql"),
                server_default="newest",
                nullable=False,
            )
        )
        batch_op.add_column(
            sa.Column("allowed_addresses", sa.Text(), server_default="[]", nullable=False)
        )
