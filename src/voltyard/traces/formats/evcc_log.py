"""evcc's log, with `log: trace` for its area ocpp.

A line is `[ocpp  ] TRACE 2026/07/23 10:21:46 recv CP-1: FRAME`, where `recv` is of the charger and
`send` (once `sent`) of evcc (charger/ocpp/cs_log.go, util/log.go); older releases wrote ocpp-go's
own words. Anything may stand before it, as journald and docker compose have it. Moments are of the
machine's own time zone, in whole seconds.
"""

import re
from collections.abc import Iterator

from voltyard.traces.formats.log_entries import (
    CONNECTION_LOST,
    CONNECTION_OPENED,
    LogContext,
    LogEntry,
    LogFormat,
    LoggedEvent,
    WireFrame,
    local_moment,
)

_LINE = re.compile(
    r".{0,200}?\[ocpp[a-z0-9-]*\s*\] (?:TRACE|DEBUG|INFO) (\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) "
    r"(?:(recv|received JSON message from|sent|send|sent JSON message to) (\S{1,255}): (\[.*)"
    r"|charge point (connected|disconnected): (\S{1,255}))\s*"
)
_BY_CHARGER = frozenset({"recv", "received JSON message from"})


def _recognizes(line: str) -> bool:
    return "[ocpp" in line and _LINE.fullmatch(line) is not None


def _entries(line: str, context: LogContext) -> Iterator[LogEntry]:
    found = _LINE.fullmatch(line) if "[ocpp" in line else None
    if found is None:
        return
    written, what, charger, text, link, linked = found.groups()
    at = local_moment(written, "%Y/%m/%d %H:%M:%S", context)
    if what is not None:
        yield WireFrame(at=at, charger=charger, by_charger=what in _BY_CHARGER, text=text)
    else:
        type = CONNECTION_OPENED if link == "connected" else CONNECTION_LOST
        yield LoggedEvent(at=at, charger=linked, type=type)


EVCC_LOG = LogFormat(name="evcc's log", recognizes=_recognizes, entries=_entries, mixed=True)
