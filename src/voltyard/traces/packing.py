"""A trace as the viewer takes it: columns of JSON, deflated.

Moments are milliseconds from the trace's begin. Those of frames are differences, which deflate
well, and so are the numbers of their pairs; 0 is none. The shape is that of `PackedTrace` in
web/src/trace/model.ts.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec

from voltyard.kernel.time import Instant, to_rfc3339
from voltyard.traces.conversation import FrameKind, TraceFrame
from voltyard.traces.rules import RULES, TraceRule
from voltyard.traces.trace import Trace, TraceCharger

FORMAT: Final = 1
"""Of the packed trace; a viewer refuses another."""

_KINDS: Final[dict[FrameKind, int]] = {"call": 2, "result": 3, "error": 4, "unreadable": 0}
_MS_PER_S: Final = 1_000
_LEVEL: Final = 9


def pack(trace: Trace) -> bytes:
    """The trace in raw deflate."""
    return deflated(plain(trace))


def deflated(value: Any) -> bytes:
    """Plain JSON values in raw deflate."""
    deflate = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    return deflate.compress(msgspec.json.encode(value)) + deflate.flush()


def plain(trace: Trace) -> dict[str, Any]:
    """The trace in plain JSON values."""
    frames = trace.frames
    actions = actions_of(frames)
    return {
        "format": FORMAT,
        "title": trace.title,
        "begin": to_rfc3339(trace.begin),
        "duration_ms": _ms(trace.end, trace.begin),
        "chargers": [_charger(one, trace.begin) for one in trace.chargers],
        "actions": actions,
        "frames": frame_columns(frames, actions, trace.begin),
        "violations": list(violation_rows(frames)),
        "rules": broken_rules(frames),
    }


def actions_of(frames: Iterable[TraceFrame]) -> list[str]:
    """The actions of the frames, each once; a frame has its action's number here."""
    return sorted({frame.action for frame in frames if frame.action is not None})


def frame_columns(
    frames: Sequence[TraceFrame], actions: Sequence[str], begin: Instant
) -> dict[str, list[Any]]:
    """A column for each attribute of the frames."""
    numbers = {action: number for number, action in enumerate(actions)}
    return {
        "after_ms": _differences([_ms(frame.at, begin) for frame in frames]),
        "charger": [frame.charger for frame in frames],
        "by_charger": [int(frame.by_charger) for frame in frames],
        "kind": [_KINDS[frame.kind] for frame in frames],
        "action": [-1 if one.action is None else numbers[one.action] for one in frames],
        "pair": [0 if one.pair is None else one.pair - n for n, one in enumerate(frames)],
        "text": [frame.text for frame in frames],
    }


def violation_rows(frames: Iterable[TraceFrame]) -> Iterable[list[Any]]:
    """Rows of a violation each: the frame's number, rule, path and message."""
    for number, frame in enumerate(frames):
        for one in frame.violations:
            yield [number, one.rule, one.path, one.message]


def broken_rules(frames: Iterable[TraceFrame]) -> dict[str, Any]:
    """The rules that the frames break, by their keys."""
    used = {violation.rule for frame in frames for violation in frame.violations}
    return {key: _rule(rule) for key, rule in RULES.items() if key in used}


def _differences(moments: Sequence[int]) -> list[int]:
    return [later - earlier for earlier, later in zip([0, *moments], moments, strict=False)]


def _rule(rule: TraceRule) -> dict[str, Any]:
    return {
        "title": rule.title,
        "says": rule.says,
        "remedy": rule.remedy,
        "source_16": rule.source_16,
        "source_201": rule.source_201,
        "code_16": rule.code_16,
        "code_201": rule.code_201,
    }


def _charger(one: TraceCharger, begin: Instant) -> dict[str, Any]:
    return {
        "name": one.name,
        "version": one.version,
        "source": one.source,
        "links": [[_ms(link.at, begin), int(link.up), link.reason] for link in one.links],
        "connectors": [
            {
                "evse": lane.evse,
                "connector": lane.connector,
                "changes": [[_ms(c.at, begin), c.status, c.note] for c in lane.changes],
            }
            for lane in one.connectors
        ],
        "transactions": [
            {
                "id": each.id,
                "evse": each.evse,
                "begin_ms": None if each.began_at is None else _ms(each.began_at, begin),
                "end_ms": None if each.ended_at is None else _ms(each.ended_at, begin),
                "id_tag": each.id_tag,
                "meter_start_wh": each.meter_start_wh,
                "meter_stop_wh": each.meter_stop_wh,
                "reason": each.reason,
            }
            for each in one.transactions
        ],
        "meters": [
            {
                "evse": series.evse,
                "quantity": series.quantity,
                "at_ms": [_ms(at, begin) for at, _ in series.samples],
                "values": [_rounded(value) for _, value in series.samples],
            }
            for series in one.meters
        ],
        "limits": [
            {
                "evse": series.evse,
                "unit": series.unit,
                "steps": [[_ms(s.at, begin), s.limit, s.profile] for s in series.steps],
            }
            for series in one.limits
        ],
        "events": [[_ms(event.at, begin), event.type, event.data] for event in one.events],
    }


def _ms(at: Instant, begin: Instant) -> int:
    return round((at - begin) * _MS_PER_S)


def _rounded(value: float) -> float:
    """Digits beyond these are the noise of a sum."""
    return round(value, 3)
