"""Quirks of a frame's text and shape: Q04, Q48 to Q50."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from voltyard.quirks import payload_access
from voltyard.quirks.acts import Acts
from voltyard.quirks.context import QuirkContext
from voltyard.quirks.intercepted_message import RESULT, InterceptedMessage, encode

_CUT_OFF: Final = "caf\udce9"
"""In Latin-1, where UTF-8 is due: a lone byte E9, as Python writes it in a str."""


# --- Q04 ---------------------------------------------------------------------------------------


def _old_shapes(odd: QuirkContext, message: InterceptedMessage) -> None:
    shape = _SHAPES.get(message.action)
    if shape is None or not odd.strikes():
        return
    payload = message.payload
    if payload.get("eventType") == "Updated" and "meterValue" not in payload:
        odd.pretend(message, {})  # 1.6 has no word for what this tells
        return
    message.rename(*shape(payload))
    if "transactionId" in message.payload:
        message.payload["transactionId"] = odd.memo.get("transaction", 0)


def _old_answers(odd: QuirkContext, message: InterceptedMessage) -> None:
    """An answer in 1.6's shape, for a charger that believes it spoke 2.0.1."""
    info = message.payload.get("idTagInfo")
    if message.kind != RESULT or not isinstance(info, dict):
        return
    odd.memo["transaction"] = message.payload.get("transactionId", 0)
    message.frame[-1] = {}
    message.edit()["idTokenInfo"] = {"status": info.get("status", "Accepted")}


def _boot(said: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    station = said["chargingStation"]
    renamed = {"chargePointVendor": station["vendorName"], "chargePointModel": station["model"]}
    if "firmwareVersion" in station:
        renamed["firmwareVersion"] = station["firmwareVersion"]
    return "BootNotification", renamed


def _status(said: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    word = said["connectorStatus"]
    return "StatusNotification", {
        "connectorId": said["evseId"],
        "errorCode": "NoError",
        "status": "Charging" if word == "Occupied" else word,
        "timestamp": said["timestamp"],
    }


def _authorize(said: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    return "Authorize", {"idTag": said["idToken"]["idToken"]}


def _values(said: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    values = [
        {
            "timestamp": value["timestamp"],
            "sampledValue": [
                {"value": str(sample["value"])} | _known(sample) for sample in value["sampledValue"]
            ],
        }
        for value in said.get("meterValue", ())
    ]
    evse = said.get("evseId", said.get("evse", {}).get("id", 1))
    return "MeterValues", {"connectorId": evse, "meterValue": values}


def _known(sample: dict[str, Any]) -> dict[str, Any]:
    known: dict[str, Any] = {
        name: sample[name] for name in ("measurand", "context", "phase") if name in sample
    }
    unit = sample.get("unitOfMeasure", {}).get("unit")
    return known if unit is None else known | {"unit": unit}


def _transaction(said: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    at = said["timestamp"]
    wh = _register(said)
    if said["eventType"] == "Started":
        tag = said.get("idToken", {}).get("idToken", "")
        evse = said.get("evse", {}).get("id", 1)
        begun = {"connectorId": evse, "idTag": tag, "meterStart": wh, "timestamp": at}
        return "StartTransaction", begun
    if said["eventType"] == "Ended":
        return "StopTransaction", {"transactionId": 0, "meterStop": wh, "timestamp": at}
    return _values(said)


def _register(said: dict[str, Any]) -> int:
    registers = [
        payload_access.reading(sample)
        for sample in payload_access.samples(said)
        if payload_access.measurand(sample) == payload_access.REGISTER
    ]
    return round(registers[0]) if registers else 0


_SHAPES: Final[dict[str, Callable[[dict[str, Any]], tuple[str, dict[str, Any]]]]] = {
    "BootNotification": _boot,
    "StatusNotification": _status,
    "Authorize": _authorize,
    "MeterValues": _values,
    "TransactionEvent": _transaction,
}


# --- Q48 to Q50 --------------------------------------------------------------------------------


def _truncated(odd: QuirkContext, action: str, text: str) -> str:
    if not text.startswith("[2,") or not odd.concerns(action) or not odd.strikes():
        return text
    return text[: -int(odd.saying["characters"])]


def _with_info(odd: QuirkContext, message: InterceptedMessage) -> None:
    if message.action == "BootNotification" and not odd.is_16:
        holder, name = message.payload["chargingStation"], "serialNumber"
    elif message.action == "StatusNotification" and odd.is_16:
        holder, name = message.payload, "info"
    else:
        return
    if odd.strikes():
        message.edit()
        is_json = odd.saying["variant"] == "json"
        holder[name] = encode({"reason": 'by "us"'}) if is_json else _CUT_OFF


def _odd_call(odd: QuirkContext, message: InterceptedMessage) -> None:
    match odd.saying["variant"]:
        case "type-1":
            if odd.strikes():
                text = encode([1, message.id, message.action, message.payload])
                message.before.append((message.action, text))
        case "extra-properties":
            if odd.strikes():
                message.edit()["vendorData"] = {"build": 7}


def _odd_text(odd: QuirkContext, action: str, text: str) -> str:
    """The first key of the payload, twice."""
    if odd.saying["variant"] != "duplicate-keys" or not text.startswith("[2,"):
        return text
    start = text.index("{") + 1
    key, colon, _ = text[start:].partition(":")
    if not colon or not key.startswith('"') or not odd.strikes():
        return text
    return f'{text[:start]}{key}:"twice",{text[start:]}'


ACTS: Final[dict[str, Acts]] = {
    "old-shapes": Acts(call=_old_shapes, answered=_old_answers),
    "truncated": Acts(mangle=_truncated),
    "garbled-text": Acts(call=_with_info),
    "odd-frames": Acts(call=_odd_call, mangle=_odd_text),
}
