"""Variables of the tester's charging station."""

from typing import Any

import pytest

from voltyard.conformance.csms.v201.device_model import (
    VARIABLES,
    get_variables,
    named,
    report_data,
    set_variables,
)
from voltyard.conformance.wire.message import ReceivedMessage
from voltyard.conformance.wire.record import Record


def asked(action: str, **payload: Any) -> ReceivedMessage:
    return ReceivedMessage(action, payload, Record(lambda: 0.0), 0)


@pytest.mark.parametrize(
    ("component", "variable", "fields", "result"),
    [
        (
            "TxCtrlr",
            "TxStartPoint",
            {},
            {"attributeStatus": "Accepted", "attributeValue": "EVConnected"},
        ),
        (
            "TxCtrlr",
            "TxStartPoint",
            {"attributeType": "Target"},
            {"attributeStatus": "NotSupportedAttributeType", "attributeType": "Target"},
        ),
        ("SecurityCtrlr", "BasicAuthPassword", {}, {"attributeStatus": "Rejected"}),
        ("TxCtrlr", "Nothing", {}, {"attributeStatus": "UnknownVariable"}),
        ("Nothing", "TxStartPoint", {}, {"attributeStatus": "UnknownComponent"}),
    ],
)
def test_a_variable_is_read_or_it_is_said_why_not(
    component: str, variable: str, fields: dict[str, str], result: dict[str, str]
) -> None:
    request = asked("GetVariables", getVariableData=[named(component, variable, **fields)])

    assert get_variables(request) == {"getVariableResult": [named(component, variable, **result)]}


@pytest.mark.parametrize(
    ("component", "variable", "status"),
    [
        ("TxCtrlr", "TxStartPoint", "Accepted"),
        ("SecurityCtrlr", "BasicAuthPassword", "Accepted"),
        ("ChargingStation", "Available", "Rejected"),
        ("TxCtrlr", "Nothing", "UnknownVariable"),
    ],
)
def test_a_variable_is_set_unless_it_is_read_only_or_unknown(
    component: str, variable: str, status: str
) -> None:
    data = named(component, variable, attributeValue="1")

    answer = set_variables(asked("SetVariables", setVariableData=[data]))

    assert answer == {"setVariableResult": [named(component, variable, attributeStatus=status)]}


def test_a_report_shows_each_value_but_that_of_a_secret() -> None:
    shown = {place: report_data(*place)["variableAttribute"][0].get("value") for place in VARIABLES}

    assert [place for place, value in shown.items() if value is None] == [
        ("SecurityCtrlr", "BasicAuthPassword")
    ]
