"""The attendant over HTTP: chargers of its own, or one that is there."""

import json
from typing import Any

import httpx
import msgspec
import pytest

from voltyard.conformance.attendants.http import HttpAttendant
from voltyard.conformance.cases.catalogue import chosen
from voltyard.conformance.mapped_requests import HttpMapping
from voltyard.conformance.subject import Subject
from voltyard.conformance.wire.endings import DriverFailed
from voltyard.kernel.errors import Invalid

[SESSION] = chosen("charger", ids=["TC_003_CS"])
[SAMPLED] = chosen("charger", ids=["TC_070_CS"])
Heard = list[tuple[str, str, Any]]


def attendant(heard: Heard, subject: Subject, status: int = 200, /, **acts: Any) -> HttpAttendant:
    def answer(request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content) if request.content else None
        heard.append((request.method, request.url.path, body))
        return httpx.Response(status, text="the arm is stuck")

    return HttpAttendant(
        msgspec.convert({"url": "http://robot", "acts": acts}, HttpMapping),
        {},
        subject,
        time_out_s=60.0,
        jobs=4,
        run="VY-1",
        transport=httpx.MockTransport(answer),
    )


async def test_begin_makes_a_charger_for_each_case_with_its_settings() -> None:
    heard: Heard = []
    robot = attendant(
        heard,
        Subject(evses=3),
        begin={"put": "/$identity", "body": "$payload"},
        end={"delete": "/$identity"},
        plug={"post": "/$identity/plug/$evse_id"},
        swipe={"post": "/$identity/card", "body": {"uid": "$id_tag", "type": "$id_token_type"}},
    )
    identity = robot.identity(SAMPLED)
    await robot.begin(identity, SAMPLED, "ws://tester/ocpp")
    await robot.act(identity, "plug", {})
    await robot.act(identity, "swipe", {"id_tag": "04A1"})
    await robot.end(identity)

    made = {
        "url": "ws://tester/ocpp",
        "version": "1.6",
        "settings": {"MeterValueSampleInterval": "2", "StopTxnSampledData": ""},
        "evses": 3,
    }
    assert (robot.is_fresh, robot.jobs, robot.identity(SAMPLED)) == (True, 4, "VY-1-2")
    assert heard == [
        ("PUT", "/VY-1-1", made),
        ("POST", "/VY-1-1/plug/1", None),
        ("POST", "/VY-1-1/card", {"uid": "04A1"}),
        ("DELETE", "/VY-1-1", None),
    ]


async def test_one_charger_is_restored_before_each_case() -> None:
    heard: Heard = []
    robot = attendant(heard, Subject(identities=["CP-1"]), restore={"post": "/arm/home"})
    await robot.begin(robot.identity(SESSION), SESSION, "ws://tester/ocpp")

    assert (robot.is_fresh, robot.jobs, robot.identity(SESSION)) == (False, 1, "CP-1")
    assert heard == [("POST", "/arm/home", None)]
    assert robot.lacks(SESSION) == "the driver cannot plug, swipe, unplug"


async def test_an_act_that_fails_is_told_with_its_answer() -> None:
    robot = attendant([], Subject(identities=["CP-1"]), 503, plug={"post": "/arm/plug"})

    with pytest.raises(DriverFailed, match="POST /arm/plug for plug was answered 503: the arm"):
        await robot.act("CP-1", "plug", {})


def test_the_one_charger_has_to_be_named() -> None:
    with pytest.raises(Invalid, match="no identity of the charger under test"):
        attendant([], Subject(), plug={"post": "/arm/plug"})
