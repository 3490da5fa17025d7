"""Translation of the twenty node types of a flow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from voltyard.scenarios.importing.flow_file import FlowNode
from voltyard.scenarios.importing.story import Story

Translate: TypeAlias = Callable[[Story, FlowNode], None]

_TAG: Final = "IMPORTED"
"""Shown where a flow names no tag."""
_ENDINGS: Final[Mapping[str, str]] = {
    "EVDisconnected": "pull_cable_at_vehicle",
    "EmergencyStop": "emergency_stop",
    "PowerLoss": "power_cut",
    "HardReset": "reboot",
    "Reboot": "reboot",
}
"""Acts that end a transaction with that reason."""
_ASKED: Final[Mapping[str, tuple[str, Mapping[str, Any]]]] = {
    "ClearCache": ("clear_cache", {}),
    "GetConfiguration": ("get_configuration", {}),
    "GetLocalListVersion": ("get_local_list_version", {}),
}
"""Commands of the CSMS that need nothing that a flow leaves open."""


def _start(story: Story, node: FlowNode) -> None:
    if node.data.get("triggerOn") == "status" and node.data.get("targetStatus"):
        _wait_for_status(story, str(node.data["targetStatus"]), 0)


def _end(story: Story, node: FlowNode) -> None:
    """A scenario ends after its last step."""


def _delay(story: Story, node: FlowNode) -> None:
    seconds = node.data.get("delaySeconds", 0)
    story.leave(node, f"{seconds} s: a scenario waits for something, never for a time alone")


def _connector_plug(story: Story, node: FlowNode) -> None:
    if node.data.get("action") == "plugin":
        story.plug_in()
    elif story.is_plugged:
        story.do("unplug")
        story.is_plugged = False


def _transaction(story: Story, node: FlowNode) -> None:
    if node.data.get("action") == "stop":
        _stop(story, node)
        return
    tag = str(node.data.get("tagId") or _TAG)
    story.plug_in()
    if not story.is_remote:
        story.do("swipe", id_tag=tag)
    story.is_remote, story.tag = False, tag
    story.wait_for(60, transaction="started", **story.condition_place())


def _stop(story: Story, node: FlowNode) -> None:
    reason = str(node.data.get("stopReason") or "")
    if not story.tag:
        story.leave(node, "no transaction is running")
        return
    ending = _ENDINGS.get(reason)
    if story.is_remote:
        story.is_remote = False
    elif ending is None:
        if reason not in ("", "Local"):
            story.leave(node, f"its reason {reason}: the driver ends it here, which is Local")
        story.do("swipe", id_tag=story.tag)
    elif ending == "power_cut":
        story.do_anywhere(ending, seconds=30)
    elif ending == "reboot":
        story.do_anywhere(ending)
    else:
        story.do(ending)
    story.tag = ""
    story.wait_for(120, transaction="ended", **story.condition_place())


def _meter_value(story: Story, node: FlowNode) -> None:
    interval = node.data.get("incrementInterval") or 0
    if interval >= 1:
        story.settings.setdefault("MeterValueSampleInterval", str(round(interval)))
    else:
        story.settings.setdefault("MeterValueSampleInterval", "60")
    if node.data.get("value") or node.data.get("maxValue") or node.data.get("useCurve"):
        story.leave(node, "its values: the meter shows what the vehicle takes")
    if not node.data.get("sendMessage"):
        return
    if story.tag:
        story.wait_for(300, frame="MeterValues")
    else:
        story.leave(node, "the charger samples its meter in transactions alone")


def _notification(story: Story, node: FlowNode) -> None:
    action = str(node.data.get("messageType") or "")
    if action == "Heartbeat":
        _send(story, action, {})
    else:
        story.leave(node, f"it sends no {action or 'message'} there either")


def _send(story: Story, action: str, payload: dict[str, Any]) -> None:
    """Have the charger send a message, whatever its state."""
    story.do_anywhere("proxy_message", action=action, ocpp_version="ocpp1.6", payload=payload)
    story.wait_for(30, frame=action, kind="result")


def _data_transfer(story: Story, node: FlowNode) -> None:
    fields = ("vendorId", "messageId", "data")
    _send(story, "DataTransfer", {one: node.data[one] for one in fields if node.data.get(one)})


def _remote_start(story: Story, node: FlowNode) -> None:
    tags = [
        str(one.data["tagId"])
        for one in story.ahead
        if one.type == "transaction" and one.data.get("tagId")
    ]
    story.is_remote = True
    story.ask("remote_start_transaction", idTag=(tags or [_TAG])[0], **_csms_place(story))


def _remote_stop(story: Story, node: FlowNode) -> None:
    if not story.tag:
        story.leave(node, "no transaction is running")
        return
    story.add(
        {
            "wait_for": {"frame": "StartTransaction", "kind": "result", "since": "start"},
            "save": {"transaction": "$.transactionId"},
        }
    )
    story.is_remote = True
    story.ask("remote_stop_transaction", transactionId="${transaction}")


def _csms_place(story: Story) -> dict[str, int]:
    return {"connectorId": story.connector}


def _csms_call(story: Story, node: FlowNode) -> None:
    action = str(node.data.get("action") or "")
    if action in _ASKED:
        command, fields = _ASKED[action]
        story.add({"ask": command, **({"with": dict(fields)} if fields else {})})
        return
    story.leave(node, f"the fields of {action}: the CSMS sends it by itself, or add an `ask`")
    story.wait_for(float(node.data.get("timeout") or 0), frame=action, by="csms")


def _status_trigger(story: Story, node: FlowNode) -> None:
    _wait_for_status(story, str(node.data["targetStatus"]), float(node.data.get("timeout") or 0))


def _wait_for_status(story: Story, status: str, within_s: float) -> None:
    story.wait_for(within_s, status=status, **story.condition_place())


def _status_change(story: Story, node: FlowNode) -> None:
    status = str(node.data["status"])
    if status == "Available" and story.is_plugged and not story.tag:
        story.do("unplug")
        story.is_plugged = False
    elif status == "Preparing":
        story.plug_in()
    elif status == "Charging" and story.is_suspended:
        story.do("ev_requests_energy")
        story.is_suspended = False
    elif status == "SuspendedEV" and story.tag:
        story.do("ev_stops_energy")
        story.is_suspended = True
    elif status == "Faulted":
        _fault(story, node)
        return
    elif status == "Unavailable":
        story.ask("change_availability", type="Inoperative", **_csms_place(story))
    elif status not in ("Available", "Charging") or (status == "Charging") != bool(story.tag):
        story.leave(node, f"nothing that people do makes the connector {status} here")
        return
    _wait_for_status(story, status, 60)


def _fault(story: Story, node: FlowNode) -> None:
    code = str(node.data.get("errorCode") or "OtherError")
    if code == "NoError":
        code = "OtherError"
    story.do(
        "inject_fault",
        fault_type=code,
        info=node.data.get("info"),
        vendor_error_code=node.data.get("vendorErrorCode"),
    )
    story.is_faulted = True
    _wait_for_notification(story, "Faulted")


def _wait_for_notification(story: Story, status: str) -> None:
    where = {"$.status": status, "$.connectorId": story.connector}
    story.wait_for(60, frame="StatusNotification", where=where)


def _status_notification(story: Story, node: FlowNode) -> None:
    if node.data["status"] == "Faulted":
        _fault(story, node)
    elif story.is_faulted:
        story.do("clear_fault")
        story.is_faulted = False
        if node.data["status"] != "Charging":
            _wait_for_notification(story, str(node.data["status"]))
    else:
        fields = ("status", "errorCode", "info", "vendorErrorCode", "vendorId")
        payload = {one: node.data[one] for one in fields if node.data.get(one)}
        place = {"connectorId": node.data.get("connectorId", story.connector)}
        _send(story, "StatusNotification", {"errorCode": "NoError", **place, **payload})


def _reserve_now(story: Story, node: FlowNode) -> None:
    story.ask(
        "reserve_now",
        **_csms_place(story),
        idTag=str(node.data["idTag"]),
        parentIdTag=node.data.get("parentIdTag"),
        reservationId=node.data.get("reservationId", 1),
        expiryDate={"from_now": f"{node.data['expiryMinutes']:g} min"},
    )


def _cancel_reservation(story: Story, node: FlowNode) -> None:
    story.ask("cancel_reservation", reservationId=node.data["reservationId"])


def _reservation_trigger(story: Story, node: FlowNode) -> None:
    story.ask(
        "reserve_now",
        **_csms_place(story),
        idTag=_TAG,
        reservationId=1,
        expiryDate={"from_now": "30 min"},
    )


def _config_set(story: Story, node: FlowNode) -> None:
    story.settings[str(node.data["key"])] = str(node.data["value"])


def _unlock_outcome(story: Story, node: FlowNode) -> None:
    if node.data["outcome"] == "UnlockFailed":
        story.do("inject_fault", fault_type="ConnectorLockFailure")
        story.is_faulted = True
    elif node.data["outcome"] == "NotSupported":
        story.leave(node, "a connector without a lock is one of `chargers: {spec: ...}`")


def _response_override(story: Story, node: FlowNode) -> None:
    story.leave(node, "an answer that the charger's state does not give is made by `faults`")


NODES: Final[Mapping[str, Translate]] = {
    "start": _start,
    "end": _end,
    "delay": _delay,
    "connectorPlug": _connector_plug,
    "transaction": _transaction,
    "meterValue": _meter_value,
    "notification": _notification,
    "dataTransfer": _data_transfer,
    "remoteStartTrigger": _remote_start,
    "remoteStopTrigger": _remote_stop,
    "csmsCallTrigger": _csms_call,
    "statusTrigger": _status_trigger,
    "statusChange": _status_change,
    "statusNotification": _status_notification,
    "reserveNow": _reserve_now,
    "cancelReservation": _cancel_reservation,
    "reservationTrigger": _reservation_trigger,
    "configSet": _config_set,
    "unlockOutcome": _unlock_outcome,
    "responseOverride": _response_override,
}
"""By type."""
