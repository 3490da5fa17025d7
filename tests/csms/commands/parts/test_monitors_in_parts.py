"""Monitors are set, listed and removed, in as many messages as the charger takes (N02 to N06)."""

import asyncio
import json
from typing import Any

import pytest

from tests.csms.bench import ZULU, Peer, Yard
from voltyard.csms.commands.monitors import (
    ClearMonitors,
    GetMonitors,
    SetMonitoringBase,
    SetMonitoringLevel,
    SetMonitors,
    VariableMonitor,
)
from voltyard.csms.commands.results import (
    BackendCommandResult,
    ClearedMonitor,
    MonitorsClearedResult,
    MonitorsResult,
    MonitorsSetResult,
    ReportedMonitor,
    StatusResult,
)
from voltyard.kernel.errors import Invalid, PeerError

POWER = {
    "component": {"name": "EVSE", "evse": {"id": 1}},
    "variable": {"name": "Power"},
}


class Station:
    """A station that takes so many monitors at once."""

    def __init__(self, peer: Peer, most: str | None) -> None:
        self.peer = peer
        self.most = most
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self._answered = 0

    async def until(self, task: "asyncio.Task[BackendCommandResult]") -> BackendCommandResult:
        """Answer what is asked until the command has its result."""
        async with asyncio.timeout(10):
            while not task.done():
                for _, id, action, payload in self.peer.asked()[self._answered :]:
                    self._answered += 1
                    self.asked.append((action, payload))
                    self.peer.text(json.dumps([3, id, self._answer(action, payload)]))
                await self.peer.yard.settle()
        return await task

    def _answer(self, action: str, payload: dict[str, Any]) -> Any:
        match action:
            case "GetVariables":
                told: dict[str, Any] = {"attributeStatus": "UnknownVariable"}
                if self.most is not None:
                    told = {"attributeStatus": "Accepted", "attributeValue": self.most}
                return {
                    "getVariableResult": [{**one, **told} for one in payload["getVariableData"]]
                }
            case "ClearVariableMonitoring":
                words = {3: "NotFound", 4: "Rejected"}
                return {
                    "clearMonitoringResult": [
                        {"id": id, "status": words.get(id, "Accepted")} for id in payload["id"]
                    ]
                }
            case "SetVariableMonitoring":
                return {
                    "setMonitoringResult": [
                        {
                            "id": number,
                            "status": "Accepted" if one["value"] else "Duplicate",
                            **{name: one[name] for name in ("type", "severity", *POWER)},
                        }
                        for number, one in enumerate(payload["setMonitoringData"], 1)
                    ]
                }
        raise AssertionError(action)


@pytest.fixture
async def peer(yard: Yard) -> Peer:
    return await yard.booted(subprotocol="ocpp2.0.1")


def monitor(value: float) -> VariableMonitor:
    return VariableMonitor(variable="EVSE@1.Power", type="Delta", value=value, severity=4)


async def test_no_message_removes_more_than_the_station_takes(yard: Yard, peer: Peer) -> None:
    station = Station(peer, "2")
    result = await station.until(await yard.command(ClearMonitors(ids=(1, 2, 3, 4, 5))))

    asked = [payload["id"] for action, payload in station.asked if action != "GetVariables"]
    assert asked == [[1, 2], [3, 4], [5]]
    words = ("accepted", "accepted", "notFound", "rejected", "accepted")
    assert result == MonitorsClearedResult(
        status="notFound",
        results=tuple(ClearedMonitor(id=id, status=word) for id, word in enumerate(words, 1)),
    )


async def test_a_station_is_asked_once_how_many_it_takes_and_one_is_not_asked_for(
    yard: Yard, peer: Peer
) -> None:
    station = Station(peer, None)
    await station.until(await yard.command(ClearMonitors(ids=(1,))))
    await station.until(await yard.command(ClearMonitors(ids=(1, 2))))
    await station.until(await yard.command(ClearMonitors(ids=(1, 2))))
    await station.until(await yard.command(SetMonitors(monitors=(monitor(1), monitor(2)))))

    clearing, setting = "ClearVariableMonitoring", "SetVariableMonitoring"
    assert [action for action, _ in station.asked] == [
        clearing,
        "GetVariables",
        clearing,
        clearing,
        "GetVariables",
        setting,
    ]


async def test_monitors_are_set_as_they_are_given_and_each_has_its_word(
    yard: Yard, peer: Peer
) -> None:
    station = Station(peer, "1")
    command = SetMonitors(monitors=(monitor(5), monitor(0)))
    result = await station.until(await yard.command(command))

    sent = [payload["setMonitoringData"] for action, payload in station.asked[1:]]
    assert sent[0] == [{**POWER, "type": "Delta", "value": 5, "severity": 4}]
    assert len(sent) == 2
    assert isinstance(result, MonitorsSetResult)
    assert result.status == "duplicate"
    assert [(one.variable, one.status) for one in result.results] == [
        ("EVSE@1.Power", "accepted"),
        ("EVSE@1.Power", "duplicate"),
    ]


async def test_a_report_of_several_pages_is_one_list(yard: Yard, peer: Peer) -> None:
    task = await yard.command(GetMonitors(kind="delta", variable="EVSE@1.Power"), timeout_s=10)
    request = peer.asked()[-1][3]
    assert request["monitoringCriteria"] == ["DeltaMonitoring"]
    assert request["componentVariable"] == [POWER]
    await peer.answer({"status": "Accepted"})
    for number in range(2):
        told = {"id": number, "transaction": False, "value": 1, "type": "Delta", "severity": 8}
        page = {"requestId": request["requestId"], "seqNo": number, "generatedAt": ZULU}
        page["monitor"] = [{**POWER, "variableMonitoring": [told]}]
        await peer.say("NotifyMonitoringReport", page | {"tbc": number == 0})

    assert await task == MonitorsResult(
        monitors=tuple(
            ReportedMonitor(
                id=number,
                variable="EVSE@1.Power",
                type="Delta",
                value=1,
                severity=8,
                transaction=False,
            )
            for number in range(2)
        )
    )


@pytest.mark.parametrize(
    "word,status", [("EmptyResultSet", "accepted"), ("NotSupported", "notSupported")]
)
async def test_without_a_report_there_are_no_monitors(
    yard: Yard, peer: Peer, word: str, status: str
) -> None:
    task = await yard.command(GetMonitors())
    assert peer.asked()[-1][3].keys() == {"requestId"}
    await peer.answer({"status": word})
    assert await task == MonitorsResult(status=status)


async def test_base_and_level_are_said(yard: Yard, peer: Peer) -> None:
    for command, payload in (
        (SetMonitoringBase(base="HardWiredOnly"), {"monitoringBase": "HardWiredOnly"}),
        (SetMonitoringLevel(severity=4), {"severity": 4}),
    ):
        task = await yard.command(command)
        assert peer.asked()[-1][3] == payload
        await peer.answer({"status": "Rejected", "statusInfo": {"reasonCode": "InvalidValue"}})
        assert await task == StatusResult(status="rejected", reason="InvalidValue")


async def test_a_refused_part_ends_the_command(yard: Yard, peer: Peer) -> None:
    task = await yard.command(ClearMonitors(ids=(1, 2)))
    await peer.answer(
        {"getVariableResult": [{**_limit(), "attributeStatus": "Accepted", "attributeValue": "1"}]}
    )
    id = peer.asked()[-1][1]
    peer.text(json.dumps([4, id, "InternalError", "", {}]))
    with pytest.raises(PeerError):
        await task
    assert peer.asked()[-1][3] == {"id": [1]}


def _limit() -> dict[str, Any]:
    variable = {"name": "ItemsPerMessage", "instance": "ClearVariableMonitoring"}
    return {"component": {"name": "MonitoringCtrlr"}, "variable": variable}


async def test_a_charger_of_1_6_has_no_monitors(yard: Yard) -> None:
    peer = await yard.booted()
    before = len(peer.asked())
    with pytest.raises(Invalid, match=r"monitors/level is of OCPP 2\.0\.1"):
        await (await yard.command(SetMonitoringLevel(severity=1)))
    assert len(peer.asked()) == before
