"""the gateway, whole."""

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"


def upgrade() -> None:
    op.create_table(
        "connections",
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
        sa.Column(
            "version", sa.String(length=64).with_variant(sa.Text(), "postgresql"), nullable=False
        ),
        sa.Column("remote", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.Double(), nullable=False),
        sa.Column("closed_at", sa.Double(), nullable=True),
        sa.Column("code", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connections")),
    )
    with op.batch_alter_table("connections", schema=None) as batch_op:
        batch_op.create_index(
            "ix_connections_charger_id_opened_at", ["charger_id", "opened_at"], unique=False
        )
        batch_op.create_index("ix_connections_opened_at", ["opened_at"], unique=False)
        batch_op.create_index(
            "ix_connections_organization_id_opened_at",
            ["organization_id", "opened_at"],
            unique=False,
        )

    op.create_table(
        "events",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.String(length=64).with_variant(sa.Text(), "postgresql"), nullable=False),
        sa.Column(
            "organization_id",
            sa.String(length=64).with_variant(sa.Text(), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "charger_id", sa.String(length=64).with_variant(sa.Text(), "postgresql"), nullable=True
        ),
        sa.Column(
            "charge_box_id",
            sa.String(length=255).with_variant(sa.Text(), "postgresql"),
            nullable=True,
        ),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column(
            "event", sa.String(length=64).with_variant(sa.Text(), "postgresql"), nullable=False
        ),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_events")),
    )
    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.create_index(
            "ix_events_organization_id_charge_box_id",
            ["organization_id", "charge_box_id", "number"],
            unique=False,
        )
        batch_op.create_index(
            "ix_events_organization_id_number", ["organization_id", "number"], unique=False
        )

    op.create_table(
        "files",
        sa.Column("id", sa.String(length=64).with_variant(sa.Text(), "postgresql"), nullable=False),
        sa.Column(
            "organization_id",
            sa.String(length=64).with_variant(sa.Text(), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "kind", sa.String(length=64).with_variant(sa.Text(), "postgresql"), nullable=False
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column(
            "sha256", sa.String(length=64).with_variant(sa.Text(), "postgresql"), nullable=False
        ),
        sa.Column(
            "token", sa.String(length=64).with_variant(sa.Text(), "postgresql"), nullable=True
        ),
        sa.Column(
            "charger_id", sa.String(length=64).with_variant(sa.Text(), "postgresql"), nullable=True
        ),
        sa.Column(
            "charge_box_id",
            sa.String(length=255).with_variant(sa.Text(), "postgresql"),
            nullable=True,
        ),
        sa.Column(
            "command_id", sa.String(length=64).with_variant(sa.Text(), "postgresql"), nullable=True
        ),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_files")),
        sa.UniqueConstraint("token", name=op.f("uq_files_token")),
    )
    with op.batch_alter_table("files", schema=None) as batch_op:
        batch_op.create_index("ix_files_command_id", ["command_id"], unique=False)
        batch_op.create_index(
            "ix_files_organization_id_created_at", ["organization_id", "created_at"], unique=False
        )

    op.create_table(
        "id_tags",
        sa.Column("id", sa.String(length=64).with_variant(sa.Text(), "postgresql"), nullable=False),
        sa.Column(
            "organization_id",
            sa.String(length=64).with_variant(sa.Text(), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "id_tag", sa.String(length=64).with_variant(sa.Text(), "postgresql"), nullable=False
        ),
        sa.Column(
            "id_tag_type", sa.String(length=64).with_variant(sa.Text(), "postgresql"), nullable=True
        ),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column(
            "status", sa.String(length=64).with_variant(sa.Text(), "postgresql"), nullable=False
        ),
        sa.Column(
            "parent_id_tag",
            sa.String(length=64).with_variant(sa.Text(), "postgresql"),
            nullable=True,
        ),
        sa.Column("expires_at", sa.Double(), nullable=True),
        sa.Column("charge_box_ids", sa.Text(), nullable=False),
        sa.Column(
            "source", sa.String(length=64).with_variant(sa.Text(), "postgresql"), nullable=False
        ),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_id_tags")),
    )
    with op.batch_alter_table("id_tags", schema=None) as batch_op:
        batch_op.create_index(
            "ix_id_tags_organization_id_created_at", ["organization_id", "created_at"], unique=False
        )

    op.create_table(
        "lab_answers",
        sa.Column(
            "number", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), nullable=False
        ),
        sa.Column(
            "organization_id",
            sa.String(length=64).with_variant(sa.Text(), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "key", sa.String(length=255).with_variant(sa.Text(), "postgresql"), nullable=False
        ),
        sa.Column(
            "fingerprint",
            sa.String(length=64).with_variant(sa.Text(), "postgresql"),
            nullable=False,
        ),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column(
            "characters", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), nullable=False
        ),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_lab_answers")),
        sa.UniqueConstraint(
            "organization_id", "key", name=op.f("uq_lab_answers_organization_id_key")
        ),
    )
    op.create_table(
        "lab_events",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column(
            "organization_id",
            sa.String(length=64).with_variant(sa.Text(), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "deployment_id",
            sa.String(length=64).with_variant(sa.Text(), "postgresql"),
            nullable=True,
        ),
        sa.Column(
            "identity", sa.String(length=255).with_variant(sa.Text(), "postgresql"), nullable=True
        ),
        sa.Column(
            "location_id", sa.String(length=64).with_variant(sa.Text(), "postgresql"), nullable=True
        ),
        sa.Column(
            "type", sa.String(length=64).with_variant(sa.Text(), "postgresql"), nullable=False
        ),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_lab_events")),
    )
    with op.batch_alter_table("lab_events", schema=None) as batch_op:
        batch_op.create_index(
            "ix_lab_events_deployment_id_number", ["deployment_id", "number"], unique=False
        )
        batch_op.create_index(
            "ix_lab_events_organization_id_number", ["organization_id", "number"], unique=False
        )

    op.create_table(
        "reservations",
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
        sa.Column(
            "reservation_id",
            sa.Integer().with_variant(sa.BigInteger(), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "evse_id", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), nullable=True
        ),
        sa.Column(
            "connector_id", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), nullable=True
        ),
        sa.Column(
            "id_tag", sa.String(length=255).with_variant(sa.Text(), "postgresql"), nullable=False
        ),
        sa.Column(
            "parent_id_tag",
            sa.String(length=255).with_variant(sa.Text(), "postgresql"),
            nullable=True,
        ),
        sa.Column("expires_at", sa.Double(), nullable=False),
        sa.Column(
            "status", sa.String(length=64).with_variant(sa.Text(), "postgresql"), nullable=False
        ),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reservations")),
    )
    with op.batch_alter_table("reservations", schema=None) as batch_op:
        batch_op.create_index(
            "ix_reservations_organization_id_created_at",
            ["organization_id", "created_at"],
            unique=False,
        )
        batch_op.create_index("ix_reservations_status", ["status"], unique=False)

    op.create_table(
        "upload_slots",
        sa.Column(
            "token_hash", sa.String(length=64).with_variant(sa.Text(), "postgresql"), nullable=False
        ),
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
        sa.Column(
            "command_id", sa.String(length=64).with_variant(sa.Text(), "postgresql"), nullable=False
        ),
        sa.Column(
            "uploads_left", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), nullable=False
        ),
        sa.Column("expires_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_upload_slots")),
    )
    op.create_table(
        "webhook_deliveries",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "webhook_id", sa.String(length=64).with_variant(sa.Text(), "postgresql"), nullable=False
        ),
        sa.Column(
            "organization_id",
            sa.String(length=64).with_variant(sa.Text(), "postgresql"),
            nullable=False,
        ),
        sa.Column("event_number", sa.BigInteger(), nullable=False),
        sa.Column(
            "event_id", sa.String(length=64).with_variant(sa.Text(), "postgresql"), nullable=False
        ),
        sa.Column(
            "event", sa.String(length=64).with_variant(sa.Text(), "postgresql"), nullable=False
        ),
        sa.Column(
            "lane", sa.String(length=64).with_variant(sa.Text(), "postgresql"), nullable=False
        ),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column(
            "status", sa.String(length=64).with_variant(sa.Text(), "postgresql"), nullable=False
        ),
        sa.Column(
            "attempts", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), nullable=False
        ),
        sa.Column("attempted_at", sa.Double(), nullable=True),
        sa.Column(
            "status_code", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), nullable=True
        ),
        sa.Column("latency_ms", sa.Double(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("next_attempt_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_webhook_deliveries")),
    )
    with op.batch_alter_table("webhook_deliveries", schema=None) as batch_op:
        batch_op.create_index(
            "ix_webhook_deliveries_pending",
            ["webhook_id", "lane", "number"],
            unique=False,
            sqlite_where=sa.text("status = 'pending'"),
            postgresql_where=sa.text("status = 'pending'"),
        )
        batch_op.create_index(
            "ix_webhook_deliveries_webhook_id_number", ["webhook_id", "number"], unique=False
        )

    op.create_table(
        "webhooks",
        sa.Column("id", sa.String(length=64).with_variant(sa.Text(), "postgresql"), nullable=False),
        sa.Column(
            "organization_id",
            sa.String(length=64).with_variant(sa.Text(), "postgresql"),
            nullable=False,
        ),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("events", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("former_secret", sa.Text(), nullable=True),
        sa.Column("former_secret_until", sa.Double(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("paused_at", sa.Double(), nullable=True),
        sa.Column("pause_reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhooks")),
    )
    with op.batch_alter_table("chargers", schema=None) as batch_op:
        batch_op.add_column(sa.Column("next_password_hash", sa.Text(), nullable=True))

    with op.batch_alter_table("commands", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "request_id",
                sa.Integer().with_variant(sa.BigInteger(), "postgresql"),
                nullable=True,
            )
        )
        batch_op.add_column(
            sa.Column(
                "awaits", sa.String(length=64).with_variant(sa.Text(), "postgresql"), nullable=True
            )
        )
        batch_op.add_column(sa.Column("outcome_at", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("succeeded", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("due_at", sa.Double(), nullable=True))
        batch_op.add_column(
            sa.Column(
                "file_id", sa.String(length=64).with_variant(sa.Text(), "postgresql"), nullable=True
            )
        )
        batch_op.create_index("ix_commands_due_at", ["due_at"], unique=False)

    with op.batch_alter_table("lab_commands", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "batch_id",
                sa.String(length=64).with_variant(sa.Text(), "postgresql"),
                nullable=True,
            )
        )
        batch_op.add_column(
            sa.Column(
                "position",
                sa.Integer().with_variant(sa.BigInteger(), "postgresql"),
                server_default=sa.text("0"),
                nullable=False,
            )
        )
        batch_op.add_column(sa.Column("pacing", sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(sa.Column("due_at", sa.Double(), nullable=True))
        batch_op.add_column(
            sa.Column(
                "queue_if_stopped", sa.Boolean(), server_default=sa.text("(false)"), nullable=False
            )
        )
        batch_op.create_index("ix_lab_commands_batch_id", ["batch_id"], unique=False)

    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "verdict",
                sa.String(length=64).with_variant(sa.Text(), "postgresql"),
                server_default=sa.text("'valid'"),
                nullable=False,
            )
        )
        batch_op.create_index(
            "ix_messages_charger_id_not_valid",
            ["charger_id"],
            unique=False,
            sqlite_where=sa.text("verdict <> 'valid'"),
            postgresql_where=sa.text("verdict <> 'valid'"),
        )

    with op.batch_alter_table("settings", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "requests_per_minute",
                sa.Integer().with_variant(sa.BigInteger(), "postgresql"),
                nullable=True,
            )
        )
        batch_op.add_column(sa.Column("authorization_url", sa.Text(), nullable=True))
        batch_op.add_column(
            sa.Column(
                "authorization_timeout_s",
                sa.Double(),
                server_default=sa.text("(3.0)"),
                nullable=False,
            )
        )
        batch_op.add_column(
            sa.Column(
                "authorization_fallback",
                sa.String(length=64).with_variant(sa.Text(), "postgresql"),
                server_default=sa.text("'tags'"),
                nullable=False,
            )
        )
        batch_op.add_column(sa.Column("authorization_secret", sa.Text(), nullable=True))

    with op.batch_alter_table("transactions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("delivered_wh", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("metered_at", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("power_w", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("power_peak_w", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("power_mean_w", sa.Double(), nullable=True))
        batch_op.add_column(
            sa.Column(
                "power_samples",
                sa.Integer().with_variant(sa.BigInteger(), "postgresql"),
                server_default=sa.text("0"),
                nullable=False,
            )
        )
        batch_op.add_column(sa.Column("register_peak_w", sa.Double(), nullable=True))
        batch_op.add_column(
            sa.Column("anomalies", sa.Text(), server_default=sa.text("'[]'"), nullable=False)
        )
