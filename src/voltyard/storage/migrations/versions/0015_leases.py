"""leases."""

import sqlalchemy as sa
from alembic import op

revision: str = "0015"
down_revision: str | None = "0014"


def upgrade() -> None:
    op.create_table(
        "leases",
        sa.Column(
            "name",
            sa.String(length=64).with_variant(sa.Text(), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "holder",
            sa.String(length=64).with_variant(sa.Text(), "postgresql"),
            nullable=False,
        ),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("pid", sa.BigInteger(), nullable=False),
        sa.Column("renewed_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
