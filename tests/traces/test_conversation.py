"""Calls are paired with their answers, and frames judged by OCPP's rules."""

from tests.traces.bench import BOOT_16, BOOT_201, BOOTED, Frame, rules, trace
from voltyard.traces.conversation import version_named
from voltyard.traces.rules import RULES

BEAT = {"currentTime": "2026-01-05T00:00:00Z"}


def beat(at_s: float, id: str) -> Frame:
    return (at_s, "->", [2, id, "Heartbeat", {}])


def beaten(at_s: float, id: str) -> Frame:
    return (at_s, "<-", [3, id, BEAT])


def test_an_answer_has_its_calls_action_and_each_has_the_other() -> None:
    told = trace([BOOT_16, BOOTED, beat(1.0, "2"), beaten(1.5, "2")])

    assert [(one.action, one.pair) for one in told.frames] == [
        ("BootNotification", 1),
        ("BootNotification", 0),
        ("Heartbeat", 3),
        ("Heartbeat", 2),
    ]
    assert rules(told) == []


def test_the_same_id_of_both_sides_is_two_calls() -> None:
    told = trace(
        [
            BOOT_16,
            BOOTED,
            beat(1.0, "7"),
            (1.1, "<-", [2, "7", "ClearCache", {}]),
            (1.2, "->", [3, "7", {"status": "Accepted"}]),
            beaten(1.3, "7"),
        ]
    )

    assert [one.pair for one in told.frames] == [1, 0, 5, 4, 3, 2]
    assert rules(told) == []


def test_the_version_is_what_the_first_telling_frame_shows() -> None:
    assert trace([beat(0.0, "1"), BOOT_201]).chargers[0].version == "2.0.1"
    assert trace([BOOT_16]).chargers[0].version == "1.6"
    assert trace([(0.0, "<-", [2, "1", "RemoteStartTransaction", {}])]).chargers[0].version == "1.6"
    assert trace([beat(0.0, "1")]).chargers[0].version is None
    assert version_named("OCPP1.6") is not None
    assert version_named("2.1") is None


def test_payloads_of_an_unknown_version_are_not_judged() -> None:
    told = trace([(0.0, "->", [2, "1", "Heartbeat", {"extra": 1}])])

    assert rules(told) == []


def test_a_payload_that_breaks_its_schema_is_told_with_its_place() -> None:
    status = {"connectorId": "1", "errorCode": "NoError", "status": "available", "more": None}

    told = trace([BOOT_16, BOOTED, (1.0, "->", [2, "2", "StatusNotification", status])])

    assert {(rule, path) for _, rule, path in rules(told)} == {
        ("wrong_type", "$.connectorId"),
        ("bad_enum", "$.status"),
        ("extra", "$.more"),
    }


def test_an_answer_that_breaks_its_schema_is_told() -> None:
    told = trace([BOOT_16, BOOTED, beat(1.0, "2"), (1.1, "<-", [3, "2", {}])])

    assert rules(told) == [(3, "missing", "$.currentTime")]


def test_an_action_of_the_other_side_and_one_of_no_version_are_told() -> None:
    told = trace(
        [
            BOOT_16,
            BOOTED,
            (1.0, "->", [2, "2", "ClearCache", {}]),
            (2.0, "<-", [2, "3", "Dance", {}]),
        ]
    )

    assert rules(told) == [(2, "wrong_direction", "$"), (3, "unknown_action", "$")]


def test_frames_that_are_none_are_told() -> None:
    told = trace([BOOT_16, BOOTED, (1.0, "->", '[2,"4","Heartb'), (2.0, "->", '[9,"x"]')])

    assert [rule for _, rule, _ in rules(told)] == ["not_json", "unknown_type"]
    assert [one.kind for one in told.frames[2:]] == ["unreadable", "unreadable"]


def test_a_long_id_and_an_error_code_of_another_version_are_told() -> None:
    id = "x" * 37
    refusal = [4, id, "OccurrenceConstraintViolation", "", {}]

    told = trace([BOOT_16, BOOTED, beat(1.0, id), (1.1, "<-", refusal)])

    assert rules(told) == [(2, "bad_id", "$[1]"), (3, "bad_enum", "$[2]")]


def test_an_answer_to_nothing_is_a_stray() -> None:
    told = trace(
        [BOOT_16, BOOTED, beaten(1.0, "9"), beat(2.0, "2"), beaten(2.1, "2"), beaten(3, "2")]
    )

    assert [(number, rule) for number, rule, _ in rules(told)] == [
        (2, "stray_answer"),
        (5, "stray_answer"),
    ]


def test_a_call_beside_an_open_one_is_told_where_that_was_answered_later() -> None:
    told = trace(
        [BOOT_16, BOOTED, beat(1.0, "2"), beat(1.1, "3"), beaten(1.2, "2"), beaten(1.3, "3")]
    )

    assert rules(told) == [(3, "concurrent_call", "$")]


def test_a_call_after_one_that_was_lost_is_no_second_one() -> None:
    told = trace([BOOT_16, BOOTED, beat(1.0, "2"), beat(2.0, "3"), beaten(2.1, "3")])

    assert rules(told) == []


def test_a_call_without_an_answer_is_told_where_the_log_goes_on_long_enough() -> None:
    open_at_the_end = trace([BOOT_16, BOOTED, beat(1.0, "2"), beat(20.0, "3")])
    unanswered = trace([BOOT_16, BOOTED, beat(1.0, "2"), beat(60.0, "3"), beaten(60.1, "3")])

    assert rules(open_at_the_end) == []
    assert rules(unanswered) == [(2, "unanswered", "$")]


def test_open_calls_are_bounded() -> None:
    told = trace([BOOT_16, *(beat(1.0 + n, str(n)) for n in range(5_000))])

    assert len([rule for _, rule, _ in rules(told) if rule == "unanswered"]) > 4_900


def test_each_violation_has_its_rule() -> None:
    told = trace([BOOT_16, (1.0, "->", "{"), beaten(2.0, "8")])

    assert {rule for _, rule, _ in rules(told)} <= RULES.keys()
