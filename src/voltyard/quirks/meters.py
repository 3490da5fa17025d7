"""Quirks of the meter: Q85 to Q88. They rewrite readings; the charger's own register is true."""

from __future__ import annotations

from typing import Any, Final

from voltyard.quirks import words
from voltyard.quirks.acts import Acts
from voltyard.quirks.message import Message
from voltyard.quirks.odd import Odd
from voltyard.quirks.orders import keep_energy

_PHASES: Final = ("L1", "L2", "L3")


def _registers(message: Message) -> list[dict[str, Any]]:
    return [one for one in words.samples(message.payload) if words.measurand(one) == words.REGISTER]


# --- Q85 ---------------------------------------------------------------------------------------


def _session_register(odd: Odd, message: Message) -> None:
    payload = message.payload
    if odd.saying["variant"] == "zero-begin":
        _zero_begin(odd, message)
        return
    if message.action == "StartTransaction":
        odd.memo[payload["connectorId"]] = payload["meterStart"]
        return
    place = payload.get("connectorId") or payload.get("evse", {}).get("id")
    if words.is_start(message):
        readings = [words.reading(one) for one in _registers(message)]
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
            words.read_as(sample, max(0.0, words.reading(sample) - odd.memo[place]))


def _zero_begin(odd: Odd, message: Message) -> None:
    if not words.is_start(message) or not odd.strikes():
        return
    payload = message.edit()
    if odd.is_16:
        payload["meterStart"] = 0
    for sample in _registers(message):
        words.read_as(sample, 0.0)


# --- Q86 ---------------------------------------------------------------------------------------


def _wrong_unit(odd: Odd, message: Message) -> None:
    match odd.saying["variant"]:
        case "kwh-as-wh":
            registers = _registers(message)
            if registers and odd.strikes():
                message.edit()
                for sample in registers:
                    words.read_as(sample, words.reading(sample) / 1_000)
        case "power-kw":
            powers = [
                one
                for one in words.samples(message.payload)
                if words.measurand(one).startswith("Power.Active")
            ]
            if powers and odd.strikes():
                message.edit()
                for sample in powers:
                    words.read_as(sample, words.reading(sample) / 1_000)
                    _unit(odd, sample, "kW")
        case _:
            _coarse(odd, message)


def _unit(odd: Odd, sample: dict[str, Any], unit: str) -> None:
    if odd.is_16:
        sample["unit"] = unit
    else:
        sample["unitOfMeasure"] = {"unit": unit}


def _coarse(odd: Odd, message: Message) -> None:
    step = int(odd.saying["step_wh"])
    names = {"meterStart", "meterStop"} & message.payload.keys()
    registers = _registers(message)
    if not (names or registers) or not odd.strikes():
        return
    payload = message.edit()
    for name in names:
        payload[name] = payload[name] // step * step
    for sample in registers:
        words.read_as(sample, words.reading(sample) // step * step)


# --- Q87, Q88 ----------------------------------------------------------------------------------


def _dropout(odd: Odd, message: Message) -> None:
    registers = _registers(message)
    match odd.saying["variant"]:
        case "zero" | "partial" as variant:
            if registers and odd.strikes():
                message.edit()
                for sample in registers:
                    part = 0.0 if variant == "zero" else words.reading(sample) / 3
                    words.read_as(sample, part)
        case "phases-only":
            if registers and odd.strikes():
                _by_phase(message)
        case "energy-only":
            if registers and odd.strikes():
                keep_energy(message)
        case _:
            voltages = [
                one for one in words.samples(message.payload) if words.measurand(one) == "Voltage"
            ]
            if odd.strikes():
                message.edit()
                for sample in voltages:
                    words.read_as(sample, 230.0)


def _by_phase(message: Message) -> None:
    message.edit()
    for value in words.meter_values(message.payload):
        taken = value["sampledValue"]
        others = [one for one in taken if words.measurand(one) != words.REGISTER]
        for sample in taken:
            if words.measurand(sample) != words.REGISTER:
                continue
            for phase in _PHASES:
                part = dict(sample, measurand=words.REGISTER, phase=phase)
                words.read_as(part, words.reading(sample) / len(_PHASES))
                others.append(part)
        value["sampledValue"] = others


def _no_transaction_id(odd: Odd, message: Message) -> None:
    if message.action != "MeterValues":
        return
    named = "transactionId" in message.payload
    if odd.saying["variant"] == "no-id":
        if named and odd.strikes():
            message.edit().pop("transactionId")
    elif (not named if odd.is_16 else not _is_running(odd, message)) and odd.strikes():
        odd.pretend(message, {})


def _is_running(odd: Odd, message: Message) -> bool:
    evse_id = message.payload.get("evseId", 0)
    evses = odd.charger.evses
    return any(evse.transaction is not None for evse in evses if evse_id in (0, evse.id))


DEEDS: Final[dict[str, Acts]] = {
    "session-register": Acts(call=_session_register),
    "wrong-unit": Acts(call=_wrong_unit),
    "register-dropouts": Acts(call=_dropout),
    "no-transaction-id": Acts(call=_no_transaction_id),
}
