"""SteVe's log, as its WebSocketLogger writes it.

The pattern is `[%-5level] %d %c (%thread) - %msg` (logback, since 3.10) or the same without the
thread (log4j2), and the messages are those of WebSocketLogger.java; moments are of the server's own
time zone. SOAP is not supported.
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
    r".{0,200}?\[[A-Z]+\s*\]\s+(\d{4}-\d\d-\d\d)\s+(\d\d:\d\d:\d\d[,.]\d{3})\s.{0,400}?WebSocketLogger\b"
    r".{0,200}?\[chargeBoxId=(.{1,255}?),\s*sessionId=[^\]]{0,100}\]\s+"
    r"(Received|Sending|Connection is established|Connection is closed)(?:: ?|, )?(.*)"
)


def _recognizes(line: str) -> bool:
    return "WebSocketLogger" in line and _LINE.fullmatch(line) is not None


def _entries(line: str, context: LogContext) -> Iterator[LogEntry]:
    found = _LINE.fullmatch(line) if "WebSocketLogger" in line else None
    if found is None:
        return
    day, time, charger, what, rest = found.groups()
    at = local_moment(f"{day} {time.replace(',', '.')}", "%Y-%m-%d %H:%M:%S.%f", context)
    if what == "Connection is established":
        yield LoggedEvent(at=at, charger=charger, type=CONNECTION_OPENED)
    elif what == "Connection is closed":
        reason = {"reason": rest.removeprefix("status: ")[:255]}
        yield LoggedEvent(at=at, charger=charger, type=CONNECTION_LOST, data=reason)
    elif rest.startswith("["):  # and no "Received pong message"
        yield WireFrame(at=at, charger=charger, by_charger=what == "Received", text=rest)


STEVE_LOG = LogFormat(name="SteVe's log", recognizes=_recognizes, entries=_entries, mixed=True)
