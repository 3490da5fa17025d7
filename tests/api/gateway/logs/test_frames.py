"""The log of a charger's frames over REST."""

import json
from typing import Any

import pytest

from tests.api.gateway.bench import NOW, Gateway
from voltyard.charger.description.events import Framed


def frame(second: float, action: str = "Heartbeat", **said: Any) -> Framed:
    values: dict[str, Any] = {
        "at": NOW + second,
        "direction": "cp_to_csms",
        "kind": "call",
        "action": action,
        "message_id": str(second),
        "text": f'[2,"{second}","{action}",{{}}]',
    }
    return Framed(**{**values, **said})


async def logged(gateway: Gateway, *frames: Framed) -> str:
    charger_id = await gateway.charger()
    for one in frames:
        gateway.provider.report(charger_id, one)
    await gateway.settled()
    return f"/ocpp/chargers/{charger_id}/logs"


async def test_a_frame_is_kept_as_it_was_on_the_wire(gateway: Gateway) -> None:
    asked = frame(0.0, "BootNotification")
    answered = frame(
        0.25,
        "BootNotification",
        direction="csms_to_cp",
        kind="result",
        text='[3,"0.0",{}]',
        latency_s=0.25,
    )

    path = await logged(gateway, asked, answered)

    log = (await gateway.get(path)).json()
    assert (log["total"], log["limit"], log["offset"]) == (2, 100, 0)
    assert log["data"] == [
        {
            "direction": "csms_to_cp",
            "action": "BootNotification",
            "message": '[3,"0.0",{}]',
            "timestamp": "2026-02-10T14:00:00.250Z",
            "kind": "result",
            "message_id": "0.25",
            "latency_ms": 250.0,
            "verdict": "valid",
        },
        {
            "direction": "cp_to_csms",
            "action": "BootNotification",
            "message": '[2,"0.0","BootNotification",{}]',
            "timestamp": "2026-02-10T14:00:00.000Z",
            "kind": "call",
            "message_id": "0.0",
            "latency_ms": None,
            "verdict": "valid",
        },
    ]


@pytest.mark.parametrize(
    ("query", "seconds"),
    [
        ({}, [3, 2, 1, 0]),
        ({"start_date": "2026-02-10T14:00:01Z", "end_date": "2026-02-10T14:00:02Z"}, [2, 1]),
        ({"start_date": "2026-02-10T15:00:02+01:00"}, [3, 2]),
        ({"start_date": "2026-02-10T15:00:02 01:00"}, [3, 2]),
        ({"end_date": "2026-02-10T14:00:00"}, [0]),
        ({"start_date": "2026-02-10", "end_date": "2026-02-10"}, [3, 2, 1, 0]),
        ({"end_date": "2026-02-09"}, []),
        ({"event": "Authorize"}, [1]),
        ({"limit": 1, "offset": 1}, [2]),
        ({"event": "Reset"}, []),
    ],
)
async def test_a_range_includes_its_ends_and_an_action_filters(
    gateway: Gateway, query: dict[str, Any], seconds: list[int]
) -> None:
    path = await logged(gateway, frame(0), frame(1, "Authorize"), frame(2), frame(3))

    log = (await gateway.get(path, **query)).json()

    assert [int(entry["timestamp"][17:19]) for entry in log["data"]] == seconds


@pytest.mark.parametrize(
    "payload",
    [
        {"key": "AuthorizationKey", "value": "hunter2hunter2hunter2"},
        {"configuration": {"AuthorizationKey": "hunter2hunter2hunter2"}},
        {
            "setVariableData": [
                {
                    "component": {"name": "SecurityCtrlr"},
                    "variable": {"name": "BasicAuthPassword"},
                    "attributeValue": "hunter2hunter2hunter2",
                }
            ]
        },
    ],
)
async def test_a_password_on_the_wire_is_not_in_the_log(
    gateway: Gateway, payload: dict[str, Any]
) -> None:
    asked = frame(0, direction="csms_to_cp", text=json.dumps([2, "1", "Set", payload]))

    path = await logged(gateway, asked)

    (entry,) = (await gateway.get(path)).json()["data"]
    assert "hunter2" not in entry["message"]
    assert json.loads(entry["message"])[2] == "Set"


async def test_a_password_that_was_configured_is_not_in_the_list_of_commands(
    gateway: Gateway,
) -> None:
    await gateway.charger()

    await gateway.post(
        "/ocpp/commands/configuration",
        {
            "target": {"charger_id": "CP-TEST-001"},
            "event": {"configuration": {"AuthorizationKey": "hunter2hunter2hunter2"}},
        },
    )

    listed = (await gateway.get("/ocpp/commands")).text
    assert "AuthorizationKey" in listed
    assert "hunter2" not in listed


async def test_a_moment_that_was_shown_is_within_the_range_it_makes(gateway: Gateway) -> None:
    path = await logged(gateway, frame(0.123456), frame(0.1239))

    shown = [entry["timestamp"] for entry in (await gateway.get(path)).json()["data"]]

    log = (await gateway.get(path, start_date=shown[1], end_date=shown[0])).json()
    assert log["total"] == 2


@pytest.mark.parametrize(
    "query", [{"limit": 1001}, {"limit": 0}, {"offset": -1}, {"start_date": "yesterday"}]
)
async def test_a_query_out_of_bounds_is_422(gateway: Gateway, query: dict[str, Any]) -> None:
    path = await logged(gateway)

    assert (await gateway.get(path, limit=1000)).status_code == 200
    assert (await gateway.get(path, **query)).status_code == 422


async def test_logs_are_a_chargers_own_and_go_with_it(gateway: Gateway) -> None:
    path = await logged(gateway, frame(0))
    other = await gateway.charger("CP-2")

    assert (await gateway.get(f"/ocpp/chargers/{other}/logs")).json()["total"] == 0
    await gateway.delete("/ocpp/chargers/CP-TEST-001")
    assert (await gateway.get(path)).status_code == 404
    again = await gateway.charger()
    assert (await gateway.get(f"/ocpp/chargers/{again}/logs")).json()["total"] == 0


async def test_frames_beyond_their_age_are_dropped(gateway: Gateway) -> None:
    path = await logged(gateway, frame(-31 * 86_400), frame(0))

    await gateway.sweep(NOW)

    assert (await gateway.get(path)).json()["total"] == 1


async def test_an_export_has_what_a_charger_ahead_of_us_said(gateway: Gateway) -> None:
    day_s = 86_400.0  # as one has that ran at a rate of its own, or whose clock was skewed
    path = await logged(gateway, frame(0.0), frame(day_s), frame(2 * day_s))

    lines = (await gateway.get(f"{path}/export")).text.splitlines()
    until = (await gateway.get(f"{path}/export?end_date=2026-02-12T00:00:00Z")).text.splitlines()

    assert [json.loads(line)["message_id"] for line in lines] == ["0.0", "86400.0", "172800.0"]
    assert [json.loads(line)["message_id"] for line in until] == ["0.0", "86400.0"]


async def test_an_export_of_nothing_is_empty(gateway: Gateway) -> None:
    answer = await gateway.get(f"{await logged(gateway)}/export")

    assert (answer.status_code, answer.text) == (200, "")
