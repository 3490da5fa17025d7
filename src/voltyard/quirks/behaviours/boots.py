"""Quirks of booting: Q20 to Q26."""

from __future__ import annotations

from typing import Final

from voltyard.catalogue.commands.commands import PowerCut, Reboot
from voltyard.quirks import payload_access
from voltyard.quirks.acts import Acts
from voltyard.quirks.context import QuirkContext
from voltyard.quirks.intercepted_message import ERROR, RESULT, InterceptedMessage, encode

_BOOT = "BootNotification"
_ASKS_FOR_KEYS = frozenset({"GetConfiguration", "GetVariables", "GetBaseReport"})
_NAMES_KEYS = _ASKS_FOR_KEYS | {"ChangeConfiguration", "SetVariables"}


def _status_first(odd: QuirkContext, message: InterceptedMessage) -> None:
    if message.action != _BOOT or not odd.strikes():
        return
    if odd.saying["variant"] == "no-boot":
        odd.pretend(
            message,
            {
                "currentTime": payload_access.now(odd),
                "interval": odd.saying["interval_s"],
                "status": "Accepted",
            },
        )
        return
    for evse in odd.charger.evses:
        for connector in evse.connectors:
            action, said = payload_access.status(
                odd, evse.id, connector.id, "Available", "Available"
            )
            message.before.append((action, odd.framed(action, said)))


def _talks(odd: QuirkContext, message: InterceptedMessage) -> None:
    pending = message.payload.get("status") in ("Pending", "Rejected")
    if message.kind != RESULT or message.action != _BOOT or not pending or not odd.strikes():
        return
    if odd.saying["message"] == "StatusNotification":
        odd.call(*payload_access.status(odd, 1, 1, "Available", "Available"))
    else:
        odd.call(*payload_access.security_event(odd))


def _deaf(odd: QuirkContext, message: InterceptedMessage) -> None:
    if odd.is_booted or not odd.strikes():
        return
    odd.drop(message)
    if odd.saying["boots_again"] and message.action in _ASKS_FOR_KEYS:
        odd.ask(Reboot(hard=True))


def _triggered(odd: QuirkContext, message: InterceptedMessage) -> None:
    wanted = message.payload.get("requestedMessage")
    if message.action == "TriggerMessage" and wanted == _BOOT and odd.strikes():
        odd.reply(message, {"status": "Accepted"})
        odd.wake(0.5, "go down")


def _go_down(odd: QuirkContext, what: str) -> None:
    if odd.saying["variant"] == "reboot":
        odd.ask(Reboot(hard=True))
    else:
        odd.hang_up()


def _crash(odd: QuirkContext, message: InterceptedMessage) -> None:
    if message.action not in _NAMES_KEYS:
        return
    named = encode(message.payload).lower()
    key = str(odd.saying["key"]).lower()
    # A 2.x backend asks for the same by another name.
    probes = key == "metervaluessampleddata" and "txupdatedmeasurands" in named
    if (key in named or probes) and odd.strikes():
        odd.drop(message)
        odd.ask(PowerCut(duration_s=float(odd.saying["restart_s"])))


# --- Q25 ---------------------------------------------------------------------------------------


def _boots_once(odd: QuirkContext, message: InterceptedMessage) -> None:
    if message.action != _BOOT:
        return
    if odd.passing.get("unanswered"):
        odd.drop(message)
    else:
        odd.passing["unanswered"] = True


def _loses_answer(odd: QuirkContext, message: InterceptedMessage) -> None:
    if message.action != _BOOT:
        return
    if odd.saying["loses_answer"] and odd.strikes():
        odd.drop(message)
    else:
        odd.passing["unanswered"] = False


def _anew(odd: QuirkContext) -> bool:
    odd.passing["unanswered"] = False
    return False


# --- Q26 ---------------------------------------------------------------------------------------


def _remember(odd: QuirkContext, message: InterceptedMessage) -> None:
    odd.passing["last"] = message.id, message.action, message.payload


def _refused(odd: QuirkContext, message: InterceptedMessage) -> None:
    id, action, payload = odd.passing.get("last", ("", "", {}))
    if id != message.id or message.kind != ERROR or "refused" in odd.memo:
        return
    concerned = (
        odd.concerns(action) if odd.saying["action"] else action in payload_access.TRANSACTION
    )
    if concerned and odd.strikes():
        odd.memo["refused"] = action, payload
        odd.wake(float(odd.saying["every_s"]), "again")


def _go_on(odd: QuirkContext) -> None:
    if "refused" in odd.memo:
        odd.wake(float(odd.saying["every_s"]), "again")


def _again(odd: QuirkContext, what: str) -> None:
    action, payload = odd.memo["refused"]
    if odd.is_up:
        odd.call(action, payload)
    odd.wake(float(odd.saying["every_s"]), what)


ACTS: Final[dict[str, Acts]] = {
    "status-before-boot": Acts(call=_status_first),
    "talks-while-pending": Acts(answered=_talks),
    "deaf-until-booted": Acts(asked=_deaf),
    "reboots-when-triggered": Acts(asked=_triggered, woken=_go_down),
    "crashes-on-key": Acts(asked=_crash),
    "boots-once": Acts(call=_boots_once, answered=_loses_answer, linked=_anew),
    "repeats-refused": Acts(call=_remember, answered=_refused, woken=_again, recalled=_go_on),
}
