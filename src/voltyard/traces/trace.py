"""A trace: the conversations of one charger or many, judged, with their lanes over time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from msgspec import Struct

from voltyard.kernel import limits
from voltyard.kernel.errors import Invalid
from voltyard.kernel.time import Instant
from voltyard.ocpp.versions import Version
from voltyard.traces.conversation import (
    Conversation,
    TraceFrame,
    version_named,
    version_shown,
)
from voltyard.traces.formats.log_entries import LoggedEvent, LoggedVersion, WireFrame
from voltyard.traces.formats.reading import TraceLog
from voltyard.traces.lanes.limits_over_time import LimitSeries, ProfileLimitsOverTime
from voltyard.traces.lanes.links import LinkChange, link_changes
from voltyard.traces.lanes.meters import Meters, MeterSeries
from voltyard.traces.lanes.statuses import ConnectorLane, StatusLanes
from voltyard.traces.lanes.transactions import TraceTransaction, TransactionLane


class TraceCharger(Struct, kw_only=True):
    """A charger of a trace: what it is, and its lanes."""

    name: str
    version: str | None
    """None: the log does not tell, and its payloads are not judged."""
    source: str
    """The log it was read from, and the format of that."""
    links: list[LinkChange]
    connectors: list[ConnectorLane]
    transactions: list[TraceTransaction]
    meters: list[MeterSeries]
    limits: list[LimitSeries]
    events: list[LoggedEvent]


class Trace(Struct, kw_only=True):
    """A trace; its frames are in the order of time, each with its charger's number."""

    title: str
    begin: Instant
    end: Instant
    chargers: list[TraceCharger]
    frames: list[TraceFrame]


class _Source(Struct):
    """A charger in one log."""

    name: str
    log: TraceLog
    frames: list[WireFrame] = []
    events: list[LoggedEvent] = []
    versions: list[str] = []

    @property
    def version(self) -> tuple[str | None, Version | None]:
        """Its OCPP version by name, and as it can be judged."""
        if self.versions:
            return self.versions[-1], version_named(self.versions[-1])
        found = next((seen for one in self.frames if (seen := version_shown(one))), None)
        return (None, None) if found is None else (found.name, found)


def trace_of(logs: Sequence[TraceLog], title: str) -> Trace:
    """The trace of these logs; a charger in two logs is there twice, side by side, with the logs'
    names. Invalid where they have no frame, or more frames or chargers than a trace has room
    for."""
    sources = _sources(logs)
    moments = [one.at for source in sources for one in source.frames]
    moments += [one.at for source in sources for one in source.events]
    frames = sorted(
        ((one.at, number, one) for number, source in enumerate(sources) for one in source.frames),
        key=_at,
    )
    if not frames:
        raise Invalid(f"there is no frame in {', '.join(log.name for log in logs)}")
    if len(frames) > limits.TRACE_FRAMES:
        raise Invalid(
            f"{len(frames):,} frames are more than the {limits.TRACE_FRAMES:,} of a trace",
            hint="take a part: --charger, --since, --until",
        )
    talks = [Conversation(number, one.version[1]) for number, one in enumerate(sources)]
    told: list[TraceFrame] = []
    for _, charger, logged in frames:
        told.append(talks[charger].take(logged, len(told)))
    for talk in talks:
        talk.finish()
    begin, end = min(moments), max(moments)
    by_charger: list[list[TraceFrame]] = [[] for _ in sources]
    for frame in told:
        by_charger[frame.charger].append(frame)
    chargers = [
        _charger(source, own, told, begin, end)
        for source, own in zip(sources, by_charger, strict=True)
    ]
    return Trace(title=title, begin=begin, end=end, chargers=chargers, frames=told)


def _sources(logs: Sequence[TraceLog]) -> list[_Source]:
    found: dict[tuple[int, str], _Source] = {}
    for number, log in enumerate(logs):
        for entry in log.entries:
            source = found.get((number, entry.charger))
            if source is None:
                source = found[number, entry.charger] = _Source(entry.charger, log)
            match entry:
                case WireFrame():
                    source.frames.append(entry)
                case LoggedEvent():
                    source.events.append(entry)
                case LoggedVersion():
                    if source.versions[-1:] != [entry.version]:
                        source.versions.append(entry.version)
    if len(found) > limits.TRACE_CHARGERS:
        raise Invalid(
            f"{len(found):,} chargers are more than the {limits.TRACE_CHARGERS:,} of a trace",
            hint="take a part: --charger",
        )
    sources = [one for one in found.values() if one.frames or one.events]
    names = Counter(one.name for one in sources)
    for one in sources:
        if names[one.name] > 1:
            one.name = f"{one.name} ({one.log.name})"
    return sorted(sources, key=lambda one: one.name)


def _charger(
    source: _Source,
    own: Iterable[TraceFrame],
    frames: Sequence[TraceFrame],
    begin: Instant,
    end: Instant,
) -> TraceCharger:
    statuses, transactions = StatusLanes(begin), TransactionLane(begin)
    meters, limited = Meters(begin, transactions), ProfileLimitsOverTime()
    for frame in own:
        if frame.kind == "call" and frame.by_charger:
            statuses.called(frame)
            transactions.called(frame)
            meters.called(frame)
        elif frame.kind == "result" and frame.pair is not None:
            call = frames[frame.pair]
            if frame.by_charger:
                limited.answered(call, frame)
            else:
                transactions.answered(call, frame)
    series = meters.series()
    heard = transactions.transactions()
    evses = {one.evse for one in series}
    evses.update(one.evse for one in heard)
    evses.update(one.evse for one in statuses.lanes())
    return TraceCharger(
        name=source.name,
        version=source.version[0],
        source=f"{source.log.name}, {source.log.format}",
        links=link_changes(source.events),
        connectors=statuses.lanes(),
        transactions=heard,
        meters=series,
        limits=limited.series(sorted(evses - {0}), heard, end),
        events=source.events,
    )


def _at(one: tuple[Instant, int, WireFrame]) -> Instant:
    return one[0]
