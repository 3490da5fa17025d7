"""Evidence that a report keeps: bounded, with the moment of failure, and without secrets."""

import msgspec
import pytest

from tests.reports.bench import CALL, HOSTILE, failed, frame, passed, report
from voltyard.kernel import limits
from voltyard.reports.kept_evidence import keep_tables, keep_texts, kept_result
from voltyard.reports.verdicts import BrokenExpectation, FigureTable, Step

MOST = limits.REPORT_FRAMES_EACH


def numbered(count: int) -> list[str]:
    return [f'[2,"{n}","Heartbeat",{{}}]' for n in range(count)]


def test_what_fits_is_kept_as_it_is() -> None:
    result = failed()

    assert kept_result(result) == result


def test_of_many_frames_the_first_and_the_last_are_kept_and_the_rest_counted() -> None:
    texts = numbered(MOST + 500)
    result = passed(frames=[frame(text) for text in texts])

    kept = kept_result(result)

    assert len(kept.frames) == MOST
    assert kept.frames_left_out == 500
    assert [one.text for one in kept.frames] == texts[: MOST // 4] + texts[MOST // 4 + 500 :]
    assert len(result.frames) == MOST + 500


@pytest.mark.parametrize("failing", [0, 499, 500, 2_500, 3_499, 3_500, 4_999])
def test_the_frame_that_failed_is_kept_with_those_about_it(failing: int) -> None:
    texts = numbered(5_000)
    broken = BrokenExpectation(step="s", expected="e", came="c", frame=failing)
    result = failed(
        frames=[frame(text) for text in texts],
        failure=broken,
        steps=[Step(at=0.0, text=str(n), frame=n) for n in (0, failing, 5_000)],
    )

    kept = kept_result(result)

    assert kept.failure is not None
    assert kept.failure.frame is not None
    assert kept.frames[kept.failure.frame].text == texts[failing]
    near = [one.text for one in kept.frames]
    assert set(texts[max(0, failing - 1) : failing + 2]) <= set(near)
    assert len(kept.frames) + kept.frames_left_out == 5_000
    assert len(kept.frames) == MOST
    assert [step.frame for step in kept.steps] == [0, kept.failure.frame, MOST]


def test_a_run_that_is_full_keeps_the_last_frames_of_later_cases() -> None:
    result = passed(frames=[frame(text) for text in numbered(200)])

    before = kept_result(result, limits.REPORT_FRAMES - 200)
    after = kept_result(result, limits.REPORT_FRAMES - 199)

    assert len(before.frames) == 200
    assert len(after.frames) == limits.REPORT_FRAMES_LAST
    assert after.frames[-1] == result.frames[-1]
    assert after.frames_left_out == 200 - limits.REPORT_FRAMES_LAST


def test_a_frame_of_a_megabyte_is_cut_and_says_so() -> None:
    kept = kept_result(passed(frames=[frame("x" * 1_000_000, note="refused 401")]))

    assert len(kept.frames[0].text) == limits.REPORT_FRAME_CHARS
    assert kept.frames[0].note == "refused 401; cut: the first 16,384 of 1,000,000 characters"


def test_steps_and_texts_have_a_bound() -> None:
    steps = [Step(at=0.0, text=str(n), frame=0) for n in range(limits.REPORT_STEPS_EACH + 3)]
    broken = BrokenExpectation(step="s", expected="e" * 9_000, came="c", frame=None)

    kept = kept_result(failed(steps=steps, failure=broken))

    assert kept.steps == steps[3:]
    assert kept.failure is not None
    assert len(kept.failure.expected) == limits.REPORT_TEXT_CHARS


def test_secrets_are_blanked_wherever_they_stand() -> None:
    setting = '[2,"1","ChangeConfiguration",{"key":"AuthorizationKey","value":"hunter2-hunter2"}]'
    broken = BrokenExpectation(step="s", expected="e", came=setting, frame=0)
    result = failed(
        frames=[frame(setting)],
        failure=broken,
        again="voltyard conform csms --url ws://CP-1:hunter2-hunter2@host/ocpp",
    )
    run = report(result, subject="wss://CP-1:hunter2-hunter2@host/ocpp?token=hunter2-hunter2")

    kept = kept_result(result)
    keep_texts(run)

    assert "hunter2" not in repr(kept)
    assert "AuthorizationKey" in kept.frames[0].text
    assert "hunter2" not in run.subject
    assert "host/ocpp" in run.subject


def test_half_signs_are_written_out_so_that_any_file_can_hold_them() -> None:
    result = passed(HOSTILE, why=HOSTILE, frames=[frame(HOSTILE, note=HOSTILE)], again=HOSTILE)

    kept = kept_result(result)

    assert msgspec.json.decode(msgspec.json.encode(kept), type=type(kept)) == kept
    assert kept.frames[0].text.endswith("\ufffe\\ud83d")


def test_what_was_kept_is_not_cut_again() -> None:
    result = failed(frames=[frame(CALL), frame("x" * 1_000_000)] + [frame()] * MOST)

    once = kept_result(result)

    assert kept_result(once) == once


def test_tables_of_figures_have_a_bound_and_no_half_signs() -> None:
    rows = [["\ud83d", str(n)] for n in range(limits.REPORT_TABLE_ROWS + 5)]
    run = report(tables=[FigureTable(title="t", columns=["a", "b"], rows=rows)])

    keep_tables(run)

    assert len(run.tables[0].rows) == limits.REPORT_TABLE_ROWS
    assert run.tables[0].rows[0] == ["\\ud83d", "0"]
