"""Quirks of transactions: Q70 to Q79."""

from __future__ import annotations

from typing import Any, Final

from voltyard.catalogue.commands.commands import BeginTransaction, EndTransaction, NetworkDrop
from voltyard.charger.description.events import (
    ChargerEvent,
    StatusChanged,
    TransactionConfirmed,
    TransactionEnded,
    TransactionStarted,
)
from voltyard.kernel.time import to_rfc3339
from voltyard.quirks import payload_access
from voltyard.quirks.acts import Acts
from voltyard.quirks.behaviours.calls import limits_of
from voltyard.quirks.context import QuirkContext
from voltyard.quirks.intercepted_message import InterceptedMessage

_LEAST_A: Final = 6.0
_LEAST_W: Final = 1_380.0
_REJECTED: Final = {"status": "Rejected"}
_ACCEPTED: Final = {"status": "Accepted"}


# --- Q70, Q71, Q75 -----------------------------------------------------------------------------


def _began(odd: QuirkContext, event: ChargerEvent) -> None:
    """Note a transaction that began offline, and the ids by which the CSMS knows it."""
    if isinstance(event, TransactionStarted) and (odd.saying["always"] or not odd.is_up):
        odd.memo[event.transaction] = None
    elif isinstance(event, TransactionConfirmed) and event.transaction in odd.memo:
        odd.memo[event.transaction] = event.transaction_id


def _offline_id(odd: QuirkContext, message: InterceptedMessage) -> None:
    named = message.payload.get("transactionId")
    if named is not None and str(named) in odd.memo.values() and odd.strikes():
        message.edit()["transactionId"] = -1


def _wild_id(odd: QuirkContext, message: InterceptedMessage) -> None:
    named = message.action == "MeterValues" and "transactionId" in message.payload
    if named and odd.strikes():
        message.edit()["transactionId"] = _whole(str(odd.saying["transaction_id"]))


def _whole(text: str) -> int | str:
    try:
        return int(text)
    except ValueError:
        return text


def _shared_id(odd: QuirkContext, message: InterceptedMessage) -> None:
    named = message.payload.get("transactionId")
    if named is None:
        return
    first = odd.memo.setdefault("first", named)
    if message.action == "StopTransaction" and named == first:
        odd.memo.pop("first")
    elif named != first and odd.strikes():
        message.edit()["transactionId"] = first


# --- Q72, Q73, Q76 -----------------------------------------------------------------------------


def _lost_start(odd: QuirkContext, message: InterceptedMessage) -> None:
    if odd.saying["variant"] == "two-ends":
        if payload_access.is_end(message) and odd.strikes():
            odd.again(message, 1.0, same_id=False)
    elif payload_access.is_start(message) and odd.strikes():
        made_up = {
            "transactionId": odd.saying["transaction_id"],
            "idTagInfo": {"status": "Accepted"},
        }
        odd.pretend(message, made_up if odd.is_16 else {})


def _two_starts(odd: QuirkContext, message: InterceptedMessage) -> None:
    if payload_access.is_start(message) and odd.strikes():
        message.after.append((message.action, odd.framed(message.action, message.payload)))


def _after_stop(odd: QuirkContext, message: InterceptedMessage) -> None:
    if not payload_access.is_end(message) or not odd.strikes():
        return
    payload = message.payload
    after_s, above_wh = float(odd.saying["after_s"]), float(odd.saying["above_wh"])
    at = to_rfc3339(odd.charger.context.time + after_s)
    if odd.is_16:
        sample: dict[str, Any] = {"value": str(round(payload["meterStop"] + above_wh))}
        said = {"connectorId": 1, "transactionId": payload["transactionId"]}
    else:
        registers = [
            payload_access.reading(one)
            for one in payload_access.samples(payload)
            if payload_access.measurand(one) == payload_access.REGISTER
        ]
        sample = {"value": round((registers or [0.0])[-1] + above_wh)}
        said = {"evseId": payload.get("evse", {}).get("id", 1)}
    value = {"timestamp": at, "sampledValue": [sample]}
    odd.call("MeterValues", {**said, "meterValue": [value]}, after_s)


# --- Q77 ---------------------------------------------------------------------------------------


def _autostart(odd: QuirkContext, event: ChargerEvent) -> None:
    plugged = isinstance(event, StatusChanged) and event.status in ("Preparing", "Occupied")
    if not isinstance(event, StatusChanged) or not plugged:
        return
    evse = odd.charger.evses[event.evse_id - 1]
    free = evse.plug.connector is not None and not evse.in_use
    if free and odd.strikes():
        odd.ask(
            BeginTransaction(
                evse_id=event.evse_id,
                connector_id=event.connector_id,
                id_tag=str(odd.saying["id_tag"]),
            )
        )


def _own_will(odd: QuirkContext, message: InterceptedMessage) -> None:
    if message.action in payload_access.STOPS and odd.saying["rejects_stop"] and odd.strikes():
        odd.reply(message, _REJECTED)
    elif message.action == "SetChargingProfile" and odd.saying["stops_when_low"]:
        low = any(
            period.get("limit", 0.0) < (_LEAST_A if unit == "A" else _LEAST_W)
            for unit, period in limits_of(message)
        )
        if low and odd.strikes():
            odd.wake(0.5, "stop")


def _stop(odd: QuirkContext, what: str) -> None:
    for evse in odd.charger.evses:
        if evse.transaction is not None:
            odd.ask(EndTransaction(transaction_id=evse.transaction.id))


# --- Q78, Q79 ----------------------------------------------------------------------------------


def _stuck(odd: QuirkContext, message: InterceptedMessage) -> None:
    if odd.saying["variant"] != "stays-finishing":
        return
    if message.action in payload_access.STOPS:
        odd.memo["stopped"] = True
    elif message.action in payload_access.STARTS and odd.memo.get("stopped") and odd.strikes():
        odd.reply(message, _REJECTED)


def _unstuck(odd: QuirkContext, event: ChargerEvent) -> None:
    if isinstance(event, StatusChanged) and event.status == "Available":
        odd.memo["stopped"] = False
    elif isinstance(event, TransactionEnded):
        odd.memo["ended", event.evse_id] = True
    elif isinstance(event, TransactionStarted):
        odd.memo["ended", event.evse_id] = False


def _available_plugged(odd: QuirkContext, message: InterceptedMessage) -> None:
    if odd.saying["variant"] != "available-plugged" or message.action != "StatusNotification":
        return
    word = "status" if odd.is_16 else "connectorStatus"
    plugged = message.payload[word] in ("Finishing", "Occupied")
    if plugged and _has_ended(odd, message) and odd.strikes():
        message.edit()[word] = "Available"


def _has_ended(odd: QuirkContext, message: InterceptedMessage) -> bool:
    if odd.is_16:
        return True
    return bool(odd.memo.get(("ended", message.payload["evseId"])))


def _odd_statuses(odd: QuirkContext, message: InterceptedMessage) -> None:
    variant = odd.saying["variant"]
    if variant == "charging-first" and payload_access.is_start(message):
        if odd.strikes():
            evse_id, connector_id = _place(odd, message.payload)
            action, said = payload_access.status(odd, evse_id, connector_id, "Charging", "Occupied")
            message.before.append((action, odd.framed(action, said)))
        return
    word = message.payload.get("status" if odd.is_16 else "connectorStatus")
    if message.action != "StatusNotification" or word not in ("Preparing", "Occupied"):
        return
    if variant == "jump" and word == "Preparing" and odd.strikes():
        odd.pretend(message, {})
    elif variant == "bounce" and odd.strikes():
        evse_id, connector_id = _place(odd, message.payload)
        for first, second in (("Available", "Available"), ("Preparing", "Occupied")):
            action, said = payload_access.status(odd, evse_id, connector_id, first, second)
            message.after.append((action, odd.framed(action, said)))


def _place(odd: QuirkContext, payload: dict[str, Any]) -> tuple[int, int]:
    """The EVSE and connector that a message is about."""
    if not odd.is_16:
        evse = payload.get("evse", {"id": payload.get("evseId", 1)})
        return evse["id"], evse.get("connectorId", payload.get("connectorId", 1))
    number: int = payload["connectorId"]
    for evse in odd.charger.evses:
        if evse.before < number <= evse.before + len(evse.connectors):
            return evse.id, number - evse.before
    return 1, 1


def _no_power(odd: QuirkContext, message: InterceptedMessage) -> None:
    wanted = odd.saying["variant"] == "no-power" and message.action in payload_access.STARTS
    if wanted and odd.strikes():
        odd.reply(message, _ACCEPTED)
        odd.wake(1.0, "offline")


def _goes_offline(odd: QuirkContext, what: str) -> None:
    odd.ask(NetworkDrop(duration_s=float(odd.saying["offline_s"])))


ACTS: Final[dict[str, Acts]] = {
    "offline-id": Acts(reported=_began, call=_offline_id),
    "wild-transaction-id": Acts(call=_wild_id),
    "lost-start": Acts(call=_lost_start),
    "two-starts": Acts(call=_two_starts),
    "shared-transaction-id": Acts(call=_shared_id),
    "reading-after-stop": Acts(call=_after_stop),
    "autostart": Acts(reported=_autostart, asked=_own_will, woken=_stop),
    "stuck-after-stop": Acts(asked=_stuck, reported=_unstuck, call=_available_plugged),
    "odd-statuses": Acts(call=_odd_statuses, asked=_no_power, woken=_goes_offline),
}
