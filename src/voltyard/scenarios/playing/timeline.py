"""Timelines of a scenario's chargers: their frames and events, in order."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from voltyard.charger.charger import Charger
from voltyard.charger.description.events import (
    ChargerEvent,
    ConnectionChanged,
    Framed,
    TransactionEnded,
    TransactionStarted,
)
from voltyard.kernel import limits
from voltyard.kernel.time import Instant, Seconds
from voltyard.reports.verdicts import Frame


class TimelineEntry(Struct, frozen=True, kw_only=True):
    """A frame or an event on a charger's timeline."""

    at: Instant
    kind: str
    """call, result, error or other for a frame; event."""
    name: str
    """The frame's action, the event's tag."""
    by_charger: bool
    data: Any
    """The payload, or the event's fields."""
    frame: int | None = None
    """The number of the frame among those of the row."""


class ChargerTimeline:
    """Frames and events of one charger."""

    def __init__(self) -> None:
        self.entries: list[TimelineEntry] = []
        self.connected = False
        self.unreached = ""
        """The reason of a dial that failed before there was any link."""
        self._waiting: list[asyncio.Future[None]] = []
        self._began: dict[str, TransactionStarted] = {}

    def add(self, entry: TimelineEntry) -> None:
        """Append an entry, and wake whoever waits."""
        self.entries.append(entry)
        self.wake()

    def wake(self) -> None:
        """Have all who wait look again."""
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            if not one.done():
                one.set_result(None)

    async def change(self, patience_s: Seconds) -> None:
        """Wait for the next change, so long at most."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        try:
            await asyncio.wait((future,), timeout=patience_s)
        finally:
            if not future.done():
                self._waiting.remove(future)

    def fields_of(self, event: ChargerEvent) -> dict[str, Any]:
        """An event as plain data; of the end of a transaction with what its start told."""
        fields: dict[str, Any] = msgspec.to_builtins(event)
        if isinstance(event, TransactionStarted):
            self._began[event.transaction] = event
        elif isinstance(event, TransactionEnded):
            began = self._began.pop(event.transaction, None)
            fields["energy_wh"] = event.meter_stop_wh - event.meter_start_wh
            if began is not None:
                fields["id_tag"] = began.id_tag
                fields["duration_s"] = event.at - began.at
        return fields


class TooMuch(Exception):
    """A bound of a row that is reached."""


class Recorder:
    """Listener to the host of one row, which keeps everything there was."""

    def __init__(self, most_s: Seconds | None = None) -> None:
        """The row ends after `most_s` of a clock on the wall; None: its own timeout bounds it."""
        self.timelines: dict[str, ChargerTimeline] = {}
        self.frames: list[Frame] = []
        self.failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done with an exception where the row cannot go on."""
        self._count = 0
        self._most_s = most_s
        self._began_s = time.monotonic()

    def follow(self, key: str) -> ChargerTimeline:
        """The timeline of a charger."""
        return self.timelines.setdefault(key, ChargerTimeline())

    def reported(self, key: str, event: ChargerEvent) -> None:
        """Note a charger's frame or event."""
        line = self.timelines[key]
        self._count += 1
        if self._count > limits.SCENARIO_ENTRIES:
            self._fail(TooMuch(f"more than {limits.SCENARIO_ENTRIES:,} frames and events"))
            return
        if type(event) is Framed:
            by_charger = event.direction == "cp_to_csms"
            entry = TimelineEntry(
                at=event.at,
                kind=event.kind,
                name=event.action,
                by_charger=by_charger,
                data=_payload(event),
                frame=len(self.frames),
            )
            self.frames.append(
                Frame(at=event.at, identity=key, by_charger=by_charger, text=event.text)
            )
            line.add(entry)
            return
        if isinstance(event, ConnectionChanged):
            self._connection(key, line, event)
        tag = str(type(event).__struct_config__.tag)
        line.add(
            TimelineEntry(
                at=event.at, kind="event", name=tag, by_charger=True, data=line.fields_of(event)
            )
        )

    def _connection(self, key: str, line: ChargerTimeline, event: ConnectionChanged) -> None:
        if event.connected:
            line.connected = True
            note = "opened"
        else:
            note = f"closed {event.reason}" if line.connected else f"refused {event.reason}"
            line.unreached = "" if line.connected else event.reason
            line.connected = False
        self.frames.append(
            Frame(at=event.at, identity=key, by_charger=True, text="", note=note.strip())
        )

    def stepped(self, key: str, _charger: Charger, _now: Instant) -> None:
        """Have those look again who wait for a state; end a row that takes too long."""
        self.timelines[key].wake()
        if self._most_s is not None and time.monotonic() - self._began_s > self._most_s:
            self._fail(TooMuch(f"the row took longer than {self._most_s:g} s"))

    def remembered(self, key: str) -> None:
        """Nothing here outlives the process."""

    def broke(self, key: str, error: Exception) -> None:
        """A charger's machine failed, which is a bug."""
        failure = TooMuch(f"the simulated charger {key} broke: {type(error).__name__}: {error}")
        failure.__cause__ = error
        self._fail(failure)

    def _fail(self, error: Exception) -> None:
        if not self.failure.done():
            self.failure.set_exception(error)
            self.failure.exception()  # it is looked at by the runner, or not at all


def _payload(event: Framed) -> Any:
    """The payload of a frame, as plain data; None where it cannot be read."""
    try:
        parts = msgspec.json.decode(event.text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(parts, list):
        return None
    match event.kind, len(parts):
        case "call", size if size > 3:
            return parts[3]
        case "result", size if size > 2:
            return parts[2]
        case "error", size if size > 2:
            return _error(parts)
    return None


def _error(parts: list[Any]) -> Mapping[str, Any]:
    names = ("code", "description", "details")
    return dict(zip(names, parts[2:5], strict=False))
