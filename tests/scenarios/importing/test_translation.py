"""Flows become scenarios that are played, and what does not is named."""

import json
from typing import Any

import pytest
import yaml

from tests.scenarios.importing.flows import EVERY_ASSERTION, EVERY_NODE, flow_of, node
from voltyard.kernel.errors import Invalid
from voltyard.reports.verdicts import Result, Verdict
from voltyard.scenarios.form.reading import read
from voltyard.scenarios.importing.nodes import NODES
from voltyard.scenarios.importing.translation import Translation, translated
from voltyard.scenarios.playing.running import play_virtual


def played(translation: Translation) -> Result:
    [row] = read(translation.text, "imported.yaml").rows({})
    return play_virtual(row, 7)


def steps_of(*nodes: tuple[str, dict[str, Any]]) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = yaml.safe_load(translated(flow_of(*nodes), "f.json").text)[
        "steps"
    ]
    return steps


def test_a_flow_with_every_node_and_assertion_passes_on_our_backend() -> None:
    assert {type for type, _ in EVERY_NODE} | {"start", "end"} == set(NODES)

    translation = translated(flow_of(*EVERY_NODE, assertions=EVERY_ASSERTION), "f.json")
    result = played(translation)

    assert result.verdict is Verdict.PASS, result.failure
    assert [line.split(" ")[0] for line in translation.left_out] == [
        "delay",
        "unlockOutcome",
        "responseOverride",
        "assertion",
    ]
    assert all(f"# Left out: {line}\n" in translation.text for line in translation.left_out)


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "ocpp_sent", "action": "StartTransaction", "occurrence": 2},
        {"type": "ocpp_received", "action": "Reset"},
        {"type": "ocpp_absent", "action": "StartTransaction"},
        {"type": "response_status", "action": "DataTransfer", "status": "Accepted"},
        {"type": "idtag_info_status", "action": "StartTransaction", "status": "Blocked"},
        {"type": "payload_match", "action": "StartTransaction", "payload": {"idTag": "OTHER"}},
        {"type": "message_order", "actions": ["StopTransaction", "StartTransaction"]},
        {
            "type": "message_after",
            "before": {"action": "StopTransaction"},
            "after": {"action": "StartTransaction"},
        },
        {"type": "state_transition", "targetStatus": "Faulted"},
    ],
    ids=lambda wrong: wrong["type"],
)
def test_an_assertion_that_does_not_hold_fails(wrong: dict[str, Any]) -> None:
    session = (
        node("dataTransfer", vendorId="com.example"),
        node("transaction", action="start", tagId="TAG1"),
        node("transaction", action="stop"),
    )

    result = played(translated(flow_of(*session, assertions=[{"id": "a", **wrong}]), "f.json"))

    assert result.verdict is Verdict.FAIL


def test_a_fault_comes_and_goes() -> None:
    fault = node("statusNotification", status="Faulted", errorCode="GroundFailure", info="wet")
    well = node("statusNotification", status="Available", errorCode="NoError")

    result = played(translated(flow_of(fault, well), "f.json"))

    assert result.verdict is Verdict.PASS, result.failure
    assert any("GroundFailure" in frame.text and "wet" in frame.text for frame in result.frames)


def test_the_second_connector_is_the_one_that_charges() -> None:
    session = (
        node("transaction", action="start", tagId="TAG1"),
        node("transaction", action="stop", stopReason="EVDisconnected"),
    )

    result = played(translated(flow_of(*session, targetId=2), "f.json"))

    assert result.verdict is Verdict.PASS, result.failure
    [start] = [json.loads(one.text) for one in result.frames if '"StartTransaction"' in one.text]
    assert start[3]["connectorId"] == 2


def test_the_vehicle_is_the_flows() -> None:
    settings = {"modelName": "Small", "batteryCapacityKwh": 40, "maxChargingPowerKw": 7.4}

    document = yaml.safe_load(translated(flow_of(evSettings=settings), "f.json").text)

    assert document["chargers"]["vehicle"] == {
        "name": "Small",
        "battery_kwh": 40,
        "max_power_w": 7400,
    }


def test_a_transaction_without_a_plug_node_is_plugged_in() -> None:
    steps = steps_of(node("transaction", action="start", tagId="TAG1"))

    assert [step.get("do") for step in steps[:2]] == ["plug_in", "swipe"]


def test_a_command_with_fields_that_a_flow_leaves_open_is_waited_for() -> None:
    text = flow_of(node("csmsCallTrigger", action="SetChargingProfile", timeout=30))

    translation = translated(text, "f.json")

    assert yaml.safe_load(translation.text)["steps"] == [
        {"wait_for": {"frame": "SetChargingProfile", "by": "csms", "within": "30 s"}}
    ]
    assert "add an `ask`" in translation.left_out[0]


def test_an_unknown_node_type_is_left_out_by_name() -> None:
    translation = translated(flow_of(node("teleport")), "f.json")

    assert translation.left_out == ["teleport 'teleport 1': there is no node type 'teleport'"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{", "no scenario of ocpp-cp-simulator"),
        ("[]", "no scenario of ocpp-cp-simulator"),
        ('{"id": "a", "name": "b", "nodes": [{"id": 1}], "edges": []}', "nodes"),
        ('{"id": "a", "name": "b", "nodes": [], "edges": []}', "one start node"),
        (flow_of(node("statusTrigger")), "targetStatus"),
        (flow_of(id="?"), "makes no name"),
        (
            flow_of(edges=[{"source": "n0", "target": "n1"}, {"source": "n1", "target": "n0"}]),
            "comes back",
        ),
        (
            flow_of(edges=[{"source": "n0", "target": "n1"}, {"source": "n0", "target": "n2"}]),
            "forks",
        ),
        (flow_of(edges=[{"source": "n0", "target": "n9"}]), "is no node"),
    ],
)
def test_what_cannot_be_imported_is_told(text: str, complaint: str) -> None:
    with pytest.raises(Invalid) as caught:
        translated(text, "f.json")

    assert complaint in str(caught.value)
