"""Traces of a whole server, as a receiver of OTLP gets them."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.server.both_halves import House
from tests.server.otlp_receiver import OtlpReceiver
from voltyard.testing.processes import ServerProcess, free_port

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

KEY = "a-key-that-no-trace-has"
TAG = "TAG-NO-TRACE-HAS"
TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}


@pytest.fixture
def receiver() -> Iterator[OtlpReceiver]:
    one = OtlpReceiver()
    yield one
    one.close()


def until(holds: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < give_up_at
        time.sleep(0.05)


def server(data: Path, *arguments: str, **environment: str) -> ServerProcess:
    one = ServerProcess(data, KEY, *arguments)
    one.environment |= environment
    return one


def test_a_command_is_one_trace_from_its_request_to_its_outcome(
    tmp_path: Path, receiver: OtlpReceiver
) -> None:
    told = {"OTEL_EXPORTER_OTLP_HEADERS": "x-receiver-key=sesame"}
    with (
        server(tmp_path, VOLTYARD_SPANS_URL=receiver.url, VOLTYARD_SPANS_SHARE="0", **told) as one,
        one.client() as client,
    ):
        house = House(one, client)
        house.charger("TRACED", "OCPP1.6")
        house.post("/api/v1/id-tags", {"idTag": TAG})

        path = "/api/v1/chargers/TRACED/trigger"
        body = {"requestedMessage": "Heartbeat"}
        answer = client.post(path, json=body, headers=PARENT)
        assert answer.is_success, answer.text
        client.get(f"/api/v1/id-tags/{TAG}", headers=PARENT)

        names = ("command trigger", "outcome trigger", "GET /api/v1/id-tags")
        until(lambda: all(any(s.startswith(n) for s in receiver.spans(TRACE)) for n in names))
        spans = receiver.spans(TRACE)

    assert answer.headers["x-trace-id"] == TRACE
    (request,) = (span for name, span in spans.items() if name.endswith("/trigger"))
    command = next(span for name, span in spans.items() if name.startswith("command "))
    outcome = next(span for name, span in spans.items() if name.startswith("outcome "))
    assert request.parent_span_id.hex() == "b7ad6b7169203331"
    assert request.name == "POST /api/v1/chargers/{chargeBoxId}/trigger"
    assert command.parent_span_id == request.span_id
    assert outcome.parent_span_id == command.span_id
    assert [event.name for event in command.events] == ["CALL TriggerMessage", "CALLRESULT"]
    assert set(receiver.keys) == {"sesame"}
    everything = b"".join(receiver.bodies)
    for secret in (KEY, TAG, "requestedMessage", "sesame"):
        assert secret.encode() not in everything


@pytest.mark.parametrize(
    ("arguments", "worker"), [((), ""), (("--provider", "process", "--workers", "1"), "local-1")]
)
def test_a_command_to_a_simulated_charger_is_one_trace_from_its_request_to_its_frames(
    tmp_path: Path, receiver: OtlpReceiver, arguments: tuple[str, ...], worker: str
) -> None:
    told = {"VOLTYARD_SPANS_URL": receiver.url, "VOLTYARD_SPANS_SHARE": "0"}
    with server(tmp_path, *arguments, **told) as one, one.client() as client:
        house = House(one, client)
        house.post("/api/v1/id-tags", {"idTag": TAG})
        charger = house.charger("TRACED", "OCPP1.6")

        body = {"target": {"charger_id": charger}, "event": {"id_tag": TAG}}
        path = "/ocpp/commands/authorize-id-tag"
        answer = client.post(path, json=body, headers=PARENT).raise_for_status()
        until(lambda: len(receiver.spans(TRACE)) == 3)
        spans = receiver.spans(TRACE)

    assert answer.headers["x-trace-id"] == TRACE
    request = spans[f"POST {path}"]
    command, runtime = spans["command authorize"], spans["runtime authorize"]
    assert command.parent_span_id == request.span_id
    assert runtime.parent_span_id == command.span_id
    # The status that it told when it booted may be answered just then.
    names = [event.name for event in command.events]
    assert [name for name in names if "StatusNotification" not in name] == [
        "queued",
        "delivered",
        "CALL Authorize",
        "CALLRESULT Authorize",
    ]
    outer = (command.events[1].time_unix_nano, command.end_time_unix_nano)
    inner = (runtime.start_time_unix_nano, runtime.end_time_unix_nano)
    assert outer[0] <= inner[0] < inner[1] <= outer[1]
    about = {one.key: one.value for one in runtime.attributes}
    if worker:
        assert about["voltyard.worker"].string_value == worker
        assert about["voltyard.worker.clock_moved_ms"].int_value == 0
    else:
        assert "voltyard.worker" not in about
    everything = b"".join(receiver.bodies)
    for secret in (KEY, TAG, "id_tag", "idTag"):
        assert secret.encode() not in everything


def test_a_request_that_is_not_sampled_sends_nothing(
    tmp_path: Path, receiver: OtlpReceiver
) -> None:
    with (
        server(tmp_path, VOLTYARD_SPANS_URL=receiver.url, VOLTYARD_SPANS_SHARE="0") as one,
        one.client() as client,
    ):
        answer = client.get("/api/v1/chargers")
        one.stop()

    assert answer.is_success and "x-trace-id" not in answer.headers
    assert receiver.bodies == []


def test_without_the_setting_a_caller_who_samples_gets_no_trace(tmp_path: Path) -> None:
    with server(tmp_path) as one, one.client() as client:
        answer = client.get("/api/v1/chargers", headers=PARENT)

    assert answer.is_success and "x-trace-id" not in answer.headers


def test_a_receiver_that_comes_later_gets_what_waited(tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with server(tmp_path, VOLTYARD_SPANS_URL=url) as one, one.client() as client:
        assert client.get("/api/v1/chargers", headers=PARENT).is_success
        until(lambda: "spans_not_sent" in one.said())  # it is not there when they are sent first

        late = OtlpReceiver(port)
        until(lambda: "GET /api/v1/chargers" in late.spans(TRACE))
        late.close()
