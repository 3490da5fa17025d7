"""What the backend remembers: one table for each record of csms.records, same names throughout.

Tables that only grow have a number of their own as key, for a random one would scatter each insert
over the index. There are no foreign keys here: history outlives what it is about, and records are
checked before they are written.
"""

from sqlalchemy import (
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    String,
    Table,
    Text,
    text,
)

from voltyard.storage.schema.metadata import metadata

_ID = String(64)
_WORD = String(64)

settings = Table(
    "settings",
    metadata,
    Column("organization_id", _ID, primary_key=True),
    Column("heartbeat_interval_s", Integer, nullable=False),
    Column("command_timeout_s", Double, nullable=False),
    Column("web_socket_ping_interval_s", Double, nullable=False),
    Column("boot_policy", _WORD, nullable=False),
    Column("validation", _WORD, nullable=False),
    Column("unknown_id_tags", _WORD, nullable=False),
    Column("allow_empty_subprotocol", Boolean, nullable=False),
    Column("retention_days", Integer, nullable=False),
)

chargers = Table(
    "chargers",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("organization_id", _ID, nullable=False),
    Column("charge_box_id", String(255), nullable=False),
    Column("registered_at", Double, nullable=False),
    Column("name", Text),
    Column("location", Text),
    Column("password_hash", Text),
    Column("security_profile", Integer, nullable=False),
    Column("validation", _WORD),
    Column("boot_policy", _WORD),
    Column("boot_interval_s", Integer),
    Column("allow_concurrent_transactions", Boolean, nullable=False),
    Column("registration", _WORD, nullable=False),
    Column("version", _WORD),
    Column("vendor", Text),
    Column("model", Text),
    Column("serial_number", Text),
    Column("firmware_version", Text),
    Column("booted_at", Double),
    Column("last_seen_at", Double),
    Column("last_heartbeat_at", Double),
    Column("deleted_at", Double),
    # A deleted charger keeps its row for its history, and frees its chargeBoxId.
    Index(
        "uq_chargers_organization_id_charge_box_id",
        "organization_id",
        "charge_box_id",
        unique=True,
        sqlite_where=text("deleted_at IS NULL"),
        postgresql_where=text("deleted_at IS NULL"),
    ),
)

connectors = Table(
    "connectors",
    metadata,
    Column("charger_id", _ID, primary_key=True),
    Column("evse_id", Integer, primary_key=True, autoincrement=False),
    Column("connector_id", Integer, primary_key=True, autoincrement=False),
    Column("status", _WORD, nullable=False),
    Column("error_code", _WORD, nullable=False),
    Column("info", Text),
    Column("vendor_id", Text),
    Column("vendor_error_code", Text),
    Column("updated_at", Double, nullable=False),
)

transactions = Table(
    "transactions",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("organization_id", _ID, nullable=False),
    Column("charger_id", _ID, nullable=False),
    Column("charge_box_id", String(255), nullable=False),
    Column("version", _WORD, nullable=False),
    Column("status", _WORD, nullable=False),
    Column("ocpp_id", String(255)),
    Column("number", Integer, unique=True),
    Column("evse_id", Integer),
    Column("connector_id", Integer),
    Column("id_tag", String(255)),
    Column("id_tag_type", _WORD),
    Column("id_tag_status", _WORD),
    Column("stop_id_tag", String(255)),
    Column("meter_start_wh", Double),
    Column("meter_stop_wh", Double),
    Column("meter_last_wh", Double),
    Column("started_at", Double),
    Column("stopped_at", Double),
    Column("stop_reason", _WORD),
    Column("charging_state", _WORD),
    Column("remote_started", Boolean, nullable=False),
    Column("remote_start_id", Integer),
    Column("reservation_id", Integer),
    Column("seq_no", Integer),
    Column("created_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    Index("ix_transactions_organization_id_created_at", "organization_id", "created_at"),
    Index("ix_transactions_charger_id_created_at", "charger_id", "created_at"),
    Index("ix_transactions_organization_id_ocpp_id", "organization_id", "ocpp_id"),
    Index("ix_transactions_status_updated_at", "status", "updated_at"),
)

meter_values = Table(
    "meter_values",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("organization_id", _ID, nullable=False),
    Column("charger_id", _ID, nullable=False),
    Column("transaction_id", _ID),
    Column("reported_transaction_id", String(255)),
    Column("evse_id", Integer, nullable=False),
    Column("connector_id", Integer),
    Column("at", Double, nullable=False),
    Column("samples", Text, nullable=False),
    Index("ix_meter_values_transaction_id_at", "transaction_id", "at"),
    Index("ix_meter_values_organization_id_at", "organization_id", "at"),
)

messages = Table(
    "messages",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", _ID, nullable=False),
    Column("organization_id", _ID, nullable=False),
    Column("charger_id", _ID, nullable=False),
    Column("charge_box_id", String(255), nullable=False),
    Column("version", _WORD, nullable=False),
    Column("direction", _WORD, nullable=False),
    Column("at", Double, nullable=False),
    Column("message_id", Text),
    Column("action", Text),
    Column("request", Text),
    Column("response", Text),
    Column("answered_at", Double),
    Column("latency_ms", Double),
    Column("outcome", _WORD, nullable=False),
    Column("error_code", Text),
    Column("violations", Text, nullable=False),
    Index("ix_messages_charger_id_at", "charger_id", "at"),
    Index("ix_messages_organization_id_at", "organization_id", "at"),
)

data_transfers = Table(
    "data_transfers",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", _ID, nullable=False),
    Column("organization_id", _ID, nullable=False),
    Column("charger_id", _ID, nullable=False),
    Column("charge_box_id", String(255), nullable=False),
    Column("direction", _WORD, nullable=False),
    Column("vendor_id", Text, nullable=False),
    Column("message_id", Text),
    Column("data", Text),
    Column("response_status", _WORD),
    Column("response_data", Text),
    Column("created_at", Double, nullable=False),
    Index("ix_data_transfers_charger_id_created_at", "charger_id", "created_at"),
    Index("ix_data_transfers_organization_id_created_at", "organization_id", "created_at"),
)

commands = Table(
    "commands",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("organization_id", _ID, nullable=False),
    Column("charger_id", _ID, nullable=False),
    Column("charge_box_id", String(255), nullable=False),
    Column("command", _WORD, nullable=False),
    Column("request", Text, nullable=False),
    Column("status", _WORD, nullable=False),
    Column("answer", Text),
    Column("error_code", Text),
    Column("asked_at", Double, nullable=False),
    Column("answered_at", Double),
    Column("latency_ms", Double),
    Column("outcome", Text),
    Index("ix_commands_charger_id_asked_at", "charger_id", "asked_at"),
    Index("ix_commands_organization_id_asked_at", "organization_id", "asked_at"),
)
