"""A packed trace has everything the viewer shows, and stays small."""

import base64
import json
import re
import zlib
from io import StringIO
from typing import Any

import pytest

from tests.traces.bench import BOOT_16, BOOTED, read, simulation_lines, trace
from voltyard.kernel.errors import Unavailable
from voltyard.simulation.simulate import SimulationPlan, simulate
from voltyard.traces.html import write_html
from voltyard.traces.packing import pack
from voltyard.traces.trace import Trace, trace_of

VIEWER = (
    "<!doctype html><title>Voltyard trace</title>"
    '<script type="application/octet-stream" id="trace"></script><script>0</script>'
)
HOSTILE = "</script><script>alert(1)</script><!--\u202e\x00\u2028"
TWO_MB = 2_000_000


def unpacked(of: Trace) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(zlib.decompress(pack(of), -zlib.MAX_WBITS))
    return told


def test_columns_have_each_frame_with_its_pair_and_violations_with_their_rule() -> None:
    told = unpacked(trace([BOOT_16, BOOTED, (2.5, "->", "[]")]))

    assert told["actions"] == ["BootNotification"]
    assert told["duration_ms"] == 2500
    assert told["frames"]["after_ms"] == [0, 100, 2400]
    assert told["frames"]["by_charger"] == [1, 0, 1]
    assert told["frames"]["kind"] == [2, 3, 0]
    assert told["frames"]["action"] == [0, 0, -1]
    assert told["frames"]["pair"] == [1, -1, 0]
    assert [one[:3] for one in told["violations"]] == [[2, "bad_frame", "$"]]
    assert told["rules"]["bad_frame"]["source_16"] == "OCPP-J 1.6, section 4.2"
    assert told["chargers"][0]["source"] == "log.txt, a log of voltyard simulate"


def test_what_is_in_frames_and_names_cannot_leave_its_place_in_the_file() -> None:
    frame = [2, "2", "DataTransfer", {"vendorId": HOSTILE}]
    log = read(simulation_lines([BOOT_16, BOOTED, (1.0, "->", frame)], charger="</title><b>"))

    file = write_html(trace_of([log], HOSTILE), VIEWER)

    assert file.count("<script") == 2
    assert "alert(1)</script>" not in file
    assert "<title>&lt;/script&gt;" in file
    data = re.search(r'id="trace">([A-Za-z0-9+/=]+)</script>', file)
    assert data is not None
    inside = json.loads(zlib.decompress(base64.b64decode(data[1]), -zlib.MAX_WBITS))
    assert json.loads(inside["frames"]["text"][2])[3]["vendorId"] == HOSTILE
    assert inside["chargers"][0]["name"] == "</title><b>"


def test_a_viewer_of_another_make_is_not_written_into() -> None:
    with pytest.raises(Unavailable, match="make page"):
        write_html(trace([BOOT_16]), "<html></html>")


def test_ten_thousand_frames_leave_most_of_two_megabytes_to_the_viewer() -> None:
    lines = StringIO()
    simulate(SimulationPlan(chargers=60, hours=30.0), lines)
    frames = lines.getvalue().splitlines()[:10_000]
    assert len(frames) == 10_000

    size_bytes = len(base64.b64encode(pack(trace_of([read("\n".join(frames))], "a day"))))

    assert size_bytes < TWO_MB / 4
