"""Quirks of JSON, of the schemas, and of calls and answers: Q04, Q40 to Q63."""

import json
from typing import Any

import pytest

from tests.charger.bench import frames, silent, start
from tests.quirks.bench import BOTH, QuirkBench, busy, on, profile, stopped, values
from voltyard.catalogue.commands.commands import InjectFault
from voltyard.quirks.behaviours.calls import ACTS
from voltyard.quirks.intercepted_message import InterceptedMessage

# --- shapes ------------------------------------------------------------------------------------


def test_q04_old_shapes() -> None:
    bench = stopped("2.0.1", on("old-shapes"))

    assert set(bench.said("BootNotification")[0]) >= {"chargePointVendor", "chargePointModel"}
    assert set(bench.said("StatusNotification")[0]) == {
        "connectorId",
        "errorCode",
        "status",
        "timestamp",
    }
    assert bench.said("StartTransaction")[0]["idTag"] == "REMOTE"
    [sample, *_] = bench.said("MeterValues")[0]["meterValue"][0]["sampledValue"]
    assert isinstance(sample["value"], str)
    [stop] = bench.said("StopTransaction")
    assert stop["meterStop"] > 0 and stop["transactionId"] == 1
    assert not bench.said("TransactionEvent")


@pytest.mark.parametrize("version", BOTH)
def test_q40_explicit_nulls(version: str) -> None:
    bench = busy(version, on("explicit-nulls"))

    boot = bench.said("BootNotification")[0]
    if version == "1.6":
        assert boot["imsi"] is None and boot["iccid"] is None
        assert bench.said("StartTransaction")[0]["reservationId"] is None
    else:
        assert bench.said("TransactionEvent")[0]["reservationId"] is None


def test_q41_numbers_for_strings() -> None:
    numbers = busy("1.6", on("swapped-types"))
    assert isinstance(values(numbers)[0][0]["sampledValue"][0]["value"], int | float)

    token = busy("2.0.1", on("swapped-types")).said("Authorize")[0]["idToken"]
    assert token["idToken"] == 0


@pytest.mark.parametrize("version", BOTH)
def test_q41_strings_for_numbers(version: str) -> None:
    bench = busy(version, on("swapped-types", variant="strings"))

    if version == "1.6":
        assert bench.said("StartTransaction")[0]["meterStart"] == "0"
    else:
        assert bench.said("TransactionEvent")[0]["seqNo"] == "0"
        assert isinstance(values(bench)[-1][0]["sampledValue"][0]["value"], str)


def test_q42_fractional_wh() -> None:
    bench = stopped("1.6", on("fractional-wh"))

    assert bench.said("StartTransaction")[0]["meterStart"] == 0.37
    assert bench.said("StopTransaction")[0]["meterStop"] % 1 == pytest.approx(0.37)


@pytest.mark.parametrize("version", BOTH)
def test_q43_object_for_array(version: str) -> None:
    assert isinstance(values(busy(version, on("object-for-array")))[0], dict)


@pytest.mark.parametrize("version", BOTH)
def test_q44_empty_samples(version: str) -> None:
    bench = stopped(version, on("empty-samples"))

    assert values(bench)[0][0]["sampledValue"] == []
    if version == "1.6":
        assert bench.said("StopTransaction")[0]["transactionData"][0]["sampledValue"] == []


@pytest.mark.parametrize("version", BOTH)
def test_q45_wrong_enum_of_a_status(version: str) -> None:
    said = QuirkBench(version, on("wrong-enum")).said("StatusNotification")[0]

    assert said["errorCode" if version == "1.6" else "connectorStatus"] == "Error"


@pytest.mark.parametrize(
    ("variant", "unit"), [("unit-hz", "Hz"), ("celcius", "Celcius"), ("celsius", "Celsius")]
)
@pytest.mark.parametrize("version", BOTH)
def test_q45_wrong_enum_of_a_unit(version: str, variant: str, unit: str) -> None:
    sample = values(busy(version, on("wrong-enum", variant=variant)))[0][0]["sampledValue"][-1]

    assert (sample["unit"] if version == "1.6" else sample["unitOfMeasure"]["unit"]) == unit


def test_q45_charging_rate_unit_and_keys_in_another_case() -> None:
    watts = QuirkBench("1.6", on("wrong-enum", variant="charging-rate-unit"))
    key = "ChargingScheduleAllowedChargingRateUnit"
    found = {
        one["key"]: one.get("value") for one in watts.call("GetConfiguration")["configurationKey"]
    }
    assert found.get(key, "W") == "W"

    small = QuirkBench("1.6", on("wrong-enum", variant="wrong-case"))
    answer = small.call("GetConfiguration", key=["HeartbeatInterval"])
    assert answer["configurationKey"][0]["key"] == "heartbeatinterval"


def test_q46_too_long_info() -> None:
    bench = QuirkBench("1.6", on("too-long"))
    assert len(bench.said("StatusNotification")[0]["info"]) == 51

    later = QuirkBench("2.0.1", on("too-long"))
    later.done(InjectFault(fault_type="GroundFailure"))
    assert len(later.said("NotifyEvent")[0]["eventData"][0]["techInfo"]) == 501


@pytest.mark.parametrize(("version", "longest"), [("1.6", 20), ("2.0.1", 36)])
def test_q46_too_long_tag(version: str, longest: int) -> None:
    said = busy(version, on("too-long", variant="id-tag")).said("Authorize")[0]

    tag = said["idTag"] if version == "1.6" else said["idToken"]["idToken"]
    assert len(tag) == longest + 1


@pytest.mark.parametrize("version", BOTH)
def test_q46_too_long_message_id(version: str) -> None:
    bench = stopped(version, on("too-long", variant="message-id"))

    assert all(len(frame[1]) == 40 for frame in bench.frames if frame[0] == 2)
    assert bench.state.queue_length == 0, "answers find their way"


@pytest.mark.parametrize("version", BOTH)
def test_q47_nul_bytes(version: str) -> None:
    bench = busy(version, on("nul-bytes"))

    boot = bench.said("BootNotification")[0]
    vendor = (
        boot["chargePointVendor"] if version == "1.6" else boot["chargingStation"]["vendorName"]
    )
    assert vendor == "Voltyard\x00"
    assert any("\\u0000" in text for text in bench.sent)


@pytest.mark.parametrize("version", BOTH)
def test_q48_truncated(version: str) -> None:
    bench = QuirkBench(version, on("truncated", action="Heartbeat"))
    bench.wait(301.0)

    [text] = [text for text in bench.sent if "Heartbeat" in text]
    assert text.startswith("[2,") and text.endswith('"Heartbeat",{')


def test_q49_json_in_info_and_bytes_that_are_no_text() -> None:
    said = QuirkBench("1.6", on("garbled-text")).said("StatusNotification")[0]
    assert json.loads(said["info"]) == {"reason": 'by "us"'}

    bench = QuirkBench("1.6", on("garbled-text", variant="not-utf8"))
    [text, *_] = [text for text in bench.sent if "StatusNotification" in text]
    assert text.encode("utf-8", "surrogateescape").count(b"caf\xe9") == 1
    assert all(event.text.isprintable() for event in frames(bench)), "logs can be written"


def test_q50_odd_frames() -> None:
    typed = QuirkBench("1.6", on("odd-frames"))
    assert typed.frames[0][0] == 1 and typed.frames[0][2] == "BootNotification"

    twice = QuirkBench("1.6", on("odd-frames", variant="duplicate-keys"))
    assert twice.sent[0].count('"chargePointVendor":') == 2

    extra = QuirkBench("2.0.1", on("odd-frames", variant="extra-properties"))
    assert extra.said("BootNotification")[0]["vendorData"] == {"build": 7}


@pytest.mark.parametrize("version", BOTH)
def test_q51_reused_message_id(version: str) -> None:
    bench = stopped(version, on("reused-message-id"))

    assert {frame[1] for frame in bench.frames if frame[0] == 2} == {"1"}
    assert bench.state.queue_length == 0, "answers find their way"


def test_q56_no_relative_maximum() -> None:
    bench = QuirkBench("1.6", on("no-relative-maximum"))
    maximum = profile(
        chargingProfilePurpose="ChargePointMaxProfile", chargingProfileKind="Relative"
    )

    assert bench.call("SetChargingProfile", connectorId=0, csChargingProfiles=maximum) == {
        "status": "Rejected"
    }


# --- calls and answers -------------------------------------------------------------------------


def test_q60_resends_at_once() -> None:
    bench = QuirkBench("1.6", on("resends", action="BootNotification", times=2))

    assert [frame[1:3] for frame in bench.frames[:3]] == [bench.frames[0][1:3]] * 3
    assert bench.honest.registration.status == "Accepted"


def test_q60_resends_later() -> None:
    bench = QuirkBench("1.6", on("resends", action="Heartbeat", after_s=5.0))
    bench.wait(304.0)
    assert len(bench.said("Heartbeat")) == 1
    bench.wait(2.0)
    assert len(bench.said("Heartbeat")) == 2


@pytest.mark.parametrize("version", BOTH)
def test_q62_never_answers(version: str) -> None:
    bench = QuirkBench(version, on("never-answers"))

    assert start(bench) is None
    assert bench.call("Reset", type="Soft" if version == "1.6" else "OnIdle") is not None
    ignored = [one for one in frames(bench) if one.verdict == "ignored: never-answers"]
    assert [one.action for one in ignored] == [
        "RemoteStartTransaction" if version == "1.6" else "RequestStartTransaction"
    ]


def test_q62_never_answers_and_obeys() -> None:
    bench = QuirkBench("1.6", on("never-answers", action="ChangeConfiguration", obeys=True))

    assert bench.call("ChangeConfiguration", key="HeartbeatInterval", value="77") is None
    answer = bench.call("GetConfiguration", key=["HeartbeatInterval"])
    assert answer["configurationKey"][0]["value"] == "77"


def test_q63_not_implemented() -> None:
    bench = QuirkBench("1.6", on("not-implemented", code="NotSupported"))

    assert bench.call("GetConfiguration")[0] == "NotSupported"
    assert bench.call("ClearCache") == {"status": "Accepted"}


# --- configuration and profiles ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("variant", "status"),
    [
        ("accepts-all", "Accepted"),
        ("rejects", "Rejected"),
        ("read-only", "Rejected"),
        ("reboot-required", "RebootRequired"),
    ],
)
def test_q90_measurand_promises(variant: str, status: str) -> None:
    bench = busy("1.6", on("measurand-promises", variant=variant))

    answer = bench.call("ChangeConfiguration", key="MeterValuesSampledData", value="No.Such.Thing")
    shown = bench.call("GetConfiguration", key=["MeterValuesSampledData"])["configurationKey"][0]

    assert answer == {"status": status}
    assert shown["readonly"] is (variant == "read-only")
    assert len(values(bench)[0][0]["sampledValue"]) == (1 if variant == "accepts-all" else 5)


def test_q90_measurand_promises_of_201() -> None:
    bench = QuirkBench("2.0.1", on("measurand-promises", variant="rejects"))
    one = {
        "attributeValue": "Voltage",
        "component": {"name": "SampledDataCtrlr"},
        "variable": {"name": "TxUpdatedMeasurands"},
    }

    [result] = bench.call("SetVariables", setVariableData=[one])["setVariableResult"]
    assert result["attributeStatus"] == "Rejected"


def test_q91_odd_configuration() -> None:
    none = QuirkBench("1.6", on("odd-configuration"))
    keys = [one["key"] for one in none.call("GetConfiguration")["configurationKey"]]
    assert "HeartbeatInterval" in keys and "NumberOfConnectors" not in keys

    unknown = QuirkBench("1.6", on("odd-configuration", variant="unknown-keys"))
    answer = unknown.call("GetConfiguration", key=["HeartbeatInterval"])
    assert answer == {"configurationKey": [], "unknownKey": ["HeartbeatInterval"]}

    cut = QuirkBench("1.6", on("odd-configuration", variant="truncated", characters=4))
    answer = cut.call("GetConfiguration", key=["SupportedFeatureProfiles"])
    assert answer["configurationKey"][0]["value"] == "Core"


@pytest.mark.parametrize(
    ("variant", "given", "status"),
    [
        ("rejects-all", profile(), "Rejected"),
        ("stack-level-zero", profile(stackLevel=1), "Rejected"),
        ("no-maximum", profile(chargingProfilePurpose="ChargePointMaxProfile"), "Rejected"),
        ("rejects-zero", profile(limit=0), "Rejected"),
        ("ignored", profile(), "Accepted"),
        ("needs-watts", profile(), "Rejected"),
    ],
)
def test_q92_profile_trouble(variant: str, given: Any, status: str) -> None:
    bench = QuirkBench("1.6", on("profile-trouble", variant=variant))

    answer = bench.call("SetChargingProfile", connectorId=0, csChargingProfiles=given)
    assert answer == {"status": status}


def test_q92_steps_are_what_the_charger_hears_of() -> None:
    bench = QuirkBench("1.6", on("profile-trouble", variant="steps"))
    asked = {"connectorId": 1, "csChargingProfiles": profile(limit=15.5)}
    message = InterceptedMessage([2, "1", "SetChargingProfile", asked], "SetChargingProfile", "")
    [odd] = bench.quirky._odds

    ACTS["profile-trouble"].asked(odd, message)  # type: ignore[misc]
    bench.call("SetChargingProfile", **json.loads(json.dumps(asked).replace("13.0", "15.5")))

    assert '"limit":13.0' in message.encoded()
    heard = [event for event in frames(bench) if event.action == "SetChargingProfile"]
    assert '"limit": 15.5' in heard[0].text, "the log has what was on the wire"


def test_q92_profiles_are_lost_with_availability() -> None:
    bench = QuirkBench("1.6", on("profile-trouble", variant="lost-with-availability"))

    bench.call("ChangeAvailability", connectorId=1, type="Operative")
    answer = bench.call("SetChargingProfile", connectorId=1, csChargingProfiles=profile())

    assert answer == {"status": "Rejected"}


def test_q93_no_trigger_at_zero() -> None:
    bench = QuirkBench("1.6", on("no-trigger-at-zero"))
    wanted = "StatusNotification"

    assert bench.call("TriggerMessage", requestedMessage=wanted, connectorId=0) == {
        "status": "Rejected"
    }
    assert bench.call("TriggerMessage", requestedMessage=wanted, connectorId=1) == {
        "status": "Accepted"
    }


def test_silence_of_the_csms_is_none_of_the_quirks_business() -> None:
    bench = QuirkBench("1.6", on("resends"))
    bench.answers["Heartbeat"] = silent
    bench.wait(1_000.0)

    assert bench.linked
