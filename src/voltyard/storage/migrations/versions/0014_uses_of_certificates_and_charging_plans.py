"""uses of certificates, and charging plans."""

import sqlalchemy as sa
from alembic import op

revision: str = "0014"
down_revision: str | None = "0013"


def upgrade() -> None:
    op.create_table(
        "charging_plans",
        sa.Column(
            "transaction_id",
            sa.String(length=64).with_variant(sa.Text(), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "organization_id",
            sa.String(length=64).with_variant(sa.Text(), "postgresql"),
            nullable=False,
        ),
        sa.Column("needs_at", sa.Double(), nullable=False),
        sa.Column("negotiation", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("transaction_id", name=op.f("pk_charging_plans")),
    )
    with op.batch_alter_table("certificates", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "use",
                sa.String(length=64).with_variant(sa.Text(), "postgresql"),
                server_default=sa.text("'link'"),
                nullable=False,
            )
        )
