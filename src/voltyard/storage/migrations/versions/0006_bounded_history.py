"""Bounded history."""

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"


def upgrade() -> None:
    op.create_table(
        "ageing",
        sa.Column(
            "id",
            sa.Integer().with_variant(sa.BigInteger(), "postgresql"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("counted_to", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ageing")),
    )
    with op.batch_alter_table("meter_values", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_meter_values_organization_id_at"))
        batch_op.create_index("ix_meter_values_charger_id_at", ["charger_id", "at"], unique=False)
