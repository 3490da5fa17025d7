"""Quirks of the clock: Q30 to Q37. They rewrite the times in what is sent."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from voltyard.kernel.time import HOUR_S, Instant, from_rfc3339, to_rfc3339
from voltyard.quirks import payload_access
from voltyard.quirks.acts import Acts
from voltyard.quirks.context import QuirkContext
from voltyard.quirks.intercepted_message import RESULT, InterceptedMessage

_MOMENT = re.compile(r'"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)"')


def _rewritten(text: str, written: Callable[[str], str]) -> str:
    return _MOMENT.sub(lambda found: f'"{written(found[1])}"', text)


def _moved(text: str, shift: Callable[[Instant], Instant]) -> str:
    def moved(moment: str) -> str:
        try:
            return to_rfc3339(shift(from_rfc3339(moment)))
        except ValueError:  # another quirk has been there, and left a day that no calendar has
            return moment

    return _rewritten(text, moved)


def _has_times(text: str) -> bool:
    return _MOMENT.search(text) is not None


def _no_zone(odd: QuirkContext, text: str) -> str:
    if not _has_times(text) or not odd.strikes():
        return text
    return _rewritten(text, lambda moment: moment[:19])


def _short_offset(odd: QuirkContext, text: str) -> str:
    if not _has_times(text) or not odd.strikes():
        return text
    hours = int(odd.saying["hours"])
    local = _moved(text, lambda at: at + hours * HOUR_S)
    return _rewritten(local, lambda moment: f"{moment[:19]}{hours:+03d}")


def _local(odd: QuirkContext, text: str) -> str:
    synced = odd.saying["until_sync"] and odd.passing.get("synced")
    if synced or not _has_times(text) or not odd.strikes():
        return text
    hours = int(odd.saying["hours"])
    return _moved(text, lambda at: at + hours * HOUR_S)


def _epoch(odd: QuirkContext, text: str) -> str:
    if odd.passing.get("synced") or not _has_times(text) or not odd.strikes():
        return text
    began = odd.passing.setdefault("began", odd.now)
    return _moved(text, lambda at: max(0.0, at - began))


def _synced(odd: QuirkContext, message: InterceptedMessage) -> None:
    if message.kind == RESULT and "currentTime" in message.payload:
        odd.passing["synced"] = True


def _impossible(odd: QuirkContext, text: str) -> str:
    if not _has_times(text) or not odd.strikes():
        return text
    return _rewritten(text, lambda moment: f"{odd.saying['date']}{moment[10:]}")


# --- Q36, Q37 ----------------------------------------------------------------------------------


def _off_the_mark(odd: QuirkContext, message: InterceptedMessage) -> None:
    off_s = float(odd.saying["off_s"])
    payload = message.payload
    if odd.saying["variant"] == "statuses":
        if message.action == "StatusNotification" and "timestamp" in payload and odd.strikes():
            _later(message.edit(), off_s)
            message.delay_s += off_s
        return
    aligned = any(one.get("context") == "Sample.Clock" for one in payload_access.samples(payload))
    if aligned and odd.strikes():
        for value in payload_access.meter_values(message.edit()):
            _later(value, off_s)
        if message.action == "MeterValues":
            message.delay_s += off_s


def _later(stamped: dict[str, Any], off_s: float) -> None:
    stamped["timestamp"] = to_rfc3339(from_rfc3339(stamped["timestamp"]) + off_s)


def _drift(odd: QuirkContext, text: str) -> str:
    if not _has_times(text) or not odd.strikes():
        return text
    began = odd.memo.setdefault("began", odd.now)
    drift_s = (odd.now - began) / HOUR_S * float(odd.saying["drift_s_per_hour"])
    if odd.random.random() < float(odd.saying["late_share"]):
        drift_s -= float(odd.saying["late_s"])
    return _moved(text, lambda at: at + drift_s)


ACTS: Final[dict[str, Acts]] = {
    "no-time-zone": Acts(clock=_no_zone),
    "short-offset": Acts(clock=_short_offset),
    "local-time-as-utc": Acts(clock=_local, answered=_synced),
    "epoch-until-sync": Acts(clock=_epoch, answered=_synced),
    "impossible-date": Acts(clock=_impossible),
    "off-the-mark": Acts(call=_off_the_mark),
    "drifting-clock": Acts(clock=_drift),
}
