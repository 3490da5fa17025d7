"""A report as its viewer takes it: cases, and the frames of all of them in columns, deflated.

A case has a slice of the columns, in which pairs and moments are differences; so a slice is a trace
of its own. The shape is that of `PackedReport` in web/src/report/model.ts.
"""

from __future__ import annotations

from typing import Any, Final

from voltyard.kernel.time import to_rfc3339
from voltyard.reports.html.case_frames import case_frames
from voltyard.reports.verdicts import Result, RunReport, Step
from voltyard.traces.conversation import TraceFrame
from voltyard.traces.packing import (
    actions_of,
    broken_rules,
    deflated,
    frame_columns,
    violation_rows,
)

PACKED: Final = 1
"""Format of the packed report; a viewer refuses another."""

_MS_PER_S: Final = 1_000


def pack(report: RunReport) -> bytes:
    """The report in raw deflate."""
    return deflated(plain(report))


def plain(report: RunReport) -> dict[str, Any]:
    """The report in plain JSON values."""
    cases: list[dict[str, Any]] = []
    judged = [case_frames(result) for result in report.results]
    frames = [frame for one in judged for frame in one]
    actions = actions_of(frames)
    columns: dict[str, list[Any]] = frame_columns([], actions, 0.0)
    for result, own in zip(report.results, judged, strict=True):
        cases.append(_case(result, own, len(columns["text"])))
        for name, column in frame_columns(own, actions, result.began_at).items():
            columns[name] += column
    return {
        "format": PACKED,
        "title": report.title,
        "subject": report.subject,
        "command": report.command,
        "tool": report.tool,
        "begin": to_rfc3339(report.began_at),
        "took_s": report.took_s,
        "seed": report.seed,
        "is_complete": report.is_complete,
        "planned": report.planned,
        "baseline": report.baseline,
        "tables": [[one.title, one.columns, one.rows] for one in report.tables],
        "cases": cases,
        "actions": actions,
        "frames": columns,
        "notes": _notes(report),
        "violations": list(violation_rows(frames)),
        "rules": broken_rules(frames),
    }


def _case(result: Result, frames: list[TraceFrame], first: int) -> dict[str, Any]:
    failure = result.failure
    return {
        "id": result.id,
        "title": result.title,
        "group": result.group,
        "kind": result.kind,
        "version": result.version,
        "verdict": result.verdict,
        "before": result.before,
        "why": result.why,
        "failure": failure
        and [failure.step, failure.expected, failure.came, failure.rule, failure.frame],
        "purpose": result.purpose,
        "requirements": result.requirements,
        "steps": [_step(step, result) for step in result.steps],
        "begin": to_rfc3339(result.began_at),
        "took_ms": round(result.took_s * _MS_PER_S),
        "seed": result.seed,
        "again": result.again,
        "chargers": list(dict.fromkeys(frame.identity for frame in result.frames)),
        "first": first,
        "count": len(frames),
        "left_out": result.frames_left_out,
    }


def _step(step: Step, result: Result) -> list[Any]:
    return [round((step.at - result.began_at) * _MS_PER_S), step.text, step.frame]


def _notes(report: RunReport) -> list[list[Any]]:
    """Numbers and notes of the frames that have one."""
    frames = (frame for result in report.results for frame in result.frames)
    return [[number, frame.note] for number, frame in enumerate(frames) if frame.note]
