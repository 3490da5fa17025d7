"""Frames that runtimes report, told to whoever follows them."""

from tests.fakes.journals import RecordingJournal
from voltyard.charger.description.events import Framed
from voltyard.yard.runtime_reports import RuntimeReports

FRAME = Framed(
    at=1.0, direction="cp_to_csms", kind="call", action="Heartbeat", message_id="m", text="[]"
)


def test_frames_of_those_that_are_followed_then_are_told() -> None:
    reports = RuntimeReports(RecordingJournal(), lambda: 0.0)
    followed: set[str] = set()
    told: list[tuple[str, object]] = []
    reports.framed("dep_1", FRAME)  # before there is anybody to be told
    reports.on_framed(lambda *frame: told.append(frame), of=followed)

    reports.framed("dep_1", FRAME)
    followed.add("dep_1")
    reports.framed("dep_1", FRAME)
    reports.framed("dep_2", FRAME)

    assert told == [("dep_1", FRAME)]
