"""Verdicts on conformance cases, scenarios and load stages, with the frames that led to them."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

from voltyard.kernel.time import Instant, Seconds


class Verdict(StrEnum):
    """The end of one case: of its five words, only `fail` blames the subject."""

    PASS = "pass"
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    """The case did not come to what it judges, as when the link was lost on the way there."""
    NOT_APPLICABLE = "not applicable"
    """The subject does not claim what the case needs, or its driver cannot ask for it."""
    ERROR = "error"
    """The tester broke, not the subject."""


BLAMED: Final = frozenset({Verdict.FAIL})
"""Verdicts that make a run's exit code 1."""

FORMAT: Final = 1
"""Of a report's JSON; a program refuses to read a later one."""

UNJUDGED: Final = frozenset({Verdict.INCONCLUSIVE, Verdict.ERROR})
"""Verdicts that say nothing of the subject; a run with any of them did not pass either."""


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """A text frame on the wire, or a link's opening or end where `text` is empty."""

    at: Instant
    identity: str
    """Of the charger at whose link it passed."""
    by_charger: bool
    text: str
    note: str = ""
    """For an opening or end: "opened", "closed 1006", "refused 401"; else a remark of the report,
    such as that the frame is cut."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A step that a case took, in words; `frame` counts the frames that came before it."""

    at: Instant
    text: str
    frame: int


class BrokenExpectation(msgspec.Struct, frozen=True, kw_only=True):
    """The moment at which the subject did other than was expected."""

    step: str
    expected: str
    came: str
    """The frame that came instead, or what was there in words."""
    rule: str = ""
    """The rule that this breaks, by number, such as "OCPP 1.6 section 5.11" or "E01.FR.02"."""
    frame: int | None = None
    """The number of that frame among the result's."""


class Result(msgspec.Struct, kw_only=True):
    """The result of one case, which explains itself."""

    id: str
    """Unique among the cases of its version."""
    title: str
    group: str
    """The case's OCPP profile or functional block, a scenario's theme."""
    kind: str = "conformance"
    """`conformance`; `compatibility`, where the field expects it and the standard does not demand
    it; `habit`, where only OCTT does; `threshold` of a load run."""
    version: str
    verdict: Verdict
    why: str = ""
    """For other verdicts than pass and fail: the reason."""
    failure: BrokenExpectation | None = None
    purpose: str = ""
    requirements: list[str] = []
    steps: list[Step] = []
    frames: list[Frame] = []
    frames_left_out: int = 0
    """Frames that passed and are not among them, for want of room."""
    began_at: Instant
    took_s: Seconds
    seed: int = 0
    again: str = ""
    """The command that plays this one again."""
    before: Verdict | None = None
    """The verdict in the report that the run is compared with; None where it has none."""


class FigureTable(msgspec.Struct, frozen=True, kw_only=True):
    """A table of figures that were measured, as text for people."""

    title: str
    columns: list[str]
    rows: list[list[str]]


class RunReport(msgspec.Struct, kw_only=True):
    """A run: what was put to the test, by which command, and the results in their order."""

    title: str
    subject: str
    """The URL or name of what was put to the test; without credentials."""
    command: str
    tool: str
    """Name and version of the program."""
    began_at: Instant
    took_s: Seconds = 0.0
    seed: int = 0
    is_complete: bool = False
    """False while cases are outstanding, as after Ctrl-C."""
    planned: int = 0
    """Cases that the run will have when it is complete; 0 where that is not known."""
    baseline: str = ""
    """The name of the report that the run is compared with, if any."""
    format: int = FORMAT
    results: list[Result] = []
    tables: list[FigureTable] = []
    """Figures of the whole run, as a load run's latencies."""

    def count(self, verdict: Verdict) -> int:
        """Results with that verdict."""
        return sum(one.verdict is verdict for one in self.results)

    @property
    def exit_code(self) -> int:
        """0: all that applies passed. 1: something failed. 2: nothing could be judged, or not all
        could."""
        if any(one.verdict in BLAMED for one in self.results):
            return 1
        if not self.is_complete or any(one.verdict in UNJUDGED for one in self.results):
            return 2
        return 0 if self.count(Verdict.PASS) else 2
