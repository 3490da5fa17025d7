"""Logs are told apart by their lines, read whole, and refused with line and field."""

import json
from zoneinfo import ZoneInfo

import pytest

from tests.traces.bench import BEGIN, read
from voltyard.kernel import limits
from voltyard.kernel.errors import Invalid
from voltyard.traces.formats.log_entries import LoggedEvent, LoggedVersion, WireFrame
from voltyard.traces.formats.reading import TraceLog

HEARTBEAT = '[2,"1","Heartbeat",{}]'
ANSWER = '[3,"1",{"currentTime":"2026-01-05T00:00:00Z"}]'
AT = "2026-01-05T00:00:01.000Z"


def frames(log: TraceLog) -> list[tuple[float, str, bool, str]]:
    return [
        (round(one.at - BEGIN, 3), one.charger, one.by_charger, one.text)
        for one in log.entries
        if isinstance(one, WireFrame)
    ]


def gateway_line(**other: object) -> str:
    line = {
        "timestamp": AT,
        "direction": "cp_to_csms",
        "kind": "call",
        "message": HEARTBEAT,
        "verdict": "valid",
    }
    return json.dumps({**line, **other})


def open_line(**other: object) -> str:
    line = {
        "schemaVersion": "1.1",
        "timestamp": AT,
        "transport": "json",
        "direction": "cp-to-csms",
        "messageType": "CALL",
        "messageId": "1",
        "action": "Heartbeat",
        "payload": {},
    }
    return json.dumps({**line, **other})


def test_the_yards_export_is_read_under_the_name_of_its_file() -> None:
    log = read(gateway_line() + "\n\n" + gateway_line(direction="csms_to_cp", message=ANSWER))

    assert log.format == "the yard's export"
    assert frames(log) == [(1.0, "log", True, HEARTBEAT), (1.0, "log", False, ANSWER)]


def test_a_line_of_the_backends_export_is_a_call_and_its_answer() -> None:
    line = {
        "direction": "incoming",
        "timestamp": AT,
        "request": HEARTBEAT,
        "response": ANSWER,
        "latencyMs": 250.0,
        "ocppVersion": "1.6",
    }
    alone = {**line, "direction": "outgoing", "response": None}

    log = read(f"{json.dumps(line)}\n{json.dumps(alone)}\n")

    assert log.entries[0] == LoggedVersion(charger="log", version="1.6")
    assert frames(log) == [
        (1.0, "log", True, HEARTBEAT),
        (1.25, "log", False, ANSWER),
        (1.0, "log", False, HEARTBEAT),
    ]


def test_messages_that_the_backend_did_not_keep_are_an_event() -> None:
    line = {"direction": "incoming", "timestamp": AT, "request": None, "missing": 7}

    log = read(json.dumps(line))

    (event,) = (one for one in log.entries if isinstance(one, LoggedEvent))
    assert (event.type, event.data) == ("messages.missing", {"messages": 7})


def test_a_log_of_simulate_names_its_chargers() -> None:
    log = read(f"{AT} SIM-1 -> {HEARTBEAT}\n{AT} SIM-2 <- {ANSWER}\n")

    assert frames(log) == [(1.0, "SIM-1", True, HEARTBEAT), (1.0, "SIM-2", False, ANSWER)]


def test_an_open_trace_has_its_frames_verbatim() -> None:
    odd = '[2, "1" ,"Heartbeat",{}]'

    log = read(open_line(raw=odd, chargePointId="CP-9", ocppVersion="1.6"))

    assert frames(log) == [(1.0, "CP-9", True, odd)]


def test_an_open_trace_without_raw_is_put_together() -> None:
    result = open_line(messageType="CALLRESULT", direction="csms-to-cp", payload={"a": 1})
    error = open_line(
        messageType="CALLERROR", error={"code": "GenericError", "description": "no"}, payload=None
    )

    log = read("\n".join([open_line(), result, error]))

    assert [text for *_, text in frames(log)] == [
        HEARTBEAT,
        '[3,"1",{"a": 1}]',
        '[4,"1","GenericError","no",{}]',
    ]


STEVE = (
    "[INFO ] 2026-01-05 01:00:00,500 de.rwth.idsg.steve.Application (main) - started\n"
    "[INFO ] 2026-01-05 01:00:01,000 de.rwth.idsg.steve.ocpp.ws.WebSocketLogger (qtp1-19) - "
    "[chargeBoxId=CP 1, sessionId=d7264f05-8702-7782-201c-dc45c2ff95fe] Connection is established\n"
    "[INFO ] 2026-01-05 01:00:01,250 de.rwth.idsg.steve.ocpp.ws.WebSocketLogger (qtp1-19) - "
    f"[chargeBoxId=CP 1, sessionId=d7264f05] Received: {HEARTBEAT}\n"
    "[INFO ] 2026-01-05 01:00:01,500 de.rwth.idsg.steve.ocpp.ws.WebSocketLogger - "
    f"[chargeBoxId=CP 1, sessionId=d7264f05] Sending: {ANSWER}\n"
    "[DEBUG] 2026-01-05 01:00:02,000 de.rwth.idsg.steve.ocpp.ws.WebSocketLogger (qtp1-19) - "
    "[chargeBoxId=CP 1, sessionId=d7264f05] Received pong message\n"
    "java.lang.IllegalStateException: of something else\n"
    "[WARN ] 2026-01-05 01:00:03,000 de.rwth.idsg.steve.ocpp.ws.WebSocketLogger (qtp1-19) - "
    "[chargeBoxId=CP 1, sessionId=d7264f05] Connection is closed, status: "
    "CloseStatus[code=1006, reason=null]\n"
)


def test_steves_log_is_read_in_its_own_time_zone() -> None:
    log = read(STEVE, zone=ZoneInfo("Europe/Berlin"))

    assert log.format == "SteVe's log"
    assert frames(log) == [(1.25, "CP 1", True, HEARTBEAT), (1.5, "CP 1", False, ANSWER)]
    events = [one for one in log.entries if isinstance(one, LoggedEvent)]
    assert [(one.type, round(one.at - BEGIN, 3)) for one in events] == [
        ("connection.opened", 1.0),
        ("connection.lost", 3.0),
    ]
    assert events[1].data == {"reason": "CloseStatus[code=1006, reason=null]"}


EVCC = (
    "[main  ] INFO 2026/01/05 00:00:00 evcc 0.128.2\n"
    "[ocpp  ] DEBUG 2026/01/05 00:00:01 charge point connected: CP-1\n"
    f"evcc  | [ocpp  ] TRACE 2026/01/05 00:00:02 recv CP-1: {HEARTBEAT}\n"
    f"[ocpp  ] TRACE 2026/01/05 00:00:02 send CP-1: {ANSWER}\n"
    f"Jan 05 pvm evcc[25]: [ocpp  ] TRACE 2026/01/05 00:00:03 sent CP-1: {HEARTBEAT}\n"
    f"[ocpp  ] TRACE 2026/01/05 00:00:04 received JSON message from CP-1: {ANSWER}\n"
    "[lp-1  ] DEBUG 2026/01/05 00:00:04 charger status: C\n"
)


def test_evccs_log_is_read_whatever_stands_before_its_lines() -> None:
    log = read(EVCC)

    assert log.format == "evcc's log"
    assert frames(log) == [
        (2.0, "CP-1", True, HEARTBEAT),
        (2.0, "CP-1", False, ANSWER),
        (3.0, "CP-1", False, HEARTBEAT),
        (4.0, "CP-1", True, ANSWER),
    ]


def test_what_only_looks_like_another_format_inside_a_frame_does_not_deceive() -> None:
    text = '[2,"1","DataTransfer",{"vendorId":"schemaVersion WebSocketLogger request"}]'

    log = read(gateway_line(message=text))

    assert log.format == "the yard's export"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (gateway_line() + "\n" + gateway_line(timestamp=7), "line 2 of log.txt .* `\\$.timestamp`"),
        (gateway_line(timestamp="yesterday"), "line 1 .*`timestamp` is no RFC 3339 moment"),
        (gateway_line(timestamp="0001-01-01T00:00:00Z"), "before 1970"),
        (gateway_line(direction="up"), "line 1 .*direction"),
        (gateway_line() + "\n{", "line 2 "),
        (open_line(transport="soap"), "soap is not supported"),
        (open_line(schemaVersion="2.0"), "'2.0' is not supported"),
        (open_line(action=None), "CALL without `action`"),
        (f"{AT} SIM-1 -> {HEARTBEAT}\nand so on", "line 2 .*MOMENT CHARGER -> FRAME"),
        ("nothing known\n", "no format that is known.*SteVe's log"),
        ("", "no format that is known"),
        (b"\xff\xfe\x00\x01", "no format that is known"),
    ],
)
def test_a_log_that_cannot_be_read_is_refused_with_line_and_field(
    text: str | bytes, words: str
) -> None:
    with pytest.raises(Invalid, match=words):
        read(text)


def test_a_line_beyond_its_bound_is_refused_before_it_is_read() -> None:
    long = gateway_line() + "\n" + "x" * (limits.TRACE_LINE_BYTES + 1)

    with pytest.raises(Invalid, match=r"line 2 of log.txt is longer than"):
        read(long)


def test_more_frames_than_a_trace_has_are_refused_and_a_part_can_be_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "TRACE_FRAMES", 2)
    text = "\n".join(f"2026-01-05T00:00:0{second}.000Z A -> {HEARTBEAT}" for second in range(4))

    with pytest.raises(Invalid, match="more than 2 frames"):
        read(text)
    assert len(frames(read(text, since=BEGIN + 1.0, until=BEGIN + 2.0))) == 2
    assert frames(read(text, chargers=frozenset({"B"}))) == []
