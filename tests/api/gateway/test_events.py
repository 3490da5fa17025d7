"""What chargers report, as events over REST."""

from typing import Any, get_args

import msgspec
import pytest

from tests.api.gateway.bench import Gateway
from voltyard.charger.description import events as facts
from voltyard.yard.events import event_writer

FACTS = [fact for fact in get_args(facts.ChargerEvent) if fact is not facts.Framed]

REPORTED = [
    (
        facts.ReservationMade(
            at=0.0, reservation_id=7, id_tag="A", evse_id=1, connector_id=None, expires_at=60.0
        ),
        "reservation.made",
        {
            "reservation_id": 7,
            "id_tag": "A",
            "evse_id": 1,
            "connector_id": None,
            "expires_at": "1970-01-01T00:01:00.000Z",
        },
    ),
    (
        facts.ReservationEnded(at=0.0, reservation_id=7, reason="Expired"),
        "reservation.ended",
        {"reservation_id": 7, "reason": "Expired"},
    ),
    (
        facts.LimitChanged(
            at=0.0, evse_id=1, limit_w=7_360.0, source="TxProfile", charging_profile_id=3
        ),
        "limit.changed",
        {"evse_id": 1, "limit_w": 7_360.0, "source": "TxProfile", "charging_profile_id": 3},
    ),
    (
        facts.FirmwareChanged(at=0.0, status="Installed", request_id=5, version="2.0"),
        "firmware.status_changed",
        {"status": "Installed", "request_id": 5, "version": "2.0"},
    ),
    (
        facts.UploadChanged(at=0.0, status="Uploaded", request_id=6, file_name="log.txt"),
        "upload.status_changed",
        {"status": "Uploaded", "request_id": 6, "file_name": "log.txt"},
    ),
    (
        facts.PublicationChanged(
            at=0.0,
            status="Published",
            request_id=7,
            checksum="d4" * 16,
            locations=("http://127.0.0.1:9/fw",),
        ),
        "publication.status_changed",
        {
            "status": "Published",
            "request_id": 7,
            "checksum": "d4" * 16,
            "locations": ["http://127.0.0.1:9/fw"],
        },
    ),
    (
        facts.SecurityNoticed(at=0.0, event="FirmwareUpdated", info="2.0", critical=True),
        "security.noticed",
        {"event": "FirmwareUpdated", "info": "2.0", "critical": True},
    ),
]


@pytest.mark.parametrize(("fact", "kind", "data"), REPORTED)
async def test_what_a_charger_reports_is_an_event(
    gateway: Gateway, fact: Any, kind: str, data: dict[str, Any]
) -> None:
    charger_id = await gateway.charger()

    gateway.yard.reports.happened(charger_id, msgspec.to_builtins(fact))
    await gateway.settled()

    answer = await gateway.get(f"/ocpp/events?charger_id={charger_id}&types={kind}")
    (event,) = answer.json()["data"]
    assert event["identity"] == "CP-TEST-001"
    assert event["data"] == data


@pytest.mark.parametrize("fact", FACTS)
def test_nothing_a_charger_reports_is_lost_on_its_way(fact: Any) -> None:
    assert fact.__struct_config__.tag in event_writer._REPORTS
