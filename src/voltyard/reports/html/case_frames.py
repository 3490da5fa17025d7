"""Frames of a case, paired and judged by OCPP's rules as a trace's are."""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec

from voltyard.ocpp.frames import ID_CHARACTERS
from voltyard.reports.kept_evidence import CUT
from voltyard.reports.verdicts import Frame, Result
from voltyard.traces.conversation import Conversation, TraceFrame, version_named
from voltyard.traces.formats.log_entries import WireFrame
from voltyard.traces.rules import CONCURRENT_CALL, STRAY_ANSWER, UNANSWERED

_HEAD: Final = re.compile(
    rf'\s*\[\s*([234])\s*,\s*"([^"\\]{{1,{ID_CHARACTERS}}})"\s*,\s*(?:"(\w{{1,50}})")?'
)
"""Type and id of a frame, and the action or error code."""
_BY_OTHERS: Final = frozenset({CONCURRENT_CALL, STRAY_ANSWER, UNANSWERED})
"""Rules that a frame breaks by others that may be left out."""


def case_frames(result: Result) -> list[TraceFrame]:
    """The frames in their order; those of openings and ends have an empty text."""
    version = version_named(result.version)
    numbers: dict[str, int] = {}
    open_now: dict[str, Conversation] = {}
    found = []
    for place, frame in enumerate(result.frames):
        number = numbers.setdefault(frame.identity, len(numbers))
        if not frame.text:
            # Ids may be used anew at each link.
            if (over := open_now.pop(frame.identity, None)) is not None:
                over.finish()
            found.append(_unpaired(frame, number))
            continue
        talk = open_now.get(frame.identity)
        if talk is None:
            talk = open_now[frame.identity] = Conversation(number, version)
        found.append(_taken(frame, place, talk))
    for talk in open_now.values():
        talk.finish()
    if result.frames_left_out:
        for one in found:
            one.violations = [each for each in one.violations if each.rule not in _BY_OTHERS]
    return found


def _taken(frame: Frame, place: int, talk: Conversation) -> TraceFrame:
    """The frame, judged. One that is cut is paired by its beginning, and not judged."""
    is_cut = CUT in frame.note
    text = _stub(frame.text) if is_cut else frame.text
    wire = WireFrame(at=frame.at, charger=frame.identity, by_charger=frame.by_charger, text=text)
    taken = talk.take(wire, place)
    if is_cut:
        taken.text, taken.violations = frame.text, []
    return taken


def _stub(text: str) -> str:
    """A frame of the same type and id that can be read."""
    head = _HEAD.match(text)
    if head is None:
        return ""
    kind, id, name = head.groups()
    named: list[Any] = [] if kind == "3" else [name or "?"]
    described = [""] if kind == "4" else []
    return msgspec.json.encode([int(kind), id, *named, *described, {}]).decode()


def _unpaired(frame: Frame, number: int) -> TraceFrame:
    return TraceFrame(
        at=frame.at, charger=number, by_charger=frame.by_charger, kind="unreadable", text=""
    )
