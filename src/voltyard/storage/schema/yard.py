"""Tables of the yard. Deployments, locations, commands, frames, memories, bulk creations, answers,
events and days."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from voltyard.storage.schema.metadata import metadata

_ID = String(64)
_WORD = String(64)

deployments = Table(
    "lab_deployments",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", _ID, nullable=False, unique=True),
    Column("organization_id", _ID, nullable=False),
    Column("identity", String(255), nullable=False),
    Column("brand_slug", String(255), nullable=False),
    Column("model_slug", String(255), nullable=False),
    Column("connector_type", String(255), nullable=False),
    Column("ocpp_version", _WORD, nullable=False),
    Column("ws_url", Text, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    Column("name", Text),
    Column("location_id", _ID),
    Column("location_name", Text),
    Column("options", JSON, nullable=False),
    Column("desired_count", Integer, nullable=False),
    Column("provisioning", _WORD, nullable=False),
    Column("workflow_run_id", _ID),
    Column("error", JSON(none_as_null=True)),
    Column("provisioned_at", Double),
    UniqueConstraint("organization_id", "identity"),
    Index("ix_lab_deployments_organization_id_location_id", "organization_id", "location_id"),
)

locations = Table(
    "lab_locations",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", _ID, nullable=False, unique=True),
    Column("organization_id", _ID, nullable=False),
    Column("slug", String(255), nullable=False),
    Column("name", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("city", Text, nullable=False),
    Column("country", Text, nullable=False),
    Column("latitude", Double, nullable=False),
    Column("longitude", Double, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    Column("timezone", Text),
    Column("owner_name", Text),
    Column("public", Boolean, nullable=False),
    Column("status", Text, nullable=False),
    Column("max_power_w", Double),
    # A deleted location is remembered, for deleting it again is not an error.
    Column("deleted_at", Double),
    Index(
        "uq_lab_locations_organization_id_slug",
        "organization_id",
        "slug",
        unique=True,
        sqlite_where=text("deleted_at IS NULL"),
        postgresql_where=text("deleted_at IS NULL"),
    ),
)

commands = Table(
    "lab_commands",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", _ID, nullable=False, unique=True),
    Column("organization_id", _ID, nullable=False),
    Column("deployment_id", _ID, nullable=False),
    Column("identity", String(255), nullable=False),
    Column("location_id", _ID),
    Column("event_type", String(255), nullable=False),
    Column("verb", _WORD, nullable=False),
    Column("ocpp_version", _WORD, nullable=False),
    Column("payload", JSON, nullable=False),
    Column("arguments", JSON, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("status", _WORD, nullable=False),
    Column("result", Text),
    Column("error", Text),
    Column("delivered_at", Double),
    Column("finished_at", Double),
    Column("batch_id", _ID),
    Column("position", Integer, nullable=False, server_default=text("0")),
    Column("pacing", JSON(none_as_null=True)),
    Column("due_at", Double),
    Column("queue_if_stopped", Boolean, nullable=False, server_default=text("false")),
    Index("ix_lab_commands_batch_id", "batch_id"),
    Index("ix_lab_commands_organization_id_number", "organization_id", "number"),
    Index("ix_lab_commands_deployment_id_number", "deployment_id", "number"),
    Index(
        "ix_lab_commands_open",
        "number",
        sqlite_where=text("finished_at IS NULL"),
        postgresql_where=text("finished_at IS NULL"),
    ),
)

frames = Table(
    "lab_frames",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("deployment_id", _ID, nullable=False),
    Column("at", Double, nullable=False),
    Column("direction", _WORD, nullable=False),
    Column("kind", _WORD, nullable=False),
    Column("action", String(255), nullable=False),
    Column("message_id", String(255), nullable=False),
    Column("text", Text, nullable=False),
    Column("latency_s", Double),
    Column("verdict", Text, nullable=False),
    Index("ix_lab_frames_deployment_id_at", "deployment_id", "at"),
)

memories = Table(
    "lab_memories",
    metadata,
    Column("deployment_id", _ID, primary_key=True),
    Column("snapshot", LargeBinary, nullable=False),
    Column("kept_at", Double, nullable=False),
)

jobs = Table(
    "lab_jobs",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("organization_id", _ID, nullable=False),
    Column("location_id", _ID, nullable=False),
    Column("workflow_run_id", _ID, nullable=False),
    Column("templates", JSON, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("job_type", _WORD, nullable=False),
    Column("status", _WORD, nullable=False),
    Column("error", JSON(none_as_null=True)),
    Column("provisioned_at", Double),
)

job_items = Table(
    "lab_job_items",
    metadata,
    Column("job_id", _ID, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("template", Integer, nullable=False),
    Column("identity", String(255), nullable=False),
    Column("name", Text),
    Column("deployment_id", _ID, nullable=False),
    Column("status", _WORD, nullable=False),
    Column("error", JSON(none_as_null=True)),
)

answers = Table(
    "lab_answers",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("organization_id", _ID, nullable=False),
    Column("key", String(255), nullable=False),
    Column("fingerprint", _WORD, nullable=False),
    Column("body", Text, nullable=False),
    Column("characters", Integer, nullable=False),
    Column("created_at", Double, nullable=False),
    UniqueConstraint("organization_id", "key"),
)

events = Table(
    "lab_events",
    metadata,
    # Numbers are given by the yard: they are told, and never given twice.
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Double, nullable=False),
    Column("organization_id", _ID, nullable=False),
    Column("deployment_id", _ID),
    Column("identity", String(255)),
    Column("location_id", _ID),
    Column("type", _WORD, nullable=False),
    Column("data", Text, nullable=False),
    Index("ix_lab_events_organization_id_number", "organization_id", "number"),
    Index("ix_lab_events_deployment_id_number", "deployment_id", "number"),
)

days = Table(
    "lab_days",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", _ID, nullable=False, unique=True),
    Column("organization_id", _ID, nullable=False),
    Column("location_id", _ID, nullable=False),
    Column("status", _WORD, nullable=False),
    Column("day", Text, nullable=False),
    Index("ix_lab_days_organization_id_location_id", "organization_id", "location_id"),
    Index("ix_lab_days_status", "status"),
)
"""`day` is the whole of it, as JSON."""
