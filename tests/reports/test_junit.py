"""JUnit files, by the rules of both schemas in use: Ant's (windyroad) and Jenkins' (junit-10)."""

import re
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest

from tests.reports.bench import (
    ANSWER,
    HOSTILE,
    LATENCIES,
    failed,
    frame,
    passed,
    report,
    without_case,
)
from voltyard.reports.junit import FRAMES, JunitReporter, to_junit
from voltyard.reports.verdicts import RunReport, Verdict

# What both schemas allow and at least one demands, so that a file by it is valid by either.
ATTRIBUTES = {
    "testsuites": set[str](),
    "testsuite": {
        *("name", "timestamp", "hostname", "tests", "failures", "errors", "skipped", "time"),
        *("package", "id"),
    },
    "properties": set(),
    "property": {"name", "value"},
    "testcase": {"name", "classname", "time"},
    "failure": {"type", "message"},
    "error": {"type", "message"},
    "skipped": {"message"},
    "system-out": set(),
    "system-err": set(),
}
CHILDREN = {
    "testsuites": r"(testsuite )*",
    "testsuite": r"properties (testcase )*system-out system-err ",
    "properties": r"(property )*",
    "testcase": r"(skipped |error |failure )?",
}
TOKENS = {("testsuite", "name"), ("testcase", "name"), ("testcase", "classname")} | {
    *(("testsuite", "hostname"), ("testsuite", "package"), ("property", "name")),
}
WHOLE = {("testsuite", name) for name in ("tests", "failures", "errors", "skipped", "id")}


def read(run: RunReport) -> Element:
    """The file, parsed; it holds the rules of both schemas."""
    root = ElementTree.fromstring(to_junit(run))
    assert root.tag == "testsuites"
    for element in root.iter():
        assert set(element.attrib) == ATTRIBUTES[element.tag]
        inner = "".join(f"{child.tag} " for child in element)
        assert re.fullmatch(CHILDREN.get(element.tag, ""), inner), (element.tag, inner)
        for name, value in element.attrib.items():
            if (element.tag, name) in TOKENS:
                assert value
                assert value == " ".join(value.split())
            if (element.tag, name) in WHOLE:
                assert re.fullmatch(r"\d{1,9}", value)
            if name == "time":
                assert re.fullmatch(r"\d+\.\d+", value)
            if name == "timestamp":
                assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", value)
                datetime.fromisoformat(value)
    for suite in root:
        cases = suite.findall("testcase")
        assert int(suite.attrib["tests"]) == len(cases)
        for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.attrib[name]) == len(suite.findall(f"testcase/{tag}"))
        times = sum((Decimal(case.attrib["time"]) for case in cases), Decimal(0))
        assert abs(Decimal(suite.attrib["time"]) - times) < Decimal("0.01")
    assert [suite.attrib["id"] for suite in root] == [str(n) for n in range(len(root))]
    return root


def test_each_group_of_each_version_is_a_suite() -> None:
    root = read(
        report(
            passed("TC_001"),
            passed("TC_048", group="Reservation"),
            passed("TC_002"),
            passed("TC_B_01", version="2.0.1", group="B. Provisioning"),
        )
    )

    assert {
        suite.attrib["name"]: [
            (case.attrib["classname"], case.attrib["name"]) for case in suite.iter("testcase")
        ]
        for suite in root
    } == {
        "1.6 Core": [
            ("voltyard.1.6.Core", "TC_001 Cold boot"),
            ("voltyard.1.6.Core", "TC_002 Cold boot"),
        ],
        "1.6 Reservation": [("voltyard.1.6.Reservation", "TC_048 Cold boot")],
        "2.0.1 B. Provisioning": [("voltyard.2.0.1.B_ Provisioning", "TC_B_01 Cold boot")],
    }
    assert {one.attrib["name"]: one.attrib["value"] for one in root.iter("property")} == {
        "title": "Conformance of a CSMS",
        "subject": "ws://127.0.0.1:9000/ocpp",
        "command": "voltyard conform csms --url ws://127.0.0.1:9000/ocpp",
        "tool": "voltyard 0.1.0",
        "seed": "42",
    }
    assert root[0].attrib["timestamp"] == "2026-01-05T00:00:00"


def test_a_failure_says_what_came_and_how_to_play_it_again() -> None:
    result = failed()

    found = read(report(result)).find("testsuite/testcase/failure")

    assert found is not None
    assert found.attrib["type"] == "OCPP 1.6 section 4.1"
    assert found.attrib["message"] == f"expected Authorize answered Accepted, came {ANSWER}"
    assert (found.text or "").strip().splitlines() == [
        "step: the tag is shown",
        "expected: Authorize answered Accepted",
        f"came: {ANSWER}",
        "rule: OCPP 1.6 section 4.1",
        "seed: 42",
        f"again: {result.again}",
        "",
        "the last 2 frames:",
        '    +0.500 s  CP-1 -> [2,"7","Authorize",{"idTag":"AB"}]',
        f"    +0.750 s  CP-1 <- {ANSWER}",
    ]


def test_the_frames_of_a_failure_end_with_the_one_that_came() -> None:
    frames = [frame(f'[2,"{n}","Heartbeat",{{}}]') for n in range(100)]
    result = failed(frames=frames)
    assert result.failure is not None
    result.failure = type(result.failure)(step="s", expected="e", came="c", frame=60)

    text = read(report(result)).findtext("testsuite/testcase/failure") or ""

    assert re.findall(r'\[2,"(\d+)"', text) == [str(n) for n in range(61 - FRAMES, 61)]


@pytest.mark.parametrize(
    ("verdict", "tag"),
    [
        (Verdict.NOT_APPLICABLE, "skipped"),
        (Verdict.INCONCLUSIVE, "error"),
        (Verdict.ERROR, "error"),
    ],
)
def test_what_does_not_blame_the_subject_is_no_failure(verdict: Verdict, tag: str) -> None:
    root = read(report(without_case(verdict, "the link was lost")))

    found = root.find(f"testsuite/testcase/{tag}")
    assert found is not None
    assert found.attrib["message"] == "the link was lost"
    assert found.attrib.get("type", verdict) == verdict


def test_what_strangers_wrote_is_text_and_what_xml_cannot_hold_is_written_out() -> None:
    result = failed(HOSTILE, title=f"a\n  b {HOSTILE}", group=HOSTILE, again=HOSTILE)
    result.frames = [frame(HOSTILE, note=HOSTILE)]
    skipped = without_case(Verdict.NOT_APPLICABLE, HOSTILE)

    root = read(report(result, skipped, subject=HOSTILE, title="\x00"))

    assert [len(suite.findall("testcase")) for suite in root] == [1, 1]
    name = root[0][1].attrib["name"]
    assert "</script><img src=x" in name
    assert "\\x00\\x1b[2J\u202e\\xfffe\\xd83d" in name
    assert "</script>" in (root.findtext("testsuite/testcase/failure") or "")


def test_a_run_cut_short_is_not_green() -> None:
    root = read(report(passed(), is_complete=False, planned=10))

    error = root.find("testsuite[@name='run']/testcase/error")
    assert error is not None
    assert error.attrib["message"] == "1 passed; cut short after 1 of 10 cases, in 2.5 s"


def test_figures_are_in_what_the_last_suite_printed() -> None:
    root = read(report(passed(), passed(group="Other"), tables=[LATENCIES]))

    assert root[0].findtext("system-out") == ""
    assert "    Authorize  1,200  12 ms\n" in (root[1].findtext("system-out") or "")


def test_a_run_without_a_case_is_a_file_too() -> None:
    assert len(read(report())) == 0


def test_the_file_is_written_at_the_end(tmp_path: Path) -> None:
    reporter = JunitReporter(tmp_path / "junit.xml")
    run = report(failed())
    reporter.began(run)
    reporter.finished(run.results[0])
    assert list(tmp_path.iterdir()) == []

    reporter.ended(run)

    assert (tmp_path / "junit.xml").read_bytes() == to_junit(run)
