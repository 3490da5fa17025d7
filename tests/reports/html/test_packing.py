"""A packed report has everything the viewer shows, and stays small."""

import base64
import json
import re
import zlib
from typing import Any

import pytest

from tests.reports.bench import (
    ANSWER,
    BEGAN_AT,
    HOSTILE,
    failed,
    frame,
    large_report,
    passed,
    report,
)
from voltyard.kernel.errors import Unavailable
from voltyard.reports.html.html_report import write_html
from voltyard.reports.html.packing import pack
from voltyard.reports.kept_evidence import keep_texts, kept_result
from voltyard.reports.verdicts import RunReport, Verdict

VIEWER = (
    "<!doctype html><title>Voltyard report</title>"
    '<script type="application/octet-stream" id="report"></script><script>0</script>'
)
TWO_MB = 2_000_000
VIEWER_BYTES = 150_000
"""More than the viewer takes; its own test looks at the whole file."""


def unpacked(of: RunReport) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(zlib.decompress(pack(of), -zlib.MAX_WBITS))
    return told


def test_a_case_is_told_with_its_slice_of_the_frames() -> None:
    first = passed(frames=[frame("", note="opened"), frame(after_s=1.0)])
    second = failed(began_at=BEGAN_AT + 60.0, before=Verdict.PASS)
    second.frames = [
        frame(after_s=60.5),
        frame(ANSWER, after_s=60.75, by_charger=False),
    ]

    told = unpacked(report(first, second, planned=3, baseline="v1.json"))

    assert [(one["first"], one["count"]) for one in told["cases"]] == [(0, 2), (2, 2)]
    assert told["frames"]["after_ms"] == [500, 500, 500, 250]
    assert told["frames"]["pair"] == [0, 0, 1, -1]
    assert told["actions"] == ["Authorize"]
    assert told["notes"] == [[0, "opened"]]
    assert told["baseline"] == "v1.json"
    case = told["cases"][1]
    assert case["failure"] == [
        *("the tag is shown", "Authorize answered Accepted", ANSWER, "OCPP 1.6 section 4.1", 1),
    ]
    assert case["steps"] == [[-59_600, "show the tag AB", 0]]
    assert case["chargers"] == ["CP-1"]
    assert (case["verdict"], case["before"]) == ("fail", "pass")
    assert case["begin"] == "2026-01-05T00:01:00.000Z"


def test_violations_are_numbered_through_the_whole_report() -> None:
    wrong = frame('[2,"7","Authorize",{}]')

    told = unpacked(report(passed(frames=[frame()]), passed("TC_002", frames=[wrong])))

    assert [one[:3] for one in told["violations"]] == [[1, "missing", "$.idTag"]]
    assert list(told["rules"]) == ["missing"]


def test_what_strangers_wrote_cannot_leave_its_place_in_the_file() -> None:
    run = report(title=HOSTILE, subject=HOSTILE)
    keep_texts(run)
    run.results = [kept_result(passed(HOSTILE, frames=[frame(HOSTILE)], again=HOSTILE))]

    file = write_html(run, VIEWER)

    assert file.count("<script") == 2
    assert "<title>&lt;/script&gt;" in file
    data = re.search(r'id="report">([A-Za-z0-9+/=]+)</script>', file)
    assert data is not None
    inside = json.loads(zlib.decompress(base64.b64decode(data[1]), -zlib.MAX_WBITS))
    assert inside["cases"][0]["id"] == run.results[0].id
    assert inside["frames"]["text"] == [run.results[0].frames[0].text]


def test_a_viewer_of_another_build_is_refused() -> None:
    with pytest.raises(Unavailable, match="the report viewer was built otherwise"):
        write_html(report(), "<title>Voltyard report</title>")


def test_ten_thousand_frames_are_a_file_of_two_megabytes_at_most() -> None:
    run = large_report()
    assert sum(len(one.frames) for one in run.results) > 10_000

    assert len(write_html(run, VIEWER)) + VIEWER_BYTES < TWO_MB
