"""Log of a host's chargers: one book for all of them, from which each has its diagnostics.

One book of a bounded length costs the same with one charger as with thousands; a busy few have a
long log each, thousands a short one.
"""

from collections import deque

from voltyard.charger.description.events import ChargerEvent, Framed
from voltyard.charger.effects import LogRange
from voltyard.kernel import limits
from voltyard.kernel.time import to_rfc3339
from voltyard.ocpp.payload import to_json
from voltyard.ocpp.secrets import masked

_TURNED_LINE = "(older lines are left out)\n"


class Logbook:
    """The last limits.LOGBOOK_EVENTS events, of all chargers."""

    __slots__ = ("_events", "_excess", "_excess_limit", "_keys", "_usual")

    def __init__(self) -> None:
        self._keys: deque[str] = deque(maxlen=limits.LOGBOOK_EVENTS)
        self._events: deque[ChargerEvent] = deque(maxlen=limits.LOGBOOK_EVENTS)
        # Nearly all frames are short, and as many as there may be of those never are too long.
        self._excess_limit = limits.LOGBOOK_CHARS // 4
        self._usual = (limits.LOGBOOK_CHARS - self._excess_limit) // limits.LOGBOOK_EVENTS
        self._excess = 0
        """Characters of longer frames beyond the usual length."""

    def note(self, key: str, event: ChargerEvent) -> None:
        """The charger has reported that."""
        if self._excess or (type(event) is Framed and len(event.text) > self._usual):
            self._make_room(event)
        self._keys.append(key)
        self._events.append(event)

    def _make_room(self, event: ChargerEvent) -> None:
        events = self._events
        self._excess += self._excess_of(event)
        while events and (len(events) == events.maxlen or self._excess > self._excess_limit):
            self._keys.popleft()
            self._excess -= self._excess_of(events.popleft())

    def _excess_of(self, event: ChargerEvent) -> int:
        return max(0, len(event.text) - self._usual) if type(event) is Framed else 0

    def log(self, key: str, wanted: LogRange) -> bytes:
        """The charger's lines of that time, oldest first; at most limits.LOG_FILE_BYTES, of which
        the newest stay. Passwords are blanked."""
        oldest_at, latest_at = wanted.oldest_at, wanted.latest_at
        lines: deque[str] = deque()
        length = 0
        for whose, event in zip(reversed(self._keys), reversed(self._events), strict=True):
            if whose != key or (latest_at is not None and event.at > latest_at):
                continue
            if oldest_at is not None and event.at < oldest_at:
                continue
            line = _line(event)
            length += len(line.encode())
            if length > limits.LOG_FILE_BYTES - len(_TURNED_LINE):
                lines.appendleft(_TURNED_LINE)
                break
            lines.appendleft(line)
        return "".join(lines).encode()


def _line(event: ChargerEvent) -> str:
    moment = to_rfc3339(event.at)
    if isinstance(event, Framed):
        way = "sent" if event.direction == "cp_to_csms" else "received"
        verdict = "" if event.verdict == "valid" else f" ({event.verdict})"
        return f"{moment} {way} {event.kind} {event.action or '-'} {masked(event.text)}{verdict}\n"
    return f"{moment} event {masked(to_json(event))}\n"
