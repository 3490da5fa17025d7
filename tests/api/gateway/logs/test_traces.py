"""The trace of a charger over REST."""

import asyncio
import json
from itertools import accumulate
from typing import Any

import pytest

from tests.api.gateway.bench import NOW, Gateway
from voltyard.charger.description.events import Framed
from voltyard.kernel import limits

BOOT = {"chargePointVendor": "V", "chargePointModel": "M"}


def framed(second: float, message: list[Any], *, by_charger: bool = True) -> Framed:
    return Framed(
        at=NOW + second,
        direction="cp_to_csms" if by_charger else "csms_to_cp",
        kind="call" if message[0] == 2 else "result",
        action=message[2] if message[0] == 2 else "",
        message_id=message[1],
        text=json.dumps(message),
    )


def heartbeat(second: float) -> Framed:
    return framed(second, [2, str(second), "Heartbeat", {}])


def status(second: float, word: str) -> Framed:
    told = {"connectorId": 1, "errorCode": "NoError", "status": word}
    return framed(second, [2, str(second), "StatusNotification", told])


async def logged(gateway: Gateway, *frames: Framed) -> str:
    charger_id = await gateway.charger()
    for one in frames:
        gateway.provider.report(charger_id, one)
    await gateway.settled()
    return f"/ocpp/chargers/{charger_id}/trace"


def seconds(answer: dict[str, Any]) -> list[int]:
    """The frames' ids, which are the seconds they were told at."""
    return [int(float(json.loads(text)[1])) for text in answer["data"]["frames"]["text"]]


async def test_frames_are_paired_judged_and_laid_out_over_time(gateway: Gateway) -> None:
    told = {"connectorId": 1, "errorCode": "NoError", "status": "Occupied"}
    path = await logged(
        gateway,
        framed(0.0, [2, "1", "BootNotification", BOOT]),
        framed(0.25, [3, "1", {"status": "Accepted"}], by_charger=False),
        status(1.0, "Available"),
        framed(2.0, [2, "9", "StatusNotification", told]),
    )

    answer = (await gateway.get(path)).json()

    assert (answer["limit"], answer["has_more"]) == (1_000, False)
    trace = answer["data"]
    assert trace["actions"] == ["BootNotification", "StatusNotification"]
    assert trace["frames"]["pair"] == [1, -1, 0, 0]
    assert trace["frames"]["by_charger"] == [1, 0, 1, 1]
    frames_at = list(accumulate(trace["frames"]["after_ms"]))
    assert [at - frames_at[0] for at in frames_at] == [0, 250, 1_000, 2_000]
    broken = {(number, rule) for number, rule, _, _ in trace["violations"]}
    assert (3, "bad_enum") in broken and not {(0, "bad_enum"), (2, "bad_enum")} & broken
    assert trace["rules"]["bad_enum"]["source_16"]
    [charger] = trace["chargers"]
    assert (charger["name"], charger["version"]) == ("CP-TEST-001", "1.6")
    [lane] = charger["connectors"]
    assert lane["changes"][0][:2] == [frames_at[2], "Available"]


async def test_events_of_the_charger_stand_beside_its_frames(gateway: Gateway) -> None:
    charger_id = await gateway.charger()
    other = await gateway.charger("CP-2")
    reports = gateway.yard.reports
    opened = {"type": "connection", "at": NOW + 1, "connected": True}
    lost = {"type": "connection", "at": NOW + 3, "connected": False, "reason": "gone"}
    reports.happened(charger_id, opened)
    reports.happened(other, opened)
    gateway.provider.report(charger_id, heartbeat(2))
    reports.happened(charger_id, lost)
    await gateway.settled()

    trace = (await gateway.get(f"/ocpp/chargers/{charger_id}/trace")).json()["data"]

    [charger] = trace["chargers"]
    [first, second] = charger["links"]
    assert (first[1], second[1], second[2]) == (1, 0, "gone")
    assert second[0] - first[0] == 2_000
    types = [kind for _, kind, _ in charger["events"]]
    assert types.count("connection.opened") == 1 and "charger.created" in types


@pytest.mark.parametrize(
    ("query", "wanted", "has_more"),
    [
        ({}, [0, 1, 2, 3], False),
        ({"limit": 4}, [0, 1, 2, 3], False),
        ({"limit": 2}, [2, 3], True),
        ({"start_date": "2026-02-10T14:00:01Z", "end_date": "2026-02-10T14:00:02Z"}, [1, 2], False),
        ({"end_date": "2026-02-10T14:00:02Z", "limit": 1}, [2], True),
        ({"start_date": "2026-02-10", "end_date": "2026-02-10"}, [0, 1, 2, 3], False),
        ({"end_date": "2026-02-09"}, [], False),
    ],
)
async def test_the_newest_frames_of_a_range_say_whether_there_are_earlier_ones(
    gateway: Gateway, query: dict[str, Any], wanted: list[int], has_more: bool
) -> None:
    path = await logged(gateway, *map(heartbeat, range(4)))

    answer = (await gateway.get(path, **query)).json()

    assert (seconds(answer), answer["has_more"]) == (wanted, has_more)


async def test_events_before_the_frames_that_are_left_out_are_left_out_too(
    gateway: Gateway,
) -> None:
    path = await logged(gateway, *map(heartbeat, range(4)))
    opened = {"type": "connection", "at": NOW + 1, "connected": True}
    gateway.yard.reports.happened(path.split("/")[3], opened)
    await gateway.settled()

    whole, part = [(await gateway.get(path, limit=n)).json()["data"] for n in (10, 2)]

    assert "connection.opened" in {kind for _, kind, _ in whole["chargers"][0]["events"]}
    assert "connection.opened" not in {kind for _, kind, _ in part["chargers"][0]["events"]}


async def test_long_frames_leave_room_for_fewer(gateway: Gateway) -> None:
    long = "x" * (limits.LOGGED_FRAME_CHARS - 100)
    fitting = limits.CHARGER_TRACE_CHARS // limits.LOGGED_FRAME_CHARS
    sent = [
        framed(n, [2, str(n), "DataTransfer", {"vendorId": "V", "data": long}])
        for n in range(fitting + 5)
    ]
    path = await logged(gateway, *sent)

    answer = (await gateway.get(path, limit=limits.CHARGER_TRACE_FRAMES)).json()

    assert answer["has_more"] is True
    assert sum(map(len, answer["data"]["frames"]["text"])) <= limits.CHARGER_TRACE_CHARS
    assert seconds(answer)[-1] == fitting + 4 and len(seconds(answer)) >= fitting


async def test_a_charger_that_has_said_nothing_has_an_empty_trace(gateway: Gateway) -> None:
    path = await logged(gateway)

    trace = (await gateway.get(path)).json()["data"]

    assert (trace["title"], trace["chargers"], trace["duration_ms"]) == ("CP-TEST-001", [], 0)
    assert trace["frames"]["text"] == []


async def test_frames_that_were_not_stored_are_told_as_an_event(gateway: Gateway) -> None:
    path = await logged(gateway, heartbeat(0), heartbeat(1))
    gap = Framed(
        at=NOW + 0.5,
        direction="cp_to_csms",
        kind="other",
        action="",
        message_id="",
        text="7 frames are missing here",
        verdict="missing",
    )
    gateway.provider.report(path.split("/")[3], gap)
    await gateway.settled()

    trace = (await gateway.get(path)).json()["data"]

    assert "bad_frame" not in trace["rules"]
    told = [data for _, kind, data in trace["chargers"][0]["events"] if kind == "frames.missing"]
    assert told == [{"reason": "7 frames are missing here"}]


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 0},
        {"limit": limits.CHARGER_TRACE_FRAMES + 1},
        {"start_date": "soon"},
        {"event": "X"},
    ],
)
async def test_a_query_out_of_bounds_is_422(gateway: Gateway, query: dict[str, Any]) -> None:
    path = await logged(gateway, heartbeat(0))

    assert (await gateway.get(path, **query)).status_code == 422


async def test_a_trace_is_for_its_own_organization_alone(gateway: Gateway) -> None:
    path = await logged(gateway, heartbeat(0))
    stranger = await gateway.stranger("read")

    assert (await gateway.send("GET", path, key=stranger)).status_code == 404
    assert (await gateway.get("/ocpp/chargers/CP-TEST-001/trace")).status_code == 200
    assert (await gateway.get("/ocpp/chargers/CP-NONE/trace")).status_code == 404


async def test_many_who_ask_at_once_are_all_answered(gateway: Gateway) -> None:
    path = await logged(gateway, *map(heartbeat, range(20)))

    answers = await asyncio.gather(*(gateway.get(path) for _ in range(8)))

    assert {len(seconds(answer.json())) for answer in answers} == {20}
