"""Event types of the yard: one table for code, tests and the API's description."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple


class EventType(NamedTuple):
    """An event type: its description, and an example of its `data`."""

    says: str
    example: dict[str, Any]
    stored: bool = True
    """Else it is only told to those who follow and name its type, has no id, and is never told
    again."""


_CHARGER: Final = {"identity": "CP-TEST-001", "ocpp_version": "1.6", "location_id": None}
_CONNECTOR: Final = {"evse_id": 1, "connector_id": 1}
_TRANSACTION: Final = {"transaction": "5f0c", "transaction_id": "17"}
_COMMAND: Final = {"command_id": "a1b2c3d4e5f6", "event_type": "plug"}
_DAY: Final = {
    "day_id": "day_4k2d8s1m0x7c9v3b",
    "kind": "public",
    "rate": 60.0,
    "sessions_begun": 0,
    "sessions_ended": 0,
    "energy_wh": 0.0,
    "refused": 0,
}
_ERROR: Final = {"code": "wrong_state", "message": "connector 1 is Preparing", "details": {}}

EVENT_TYPES: Final[Mapping[str, EventType]] = {
    "charger.created": EventType("A simulated charger was created.", _CHARGER),
    "charger.changed": EventType("A simulated charger was changed.", _CHARGER),
    "charger.deleted": EventType("A simulated charger was deleted; its events stay.", _CHARGER),
    "provisioning.succeeded": EventType("The charger's runtime is running: READY.", {}),
    "provisioning.failed": EventType(
        "The runtime could not be started: FAILED.",
        {"error": {"code": "unavailable", "message": "no room", "step": "start"}},
    ),
    "runtime.broke": EventType(
        "The runtime ended by itself: FAILED.",
        {"error": {"code": "runtime_ended", "message": "the charger's runtime ended by itself"}},
    ),
    "connection.opened": EventType("The charger has connected to its CSMS.", {}),
    "connection.lost": EventType("An open connection ended.", {"reason": "1006"}),
    "connection.failed": EventType(
        "The charger could not connect to its CSMS; each reason is told once.",
        {"reason": "refused"},
    ),
    "answer.refused": EventType(
        "The charger could not accept an answer of its CSMS, and its call came to nothing: "
        "`field` is where the fault is, `rule` what it breaks.",
        {
            "action": "BootNotification",
            "message_id": "mbx3k2z1-4fz-1",
            "field": "$.currentTime",
            "rule": "bad_value",
            "message": "not an RFC 3339 date-time with a zone: '2026-11-21T09:00:00.123456'",
        },
    ),
    "faults.forgiven": EventType(
        "A CALL (`kind` call) or an answer (result) of the CSMS strays from its schema, and the "
        "charger took it as it was meant. The same faults in the same action are told once; the "
        "log's verdict has them at every frame.",
        {
            "action": "BootNotification",
            "kind": "result",
            "message_id": "mbx3k2z1-4fz-1",
            "faults": [
                {
                    "field": "$.currentTime",
                    "rule": "bad_value",
                    "message": "not an RFC 3339 date-time with a zone: '2026-11-21T09:00:00.123'; "
                    "taken as 2026-11-21T09:00:00.123Z",
                }
            ],
        },
    ),
    "boot.accepted": EventType("The CSMS accepted the BootNotification.", {"interval_s": 300.0}),
    "boot.pending": EventType(
        "The CSMS answered the BootNotification with Pending.", {"interval_s": 30.0}
    ),
    "boot.rejected": EventType("The CSMS rejected the BootNotification.", {"interval_s": 30.0}),
    "connector.status_changed": EventType(
        "A connector's status, in the words of the charger's OCPP version.",
        {**_CONNECTOR, "status": "Preparing", "error_code": "NoError"},
    ),
    "fault.occurred": EventType(
        "A connector has a fault.",
        {**_CONNECTOR, "status": "Faulted", "error_code": "GroundFailure"},
    ),
    "fault.cleared": EventType(
        "A connector has no fault any more.",
        {**_CONNECTOR, "status": "Available", "error_code": "NoError"},
    ),
    "transaction.started": EventType(
        "A transaction has started; `transaction` is the charger's own id of it.",
        {**_CONNECTOR, "transaction": "5f0c", "id_tag": "04A1B2C3D4E580", "meter_start_wh": 0.0},
    ),
    "transaction.confirmed": EventType(
        "OCPP 1.6: the CSMS gave the transaction the id `transaction_id`.",
        {**_TRANSACTION, "id_tag_status": "Accepted"},
    ),
    "transaction.ended": EventType(
        "A transaction has ended; `reason` says why.",
        {
            **_CONNECTOR,
            **_TRANSACTION,
            "reason": "EVDisconnected",
            "meter_start_wh": 0.0,
            "meter_stop_wh": 5200.0,
        },
    ),
    "setting.changed": EventType(
        "A setting of the charger; a password is masked.",
        {"name": "HeartbeatInterval", "value": "60"},
    ),
    "message.dropped": EventType(
        "A transaction message was given up after too many attempts.",
        {"action": "MeterValues", "reason": "too many attempts"},
    ),
    "reservation.made": EventType(
        "The CSMS has made or replaced a reservation; `evse_id` is null where it is for no EVSE in "
        "particular.",
        {
            "reservation_id": 7,
            "id_tag": "04A1B2C3D4E580",
            **_CONNECTOR,
            "expires_at": "2026-02-10T15:00:00.000Z",
        },
    ),
    "reservation.ended": EventType(
        "A reservation has ended: Used, Cancelled, Expired, or Removed where its connector broke.",
        {"reservation_id": 7, "reason": "Used"},
    ),
    "limit.changed": EventType(
        "The power that an EVSE offers has another limit. `source` is Rating, PowerUpdate or the "
        "purpose of a charging profile; how a location shares its power is at "
        "`/ocpp/locations/{id}/power`.",
        {"evse_id": 1, "limit_w": 7360.0, "source": "TxDefaultProfile", "charging_profile_id": 4},
    ),
    "firmware.status_changed": EventType(
        "A firmware update has another status, in 2.0.1's words; `version` is what runs now.",
        {"status": "Installing", "request_id": 5, "version": "1.0.0"},
    ),
    "upload.status_changed": EventType(
        "The upload of a log has another status, in 2.0.1's words.",
        {"status": "Uploaded", "request_id": 6, "file_name": "log-6.txt"},
    ),
    "publication.status_changed": EventType(
        "The publication of firmware by a local controller has another status, in 2.0.1's words, "
        "or Unpublished; `locations` are the URLs of what is Published.",
        {
            "status": "Published",
            "request_id": 7,
            "checksum": "9e107d9d372bb6826bd81d3542a419d6",
            "locations": ["http://127.0.0.1:40123/Yb3kq0/yard-2.1.0.bin"],
        },
    ),
    "security.noticed": EventType(
        "A security event that the CSMS is told of; only of chargers that report security events.",
        {"event": "FirmwareUpdated", "info": "1.1.0", "critical": True},
    ),
    "command.completed": EventType(
        "A command was carried out; it has a result.", {**_COMMAND, "result": {}}
    ),
    "command.failed": EventType(
        "A command failed; it has an error.", {**_COMMAND, "error": _ERROR}
    ),
    "command.expired": EventType("A command had no result in time.", _COMMAND),
    "job.finished": EventType(
        "A bulk creation has ended: READY, or FAILED where no charger could be made.",
        {"job_id": "0b7c", "status": "READY", "ready": 10, "failed": 0},
    ),
    "day.started": EventType(
        "A day of drivers has started at a location.", {**_DAY, "status": "running"}
    ),
    "day.ended": EventType(
        "A day of drivers has ended: its hours are over, or it was stopped.",
        {
            **_DAY,
            "status": "ended",
            "sessions_begun": 9,
            "sessions_ended": 8,
            "energy_wh": 96500.0,
            "refused": 1,
        },
    ),
    "meter.sampled": EventType(
        "A meter reading. Only sent to those who ask for this type, once, and without an id.",
        {"evse_id": 1, "power_w": 7400.0, "energy_wh": 1520.0, "soc_percent": 41.5},
        stored=False,
    ),
}
