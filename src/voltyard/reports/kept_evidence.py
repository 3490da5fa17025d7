"""Evidence of a result as a report keeps it: bounded, without secrets, and text that any file can
hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from msgspec.structs import replace

from voltyard.kernel import limits
from voltyard.kernel.masked_text import masked_text
from voltyard.ocpp.secrets import masked, masked_value
from voltyard.reports.verdicts import FigureTable, Frame, Result, RunReport, Step

CUT: Final = "cut: the first"
"""Beginning of the remark on a frame of which the end is missing."""

_FIRST_SHARE: Final = 4
"""A quarter of the frames kept are the first ones: how the case came to be."""
_ABOUT: Final = 50
"""Frames kept on either side of the one that broke an expectation."""


def keep_texts(report: RunReport) -> None:
    """Make the report's own texts fit to be kept."""
    report.title = kept_line(report.title)
    report.subject = kept_line(report.subject)
    report.command = kept_line(report.command)
    report.tool = kept_line(report.tool)
    report.baseline = kept_line(report.baseline)
    keep_tables(report)


def keep_tables(report: RunReport) -> None:
    """Make its tables of figures fit to be kept; they may come late in a run."""
    report.tables = [
        FigureTable(
            title=kept_line(table.title),
            columns=[kept_line(name) for name in table.columns],
            rows=[
                [kept_line(cell) for cell in row] for row in table.rows[: limits.REPORT_TABLE_ROWS]
            ],
        )
        for table in report.tables
    ]


def kept_result(result: Result, frames_before: int = 0) -> Result:
    """A copy with no more frames than a report keeps. `frames_before` counts those that the report
    has of earlier cases."""
    most = limits.REPORT_FRAMES_EACH
    if frames_before + min(len(result.frames), most) > limits.REPORT_FRAMES:
        most = limits.REPORT_FRAMES_LAST
    numbers = _kept_numbers(result, most)
    frames = list(_kept_frames(result.frames, numbers))
    kept = replace(
        result,
        id=kept_line(result.id),
        title=kept_line(result.title),
        group=kept_line(result.group),
        kind=kept_line(result.kind),
        version=kept_line(result.version),
        why=_text(result.why),
        purpose=_text(result.purpose),
        requirements=[kept_line(one) for one in result.requirements],
        again=kept_line(result.again),
        steps=_kept_steps(result.steps, numbers),
        frames=frames,
        frames_left_out=result.frames_left_out + len(result.frames) - len(frames),
    )
    if (failure := result.failure) is not None:
        kept.failure = replace(
            failure,
            step=_text(failure.step),
            expected=_text(failure.expected),
            came=_text(failure.came),
            rule=kept_line(failure.rule),
            frame=_place(numbers, failure.frame),
        )
    return kept


def _kept_numbers(result: Result, most: int) -> Sequence[int]:
    """Numbers of the frames to keep, ascending: the first, those about the failure, the last."""
    count = len(result.frames)
    if count <= most:
        return range(count)
    kept = set(range(most // _FIRST_SHARE))
    if result.failure is not None and (failing := result.failure.frame) is not None:
        beside = min(_ABOUT, most // _FIRST_SHARE)
        kept |= set(range(max(0, failing - beside), min(count, failing + beside + 1)))
    last = count
    while len(kept) < most:
        last -= 1
        kept.add(last)
    return sorted(kept)


def _place(numbers: Sequence[int], frame: int | None) -> int | None:
    """The place of a frame among those kept; None where it is not."""
    if frame is None or frame not in numbers:
        return None
    return numbers.index(frame)


def _kept_steps(steps: list[Step], numbers: Sequence[int]) -> list[Step]:
    """The last steps; each counts the frames before it that are kept."""
    found = []
    before = 0
    for step in steps[-limits.REPORT_STEPS_EACH :]:
        while before < len(numbers) and numbers[before] < step.frame:
            before += 1
        found.append(Step(at=step.at, text=_text(step.text), frame=before))
    return found


def _kept_frames(frames: list[Frame], numbers: Sequence[int]) -> Iterator[Frame]:
    """The frames of those numbers; one that follows a gap says how many are missing before it."""
    expected = 0
    for number in numbers:
        gap = number - expected
        yield _kept_frame(frames[number], f"{gap:,} frames left out before it" if gap else "")
        expected = number + 1


def _kept_frame(frame: Frame, remark: str) -> Frame:
    text = _encodable(masked(frame.text))
    notes = [kept_line(frame.note), remark]
    most = limits.REPORT_FRAME_CHARS
    if len(text) > most:
        notes.append(f"{CUT} {most:,} of {len(text):,} characters")
        text = text[:most]
    return Frame(
        at=frame.at,
        identity=kept_line(frame.identity),
        by_charger=frame.by_charger,
        text=text,
        note="; ".join(filter(None, notes)),
    )


def _text(text: str) -> str:
    """A text of a sentence or a frame."""
    return _cut(_encodable(masked_value(text)))


def kept_line(text: str) -> str:
    """A short text, such as a name or an address, as a report keeps it."""
    return _cut(_encodable(masked_text(text)))


def _cut(text: str) -> str:
    most = limits.REPORT_TEXT_CHARS
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _encodable(text: str) -> str:
    """The text, with halves of signs (lone surrogates) written out; UTF-8 has none."""
    return text.encode("utf-8", "backslashreplace").decode()
