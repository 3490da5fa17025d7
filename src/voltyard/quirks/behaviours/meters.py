"""Quirks of the meter: Q85 to Q88. They rewrite readings; the charger's own register is true."""

from __future__ import annotations

from typing import Any, Final

from voltyard.quirks import payload_access
from voltyard.quirks.acts import Acts
from voltyard.quirks.behaviours.calls import keep_energy
from voltyard.quirks.context import QuirkContext
from voltyard.quirks.intercepted_message import InterceptedMessage

_PHASES: Final = ("L1", "L2", "L3")


def _registers(message: InterceptedMessage) -> list[dict[str, Any]]:
    return [
        one
        for one in payload_access.samples(message.payload)
        if payload_access.measurand(one) == payload_access.REGISTER
    ]


# --- Q85 ---------------------------------------------------------------------------------------


def _session_register(odd: QuirkContext, message: InterceptedMessage) -> None:
    payload = message.payload
    if odd.saying["variant"] == "zero-begin":
        _zero_begin(odd, message)
        return
    if message.action == "StartTransaction":
        odd.memo[payload["connectorId"]] = payload["meterStart"]
        return
    place = payload.get("connectorId") or payload.get("evse", {}).get("id")
    if payload_access.is_start(message):
        readings = [payload_access.reading(one) for one in _registers(message)]
        odd.memo[place] = readings[0] if readings else 0.0
        odd.memo[payload["transactionInfo"]["transactionId"]] = odd.memo[place]
        return
    if message.action == "TransactionEvent" and payload["eventType"] == "Ended":
        odd.memo.pop(payload["transactionInfo"]["transactionId"], None)
    if message.action == "TransactionEvent" and payload["eventType"] == "Updated":
        place = payload["transactionInfo"]["transactionId"]
    elif message.action != "MeterValues" or (odd.is_16 and "transactionId" not in payload):
        return
    registers = _registers(message)
    if place in odd.memo and registers and odd.strikes():
        message.edit()
        for sample in registers:
            payload_access.read_as(
                sample, max(0.0, payload_access.reading(sample) - odd.memo[place])
            )


def _zero_begin(odd: QuirkContext, message: InterceptedMessage) -> None:
    if not payload_access.is_start(message) or not odd.strikes():
        return
    payload = message.edit()
    if odd.is_16:
        payload["meterStart"] = 0
    for sample in _registers(message):
        payload_access.read_as(sample, 0.0)


# --- Q86 ---------------------------------------------------------------------------------------


def _wrong_unit(odd: QuirkContext, message: InterceptedMessage) -> None:
    match odd.saying["variant"]:
        case "kwh-as-wh":
            registers = _registers(message)
            if registers and odd.strikes():
                message.edit()
                for sample in registers:
                    payload_access.read_as(sample, payload_access.reading(sample) / 1_000)
        case "power-kw":
            powers = [
                one
                for one in payload_access.samples(message.payload)
                if payload_access.measurand(one).startswith("Power.Active")
            ]
            if powers and odd.strikes():
                message.edit()
                for sample in powers:
                    payload_access.read_as(sample, payload_access.reading(sample) / 1_000)
                    _unit(odd, sample, "kW")
        case _:
            _coarse(odd, message)


def _unit(odd: QuirkContext, sample: dict[str, Any], unit: str) -> None:
    if odd.is_16:
        sample["unit"] = unit
    else:
        sample["unitOfMeasure"] = {"unit": unit}


def _coarse(odd: QuirkContext, message: InterceptedMessage) -> None:
    step = int(odd.saying["step_wh"])
    names = {"meterStart", "meterStop"} & message.payload.keys()
    registers = _registers(message)
    if not (names or registers) or not odd.strikes():
        return
    payload = message.edit()
    for name in names:
        payload[name] = payload[name] // step * step
    for sample in registers:
        payload_access.read_as(sample, payload_access.reading(sample) // step * step)


# --- Q87, Q88 ----------------------------------------------------------------------------------


def _dropout(odd: QuirkContext, message: InterceptedMessage) -> None:
    registers = _registers(message)
    match odd.saying["variant"]:
        case "zero" | "partial" as variant:
            if registers and odd.strikes():
                message.edit()
                for sample in registers:
                    part = 0.0 if variant == "zero" else payload_access.reading(sample) / 3
                    payload_access.read_as(sample, part)
        case "phases-only":
            if registers and odd.strikes():
                _by_phase(message)
        case "energy-only":
            if registers and odd.strikes():
                keep_energy(message)
        case _:
            voltages = [
                one
                for one in payload_access.samples(message.payload)
                if payload_access.measurand(one) == "Voltage"
            ]
            if odd.strikes():
                message.edit()
                for sample in voltages:
                    payload_access.read_as(sample, 230.0)


def _by_phase(message: InterceptedMessage) -> None:
    message.edit()
    for value in payload_access.meter_values(message.payload):
        taken = value["sampledValue"]
        others = [one for one in taken if payload_access.measurand(one) != payload_access.REGISTER]
        for sample in taken:
            if payload_access.measurand(sample) != payload_access.REGISTER:
                continue
            for phase in _PHASES:
                part = dict(sample, measurand=payload_access.REGISTER, phase=phase)
                payload_access.read_as(part, payload_access.reading(sample) / len(_PHASES))
                others.append(part)
        value["sampledValue"] = others


def _no_transaction_id(odd: QuirkContext, message: InterceptedMessage) -> None:
    if message.action != "MeterValues":
        return
    named = "transactionId" in message.payload
    if odd.saying["variant"] == "no-id":
        if named and odd.strikes():
            message.edit().pop("transactionId")
    elif (not named if odd.is_16 else not _is_running(odd, message)) and odd.strikes():
        odd.pretend(message, {})


def _is_running(odd: QuirkContext, message: InterceptedMessage) -> bool:
    evse_id = message.payload.get("evseId", 0)
    evses = odd.charger.evses
    return any(evse.transaction is not None for evse in evses if evse_id in (0, evse.id))


ACTS: Final[dict[str, Acts]] = {
    "session-register": Acts(call=_session_register),
    "wrong-unit": Acts(call=_wrong_unit),
    "register-dropouts": Acts(call=_dropout),
    "no-transaction-id": Acts(call=_no_transaction_id),
}
