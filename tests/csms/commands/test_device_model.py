"""Variables read, set and reported by name, and the password among them."""

from typing import Any

import pytest

from tests.csms.bench import ZULU, Peer, Yard
from voltyard.csms.commands.device_model import (
    GetReport,
    GetVariables,
    ReadVariable,
    SetVariables,
    WrittenVariable,
)
from voltyard.csms.commands.results import ReportResult
from voltyard.ports.links import Admitted

VERSION = "ocpp2.0.1"
ENABLED = {"component": {"name": "AuthCtrlr"}, "variable": {"name": "Enabled"}}
STATE = {
    "component": {"name": "Connector", "evse": {"id": 1, "connectorId": 2}},
    "variable": {"name": "AvailabilityState"},
}


async def asked(yard: Yard, command: Any) -> tuple[Peer, Any, str, dict[str, Any]]:
    peer = await yard.booted(subprotocol=VERSION)
    task = await yard.command(command, timeout_s=10)
    return peer, task, peer.asked()[-1][2], peer.asked()[-1][3]


async def test_variables_come_in_the_order_in_which_they_were_asked_for(yard: Yard) -> None:
    names = ("AuthCtrlr.Enabled", "Connector@1/2.AvailabilityState", "No.Such")
    command = GetVariables(
        variables=(
            ReadVariable(name=names[0], attribute="Target"),
            *(ReadVariable(name=name) for name in names[1:]),
        )
    )
    peer, task, action, request = await asked(yard, command)
    assert action == "GetVariables"
    data = request["getVariableData"]
    assert data[0] == {**ENABLED, "attributeType": "Target"}
    assert data[1] == {**STATE, "attributeType": "Actual"}

    await peer.answer(
        {
            "getVariableResult": [
                {**STATE, "attributeStatus": "Accepted", "attributeValue": "Available"},
                {
                    **ENABLED,
                    "attributeType": "Target",
                    "attributeStatus": "NotSupportedAttributeType",
                    "attributeStatusInfo": {"reasonCode": "UnsupportedParam"},
                },
            ]
        }
    )

    rows = (await task).variables
    assert [row["name"] for row in rows] == list(names)
    assert [row["status"] for row in rows] == [
        "NotSupportedAttributeType",
        "Accepted",
        "Unanswered",
    ]
    assert [row["value"] for row in rows] == [None, "Available", None]
    assert rows[0]["reason"] == "UnsupportedParam"


async def test_each_variable_that_is_set_has_its_own_word(yard: Yard) -> None:
    variables = (
        WrittenVariable(name="AuthCtrlr.Enabled", value="true"),
        WrittenVariable(name="HeartbeatInterval", value="soon"),
    )
    peer, task, action, request = await asked(yard, SetVariables(variables=variables))
    assert action == "SetVariables"
    first, second = request["setVariableData"]
    assert first == {**ENABLED, "attributeType": "Actual", "attributeValue": "true"}
    interval = {key: second[key] for key in ("component", "variable")}
    await peer.answer(
        {
            "setVariableResult": [
                {**ENABLED, "attributeStatus": "Accepted"},
                {**interval, "attributeStatus": "Rejected"},
            ]
        }
    )
    assert [row["status"] for row in (await task).variables] == ["Accepted", "Rejected"]


@pytest.mark.parametrize("status", ["Accepted", "Rejected"])
async def test_a_password_among_them_is_kept_once_the_charger_has_taken_it(
    yard: Yard, status: str
) -> None:
    await yard.register(password="the-old-password")
    admitted = yard.knock("/ocpp/CP1", (VERSION,), "CP1", "the-old-password")
    assert isinstance(admitted, Admitted)
    peer = Peer(yard, admitted.user, admitted.subprotocol)
    await peer.boot()
    name = "SecurityCtrlr.BasicAuthPassword"
    secret = WrittenVariable(name=name, value="a-new-password-1234")
    task = await yard.command(SetVariables(variables=(secret,)), timeout_s=10)
    await yard.settle()
    request = peer.asked()[-1][3]["setVariableData"][0]
    place = {key: request[key] for key in ("component", "variable")}

    await peer.answer({"setVariableResult": [{**place, "attributeStatus": status}]})
    await task

    knocked = yard.knock("/ocpp/CP1", (VERSION,), "CP1", "a-new-password-1234")
    assert isinstance(knocked, Admitted) is (status == "Accepted")
    assert "a-new-password" not in str(yard.journal.commands)


@pytest.mark.parametrize(
    "command, action, fields",
    [
        (GetReport(), "GetBaseReport", {"reportBase": "FullInventory"}),
        (
            GetReport(base="SummaryInventory"),
            "GetBaseReport",
            {"reportBase": "SummaryInventory"},
        ),
        (
            GetReport(names=("AuthCtrlr", "AuthCtrlr.Enabled", "EVSE@2"), criteria=("Problem",)),
            "GetReport",
            {
                "componentVariable": [
                    {"component": {"name": "AuthCtrlr"}},
                    ENABLED,
                    {"component": {"name": "EVSE", "evse": {"id": 2}}},
                ],
                "componentCriteria": ["Problem"],
            },
        ),
    ],
)
async def test_a_report_is_asked_for_and_put_together(
    yard: Yard, command: GetReport, action: str, fields: dict[str, Any]
) -> None:
    peer, task, sent, request = await asked(yard, command)
    assert sent == action
    assert request == fields | {"requestId": request["requestId"]}
    await peer.answer({"status": "Accepted"})
    attribute = {"type": "Actual", "value": "true", "mutability": "ReadWrite"}
    for number, data in enumerate((ENABLED, STATE)):
        part = {"requestId": request["requestId"], "generatedAt": ZULU, "seqNo": number}
        reported = [{**data, "variableAttribute": [attribute]}]
        await peer.say("NotifyReport", part | {"tbc": number == 0, "reportData": reported})

    names = [row["name"] for row in (await task).variables]
    assert names == ["AuthCtrlr.Enabled", "Connector@1/2.AvailabilityState"]


async def test_an_empty_report_is_an_answer(yard: Yard) -> None:
    peer, task, _, _ = await asked(yard, GetReport(criteria=("Problem",)))
    await peer.answer({"status": "EmptyResultSet"})
    assert await task == ReportResult(status="emptyResultSet")
