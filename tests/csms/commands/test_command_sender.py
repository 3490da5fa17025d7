"""Commands: what comes of them, in time, late or never. contract/csms.yaml."""

import json
from typing import Any

import pytest

from tests.csms.bench import ORG, START, Yard
from voltyard.csms.commands.control import ClearCache, RawCall, Reset, UnlockConnector
from voltyard.csms.commands.maintenance import (
    ChangeConfiguration,
    GetDiagnostics,
    SendDataTransfer,
    UpdateFirmware,
)
from voltyard.csms.commands.results import LogResult, RawCallResult
from voltyard.kernel import limits
from voltyard.kernel.errors import Invalid, NoAnswer, Overfull, PeerError

FTP = "ftp://files.example/a"


def accepted(status: str = "Accepted") -> dict[str, str]:
    return {"status": status}


# --- the generic call ----------------------------------------------------------------------------


async def test_any_action_may_be_called(yard: Yard) -> None:
    peer = await yard.booted()
    task = await yard.command(RawCall(action="GetLocalListVersion"))
    assert peer.asked()[-1][2:] == ["GetLocalListVersion", {}]
    yard.clock.now += 0.25

    await peer.answer({"listVersion": 7})

    answer = await task
    assert answer == RawCallResult(
        action="GetLocalListVersion", payload={"listVersion": 7}, latency_ms=250.0
    )
    assert answer.status == "answered"


async def test_a_refused_call_tells_the_violations(yard: Yard) -> None:
    await yard.booted()

    with pytest.raises(Invalid) as caught:
        await yard.backend.command(
            ORG, "CP1", RawCall(action="UnlockConnector", payload={"connectorId": "one"})
        )

    (violation,) = caught.value.details["violations"]
    assert violation["path"] == "$.connectorId"
    assert caught.value.details["field"] == "payload.connectorId"


@pytest.mark.parametrize(
    ("answer", "payload", "status"),
    [
        ({"status": "Accepted"}, {"status": "Accepted"}, "Accepted"),
        ([1], {"content": [1]}, "answered"),
    ],
)
async def test_unchecked_calls_carry_anything(
    yard: Yard, answer: Any, payload: Any, status: str
) -> None:
    peer = await yard.booted()

    task = await yard.command(RawCall(action="Nonsense", payload={"a": None}, validate=False))
    assert peer.asked()[-1][2:] == ["Nonsense", {"a": None}]
    await peer.answer(answer)

    result = await task
    assert isinstance(result, RawCallResult)
    assert (result.payload, result.status) == (payload, status)
    assert yard.journal.messages[-1].action == "Nonsense"


async def test_an_unchecked_trigger_without_a_message_releases_nothing(yard: Yard) -> None:
    for box_id, version in (("A", "ocpp1.6"), ("B", "ocpp2.0.1")):
        peer = await yard.booted(box_id, version, boot_policy="pending")
        task = await yard.command(RawCall(action="TriggerMessage", validate=False), box_id)
        await peer.answer({"status": "Accepted"})
        await task
        assert (await peer.ask("Heartbeat", {}))[2] == "SecurityError"


# --- answers that are none -----------------------------------------------------------------------


async def test_a_call_error_is_the_peers_error(yard: Yard) -> None:
    peer = await yard.booted()
    task = await yard.command(ClearCache())

    await peer.refuse("NotSupported", "no cache", {"a": 1})

    with pytest.raises(PeerError) as caught:
        await task
    assert caught.value.details == {
        "code": "NotSupported",
        "description": "no cache",
        "payload": {"a": 1},
    }
    (stored,) = yard.journal.commands.values()
    assert (stored.status, stored.error_code) == ("error", "NotSupported")
    assert yard.journal.messages[-1].outcome == "error"


async def test_no_answer_in_time_is_said_so_and_the_next_command_goes_out(yard: Yard) -> None:
    peer = await yard.booted()
    first = await yard.command(Reset(type="Soft"), timeout_s=10)
    second = await yard.command(ClearCache())
    assert [call[2] for call in peer.asked()] == ["Reset"]
    assert yard.backend.deadline() == START + 10

    yard.pass_time(9.9)
    assert len(peer.asked()) == 1
    yard.pass_time(0.1)

    with pytest.raises(NoAnswer):
        await first
    assert [call[2] for call in peer.asked()] == ["Reset", "ClearCache"]
    # its time began when it was sent
    assert yard.backend.deadline() == START + 40
    await peer.answer(accepted())
    assert (await second).status == "accepted"
    statuses = [stored.status for stored in yard.journal.commands.values()]
    assert statuses == ["timeout", "accepted"]


async def test_the_organization_says_how_long_a_command_waits(yard: Yard) -> None:
    await yard.backend.change_settings(ORG, command_timeout_s=2.5)
    await yard.booted()

    task = await yard.command(ClearCache())
    yard.pass_time(2.5)

    with pytest.raises(NoAnswer, match=r"2\.5 s"):
        await task


async def test_late_and_repeated_answers_are_dropped(yard: Yard) -> None:
    peer = await yard.booted()
    first = await yard.command(Reset(type="Soft"), timeout_s=10)
    late = peer.asked()[-1][1]
    yard.pass_time(10)
    with pytest.raises(NoAnswer):
        await first
    second = await yard.command(ClearCache())

    peer.text(json.dumps([3, late, {"status": "Rejected"}]))
    await peer.answer(accepted())
    await peer.answer(accepted("Rejected"))

    assert (await second).status == "accepted"
    strays = [row for row in yard.journal.messages if row.outcome == "none"]
    assert len(strays) == 2
    assert all(row.violations[0].startswith("stray") for row in strays)


@pytest.mark.parametrize("answer", [{}, {"status": "Perhaps"}, [], "Accepted", None, 5])
async def test_an_answer_that_breaks_its_schema_is_the_peers_error(yard: Yard, answer: Any) -> None:
    peer = await yard.booted()
    task = await yard.command(ClearCache())

    await peer.answer(answer)

    with pytest.raises(PeerError):
        await task
    assert yard.journal.messages[-1].violations
    assert (await peer.ask("Heartbeat", {}))[0] == 3


async def test_an_answer_without_sense_is_the_peers_error(yard: Yard) -> None:
    peer = await yard.booted(subprotocol="ocpp2.0.1", validation="lenient")
    task = await yard.command(ChangeConfiguration(key="A.B", value="1"))

    await peer.answer({"setVariableResult": []})

    with pytest.raises(PeerError, match="no sense"):
        await task


async def test_answers_cross_without_being_mixed_up(yard: Yard) -> None:
    # facts: Q61
    peer = await yard.booted()
    task = await yard.command(ClearCache())

    assert (await peer.ask("Heartbeat", {}))[0] == 3
    await peer.answer(accepted())

    assert (await task).status == "accepted"


async def test_message_ids_are_never_used_twice_over_links(yard: Yard) -> None:
    used = []
    await yard.register()
    for _ in range(3):
        peer = yard.connect()
        await peer.boot()
        for _ in range(2):
            task = await yard.command(ClearCache())
            await peer.answer(accepted())
            await task
            used.append(peer.asked()[-1][1])

    assert len(set(used)) == 6
    assert all(len(id) <= 36 for id in used)


async def test_only_so_many_commands_wait_for_one_charger(yard: Yard) -> None:
    peer = await yard.booted()
    waiting = [await yard.command(ClearCache()) for _ in range(limits.CHARGER_COMMANDS + 1)]

    with pytest.raises(Overfull):
        await yard.backend.command(ORG, "CP1", ClearCache())

    assert len(peer.asked()) == 1
    for task in waiting:
        task.cancel()


async def test_a_command_nobody_waits_for_any_more_is_not_sent(yard: Yard) -> None:
    peer = await yard.booted()
    first = await yard.command(Reset(type="Soft"))
    second = await yard.command(ClearCache())
    third = await yard.command(UnlockConnector(connector_id=1))

    second.cancel()
    first.cancel()
    await yard.settle()
    await peer.answer(accepted())
    await peer.answer({"status": "Unlocked"})

    assert (await third).status == "unlocked"
    assert [call[2] for call in peer.asked()] == ["Reset", "UnlockConnector"]


# --- what comes of commands later ----------------------------------------------------------------


async def test_firmware_and_diagnostics_tell_later_what_became_of_them(yard: Yard) -> None:
    peer = await yard.booted()
    update = await yard.command(UpdateFirmware(location=FTP, retrieve_at=START))
    await peer.answer({})
    await update
    upload = await yard.command(GetDiagnostics(location=FTP))
    await peer.answer({})
    assert await upload == LogResult(status="accepted")

    for status in ("Downloading", "Installed", "Idle"):
        await peer.say("FirmwareStatusNotification", {"status": status})
    await peer.say("DiagnosticsStatusNotification", {"status": "Uploaded"})

    outcomes = {stored.command: stored.outcome for stored in yard.journal.commands.values()}
    assert outcomes == {"firmware/update": "Installed", "diagnostics": "Uploaded"}
    assert [event.status for event in yard.heard("firmware.status")] == [
        "Downloading",
        "Installed",
        "Idle",
    ]


async def test_status_notifications_without_a_command_are_reported_alone(yard: Yard) -> None:
    peer = await yard.booted(subprotocol="ocpp2.0.1")

    await peer.say("FirmwareStatusNotification", {"status": "Installed", "requestId": 3})
    await peer.say("LogStatusNotification", {"status": "Uploaded", "requestId": 4})

    assert yard.heard("firmware.status")[0].request_id == 3
    assert yard.heard("diagnostics.status")[0].request_id == 4
    assert yard.journal.commands == {}


# --- data transfer -------------------------------------------------------------------------------


async def test_the_history_of_data_transfer_has_both_directions(yard: Yard) -> None:
    peer = await yard.booted()
    task = await yard.command(SendDataTransfer(vendor_id="V", message_id="M", data="ours"))
    await peer.answer({"status": "Accepted", "data": "answer"})
    await task
    unanswered = await yard.command(SendDataTransfer(vendor_id="V"), timeout_s=1)
    yard.pass_time(1)
    with pytest.raises(NoAnswer):
        await unanswered

    said = await peer.say("DataTransfer", {"vendorId": "V", "data": "theirs"})
    await yard.settle()

    assert said == {"status": "UnknownVendorId"}
    ours, lost, theirs = yard.journal.data_transfers
    assert (ours.direction, ours.data, ours.response_status, ours.response_data) == (
        "outgoing",
        "ours",
        "Accepted",
        "answer",
    )
    assert (lost.response_status, lost.response_data) == (None, None)
    assert (theirs.direction, theirs.data, theirs.response_status) == (
        "incoming",
        "theirs",
        "UnknownVendorId",
    )
    assert len({ours.id, lost.id, theirs.id}) == 3
    assert ours.id.startswith("dt_")
    assert yard.heard("data_transfer.received")[0].status == "UnknownVendorId"
