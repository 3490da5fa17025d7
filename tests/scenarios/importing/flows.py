"""Flows as ocpp-cp-simulator writes them, format 1.0."""

import json
from typing import Any


def node(type: str, **data: Any) -> tuple[str, dict[str, Any]]:
    return type, data


def flow_of(*nodes: tuple[str, dict[str, Any]], **fields: Any) -> str:
    """The file of a flow whose nodes come one after the other, between a start and an end."""
    all_nodes = [node("start", triggerOn="connect"), *nodes, node("end")]
    return json.dumps(
        {
            "schemaVersion": "1.0",
            "id": "Flow 1",
            "name": "A flow",
            "targetType": "connector",
            "targetId": 1,
            "nodes": [
                {
                    "id": f"n{number}",
                    "type": type,
                    "position": {"x": 0, "y": number},
                    "data": {"label": f"{type} {number}", **data},
                }
                for number, (type, data) in enumerate(all_nodes)
            ],
            "edges": [
                {"id": f"e{number}", "source": f"n{number}", "target": f"n{number + 1}"}
                for number in range(len(all_nodes) - 1)
            ],
            **fields,
        }
    )


EVERY_NODE = (
    node("delay", delaySeconds=2),
    node("configSet", key="MeterValueSampleInterval", value="30"),
    node("notification", messageType="Heartbeat", payload={}),
    node("dataTransfer", vendorId="com.example", messageId="ping", data="x"),
    node("statusNotification", status="Available", errorCode="NoError", connectorId=1),
    node("reserveNow", expiryMinutes=30, idTag="TAG1", reservationId=101),
    node("statusTrigger", targetStatus="Reserved", timeout=10),
    node("cancelReservation", reservationId=101),
    node("reservationTrigger", timeout=0),
    node("cancelReservation", reservationId=1),
    node("unlockOutcome", outcome="NotSupported"),
    node("responseOverride", action="ClearCache", status="Rejected"),
    node("csmsCallTrigger", action="ClearCache", timeout=0),
    node("connectorPlug", action="plugin"),
    node("remoteStartTrigger", timeout=0),
    node("transaction", action="start", tagId="TAG1"),
    node("meterValue", value=0, sendMessage=True, autoIncrement=True, incrementInterval=10),
    node("statusChange", status="SuspendedEV"),
    node("statusChange", status="Charging"),
    node("remoteStopTrigger", timeout=0),
    node("transaction", action="stop"),
    node("connectorPlug", action="plugout"),
)
"""A flow in which each node type has its turn."""

EVERY_ASSERTION = [
    {"id": "a1", "type": "ocpp_sent", "action": "StartTransaction", "occurrence": 1},
    {"id": "a2", "type": "ocpp_received", "action": "RemoteStartTransaction"},
    {"id": "a3", "type": "ocpp_absent", "action": "FirmwareStatusNotification"},
    {
        "id": "a4",
        "type": "response_status",
        "action": "RemoteStopTransaction",
        "status": "Accepted",
    },
    {"id": "a5", "type": "idtag_info_status", "action": "StartTransaction", "status": "Accepted"},
    {
        "id": "a6",
        "type": "payload_match",
        "action": "StartTransaction",
        "payload": {"idTag": "TAG1"},
    },
    {"id": "a7", "type": "message_order", "actions": ["StartTransaction", "StopTransaction"]},
    {
        "id": "a8",
        "type": "message_after",
        "before": {"action": "StartTransaction"},
        "after": {"action": "MeterValues"},
    },
    {
        "id": "a9",
        "type": "state_transition",
        "targetStatus": "Charging",
        "description": "It charges",
    },
    {"id": "a10", "type": "no_unexpected"},
]
