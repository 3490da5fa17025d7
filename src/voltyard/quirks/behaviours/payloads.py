"""Quirks of payloads: fields that are there and should not be, or are of another kind. Q40 to Q47
and Q51."""

from __future__ import annotations

from typing import Any, Final

from msgspec.structs import fields

from voltyard.ocpp.versions import by_name
from voltyard.quirks import payload_access
from voltyard.quirks.acts import Acts
from voltyard.quirks.context import QuirkContext
from voltyard.quirks.intercepted_message import InterceptedMessage

_INFO_CHARACTERS: Final = {"1.6": 50, "2.0.1": 500}
_TAG_CHARACTERS: Final = {"1.6": 20, "2.0.1": 36}
_ID_CHARACTERS: Final = 36
_NUL: Final = "\x00"
_NUMBERS_16: Final = frozenset({"connectorId", "meterStart", "meterStop", "transactionId"})
_NUMBERS_201: Final = frozenset({"evseId", "connectorId", "seqNo"})


def _nulls(odd: QuirkContext, message: InterceptedMessage) -> None:
    action = by_name(odd.charger.context.spec.version).actions.get(message.action)
    if action is None:
        return
    absent = [
        field.encode_name
        for field in fields(action.request)
        if not field.required and field.encode_name not in message.payload
    ]
    if absent and odd.strikes():
        message.edit().update(dict.fromkeys(absent))


def _swapped(odd: QuirkContext, message: InterceptedMessage) -> None:
    payload = message.payload
    if odd.saying["variant"] == "numbers":
        found = [
            one for one in payload_access.samples(payload) if isinstance(one.get("value"), str)
        ]
        if odd.is_16 and found and odd.strikes():
            message.edit()
            for sample in found:
                sample["value"] = _number(sample["value"])
        elif not odd.is_16 and "idToken" in payload and odd.strikes():
            token = message.edit()["idToken"]
            token["idToken"] = _number(token["idToken"])
        return
    numbers = (_NUMBERS_16 if odd.is_16 else _NUMBERS_201) & payload.keys()
    readings = [
        one for one in payload_access.samples(payload) if not isinstance(one.get("value"), str)
    ]
    if (numbers or readings) and odd.strikes():
        message.edit().update({name: str(payload[name]) for name in numbers})
        for sample in readings:
            sample["value"] = str(sample["value"])


def _number(text: str) -> float | int:
    try:
        value = float(text)
    except ValueError:
        return 0
    return int(value) if value.is_integer() else value


def _fractional(odd: QuirkContext, message: InterceptedMessage) -> None:
    names = {"meterStart", "meterStop"} & message.payload.keys()
    if names and odd.strikes():
        payload = message.edit()
        for name in names:
            payload[name] = round(payload[name] + float(odd.saying["fraction_wh"]), 3)


def _object_for_array(odd: QuirkContext, message: InterceptedMessage) -> None:
    for name in ("meterValue", "transactionData"):
        values = message.payload.get(name)
        if isinstance(values, list) and values and odd.strikes():
            message.edit()[name] = values[-1]


def _empty_samples(odd: QuirkContext, message: InterceptedMessage) -> None:
    values = payload_access.meter_values(message.payload)
    if not values and message.action == "StopTransaction" and odd.strikes():
        payload = message.edit()
        payload["transactionData"] = [{"timestamp": payload["timestamp"], "sampledValue": []}]
    elif values and odd.strikes():
        message.edit()
        for value in values:
            value["sampledValue"] = []


# --- Q45 ---------------------------------------------------------------------------------------


def _wrong_enum(odd: QuirkContext, message: InterceptedMessage) -> None:
    variant = odd.saying["variant"]
    if variant == "error-code" and message.action == "StatusNotification":
        if odd.strikes():
            message.edit()["errorCode" if odd.is_16 else "connectorStatus"] = "Error"
    elif variant == "unit-hz":
        _one_more(odd, message, "Frequency", 50.0, "Hz")
    elif variant in ("celcius", "celsius"):
        _one_more(odd, message, "Temperature", 23.5, str(variant).capitalize())


def _one_more(
    odd: QuirkContext, message: InterceptedMessage, measurand: str, value: float, unit: str
) -> None:
    values = payload_access.meter_values(message.payload)
    if not values or not odd.strikes():
        return
    message.edit()
    sample: dict[str, Any] = {"measurand": measurand}
    if odd.is_16:
        sample |= {"value": str(value), "unit": unit}
    else:
        sample |= {"value": value, "unitOfMeasure": {"unit": unit}}
    values[-1]["sampledValue"].append(sample)


def _wrong_keys(odd: QuirkContext, message: InterceptedMessage) -> None:
    variant = odd.saying["variant"]
    if variant not in ("charging-rate-unit", "wrong-case"):
        return
    payload = message.payload
    for entry in (*payload.get("configurationKey", ()), *payload.get("getVariableResult", ())):
        if variant == "charging-rate-unit":
            name = entry.get("key") or entry.get("variable", {}).get("name")
            value = "value" if "key" in entry else "attributeValue"
            units = ("ChargingScheduleAllowedChargingRateUnit", "RateUnit")
            if name in units and odd.strikes():
                message.edit()
                entry[value] = "W"
        elif odd.strikes():
            message.edit()
            if "key" in entry:
                entry["key"] = entry["key"].lower()
            else:
                entry["variable"]["name"] = entry["variable"]["name"].lower()


# --- Q46, Q47, Q51 -----------------------------------------------------------------------------


def _too_long(odd: QuirkContext, message: InterceptedMessage) -> None:
    version = odd.charger.context.spec.version
    variant, payload = odd.saying["variant"], message.payload
    if variant == "message-id":
        if odd.strikes():
            odd.alias(message, message.id.ljust(_ID_CHARACTERS + 4, "x"))
    elif variant == "info":
        long = "i" * (_INFO_CHARACTERS[version] + 1)
        if message.action == "StatusNotification" and odd.is_16 and odd.strikes():
            message.edit()["info"] = long
        elif message.action == "NotifyEvent" and odd.strikes():
            for event in message.edit()["eventData"]:
                event["techInfo"] = long
    elif _tags(payload) and odd.strikes():
        _retag(message.edit(), lambda tag: tag.ljust(_TAG_CHARACTERS[version] + 1, "0"))


def _tags(payload: dict[str, Any]) -> bool:
    return "idTag" in payload or isinstance(payload.get("idToken"), dict)


def _retag(payload: dict[str, Any], change: Any) -> None:
    if "idTag" in payload:
        payload["idTag"] = change(payload["idTag"])
    if isinstance(payload.get("idToken"), dict):
        payload["idToken"]["idToken"] = change(payload["idToken"]["idToken"])


def _nul(odd: QuirkContext, message: InterceptedMessage) -> None:
    if message.action == "BootNotification" and odd.strikes():
        payload = message.edit()
        texts = payload if odd.is_16 else payload["chargingStation"]
        for name, value in texts.items():
            if isinstance(value, str):
                texts[name] = value + _NUL
    elif _tags(message.payload) and odd.strikes():
        _retag(message.edit(), lambda tag: tag + _NUL)


def _one_id(odd: QuirkContext, message: InterceptedMessage) -> None:
    if odd.strikes():
        odd.alias(message, str(odd.saying["message_id"]))


ACTS: Final[dict[str, Acts]] = {
    "explicit-nulls": Acts(call=_nulls),
    "swapped-types": Acts(call=_swapped),
    "fractional-wh": Acts(call=_fractional),
    "object-for-array": Acts(call=_object_for_array),
    "empty-samples": Acts(call=_empty_samples),
    "wrong-enum": Acts(call=_wrong_enum, answer=_wrong_keys),
    "too-long": Acts(call=_too_long),
    "nul-bytes": Acts(call=_nul),
    "reused-message-id": Acts(call=_one_id),
}
