"""Access to OCPP payloads for quirks, and the messages they send beside the charger."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from voltyard.kernel.time import to_rfc3339
from voltyard.quirks.context import QuirkContext
from voltyard.quirks.intercepted_message import InterceptedMessage

REGISTER: Final = "Energy.Active.Import.Register"

STARTS: Final = frozenset({"RemoteStartTransaction", "RequestStartTransaction"})
STOPS: Final = frozenset({"RemoteStopTransaction", "RequestStopTransaction"})
TRANSACTION: Final = frozenset({"StartTransaction", "StopTransaction", "TransactionEvent"})


def is_start(message: InterceptedMessage) -> bool:
    """True where it begins a transaction."""
    return message.action == "StartTransaction" or (
        message.action == "TransactionEvent" and message.payload.get("eventType") == "Started"
    )


def is_end(message: InterceptedMessage) -> bool:
    """True where it ends a transaction."""
    return message.action == "StopTransaction" or (
        message.action == "TransactionEvent" and message.payload.get("eventType") == "Ended"
    )


def meter_values(payload: dict[str, Any]) -> list[dict[str, Any]]:
    """The meter values of MeterValues, StopTransaction or TransactionEvent."""
    found = payload.get("meterValue", payload.get("transactionData"))
    return found if isinstance(found, list) else []


def samples(payload: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every sampled value of them."""
    for value in meter_values(payload):
        yield from value.get("sampledValue") or ()


def measurand(sample: dict[str, Any]) -> str:
    """The measurand of a sample; the register unless it says."""
    named: str = sample.get("measurand", REGISTER)
    return named


def reading(sample: dict[str, Any]) -> float:
    """Its value: text in 1.6, a number in 2.x."""
    return float(sample["value"])


def read_as(sample: dict[str, Any], value: float) -> None:
    """Give it another value, in the form it has."""
    shown = round(value, 4)
    if isinstance(sample["value"], str):
        sample["value"] = f"{shown:.10g}"
    else:
        sample["value"] = shown


def status(
    odd: QuirkContext, evse_id: int, connector_id: int, word_16: str, word_201: str
) -> tuple[str, dict[str, Any]]:
    """A StatusNotification, as action and payload."""
    at = to_rfc3339(odd.charger.context.time)
    if odd.is_16:
        number = odd.charger.evses[evse_id - 1].before + connector_id
        said = {"connectorId": number, "errorCode": "NoError", "status": word_16, "timestamp": at}
    else:
        said = {
            "timestamp": at,
            "connectorStatus": word_201,
            "evseId": evse_id,
            "connectorId": connector_id,
        }
    return "StatusNotification", said


def security_event(odd: QuirkContext) -> tuple[str, dict[str, Any]]:
    """A SecurityEventNotification, likewise."""
    at = to_rfc3339(odd.charger.context.time)
    return "SecurityEventNotification", {"type": "StartupOfTheDevice", "timestamp": at}


def now(odd: QuirkContext) -> str:
    """The CSMS's time, as a CSMS writes it."""
    return to_rfc3339(odd.now)
