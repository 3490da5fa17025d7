"""Quirks of booting: Q20 to Q26."""

from __future__ import annotations

from typing import Final

from voltyard.charger.commands import PowerCut, Reboot
from voltyard.quirks import words
from voltyard.quirks.acts import Acts
from voltyard.quirks.message import ERROR, RESULT, Message, encode
from voltyard.quirks.odd import Odd

_BOOT = "BootNotification"
_ASKS_FOR_KEYS = frozenset({"GetConfiguration", "GetVariables", "GetBaseReport"})
_NAMES_KEYS = _ASKS_FOR_KEYS | {"ChangeConfiguration", "SetVariables"}


def _status_first(odd: Odd, message: Message) -> None:
    if message.action != _BOOT or not odd.strikes():
        return
    if odd.saying["variant"] == "no-boot":
        odd.pretend(
            message,
            {
                "currentTime": words.now(odd),
                "interval": odd.saying["interval_s"],
                "status": "Accepted",
            },
        )
        return
    for evse in odd.charger.evses:
        for connector in evse.connectors:
            action, said = words.status(odd, evse.id, connector.id, "Available", "Available")
            message.before.append((action, odd.framed(action, said)))


def _talks(odd: Odd, message: Message) -> None:
    pending = message.payload.get("status") in ("Pending", "Rejected")
    if message.kind != RESULT or message.action != _BOOT or not pending or not odd.strikes():
        return
    if odd.saying["message"] == "StatusNotification":
        odd.call(*words.status(odd, 1, 1, "Available", "Available"))
    else:
        odd.call(*words.security_event(odd))


def _deaf(odd: Odd, message: Message) -> None:
    if odd.is_booted or not odd.strikes():
        return
    odd.drop(message)
    if odd.saying["boots_again"] and message.action in _ASKS_FOR_KEYS:
        odd.ask(Reboot(hard=True))


def _triggered(odd: Odd, message: Message) -> None:
    wanted = message.payload.get("requestedMessage")
    if message.action == "TriggerMessage" and wanted == _BOOT and odd.strikes():
        odd.reply(message, {"status": "Accepted"})
        odd.wake(0.5, "go down")


def _go_down(odd: Odd, what: str) -> None:
    if odd.saying["variant"] == "reboot":
        odd.ask(Reboot(hard=True))
    else:
        odd.hang_up()


def _crash(odd: Odd, message: Message) -> None:
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


def _boots_once(odd: Odd, message: Message) -> None:
    if message.action != _BOOT:
        return
    if odd.passing.get("unanswered"):
        odd.drop(message)
    else:
        odd.passing["unanswered"] = True


def _loses_answer(odd: Odd, message: Message) -> None:
    if message.action != _BOOT:
        return
    if odd.saying["loses_answer"] and odd.strikes():
        odd.drop(message)
    else:
        odd.passing["unanswered"] = False


def _anew(odd: Odd) -> bool:
    odd.passing["unanswered"] = False
    return False


# --- Q26 ---------------------------------------------------------------------------------------


def _remember(odd: Odd, message: Message) -> None:
    odd.passing["last"] = message.id, message.action, message.payload


def _refused(odd: Odd, message: Message) -> None:
    id, action, payload = odd.passing.get("last", ("", "", {}))
    if id != message.id or message.kind != ERROR or "refused" in odd.memo:
        return
    concerned = odd.concerns(action) if odd.saying["action"] else action in words.TRANSACTION
    if concerned and odd.strikes():
        odd.memo["refused"] = action, payload
        odd.wake(float(odd.saying["every_s"]), "again")


def _go_on(odd: Odd) -> None:
    if "refused" in odd.memo:
        odd.wake(float(odd.saying["every_s"]), "again")


def _again(odd: Odd, what: str) -> None:
    action, payload = odd.memo["refused"]
    if odd.is_up:
        odd.call(action, payload)
    odd.wake(float(odd.saying["every_s"]), what)


DEEDS: Final[dict[str, Acts]] = {
    "status-before-boot": Acts(call=_status_first),
    "talks-while-pending": Acts(answered=_talks),
    "deaf-until-booted": Acts(asked=_deaf),
    "reboots-when-triggered": Acts(asked=_triggered, woken=_go_down),
    "crashes-on-key": Acts(asked=_crash),
    "boots-once": Acts(call=_boots_once, answered=_loses_answer, linked=_anew),
    "repeats-refused": Acts(call=_remember, answered=_refused, woken=_again, recalled=_go_on),
}
