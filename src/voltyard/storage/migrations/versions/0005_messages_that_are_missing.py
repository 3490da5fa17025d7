"""The word of the message log that some of it is missing."""

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"


def upgrade() -> None:
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "missing", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), nullable=True
            )
        )
