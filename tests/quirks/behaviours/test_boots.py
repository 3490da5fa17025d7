"""Quirks of booting and of the clock: Q20 to Q37."""

import json
import re
from typing import Any

import pytest

from tests.charger.bench import START, answering, refusing, silent
from tests.quirks.bench import QuirkBench, on
from voltyard.kernel.time import to_rfc3339

BOTH = ["1.6", "2.0.1"]
SAMPLED = {"MeterValueSampleInterval": "60"}


def stamps(bench: QuirkBench, action: str) -> list[str]:
    return [said["timestamp"] for said in bench.said(action)]


# --- booting -----------------------------------------------------------------------------------


@pytest.mark.parametrize("version", BOTH)
def test_q20_status_before_boot(version: str) -> None:
    bench = QuirkBench(version, on("status-before-boot"))

    assert bench.actions()[:3] == ["StatusNotification", "StatusNotification", "BootNotification"]


@pytest.mark.parametrize("version", BOTH)
def test_q20_no_boot_at_all(version: str) -> None:
    bench = QuirkBench(version, on("status-before-boot", variant="no-boot"))
    bench.wait(700.0)

    assert not bench.said("BootNotification")
    assert bench.said("StatusNotification")
    assert len(bench.said("Heartbeat")) == 2


@pytest.mark.parametrize("message", ["StatusNotification", "SecurityEventNotification"])
@pytest.mark.parametrize("status", ["Pending", "Rejected"])
def test_q21_talks_while_pending(status: str, message: str) -> None:
    bench = QuirkBench("1.6", on("talks-while-pending", message=message), boot=False)
    boot = {"status": status, "currentTime": to_rfc3339(START), "interval": 600}
    bench.answers["BootNotification"] = answering(boot)

    bench.tick()

    assert bench.actions() == ["BootNotification", message]


@pytest.mark.parametrize("version", BOTH)
def test_q22_deaf_until_booted(version: str) -> None:
    bench = QuirkBench(version, on("deaf-until-booted"), boot=False)
    bench.answers["BootNotification"] = silent
    bench.tick()

    if version == "1.6":
        assert bench.call("GetConfiguration") is None
    else:
        variable = {"component": {"name": "X"}, "variable": {"name": "Y"}}
        assert bench.call("GetVariables", getVariableData=[variable]) is None
    bench.answers.clear()
    bench.wait(30.0)

    assert len(bench.said("BootNotification")) == 2, "the early call made it boot again"
    assert bench.call("Reset", type="Hard" if version == "1.6" else "Immediate")


@pytest.mark.parametrize(("variant", "boots"), [("reboot", 2), ("reconnect", 1)])
def test_q23_reboots_when_triggered(variant: str, boots: int) -> None:
    bench = QuirkBench("1.6", on("reboots-when-triggered", variant=variant))

    answer = bench.call("TriggerMessage", requestedMessage="BootNotification")
    bench.wait(60.0)

    assert answer == {"status": "Accepted"}
    assert len(bench.dials) == 2
    assert len(bench.said("BootNotification")) == boots


def test_q24_crashes_on_key() -> None:
    bench = QuirkBench("1.6", on("crashes-on-key", key="NumberOfConnectors"))

    assert bench.call("GetConfiguration", key=["HeartbeatInterval"]) is not None
    assert bench.call("GetConfiguration", key=["NumberOfConnectors"]) is None
    assert not bench.linked
    bench.wait(60.0)
    assert len(bench.said("BootNotification")) == 2


def test_q24_crashes_on_measurands_of_201() -> None:
    bench = QuirkBench("2.0.1", on("crashes-on-key"))
    one = {
        "attributeValue": "Voltage",
        "component": {"name": "SampledDataCtrlr"},
        "variable": {"name": "TxUpdatedMeasurands"},
    }

    assert bench.call("SetVariables", setVariableData=[one]) is None
    assert not bench.linked


def test_q25_boots_once() -> None:
    bench = QuirkBench("1.6", on("boots-once"))
    bench.wait(3_600.0)

    assert len(bench.said("BootNotification")) == 1
    assert bench.honest.registration.status != "Accepted"


def test_q26_repeats_refused() -> None:
    bench = QuirkBench("1.6", on("repeats-refused"))
    bench.answers["StopTransaction"] = refusing()
    bench.plug_and_charge()
    transaction = bench.transactions
    bench.call("RemoteStopTransaction", transactionId=transaction)
    bench.answers.clear()
    bench.forget()

    bench.wait(55.0)
    assert len(bench.said("StopTransaction")) >= 5
    bench.call("Reset", type="Hard")
    bench.wait(60.0)
    bench.forget()
    bench.wait(55.0)

    said = bench.said("StopTransaction")
    assert len(said) >= 5, "also after a restart"
    assert all(one == said[0] for one in said)


# --- the clock ---------------------------------------------------------------------------------


def test_q30_no_time_zone() -> None:
    bench = QuirkBench("1.6", on("no-time-zone"))

    assert stamps(bench, "StatusNotification")[0] == "2026-11-21T09:00:00"


def test_q31_short_offset() -> None:
    bench = QuirkBench("1.6", on("short-offset"))

    assert stamps(bench, "StatusNotification")[0] == "2026-11-21T11:00:00+02"


def test_q32_local_time_as_utc() -> None:
    bench = QuirkBench("2.0.1", on("local-time-as-utc", hours=-5))

    assert stamps(bench, "StatusNotification")[0] == "2026-11-21T04:00:00.000Z"


def test_q32_until_the_csms_tells_the_time() -> None:
    bench = QuirkBench("1.6", on("local-time-as-utc", until_sync=True), on("status-before-boot"))

    times = stamps(bench, "StatusNotification")
    assert times[0] == "2026-11-21T11:00:00.000Z"
    assert times[-1] == "2026-11-21T09:00:00.000Z"


def test_q33_epoch_until_sync() -> None:
    bench = QuirkBench("1.6", on("epoch-until-sync"), on("status-before-boot"))

    times = stamps(bench, "StatusNotification")
    assert times[0] == "1970-01-01T00:00:00.000Z"
    assert times[-1] == "2026-11-21T09:00:00.000Z"


def test_q34_impossible_date() -> None:
    bench = QuirkBench("1.6", on("impossible-date"))

    assert stamps(bench, "StatusNotification")[0] == "2022-02-29T09:00:00.000Z"


def test_q36_samples_off_the_mark() -> None:
    settings = {"ClockAlignedDataInterval": "900"}
    bench = QuirkBench("1.6", on("off-the-mark"), settings=settings)
    bench.wait(900.0)
    assert not bench.said("MeterValues")
    bench.wait(7.0)

    value = bench.said("MeterValues")[0]["meterValue"][0]
    assert value["sampledValue"][0]["context"] == "Sample.Clock"
    assert value["timestamp"] == "2026-11-21T09:15:07.000Z"


def test_q36_statuses_of_when_they_were_reported() -> None:
    bench = QuirkBench("1.6", on("off-the-mark", variant="statuses"))

    assert not bench.said("StatusNotification")
    bench.wait(7.0)
    assert stamps(bench, "StatusNotification")[0] == "2026-11-21T09:00:07.000Z"


def test_q37_drifting_clock() -> None:
    quirk = on("drifting-clock", drift_s_per_hour=60.0, late_share=0.3, late_s=600.0)
    bench = QuirkBench("1.6", quirk, settings=SAMPLED)
    bench.plug_and_charge()
    bench.wait(3_600.0)

    times = [said["meterValue"][0]["timestamp"] for said in bench.said("MeterValues")]
    assert times != sorted(times), "some are older than the one before"
    assert max(times) > "2026-11-21T10:00:30"


def test_two_quirks_of_the_clock_get_along() -> None:
    """Seed 110 of the simulation."""
    bench = QuirkBench("1.6", on("impossible-date"), on("drifting-clock"))

    assert stamps(bench, "StatusNotification")[0].startswith("2022-02-29")


@pytest.mark.parametrize(
    "name", ["no-time-zone", "short-offset", "impossible-date", "local-time-as-utc"]
)
def test_every_time_of_a_frame_is_rewritten(name: str) -> None:
    bench = QuirkBench("1.6", on(name), settings=SAMPLED)
    bench.plug_and_charge()
    bench.wait(300.0)

    moments = [text for sent in bench.sent for text in moments_of(json.loads(sent))]
    assert len(moments) > 10
    assert not [text for text in moments if re.match(r"2026-11-21T09:\d\d:\d\d.\d+Z", text)]


def moments_of(part: Any) -> list[str]:
    if isinstance(part, dict):
        part = list(part.values())
    if isinstance(part, list):
        return [moment for one in part for moment in moments_of(one)]
    return [part] if isinstance(part, str) and re.match(r"\d{4}-\d\d-\d\dT", part) else []
