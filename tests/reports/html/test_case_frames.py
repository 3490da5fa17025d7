"""Frames of a case, paired and judged."""

from tests.reports.bench import CALL, frame, passed
from voltyard.reports.html.case_frames import case_frames
from voltyard.reports.kept_evidence import kept_result
from voltyard.reports.verdicts import Frame, Result

ACCEPTED = '[3,"7",{"idTagInfo":{"status":"Accepted"}}]'


def told(result: Result) -> list[tuple[str, str | None, int | None, list[str]]]:
    """Kind, action, pair and broken rules of each."""
    return [
        (one.kind, one.action, one.pair, [each.rule for each in one.violations])
        for one in case_frames(result)
    ]


def answer(text: str = ACCEPTED, **more: object) -> Frame:
    return frame(text, by_charger=False, **more)


def test_a_call_is_paired_with_its_answer_and_both_are_judged() -> None:
    result = passed(frames=[frame(), answer('[3,"7",{"idTagInfo":{"status":"Yes"}}]')])

    assert told(result) == [
        ("call", "Authorize", 1, []),
        ("result", "Authorize", 0, ["bad_enum"]),
    ]


def test_each_charger_and_each_link_has_ids_of_its_own() -> None:
    other = Frame(at=0.0, identity="CP-2", by_charger=True, text=CALL)
    opened = frame("", note="opened")
    result = passed(frames=[frame(), other, opened, frame(), answer()])

    assert [(one.charger, one.pair) for one in case_frames(result)] == [
        *((0, None), (1, None), (0, None), (0, 4), (0, 3)),
    ]


def test_what_one_link_asked_is_not_answered_on_the_next() -> None:
    result = passed(frames=[frame(), frame("", note="opened"), answer()])

    assert [one.pair for one in case_frames(result)] == [None, None, None]
    assert told(result)[2][3] == ["stray_answer"]


def test_a_frame_that_is_cut_is_paired_and_not_judged() -> None:
    long = f'[2,"7","DataTransfer",{{"vendorId":"V","data":"{"x" * 20_000}"}}]'
    answered = f'[4, "7" , "InternalError","{"y" * 20_000}",{{}}]'
    result = kept_result(passed(frames=[frame(long), answer(answered), frame("x" * 20_000)]))

    assert told(result) == [
        ("call", "DataTransfer", 1, []),
        ("error", "DataTransfer", 0, []),
        ("unreadable", None, None, []),
    ]
    assert case_frames(result)[0].text == long[: 16 * 1024]


def test_nothing_is_blamed_for_frames_that_were_left_out() -> None:
    stray = [answer()]

    assert told(passed(frames=stray))[0][3] == ["stray_answer"]
    assert told(passed(frames=stray, frames_left_out=1))[0][3] == []


def test_a_version_that_is_not_known_leaves_payloads_unjudged() -> None:
    wrong = frame('[2,"7","Authorize",{}]')

    assert told(passed(frames=[wrong], version="1.6"))[0][3] == ["missing"]
    assert told(passed(frames=[wrong], version="2.1"))[0][3] == []
