"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | None = None

# Whatever SQLite takes PostgreSQL takes as well: see schema.metadata.be_alike.
_WORD = sa.String(64).with_variant(sa.Text(), "postgresql")
_NAME = sa.String(255).with_variant(sa.Text(), "postgresql")
_PREFIX = sa.String(16).with_variant(sa.Text(), "postgresql")
_INTEGER = sa.Integer().with_variant(sa.BigInteger(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "chargers",
        sa.Column("id", _WORD, nullable=False),
        sa.Column("organization_id", _WORD, nullable=False),
        sa.Column("charge_box_id", _NAME, nullable=False),
        sa.Column("registered_at", sa.Double(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("location", sa.Text(), nullable=True),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("security_profile", _INTEGER, nullable=False),
        sa.Column("validation", _WORD, nullable=True),
        sa.Column("boot_policy", _WORD, nullable=True),
        sa.Column("boot_interval_s", _INTEGER, nullable=True),
        sa.Column("allow_concurrent_transactions", sa.Boolean(), nullable=False),
        sa.Column("registration", _WORD, nullable=False),
        sa.Column("version", _WORD, nullable=True),
        sa.Column("vendor", sa.Text(), nullable=True),
        sa.Column("model", sa.Text(), nullable=True),
        sa.Column("serial_number", sa.Text(), nullable=True),
        sa.Column("firmware_version", sa.Text(), nullable=True),
        sa.Column("booted_at", sa.Double(), nullable=True),
        sa.Column("last_seen_at", sa.Double(), nullable=True),
        sa.Column("last_heartbeat_at", sa.Double(), nullable=True),
        sa.Column("deleted_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chargers")),
    )
    with op.batch_alter_table("chargers", schema=None) as batch_op:
        batch_op.create_index(
            "uq_chargers_organization_id_charge_box_id",
            ["organization_id", "charge_box_id"],
            unique=True,
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )

    op.create_table(
        "commands",
        sa.Column("id", _WORD, nullable=False),
        sa.Column("organization_id", _WORD, nullable=False),
        sa.Column("charger_id", _WORD, nullable=False),
        sa.Column("charge_box_id", _NAME, nullable=False),
        sa.Column("command", _WORD, nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("status", _WORD, nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("asked_at", sa.Double(), nullable=False),
        sa.Column("answered_at", sa.Double(), nullable=True),
        sa.Column("latency_ms", sa.Double(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commands")),
    )
    with op.batch_alter_table("commands", schema=None) as batch_op:
        batch_op.create_index(
            "ix_commands_charger_id_asked_at", ["charger_id", "asked_at"], unique=False
        )
        batch_op.create_index(
            "ix_commands_organization_id_asked_at", ["organization_id", "asked_at"], unique=False
        )

    op.create_table(
        "connectors",
        sa.Column("charger_id", _WORD, nullable=False),
        sa.Column("evse_id", _INTEGER, autoincrement=False, nullable=False),
        sa.Column("connector_id", _INTEGER, autoincrement=False, nullable=False),
        sa.Column("status", _WORD, nullable=False),
        sa.Column("error_code", _WORD, nullable=False),
        sa.Column("info", sa.Text(), nullable=True),
        sa.Column("vendor_id", sa.Text(), nullable=True),
        sa.Column("vendor_error_code", sa.Text(), nullable=True),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint(
            "charger_id", "evse_id", "connector_id", name=op.f("pk_connectors")
        ),
    )
    op.create_table(
        "data_transfers",
        sa.Column("number", _INTEGER, nullable=False),
        sa.Column("id", _WORD, nullable=False),
        sa.Column("organization_id", _WORD, nullable=False),
        sa.Column("charger_id", _WORD, nullable=False),
        sa.Column("charge_box_id", _NAME, nullable=False),
        sa.Column("direction", _WORD, nullable=False),
        sa.Column("vendor_id", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("data", sa.Text(), nullable=True),
        sa.Column("response_status", _WORD, nullable=True),
        sa.Column("response_data", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_data_transfers")),
    )
    with op.batch_alter_table("data_transfers", schema=None) as batch_op:
        batch_op.create_index(
            "ix_data_transfers_charger_id_created_at", ["charger_id", "created_at"], unique=False
        )
        batch_op.create_index(
            "ix_data_transfers_organization_id_created_at",
            ["organization_id", "created_at"],
            unique=False,
        )

    op.create_table(
        "lab_commands",
        sa.Column("number", _INTEGER, nullable=False),
        sa.Column("id", _WORD, nullable=False),
        sa.Column("organization_id", _WORD, nullable=False),
        sa.Column("deployment_id", _WORD, nullable=False),
        sa.Column("identity", _NAME, nullable=False),
        sa.Column("location_id", _WORD, nullable=True),
        sa.Column("event_type", _NAME, nullable=False),
        sa.Column("verb", _WORD, nullable=False),
        sa.Column("ocpp_version", _WORD, nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("status", _WORD, nullable=False),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("delivered_at", sa.Double(), nullable=True),
        sa.Column("finished_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_lab_commands")),
        sa.UniqueConstraint("id", name=op.f("uq_lab_commands_id")),
    )
    with op.batch_alter_table("lab_commands", schema=None) as batch_op:
        batch_op.create_index(
            "ix_lab_commands_deployment_id_number", ["deployment_id", "number"], unique=False
        )
        batch_op.create_index(
            "ix_lab_commands_open",
            ["number"],
            unique=False,
            sqlite_where=sa.text("finished_at IS NULL"),
            postgresql_where=sa.text("finished_at IS NULL"),
        )
        batch_op.create_index(
            "ix_lab_commands_organization_id_number", ["organization_id", "number"], unique=False
        )

    op.create_table(
        "lab_deployments",
        sa.Column("number", _INTEGER, nullable=False),
        sa.Column("id", _WORD, nullable=False),
        sa.Column("organization_id", _WORD, nullable=False),
        sa.Column("identity", _NAME, nullable=False),
        sa.Column("brand_slug", _NAME, nullable=False),
        sa.Column("model_slug", _NAME, nullable=False),
        sa.Column("connector_type", _NAME, nullable=False),
        sa.Column("ocpp_version", _WORD, nullable=False),
        sa.Column("ws_url", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("location_id", _WORD, nullable=True),
        sa.Column("location_name", sa.Text(), nullable=True),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("desired_count", _INTEGER, nullable=False),
        sa.Column("provisioning", _WORD, nullable=False),
        sa.Column("workflow_run_id", _WORD, nullable=True),
        sa.Column("error", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("provisioned_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_lab_deployments")),
        sa.UniqueConstraint("id", name=op.f("uq_lab_deployments_id")),
        sa.UniqueConstraint(
            "organization_id", "identity", name=op.f("uq_lab_deployments_organization_id_identity")
        ),
    )
    with op.batch_alter_table("lab_deployments", schema=None) as batch_op:
        batch_op.create_index(
            "ix_lab_deployments_organization_id_location_id",
            ["organization_id", "location_id"],
            unique=False,
        )

    op.create_table(
        "lab_frames",
        sa.Column("number", _INTEGER, nullable=False),
        sa.Column("deployment_id", _WORD, nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("direction", _WORD, nullable=False),
        sa.Column("kind", _WORD, nullable=False),
        sa.Column("action", _NAME, nullable=False),
        sa.Column("message_id", _NAME, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("latency_s", sa.Double(), nullable=True),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_lab_frames")),
    )
    with op.batch_alter_table("lab_frames", schema=None) as batch_op:
        batch_op.create_index(
            "ix_lab_frames_deployment_id_at", ["deployment_id", "at"], unique=False
        )

    op.create_table(
        "lab_job_items",
        sa.Column("job_id", _WORD, nullable=False),
        sa.Column("position", _INTEGER, nullable=False),
        sa.Column("template", _INTEGER, nullable=False),
        sa.Column("identity", _NAME, nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("deployment_id", _WORD, nullable=False),
        sa.Column("status", _WORD, nullable=False),
        sa.Column("error", sa.JSON(none_as_null=True), nullable=True),
        sa.PrimaryKeyConstraint("job_id", "position", name=op.f("pk_lab_job_items")),
    )
    op.create_table(
        "lab_jobs",
        sa.Column("id", _WORD, nullable=False),
        sa.Column("organization_id", _WORD, nullable=False),
        sa.Column("location_id", _WORD, nullable=False),
        sa.Column("workflow_run_id", _WORD, nullable=False),
        sa.Column("templates", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("job_type", _WORD, nullable=False),
        sa.Column("status", _WORD, nullable=False),
        sa.Column("error", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("provisioned_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lab_jobs")),
    )
    op.create_table(
        "lab_locations",
        sa.Column("number", _INTEGER, nullable=False),
        sa.Column("id", _WORD, nullable=False),
        sa.Column("organization_id", _WORD, nullable=False),
        sa.Column("slug", _NAME, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=False),
        sa.Column("longitude", sa.Double(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=True),
        sa.Column("owner_name", sa.Text(), nullable=True),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("deleted_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_lab_locations")),
        sa.UniqueConstraint("id", name=op.f("uq_lab_locations_id")),
    )
    with op.batch_alter_table("lab_locations", schema=None) as batch_op:
        batch_op.create_index(
            "uq_lab_locations_organization_id_slug",
            ["organization_id", "slug"],
            unique=True,
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )

    op.create_table(
        "lab_memories",
        sa.Column("deployment_id", _WORD, nullable=False),
        sa.Column("snapshot", sa.LargeBinary(), nullable=False),
        sa.Column("kept_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("deployment_id", name=op.f("pk_lab_memories")),
    )
    op.create_table(
        "messages",
        sa.Column("number", _INTEGER, nullable=False),
        sa.Column("id", _WORD, nullable=False),
        sa.Column("organization_id", _WORD, nullable=False),
        sa.Column("charger_id", _WORD, nullable=False),
        sa.Column("charge_box_id", _NAME, nullable=False),
        sa.Column("version", _WORD, nullable=False),
        sa.Column("direction", _WORD, nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("action", sa.Text(), nullable=True),
        sa.Column("request", sa.Text(), nullable=True),
        sa.Column("response", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.Double(), nullable=True),
        sa.Column("latency_ms", sa.Double(), nullable=True),
        sa.Column("outcome", _WORD, nullable=False),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("violations", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_messages")),
    )
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.create_index("ix_messages_charger_id_at", ["charger_id", "at"], unique=False)
        batch_op.create_index(
            "ix_messages_organization_id_at", ["organization_id", "at"], unique=False
        )

    op.create_table(
        "meter_values",
        sa.Column("number", _INTEGER, nullable=False),
        sa.Column("organization_id", _WORD, nullable=False),
        sa.Column("charger_id", _WORD, nullable=False),
        sa.Column("transaction_id", _WORD, nullable=True),
        sa.Column("reported_transaction_id", _NAME, nullable=True),
        sa.Column("evse_id", _INTEGER, nullable=False),
        sa.Column("connector_id", _INTEGER, nullable=True),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("samples", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_meter_values")),
    )
    with op.batch_alter_table("meter_values", schema=None) as batch_op:
        batch_op.create_index(
            "ix_meter_values_organization_id_at", ["organization_id", "at"], unique=False
        )
        batch_op.create_index(
            "ix_meter_values_transaction_id_at", ["transaction_id", "at"], unique=False
        )

    op.create_table(
        "organizations",
        sa.Column("id", _WORD, nullable=False),
        sa.Column("name", _NAME, nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organizations")),
        sa.UniqueConstraint("name", name=op.f("uq_organizations_name")),
    )
    op.create_table(
        "settings",
        sa.Column("organization_id", _WORD, nullable=False),
        sa.Column("heartbeat_interval_s", _INTEGER, nullable=False),
        sa.Column("command_timeout_s", sa.Double(), nullable=False),
        sa.Column("web_socket_ping_interval_s", sa.Double(), nullable=False),
        sa.Column("boot_policy", _WORD, nullable=False),
        sa.Column("validation", _WORD, nullable=False),
        sa.Column("unknown_id_tags", _WORD, nullable=False),
        sa.Column("allow_empty_subprotocol", sa.Boolean(), nullable=False),
        sa.Column("retention_days", _INTEGER, nullable=False),
        sa.PrimaryKeyConstraint("organization_id", name=op.f("pk_settings")),
    )
    op.create_table(
        "transactions",
        sa.Column("id", _WORD, nullable=False),
        sa.Column("organization_id", _WORD, nullable=False),
        sa.Column("charger_id", _WORD, nullable=False),
        sa.Column("charge_box_id", _NAME, nullable=False),
        sa.Column("version", _WORD, nullable=False),
        sa.Column("status", _WORD, nullable=False),
        sa.Column("ocpp_id", _NAME, nullable=True),
        sa.Column("number", _INTEGER, nullable=True),
        sa.Column("evse_id", _INTEGER, nullable=True),
        sa.Column("connector_id", _INTEGER, nullable=True),
        sa.Column("id_tag", _NAME, nullable=True),
        sa.Column("id_tag_type", _WORD, nullable=True),
        sa.Column("id_tag_status", _WORD, nullable=True),
        sa.Column("stop_id_tag", _NAME, nullable=True),
        sa.Column("meter_start_wh", sa.Double(), nullable=True),
        sa.Column("meter_stop_wh", sa.Double(), nullable=True),
        sa.Column("meter_last_wh", sa.Double(), nullable=True),
        sa.Column("started_at", sa.Double(), nullable=True),
        sa.Column("stopped_at", sa.Double(), nullable=True),
        sa.Column("stop_reason", _WORD, nullable=True),
        sa.Column("charging_state", _WORD, nullable=True),
        sa.Column("remote_started", sa.Boolean(), nullable=False),
        sa.Column("remote_start_id", _INTEGER, nullable=True),
        sa.Column("reservation_id", _INTEGER, nullable=True),
        sa.Column("seq_no", _INTEGER, nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transactions")),
        sa.UniqueConstraint("number", name=op.f("uq_transactions_number")),
    )
    with op.batch_alter_table("transactions", schema=None) as batch_op:
        batch_op.create_index(
            "ix_transactions_charger_id_created_at", ["charger_id", "created_at"], unique=False
        )
        batch_op.create_index(
            "ix_transactions_organization_id_created_at",
            ["organization_id", "created_at"],
            unique=False,
        )
        batch_op.create_index(
            "ix_transactions_organization_id_ocpp_id", ["organization_id", "ocpp_id"], unique=False
        )
        batch_op.create_index(
            "ix_transactions_status_updated_at", ["status", "updated_at"], unique=False
        )

    op.create_table(
        "api_keys",
        sa.Column("id", _WORD, nullable=False),
        sa.Column("organization_id", _WORD, nullable=False),
        sa.Column("name", _NAME, nullable=False),
        sa.Column("hash", _WORD, nullable=False),
        sa.Column("prefix", _PREFIX, nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=True),
        sa.Column("last_used_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_api_keys_organization_id_organizations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("hash", name=op.f("uq_api_keys_hash")),
    )
    with op.batch_alter_table("api_keys", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_api_keys_organization_id"), ["organization_id"], unique=False
        )
