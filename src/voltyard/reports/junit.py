"""JUnit XML, as Jenkins, GitLab and the actions of GitHub read it.

There are two schemas in use, that of Ant (windyroad/JUnit-Schema) and that of Jenkins' xUnit plugin
(junit-10.xsd). The file is valid by both.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from voltyard.kernel.time import to_rfc3339_seconds
from voltyard.reports.verdicts import BLAMED, UNJUDGED, Result, RunReport, Verdict
from voltyard.reports.whole_files import check_writable, write_whole
from voltyard.reports.words import explanation, last_frames, summary, table_lines

FRAMES: Final = 20
"""Last frames in a failure's text; the other reports have more."""

_FORBIDDEN: Final = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold, not even escaped."""
_NO_VERDICT: Final = "incomplete"


class JunitReporter:
    """A JUnit file, written when the run is over."""

    def __init__(self, path: Path) -> None:
        """Raises Invalid where the file cannot be written."""
        check_writable(path)
        self._path = path

    def began(self, report: RunReport) -> None:
        """Nothing is written yet."""

    def running(self, case_id: str, title: str) -> None:
        """Nothing is written yet."""

    def finished(self, result: Result) -> None:
        """Nothing is written yet."""

    def ended(self, report: RunReport) -> None:
        write_whole(self._path, to_junit(report))


def to_junit(report: RunReport) -> bytes:
    """A test suite for each group of each version, in the order of their first cases."""
    groups: dict[tuple[str, str], list[Result]] = {}
    for result in report.results:
        groups.setdefault((result.version, result.group), []).append(result)
    root = Element("testsuites")
    for (version, group), results in groups.items():
        suite = _suite(root, report, f"{version} {group}", results)
        for result in results:
            _case(suite, result)
        _close(suite)
    if not report.is_complete:
        _add_missing(root, report)
    if (last := root.find("testsuite[last()]/system-out")) is not None and report.tables:
        lines = [line for table in report.tables for line in ("", *table_lines(table))]
        last.text = _text("\n".join([*lines, ""]))
    indent(root)
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _suite(root: Element, report: RunReport, name: str, results: Iterable[Result]) -> Element:
    results = list(results)
    verdicts = [result.verdict for result in results]
    began_at = min((result.began_at for result in results), default=report.began_at)
    suite = SubElement(
        root,
        "testsuite",
        name=_token(name),
        package="voltyard",
        id=str(len(root)),
        hostname=_token(socket.gethostname()) or "localhost",
        timestamp=to_rfc3339_seconds(began_at).removesuffix("Z"),
        tests=str(len(results)),
        failures=str(sum(one in BLAMED for one in verdicts)),
        errors=str(sum(one in UNJUDGED for one in verdicts)),
        skipped=str(verdicts.count(Verdict.NOT_APPLICABLE)),
        time=_decimal(sum(result.took_s for result in results)),
    )
    properties = SubElement(suite, "properties")
    told = {
        "title": report.title,
        "subject": report.subject,
        "command": report.command,
        "tool": report.tool,
        "seed": str(report.seed),
    }
    for each, value in told.items():
        SubElement(properties, "property", name=each, value=_text(value))
    return suite


def _case(suite: Element, result: Result) -> None:
    case = SubElement(
        suite,
        "testcase",
        name=_token(f"{result.id} {result.title}"),
        classname=_token(f"voltyard.{result.version}.{result.group.replace('.', '_')}"),
        time=_decimal(result.took_s),
    )
    if result.verdict is Verdict.PASS:
        return
    if result.verdict is Verdict.NOT_APPLICABLE:
        SubElement(case, "skipped", message=_text(result.why))
        return
    failed = result.verdict in BLAMED
    message = result.why or str(result.verdict)
    if result.failure is not None:
        message = f"expected {result.failure.expected}, came {result.failure.came}"
    element = SubElement(
        case,
        "failure" if failed else "error",
        type=_text((result.failure and result.failure.rule) or result.verdict),
        message=_text(message),
    )
    lines = [f"{label}: {value}" for label, value in explanation(result)]
    frames = list(last_frames(result, FRAMES))
    if frames:
        lines += ["", f"the last {len(frames)} frames:" if len(frames) > 1 else "frame:", *frames]
    element.text = _text("\n".join(["", *lines, ""]))


def _add_missing(root: Element, report: RunReport) -> None:
    """A test that says that cases are missing: without it a run cut short would look green."""
    suite = _suite(root, report, "run", [])
    suite.set("tests", "1")
    suite.set("errors", "1")
    case = SubElement(
        suite, "testcase", name="the run is complete", classname="voltyard.run", time="0.000"
    )
    SubElement(case, "error", type=_NO_VERDICT, message=_text(summary(report)))
    _close(suite)


def _close(suite: Element) -> None:
    SubElement(suite, "system-out")
    SubElement(suite, "system-err")


def _text(text: str) -> str:
    return _FORBIDDEN.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def _token(text: str) -> str:
    """A text without a line break or more than one space in a row, as the schemas want names."""
    return " ".join(_text(text).split())


def _decimal(seconds: float) -> str:
    """xs:decimal knows no exponent."""
    return f"{max(0.0, seconds):.3f}"
