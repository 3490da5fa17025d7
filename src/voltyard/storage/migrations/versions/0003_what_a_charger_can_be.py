"""what a charger can be."""

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"


def upgrade() -> None:
    op.create_table(
        "lab_days",
        sa.Column(
            "number", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), nullable=False
        ),
        sa.Column(
            "id",
            sa.String(length=64).with_variant(sa.Text(), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "organization_id",
            sa.String(length=64).with_variant(sa.Text(), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "location_id",
            sa.String(length=64).with_variant(sa.Text(), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.String(length=64).with_variant(sa.Text(), "postgresql"),
            nullable=False,
        ),
        sa.Column("day", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_lab_days")),
        sa.UniqueConstraint("id", name=op.f("uq_lab_days_id")),
    )
    with op.batch_alter_table("lab_days", schema=None) as batch_op:
        batch_op.create_index(
            "ix_lab_days_organization_id_location_id",
            ["organization_id", "location_id"],
            unique=False,
        )
        batch_op.create_index("ix_lab_days_status", ["status"], unique=False)

    with op.batch_alter_table("lab_locations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("max_power_w", sa.Double(), nullable=True))
