"""Certificates issued to chargers."""

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"


def upgrade() -> None:
    op.create_table(
        "certificates",
        sa.Column("id", sa.String(length=64).with_variant(sa.Text(), "postgresql"), nullable=False),
        sa.Column(
            "organization_id",
            sa.String(length=64).with_variant(sa.Text(), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "charger_id", sa.String(length=64).with_variant(sa.Text(), "postgresql"), nullable=False
        ),
        sa.Column(
            "charge_box_id",
            sa.String(length=255).with_variant(sa.Text(), "postgresql"),
            nullable=False,
        ),
        sa.Column("common_name", sa.Text(), nullable=False),
        sa.Column(
            "serial_number",
            sa.String(length=64).with_variant(sa.Text(), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "fingerprint",
            sa.String(length=64).with_variant(sa.Text(), "postgresql"),
            nullable=False,
        ),
        sa.Column("issued_at", sa.Double(), nullable=False),
        sa.Column("not_before", sa.Double(), nullable=False),
        sa.Column("not_after", sa.Double(), nullable=False),
        sa.Column("revoked_at", sa.Double(), nullable=True),
        sa.Column("revocation_reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificates")),
    )
    with op.batch_alter_table("chargers", schema=None) as batch_op:
        batch_op.add_column(sa.Column("pinned_serial_number", sa.Text(), nullable=True))

    # Chargers that come by certificate go on doing so under the name it may bear.
    op.execute(
        "UPDATE chargers SET pinned_serial_number = serial_number WHERE security_profile = 3"
    )

    with op.batch_alter_table("settings", schema=None) as batch_op:
        batch_op.add_column(sa.Column("operator_name", sa.Text(), nullable=True))
