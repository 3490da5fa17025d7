"""Frames of exports, as tests read them."""

import json

import pytest

from voltyard.testing.lab.recorded_frames import RecordedFrame, of_backend, of_yard

BOOT = '[2,"1","BootNotification",{"chargePointVendor":"V"}]'
ANSWER = '[3,"1",{"status":"Accepted"}]'


def test_an_export_of_the_yard_gives_its_frames() -> None:
    line = {
        "timestamp": "2026-02-10T14:00:00.250Z",
        "direction": "cp_to_csms",
        "kind": "call",
        "action": "BootNotification",
        "message_id": "1",
        "message": BOOT,
    }

    [frame] = of_yard([json.dumps(line)])

    assert (frame.sender, frame.action, frame.text) == ("charger", "BootNotification", BOOT)
    assert frame.payload == {"chargePointVendor": "V"}
    assert str(frame) == f"2026-02-10T14:00:00.250Z -> {BOOT}"


def test_an_export_of_the_backend_gives_calls_and_answers_by_time() -> None:
    call = {
        "timestamp": "2026-02-10T14:00:00.000Z",
        "answeredAt": "2026-02-10T14:00:09.000Z",
        "direction": "incoming",
        "action": "BootNotification",
        "messageId": "1",
        "request": BOOT,
        "response": ANSWER,
        "outcome": "result",
    }
    unanswered = {
        **call,
        "timestamp": "2026-02-10T14:00:05.000Z",
        "direction": "outgoing",
        "response": None,
    }

    frames = of_backend([json.dumps(call), json.dumps(unanswered)])

    assert [(one.sender, one.kind) for one in frames] == [
        ("charger", "call"),
        ("csms", "call"),
        ("csms", "result"),
    ]
    assert frames[2].payload == {"status": "Accepted"}


@pytest.mark.parametrize(
    ("kind", "text"),
    [("unreadable", BOOT), ("call", "no JSON"), ("call", "[2]"), ("call", "7"), ("result", "null")],
)
def test_a_frame_that_cannot_be_read_has_no_payload(kind: str, text: str) -> None:
    frame = RecordedFrame("2026-02-10T14:00:00Z", "charger", kind, None, None, text)

    assert frame.payload is None
