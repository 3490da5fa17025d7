"""The report as JSON: written after each case, read strictly, and gone on with."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

import msgspec
from msgspec.structs import replace

from voltyard.kernel import limits
from voltyard.kernel.errors import Invalid
from voltyard.reports.kept_evidence import kept_line
from voltyard.reports.verdicts import FORMAT, UNJUDGED, Result, RunReport
from voltyard.reports.whole_files import check_writable, is_regular, write_whole

PARTIAL: Final = ".partial"
"""Ending of the file beside the report that grows by a line with each case."""


def to_json(report: RunReport) -> bytes:
    """The report, indented. Its texts are those of `kept_evidence`."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n"


def read_report(path: Path) -> RunReport:
    """Reads a report. Raises Invalid, with the file and what is wrong there."""
    content = _content(path)
    with _telling(str(path)):
        return _decoded(content)


def read_unfinished(path: Path, subject: str) -> RunReport:
    """Reads the report of a run to go on with: as it was after its last case, even where it was
    killed. Cases that came to no verdict are left out, to be played again. Raises Invalid, also
    where the run was of another subject."""
    partial = partial_of(path)
    report = _read_partial(partial) if partial.exists() else read_report(path)
    if report.subject != (asked := kept_line(subject)):
        raise Invalid(
            f"{path} is of {report.subject}, and not of {asked}",
            hint="resume it against the same subject, or begin anew with another file",
        )
    report.results = [one for one in report.results if one.verdict not in UNJUDGED]
    report.is_complete = False
    return report


def partial_of(path: Path) -> Path:
    """The file that grows beside a report while its run goes on."""
    return path.with_name(path.name + PARTIAL)


class JsonReporter:
    """A JSON report. After a `kill -9` its `.partial` file has every case that was over."""

    def __init__(self, path: Path) -> None:
        """Raises Invalid where the file cannot be written."""
        check_writable(path)
        self._is_kept = is_regular(path)
        if self._is_kept:
            check_writable(partial_of(path))
        self._path = path
        self._file: BinaryIO | None = None

    def began(self, report: RunReport) -> None:
        if not self._is_kept:
            return
        lines = [replace(report, results=[]), *report.results]
        partial = partial_of(self._path)
        write_whole(partial, b"".join(msgspec.json.encode(one) + b"\n" for one in lines))
        self._file = partial.open("ab", buffering=0)

    def running(self, case_id: str, title: str) -> None:
        """A case that is not over is not in the report."""

    def finished(self, result: Result) -> None:
        if self._file is not None:
            # A full disk must not end the run; it is told when the report is written.
            with contextlib.suppress(OSError):
                _write_all(self._file, msgspec.json.encode(result) + b"\n")

    def ended(self, report: RunReport) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
        write_whole(self._path, to_json(report))
        if self._is_kept:
            partial_of(self._path).unlink(missing_ok=True)


def _write_all(file: BinaryIO, line: bytes) -> None:
    """Write a line, or nothing of it that would stand before the next one."""
    before = file.seek(0, os.SEEK_END)
    try:
        rest = memoryview(line)
        while rest:
            rest = rest[file.write(rest) :]
    except OSError:
        file.truncate(before)
        raise


def _read_partial(path: Path) -> RunReport:
    """The last line may be torn: the run was killed while writing it."""
    head, *rest = _content(path).split(b"\n")
    with _telling(f"{path}, line 1"):
        report = _decoded(head)
    for number, line in enumerate(rest[:-1], start=2):
        with _telling(f"{path}, line {number}"):
            report.results.append(msgspec.json.decode(line, type=Result))
    return report


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(limits.REPORT_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise Invalid(f"cannot read {path}: {reason}") from error
    if len(content) > limits.REPORT_BYTES:
        raise Invalid(f"{path} is longer than a report: {limits.REPORT_BYTES:,} bytes")
    return content


def _decoded(content: bytes) -> RunReport:
    """The format is looked at first: of a later one, other things may be wrong as well."""
    written = msgspec.json.decode(content, type=_Written).format
    if not 1 <= written <= FORMAT:
        raise msgspec.ValidationError(f"its format is {written}, and {FORMAT} is what can be read")
    return msgspec.json.decode(content, type=RunReport)


class _Written(msgspec.Struct):
    format: int = FORMAT


@contextlib.contextmanager
def _telling(where: str) -> Iterator[None]:
    try:
        yield
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid(
            f"{where} is not a report of voltyard: {error}",
            hint="it reads what `--json FILE` wrote",
        ) from None
