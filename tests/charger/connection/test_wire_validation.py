"""How a charger takes what its CSMS sends and the schemas forbid: leniently, or strictly."""

import json
from typing import Any, Literal

import pytest

from tests.charger.bench import START, Bench, answering, frames
from tests.ocpp.schemas import Message, faults, messages, valid
from tests.payloads import full, minimal
from voltyard.catalogue.commands.commands import PlugIn, ProxyMessage, Swipe
from voltyard.charger.description.events import AnswerRefused, FaultsForgiven
from voltyard.charger.description.specification import ChargerSpec, EvseSpec
from voltyard.charger.effects import Failed
from voltyard.kernel.seeds import stream
from voltyard.ocpp.violations import ValidationMode

VERSIONS = ["1.6", "2.0.1"]
ISOFORMAT = "2026-11-21T09:00:05.123456"
"""What Python's datetime.isoformat() makes of a moment that knows no zone."""


def bench(
    version: str, validation: Literal["strict", "lenient"] | None = None, *, boot: bool = False
) -> Bench:
    said: dict[str, Any] = {} if validation is None else {"validation": validation}
    spec = ChargerSpec(identity="CP 1", version=version, evses=(EvseSpec(),) * 2, **said)  # type: ignore[arg-type]
    return Bench(spec=spec, boot=boot)


def boot_answer(moment: str = ISOFORMAT) -> dict[str, Any]:
    return {"status": "Accepted", "currentTime": moment, "interval": 300}


@pytest.mark.parametrize("version", VERSIONS)
def test_a_time_without_a_zone_is_utc_and_the_boot_is_accepted(version: str) -> None:
    charger = bench(version)
    charger.answers["BootNotification"] = answering(boot_answer())

    charger.tick()

    assert charger.state.boot_status == "Accepted"
    assert charger.state.clock_skew_s == pytest.approx(5.123456, abs=1e-3)
    assert charger.said("StatusNotification")


@pytest.mark.parametrize("version", VERSIONS)
def test_what_was_forgiven_is_in_the_verdict_and_told_once(version: str) -> None:
    charger = bench(version)
    charger.answers["BootNotification"] = answering(boot_answer())
    charger.answers["Heartbeat"] = answering({"currentTime": ISOFORMAT})

    charger.tick()
    charger.wait(1_000)

    [boot] = [one for one in frames(charger) if one.kind == "result" and "interval" in one.text]
    beats = [one for one in frames(charger) if one.kind == "result" and one.action == "Heartbeat"]
    assert boot.verdict.startswith("lenient: $.currentTime: not an RFC 3339 date-time with a zone")
    assert boot.verdict.endswith("taken as 2026-11-21T09:00:05.123456Z (bad_value)")
    assert len(beats) > 1
    assert all(one.verdict.startswith("lenient: $.currentTime: ") for one in beats)
    told = charger.seen(FaultsForgiven)
    assert [one.action for one in told] == ["BootNotification", "Heartbeat"]
    assert [(one.field, one.rule) for one in told[0].faults] == [("$.currentTime", "bad_value")]
    assert charger.state.refused_answer is None


@pytest.mark.parametrize("version", VERSIONS)
def test_a_strict_charger_refuses_it_and_says_which_field_and_rule(version: str) -> None:
    charger = bench(version, "strict")
    charger.answers["BootNotification"] = answering(boot_answer())

    charger.tick()

    assert charger.state.boot_status == "Unknown"
    refused = charger.seen(AnswerRefused)[0]
    assert (refused.action, refused.field, refused.rule) == (
        "BootNotification",
        "$.currentTime",
        "bad_value",
    )
    [frame] = [one for one in frames(charger) if one.direction == "csms_to_cp"]
    assert frame.verdict == (
        f"refused: $.currentTime: not an RFC 3339 date-time with a zone: {ISOFORMAT!r} (bad_value)"
    )
    seen = charger.state.refused_answer
    assert (seen.at, seen.action, seen.field, seen.rule) == (
        START,
        "BootNotification",
        "$.currentTime",
        "bad_value",
    )
    assert seen.message_id == refused.message_id == frame.message_id


def test_a_refused_answer_is_settled_by_one_that_is_accepted() -> None:
    charger = bench("1.6", "strict")
    charger.answers["BootNotification"] = answering(boot_answer())
    charger.tick()

    charger.answers.clear()
    charger.wait(400)

    assert charger.state.boot_status == "Accepted"
    assert charger.state.refused_answer is None


@pytest.mark.parametrize("version", VERSIONS)
def test_what_makes_no_sense_is_refused_by_a_lenient_charger_too(version: str) -> None:
    charger = bench(version)
    charger.answers["BootNotification"] = answering({"status": "Accepted", "interval": 300})

    charger.tick()

    assert charger.state.boot_status == "Unknown"
    assert charger.state.refused_answer.field == "$.currentTime"
    assert charger.state.refused_answer.rule == "missing"


def test_a_call_that_strays_is_taken_as_it_was_meant_or_refused() -> None:
    lenient, strict = bench("1.6", boot=True), bench("1.6", "strict", boot=True)

    for charger in (lenient, strict):
        charger.forget()
        charger.call("ChangeAvailability", connectorId="1", type="inoperative", note=None)

    assert lenient.statuses() == ["Unavailable"]
    [told] = lenient.seen(FaultsForgiven)
    assert (told.kind, [one.field for one in told.faults]) == (
        "call",
        ["$.connectorId", "$.type", "$.note"],
    )
    assert strict.statuses() == []
    [error] = strict.errors
    assert error[1] == "TypeConstraintViolation"


def test_what_is_refused_of_a_proxied_call_is_its_result() -> None:
    charger = bench("1.6", "strict", boot=True)
    charger.answers["Heartbeat"] = answering({"currentTime": ISOFORMAT})

    failed = charger.ask(ProxyMessage(action="Heartbeat", payload={}))

    assert isinstance(failed, Failed)
    assert "$.currentTime" in failed.message
    assert charger.state.refused_answer.action == "Heartbeat"


ASKED = [
    one
    for one in messages()
    if one.half == "request" and one.version.actions[one.action].sender != "charger"
]
ANSWERED = [
    one
    for one in messages()
    if one.half == "response" and one.version.actions[one.action].sender != "csms"
]


@pytest.mark.parametrize("message", ASKED, ids=str)
def test_no_faulty_call_breaks_a_lenient_charger(message: Message) -> None:
    charger = bench(message.version.name, boot=True)
    charger.reads = ValidationMode.LENIENT  # a number that is too large is given back as it came
    grown = [valid(message.agreed, stream(seed, str(message)), full=True) for seed in (1, 2)]

    for payload in (full(message.kind), *grown):
        for number, fault in enumerate(faults(message.agreed, payload)):
            charger.receive(json.dumps([2, f"f{number}", message.action, fault.payload]))
            charger.wait(1)

    charger.wait(600)
    assert charger.replies
    assert charger.state.powered


@pytest.mark.parametrize("message", ANSWERED, ids=str)
def test_no_faulty_answer_breaks_a_lenient_charger(message: Message) -> None:
    version = message.version
    proxied = ProxyMessage(
        action=message.action, payload=minimal(version.actions[message.action].request)
    )

    for fault in faults(message.agreed, full(message.kind)):
        charger = bench(version.name)
        charger.reads = ValidationMode.LENIENT
        charger.answers[message.action] = answering(fault.payload)
        charger.tick()
        charger.ask(PlugIn())
        charger.ask(Swipe(id_tag="04A1B2C3"))
        charger.ask(proxied)
        charger.wait(400)
        charger.ask(Swipe(id_tag="04A1B2C3"))
        charger.wait(400)

        assert charger.state.powered, fault.path
