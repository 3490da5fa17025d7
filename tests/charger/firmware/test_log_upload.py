"""Logs that a CSMS asks for: diagnostics and GetLog, every way they go, in both versions."""

from typing import Any

import msgspec
import pytest

from tests.charger.bench import Bench
from voltyard.catalogue.commands.commands import (
    NetworkDrop,
    NetworkRestore,
    PowerCut,
    PowerRestore,
)
from voltyard.charger.charger import Charger
from voltyard.charger.description.specification import ChargerSpec, EvseSpec
from voltyard.charger.effects import LogRange, SendFile
from voltyard.charger.snapshot import Snapshot
from voltyard.kernel.time import to_rfc3339
from voltyard.ocpp.payload import to_json

WHERE = "ftp://files/logs/"

BOTH = pytest.mark.parametrize("version", ["1.6", "2.0.1"])


def diagnostics(bench: Bench, **more: Any) -> Any:
    return bench.call("GetDiagnostics", location=WHERE, **more)


def get_log(
    bench: Bench, request_id: int = 5, kind: str = "DiagnosticsLog", **more: Any
) -> dict[str, Any]:
    times = {
        name: more.pop(name) for name in ("oldestTimestamp", "latestTimestamp") if name in more
    }
    answer: dict[str, Any] = bench.call(
        "GetLog",
        requestId=request_id,
        logType=kind,
        log={"remoteLocation": WHERE, **times},
        **more,
    )
    return answer


def words(bench: Bench) -> list[Any]:
    return [one["status"] for one in bench.said("DiagnosticsStatusNotification")]


def told(bench: Bench) -> list[tuple[str, int | None]]:
    return [(one["status"], one.get("requestId")) for one in bench.said("LogStatusNotification")]


def under_way(bench: Bench) -> SendFile:
    (one,) = bench.transfers
    assert isinstance(one, SendFile)
    return one


# --- 1.6 diagnostics ---------------------------------------------------------------------------


def test_tc_045_1_diagnostics() -> None:
    bench = Bench("1.6")
    bench.forget()

    answer = diagnostics(bench)
    assert answer == {"fileName": "diagnostics-CP_1-20261121T090000Z.log"}
    assert words(bench) == ["Uploading"]
    sent = under_way(bench)
    assert (sent.url, sent.name) == (WHERE, answer["fileName"])
    bench.transferred()

    assert words(bench) == ["Uploading", "Uploaded"]


@pytest.mark.parametrize("failure", ["failed", "denied", "malformed", "unsupported"])
def test_tc_045_2_diagnostics_upload_failed(failure: str) -> None:
    bench = Bench("1.6")
    bench.forget()

    diagnostics(bench, retries=0)
    bench.transferred(failure=failure)

    assert words(bench) == ["Uploading", "UploadFailed"]


def test_errata_3_50_diagnostics_are_retried_as_often_as_was_said() -> None:
    bench = Bench("1.6")
    bench.forget()

    diagnostics(bench, retries=2, retryInterval=20)
    bench.transferred(failure="failed")
    bench.wait(19)
    assert bench.sends == 1
    bench.wait(1)
    assert bench.sends == 2
    bench.transferred(failure="failed")
    bench.wait(20)
    bench.transferred(failure="failed")
    bench.wait(1000)

    assert words(bench) == ["Uploading", "UploadFailed"]
    assert bench.sends == 3


@pytest.mark.parametrize(("version", "attempts"), [("1.6", 2), ("2.0.1", 3)])
def test_a_log_is_tried_so_often_in_1_6_and_retried_so_often_in_2_0_1(
    version: str, attempts: int
) -> None:
    bench = Bench(version)

    get_log(bench, retries=2, retryInterval=20)
    while bench.transfers:
        bench.transferred(failure="failed")
        bench.wait(20)

    assert bench.sends == attempts
    assert told(bench)[-1] == ("UploadFailure", 5)


def test_of_a_time_without_a_log_there_is_no_file() -> None:
    bench = Bench("1.6")
    bench.forget()

    past = to_rfc3339(bench.now - 10)
    future = to_rfc3339(bench.now + 10)
    assert diagnostics(bench, stopTime=past) == {}
    assert diagnostics(bench, startTime=future) == {}

    assert (bench.sends, bench.actions()) == (0, [])


def test_the_times_asked_for_are_handed_on_in_true_time() -> None:
    bench = Bench("1.6")
    bench.charger.context.offset_s = 100.0

    diagnostics(bench, startTime=to_rfc3339(bench.now + 50), stopTime=to_rfc3339(bench.now + 150))

    assert under_way(bench).content == LogRange(oldest_at=bench.now - 50, latest_at=bench.now + 50)


def test_diagnostics_are_asked_after() -> None:
    bench = Bench("1.6")
    bench.forget()

    def asked() -> Any:
        bench.call("TriggerMessage", requestedMessage="DiagnosticsStatusNotification")
        return words(bench)[-1]

    assert asked() == "Idle"
    diagnostics(bench)
    assert asked() == "Uploading"
    bench.transferred()
    assert asked() == "Idle"


# --- GetLog ------------------------------------------------------------------------------------


@BOTH
def test_n01_a_log_is_uploaded(version: str) -> None:
    bench = Bench(version)
    bench.forget()

    answer = get_log(bench)
    assert answer["status"] == "Accepted"
    assert answer["filename"] == under_way(bench).name
    bench.transferred()

    assert told(bench) == [("Uploading", 5), ("Uploaded", 5)]


@BOTH
@pytest.mark.parametrize(
    ("failure", "word"),
    [
        ("failed", "UploadFailure"),
        ("denied", "PermissionDenied"),
        ("malformed", "BadMessage"),
        ("unsupported", "NotSupportedOperation"),
    ],
)
def test_n01_why_it_failed_is_told(version: str, failure: str, word: str) -> None:
    bench = Bench(version)
    bench.forget()

    get_log(bench, retries=0)
    bench.transferred(failure=failure)

    assert told(bench) == [("Uploading", 5), (word, 5)]


@BOTH
def test_what_is_hopeless_is_not_tried_again(version: str) -> None:
    bench = Bench(version)

    get_log(bench, retries=9)
    bench.transferred(failure="unsupported")
    bench.wait(1000)

    assert bench.sends == 1


@BOTH
def test_n01_a_new_request_cancels_the_one_under_way(version: str) -> None:
    bench = Bench(version)
    bench.forget()
    get_log(bench, 1)

    assert get_log(bench, 2)["status"] == "AcceptedCanceled"
    assert len(bench.transfers) == 1
    bench.transferred()

    # 1.6 has no such status.
    cancelled = [] if version == "1.6" else [("AcceptedCanceled", 1)]
    assert told(bench) == [("Uploading", 1), *cancelled, ("Uploading", 2), ("Uploaded", 2)]


@BOTH
def test_a_log_of_no_time_is_rejected(version: str) -> None:
    bench = Bench(version)

    answer = get_log(bench, oldestTimestamp=to_rfc3339(bench.now + 100))

    assert (answer["status"], bench.sends) == ("Rejected", 0)


@BOTH
def test_the_security_log_has_security_events_alone(version: str) -> None:
    spec = ChargerSpec(
        identity="CP 1",
        version=version,  # type: ignore[arg-type]
        evses=(EvseSpec(),),
        security_events=True,
    )
    bench = Bench(spec=spec)
    bench.wait(100)
    bench.tick()
    bench.charger.security.events.notice("InvalidMessages", "frame too odd")

    answer = get_log(bench, kind="SecurityLog")

    assert answer["filename"].startswith("security-CP_1-")
    content = under_way(bench).content
    assert isinstance(content, str)
    first, *_, last = content.splitlines()
    assert first == "2026-11-21T09:00:00.000Z StartupOfTheDevice PowerUp"
    assert last == "2026-11-21T09:01:40.000Z InvalidMessages frame too odd"
    bench.transferred()
    get_log(bench, kind="SecurityLog", oldestTimestamp=to_rfc3339(bench.now))
    assert under_way(bench).content == last + "\n"


def test_a_1_6_log_is_asked_after_by_an_extended_trigger() -> None:
    bench = Bench("1.6")
    bench.forget()

    def asked() -> Any:
        bench.call("ExtendedTriggerMessage", requestedMessage="LogStatusNotification")
        return told(bench)[-1]

    assert asked() == ("Idle", None)
    get_log(bench, 8)
    assert asked() == ("Uploading", 8)
    bench.transferred()
    assert asked() == ("Idle", None)


def test_a_2_0_1_log_is_asked_after() -> None:
    bench = Bench("2.0.1")
    bench.forget()

    def asked() -> Any:
        bench.call("TriggerMessage", requestedMessage="LogStatusNotification")
        return told(bench)[-1]

    assert asked() == ("Idle", None)
    get_log(bench, 8)
    assert asked() == ("Uploading", 8)
    bench.transferred(failure="malformed")
    assert asked() == ("Idle", None)


# --- power, network, memory --------------------------------------------------------------------


@BOTH
def test_an_upload_without_a_network_is_tried_again(version: str) -> None:
    bench = Bench(version)
    get_log(bench, retries=2, retryInterval=30)

    bench.done(NetworkDrop())
    assert bench.transfers == []
    bench.done(NetworkRestore())
    bench.wait(30)
    bench.transferred()
    bench.wait(10)

    assert told(bench)[-1] == ("Uploaded", 5)


@BOTH
def test_an_upload_begins_anew_after_a_power_cut(version: str) -> None:
    bench = Bench(version)
    get_log(bench, retries=1)

    bench.done(PowerCut())
    assert bench.transfers == []
    bench.done(PowerRestore())
    bench.wait(10)
    bench.transferred()

    assert told(bench)[-1] == ("Uploaded", 5)


@BOTH
def test_an_upload_goes_on_after_a_kill(version: str) -> None:
    bench = Bench(version)
    name = get_log(bench, retries=1)["filename"]
    memory = to_json(bench.charger.snapshot(bench.now)).encode()

    after = Bench(spec=bench.spec, boot=False, now=bench.now + 5)
    kept = msgspec.json.decode(memory, type=Snapshot)
    after.charger = Charger.restore(bench.spec, kept, after.now)
    after.wait(20)
    assert under_way(after).name == name
    after.transferred()

    assert told(after) == [("Uploaded", 5)]


@BOTH
def test_an_upload_that_ended_without_the_csms_is_told_after_a_kill(version: str) -> None:
    bench = Bench(version)
    get_log(bench)
    bench.cut()
    bench.transferred()
    memory = to_json(bench.charger.snapshot(bench.now)).encode()

    after = Bench(spec=bench.spec, boot=False, now=bench.now + 5)
    kept = msgspec.json.decode(memory, type=Snapshot)
    after.charger = Charger.restore(bench.spec, kept, after.now)
    after.wait(20)

    assert told(after) == [("Uploaded", 5)]
    assert after.transfers == []
    assert after.charger.snapshot(after.now).upload.owed is False  # type: ignore[union-attr]
