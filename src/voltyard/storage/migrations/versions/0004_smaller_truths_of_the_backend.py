"""smaller truths of the backend."""

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"


def upgrade() -> None:
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.create_index(
            "ix_messages_organization_id_at_not_valid",
            ["organization_id", "at"],
            unique=False,
            sqlite_where=sa.text("verdict <> 'valid'"),
            postgresql_where=sa.text("verdict <> 'valid'"),
        )

    with op.batch_alter_table("settings", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "no_common_subprotocol",
                sa.String(length=64).with_variant(sa.Text(), "postgresql"),
                server_default=sa.text("'close'"),
                nullable=False,
            )
        )
