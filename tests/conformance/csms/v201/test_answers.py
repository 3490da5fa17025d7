"""Answers of the tester's charging station to requests of a CSMS."""

import json
from typing import Any

import pytest

from voltyard.conformance.csms.v201.answers import ANSWERS
from voltyard.conformance.csms.v201.device_model import named
from voltyard.conformance.wire.message import ReceivedMessage
from voltyard.conformance.wire.record import Record
from voltyard.ocpp.versions import Decoded, by_name

VERSION = by_name("2.0.1")
ASKED: dict[str, dict[str, Any]] = {
    "ClearVariableMonitoring": {"id": [4, 5]},
    "GetVariables": {"getVariableData": [named("TxCtrlr", "TxStartPoint")]},
    "SetVariables": {
        "setVariableData": [named("TxCtrlr", "TxStartPoint", attributeValue="Authorized")]
    },
    "SetVariableMonitoring": {
        "setMonitoringData": [named("EVSE", "Power", type="Delta", severity=5, value=1.0)]
    },
}
"""Requests by which the station makes its answers."""


def answer_to(action: str, payload: dict[str, Any] | None = None) -> dict[str, Any]:
    """The station's answer."""
    answer = ANSWERS[action]
    if not callable(answer):
        assert isinstance(answer, dict)
        return answer
    made = answer(ReceivedMessage(action, payload or ASKED[action], Record(lambda: 0.0), 0))
    assert isinstance(made, dict)
    return made


OF_A_CSMS = sorted(
    name for name, action in VERSION.actions.items() if action.sender in ("csms", "both")
)


@pytest.mark.parametrize("action", OF_A_CSMS)
def test_each_request_of_a_csms_has_an_answer_of_its_schema(action: str) -> None:
    decoded = VERSION.decode_response(action, json.dumps(answer_to(action)))

    assert isinstance(decoded, Decoded), decoded
    assert decoded.violations == ()


def test_there_is_no_answer_to_what_a_csms_never_asks() -> None:
    assert ANSWERS.keys() == set(OF_A_CSMS)
