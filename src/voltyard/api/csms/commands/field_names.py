"""Field names of stored commands and results, as REST has them."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from voltyard.kernel.time import to_rfc3339

_ENTRY: Final = {"id_tag": "idTag", "id_tag_type": "idTagType", "info": "idTagInfo"}
_INFO: Final = {"expires_at": "expiryDate", "parent_id_tag": "parentIdTag"}

REQUEST: Final[Mapping[str, str]] = {
    "certificate_type": "certificateType",
    "charging_profile": "chargingProfile",
    "connector_id": "connectorId",
    "duration_s": "duration",
    "evse_id": "evseId",
    "expires_at": "expiryDate",
    "hash_data": "certificateHashData",
    "id_tag": "idTag",
    "id_tag_type": "idTagType",
    "install_at": "installDate",
    "keys": "key",
    "latest_at": "latestTimestamp",
    "list_version": "listVersion",
    "log_type": "logType",
    "message_id": "messageId",
    "oldest_at": "oldestTimestamp",
    "parent_id_tag": "parentIdTag",
    "request_id": "requestId",
    "requested_message": "requestedMessage",
    "reservation_id": "reservationId",
    "retrieve_at": "retrieveDate",
    "retry_interval_s": "retryInterval",
    "signing_certificate": "signingCertificate",
    "stack_level": "stackLevel",
    "start_at": "startTime",
    "stop_at": "stopTime",
    "transaction_id": "transactionId",
    "update_type": "updateType",
    "vendor_id": "vendorId",
}
"""Names of csms.commands.commands beside those of the bodies; a name of one word is the same in
both."""

ANSWER: Final[Mapping[str, str]] = {
    "charging_schedule": "chargingSchedule",
    "configuration_key": "configurationKey",
    "connector_id": "connectorId",
    "file_name": "fileName",
    "hash_data": "certificateHashData",
    "latency_ms": "latencyMs",
    "list_version": "listVersion",
    "parts_taken": "partsTaken",
    "request_id": "requestId",
    "reservation_id": "reservationId",
    "start_at": "scheduleStart",
    "unknown_key": "unknownKey",
    "update_type": "updateType",
}

_MOMENTS: Final = frozenset(
    {
        "expires_at",
        "install_at",
        "latest_at",
        "oldest_at",
        "retrieve_at",
        "since",
        "start_at",
        "stop_at",
    }
)


def request(kept: str) -> Any:
    """The command without what was left open."""
    said = _told(msgspec.json.decode(kept), REQUEST)
    if isinstance(said, dict) and "entries" in said:
        said["entries"] = [_entry(entry) for entry in said["entries"]]
    return said


def answer(kept: str | None) -> Any:
    """The outcome; None where there is none yet."""
    return None if kept is None else _told(msgspec.json.decode(kept), ANSWER)


def _entry(entry: Any) -> Any:
    said = _told(entry, _ENTRY)
    if "idTagInfo" in said:
        said["idTagInfo"] = _told(said["idTagInfo"], _INFO)
    return said


def _told(kept: Any, names: Mapping[str, str]) -> Any:
    if not isinstance(kept, dict):
        return kept  # what could not be read without its secrets
    return {
        names.get(name, name): to_rfc3339(value)
        if name in _MOMENTS and isinstance(value, int | float)
        else value
        for name, value in kept.items()
        if value is not None
    }
