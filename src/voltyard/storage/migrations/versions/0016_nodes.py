"""nodes."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision: str = "0016"
down_revision: str | None = "0015"


def upgrade() -> None:
    op.create_table(
        "charger_owners",
        _text("charger_id", 64),
        _text("organization_id", 64),
        _text("charge_box_id", 255),
        _text("node", 64),
        sa.Column("taken_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("charger_id", name=op.f("pk_charger_owners")),
    )
    with op.batch_alter_table("charger_owners", schema=None) as batch_op:
        batch_op.create_index("ix_charger_owners_node", ["node"], unique=False)
        batch_op.create_index(
            "ix_charger_owners_organization_id_charge_box_id",
            ["organization_id", "charge_box_id"],
            unique=False,
        )
    op.create_table(
        "number_blocks",
        _text("name", 64),
        sa.Column("next", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_number_blocks")),
    )
    op.create_table(
        "staged_events",
        sa.Column(
            "number", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), nullable=False
        ),
        _text("node", 64),
        _text("id", 64),
        _text("organization_id", 64),
        _text("charger_id", 64, nullable=True),
        _text("charge_box_id", 255, nullable=True),
        sa.Column("at", sa.Double(), nullable=False),
        _text("event", 64),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_staged_events")),
    )
    with op.batch_alter_table("staged_events", schema=None) as batch_op:
        batch_op.create_index("uq_staged_events_id", ["id"], unique=True)
    with op.batch_alter_table("certificates", schema=None) as batch_op:
        batch_op.create_index("ix_certificates_charger_id", ["charger_id"], unique=False)


def _text(name: str, length: int, *, nullable: bool = False) -> sa.Column[Any]:
    kind = sa.String(length=length).with_variant(sa.Text(), "postgresql")
    return sa.Column(name, kind, nullable=nullable)
