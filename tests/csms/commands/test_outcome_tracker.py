"""What comes of commands after their answers: of several at once, over links and restarts."""

import asyncio
import json
from typing import Any

import pytest

from tests.csms.bench import ORG, START, Peer, Yard
from voltyard.csms.commands.control import RawCall, Reset, TriggerMessage
from voltyard.csms.commands.maintenance import GetDiagnostics, UpdateFirmware
from voltyard.csms.commands.security import GetLog, SignedUpdateFirmware
from voltyard.csms.commands.shared import BackendCommand
from voltyard.csms.records import CommandStored
from voltyard.kernel import limits
from voltyard.kernel.errors import Invalid, NotConnected, OutcomeUnknown

FTP = "ftp://files.example/a"
DIAGNOSTICS = GetDiagnostics(location=FTP)
FIRMWARE = UpdateFirmware(location=FTP, retrieve_at=START)
ACCEPTED = {"status": "Accepted"}


def log(request_id: int) -> GetLog:
    return GetLog(log_type="SecurityLog", location=FTP, request_id=request_id)


def signed(request_id: int) -> SignedUpdateFirmware:
    return SignedUpdateFirmware(
        location=FTP,
        retrieve_at=START,
        signing_certificate="PEM",
        signature="MEUC",
        request_id=request_id,
    )


async def done(yard: Yard, peer: Peer, command: BackendCommand, answer: Any = ACCEPTED) -> str:
    """Have it sent and answered; its id."""
    task = await yard.command(command)
    await peer.answer(answer)
    await task
    return list(yard.journal.commands)[-1]


def row(yard: Yard, id: str) -> CommandStored:
    return yard.journal.commands[id]


def outcome(yard: Yard, id: str) -> tuple[str | None, bool | None]:
    return row(yard, id).outcome, row(yard, id).succeeded


# --- firmware and logs ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "answer", "action", "last", "succeeded"),
    [
        (FIRMWARE, {}, "FirmwareStatusNotification", "Installed", True),
        (FIRMWARE, {}, "FirmwareStatusNotification", "DownloadFailed", False),
        (FIRMWARE, {}, "FirmwareStatusNotification", "InstallationFailed", False),
        (DIAGNOSTICS, {}, "DiagnosticsStatusNotification", "Uploaded", True),
        (DIAGNOSTICS, {}, "DiagnosticsStatusNotification", "UploadFailed", False),
        (signed(4), ACCEPTED, "SignedFirmwareStatusNotification", "Installed", True),
        (signed(4), ACCEPTED, "SignedFirmwareStatusNotification", "InvalidSignature", False),
        (log(4), ACCEPTED, "LogStatusNotification", "Uploaded", True),
        (log(4), ACCEPTED, "LogStatusNotification", "PermissionDenied", False),
    ],
)
async def test_the_last_word_is_the_outcome(
    yard: Yard, command: BackendCommand, answer: Any, action: str, last: str, succeeded: bool
) -> None:
    peer = await yard.booted()
    id = await done(yard, peer, command, answer)
    numbered = {"requestId": 4} if "requestId" in json.dumps(peer.asked()[-1]) else {}
    under_way = "Uploading" if "Upload" in last or "Denied" in last else "Downloading"

    await peer.say(action, {"status": under_way, **numbered})
    assert (outcome(yard, id), row(yard, id).outcome_at) == ((under_way, None), None)
    assert yard.heard("command.outcome") == []
    yard.clock.now += 20
    await peer.say(action, {"status": last, **numbered})
    await peer.say(action, {"status": "Idle"})

    assert outcome(yard, id) == (last, succeeded)
    assert (row(yard, id).outcome_at, row(yard, id).due_at) == (START + 20, None)
    (told,) = yard.heard("command.outcome")
    assert (told.command_id, told.outcome, told.succeeded) == (id, last, succeeded)


@pytest.mark.parametrize("last", ["final", "under way"])
@pytest.mark.parametrize(
    ("version", "command", "answer", "action", "words"),
    [
        ("ocpp1.6", FIRMWARE, {}, "FirmwareStatusNotification", ("Installed", "Downloading")),
        ("ocpp1.6", DIAGNOSTICS, {}, "DiagnosticsStatusNotification", ("Uploaded", "Uploading")),
        (
            "ocpp1.6",
            signed(4),
            ACCEPTED,
            "SignedFirmwareStatusNotification",
            ("Installed", "Downloaded"),
        ),
        ("ocpp2.0.1", log(4), ACCEPTED, "LogStatusNotification", ("Uploaded", "Uploading")),
        (
            "ocpp2.0.1",
            signed(4),
            ACCEPTED,
            "FirmwareStatusNotification",
            ("Installed", "Installing"),
        ),
    ],
)
async def test_a_status_that_comes_before_the_answer_is_the_commands(
    yard: Yard,
    version: str,
    command: BackendCommand,
    answer: Any,
    action: str,
    words: Any,
    last: str,
) -> None:
    peer = await yard.booted(subprotocol=version)
    task = await yard.command(command)
    numbered = {} if answer == {} else {"requestId": 4}
    word = words[last == "under way"]
    await peer.say(action, {"status": word, **numbered})
    assert yard.journal.commands == {}
    yard.clock.now += 1
    await peer.answer(answer)
    await task

    [id] = yard.journal.commands
    told = yard.heard("command.outcome")
    if last == "final":
        assert (outcome(yard, id), row(yard, id).due_at) == ((word, True), None)
        assert [one.command_id for one in told] == [id]
    else:
        assert (outcome(yard, id), told) == ((word, None), [])
        await peer.say(action, {"status": words[0], **numbered})
        assert outcome(yard, id) == (words[0], True)


async def test_a_status_before_the_answer_of_a_refused_command_tells_nothing(yard: Yard) -> None:
    peer = await yard.booted()
    task = await yard.command(log(4))
    await peer.say("LogStatusNotification", {"status": "Uploaded", "requestId": 4})
    await peer.answer({"status": "Rejected"})
    await task

    [only] = yard.journal.commands.values()
    assert (only.status, only.outcome, only.awaits) == ("rejected", None, None)


async def test_a_status_of_another_job_is_not_taken_for_that_of_an_unanswered_command(
    yard: Yard,
) -> None:
    peer = await yard.booted()
    first = await done(yard, peer, DIAGNOSTICS, {})
    task = await yard.command(log(5))
    await peer.say("DiagnosticsStatusNotification", {"status": "Uploaded"})  # of the first
    await peer.say("LogStatusNotification", {"status": "Uploaded", "requestId": 9})  # of nobody
    await peer.say("LogStatusNotification", {"status": "Idle"})
    await peer.say("FirmwareStatusNotification", {"status": "Installed"})
    await peer.answer(ACCEPTED)
    await task

    second = list(yard.journal.commands)[-1]
    assert outcome(yard, first) == ("Uploaded", True)
    assert (outcome(yard, second), row(yard, second).awaits) == ((None, None), "log")


async def test_an_update_that_is_to_begin_later_has_no_status_before_its_answer(yard: Yard) -> None:
    peer = await yard.booted()
    later = UpdateFirmware(location=FTP, retrieve_at=START + 60)
    task = await yard.command(later)
    await peer.say("FirmwareStatusNotification", {"status": "Installed"})
    await peer.answer({})
    await task

    [only] = yard.journal.commands.values()
    assert (only.outcome, only.awaits) == (None, "firmware")


async def test_jobs_with_request_ids_are_told_apart(yard: Yard) -> None:
    peer = await yard.booted()
    one = await done(yard, peer, log(1))
    two = await done(yard, peer, log(2))
    other = await done(yard, peer, signed(1))

    await peer.say("LogStatusNotification", {"status": "Uploaded", "requestId": 1})
    await peer.say("LogStatusNotification", {"status": "UploadFailure", "requestId": 2})
    await peer.say("LogStatusNotification", {"status": "BadMessage", "requestId": 3})

    assert outcome(yard, one) == ("Uploaded", True)
    assert outcome(yard, two) == ("UploadFailure", False)
    assert outcome(yard, other) == (None, None)


async def test_diagnostics_and_a_log_at_once_are_told_apart(yard: Yard) -> None:
    peer = await yard.booted()
    numbered = await done(yard, peer, log(1))
    plain = await done(yard, peer, DIAGNOSTICS, {})

    await peer.say("DiagnosticsStatusNotification", {"status": "Uploaded"})

    assert outcome(yard, plain) == ("Uploaded", True)
    assert outcome(yard, numbered) == (None, None)


async def test_without_request_ids_the_latest_is_meant_and_the_one_before_superseded(
    yard: Yard,
) -> None:
    peer = await yard.booted()
    older = await done(yard, peer, FIRMWARE, {})
    newer = await done(yard, peer, FIRMWARE, {})

    await peer.say("FirmwareStatusNotification", {"status": "Installed"})

    assert outcome(yard, older) == (f"superseded by {newer}", None)
    assert outcome(yard, newer) == ("Installed", True)


async def test_accepted_canceled_ends_the_one_before(yard: Yard) -> None:
    peer = await yard.booted(subprotocol="ocpp2.0.1")
    older = await done(yard, peer, log(1))
    newer = await done(yard, peer, log(2), {"status": "AcceptedCanceled"})

    await peer.say("LogStatusNotification", {"status": "Uploaded", "requestId": 2})

    assert outcome(yard, older) == (f"canceled for {newer}", False)
    assert outcome(yard, newer) == ("Uploaded", True)


@pytest.mark.parametrize("answer", [{"status": "Rejected"}, {"status": "InvalidCertificate"}])
async def test_nothing_is_awaited_of_what_was_refused(yard: Yard, answer: Any) -> None:
    peer = await yard.booted()
    id = await done(yard, peer, signed(1), answer)

    await peer.say("SignedFirmwareStatusNotification", {"status": "Installed", "requestId": 1})

    assert (row(yard, id).awaits, outcome(yard, id)) == (None, (None, None))


async def test_what_is_never_told_is_given_up(yard: Yard) -> None:
    peer = await yard.booted()
    quiet = await done(yard, peer, log(1))
    begun = await done(yard, peer, log(2))
    yard.clock.now += 100
    await peer.say("LogStatusNotification", {"status": "Uploading", "requestId": 2})

    yard.pass_time(limits.LOG_OUTCOME_S - 100)
    await yard.settle()
    assert outcome(yard, quiet) == ("nothing was heard within 3600 s", None)
    assert outcome(yard, begun) == ("Uploading", None)
    yard.pass_time(100)
    await yard.settle()

    assert outcome(yard, begun) == ("Uploading, then nothing within 3700 s", None)
    assert len(yard.heard("command.outcome")) == 2


async def test_jobs_outlive_links_and_restarts(yard: Yard) -> None:
    peer = await yard.booted()
    firmware = await done(yard, peer, FIRMWARE, {})
    upload = await done(yard, peer, log(9))
    reset = await done(yard, peer, Reset(type="Soft"))
    message = await done(yard, peer, TriggerMessage(requested_message="Heartbeat"))
    await peer.gone()

    again = yard.restarted()
    await again.settle()
    peer = again.connect()
    again.clock.now += 7
    await peer.boot()
    await peer.say("FirmwareStatusNotification", {"status": "Installed"})
    await peer.say("LogStatusNotification", {"status": "Uploaded", "requestId": 9})
    await again.settle()

    assert outcome(again, firmware) == ("Installed", True)
    assert outcome(again, upload) == ("Uploaded", True)
    assert outcome(again, reset) == ("back after 7.0 s", True)
    assert outcome(again, message) == ("the server restarted before it came", None)
    await again.backend.close()


async def test_only_so_much_is_awaited_of_one_charger(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "AWAITED_OUTCOMES", 2)
    peer = await yard.booted()
    first, *rest = [await done(yard, peer, log(n)) for n in range(3)]

    assert outcome(yard, first) == ("too much is awaited", None)
    assert [row(yard, id).due_at is None for id in rest] == [False, False]


# --- resets ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["ocpp1.6", "ocpp2.0.1"])
async def test_a_charger_that_reset_is_back_once_it_boots(yard: Yard, version: str) -> None:
    peer = await yard.booted(subprotocol=version)
    id = await done(yard, peer, Reset(type="Hard"))
    await peer.gone()
    yard.clock.now += 12.34
    peer = yard.connect(subprotocol=version)
    assert outcome(yard, id) == (None, None)

    await peer.boot()

    assert outcome(yard, id) == ("back after 12.3 s", True)


async def test_a_charger_that_was_gone_before_its_answer_can_be_back(yard: Yard) -> None:
    peer = await yard.booted()
    task = await yard.command(Reset(type="Hard"))
    await peer.gone()
    with pytest.raises(OutcomeUnknown):
        await task
    yard.clock.now += 5

    await yard.connect().boot()

    (stored,) = yard.journal.commands.values()
    assert (stored.status, stored.outcome) == ("lost", "back after 5.0 s")


@pytest.mark.parametrize(
    ("is_online", "expected"),
    [
        (False, "did not come back within 600 s"),
        (True, "is connected and did not boot within 600 s"),
    ],
)
async def test_a_charger_that_stays_away_is_given_up(
    yard: Yard, is_online: bool, expected: str
) -> None:
    peer = await yard.booted()
    id = await done(yard, peer, Reset(type="Soft"))
    if not is_online:
        await peer.gone()

    yard.pass_time(limits.RESET_OUTCOME_S)
    await yard.settle()

    assert outcome(yard, id) == (expected, False)


async def test_a_scheduled_reset_may_take_its_time(yard: Yard) -> None:
    peer = await yard.booted(subprotocol="ocpp2.0.1")
    id = await done(yard, peer, Reset(type="Soft"), {"status": "Scheduled"})

    yard.pass_time(limits.RESET_OUTCOME_S + 1)
    await peer.boot()

    assert outcome(yard, id) == ("back after 601.0 s", True)


async def tell_status(peer: Any, status: str, evse: int = 1) -> None:
    await peer.say(
        "StatusNotification",
        {
            "timestamp": "2026-01-01T00:00:00Z",
            "connectorStatus": status,
            "evseId": evse,
            "connectorId": 1,
        },
    )


async def test_an_evse_that_is_reset_is_back_once_it_says_so(yard: Yard) -> None:
    peer = await yard.booted(subprotocol="ocpp2.0.1")
    id = await done(yard, peer, Reset(type="Soft", evse_id=1), {"status": "Scheduled"})

    await tell_status(peer, "Occupied")
    await tell_status(peer, "Unavailable", evse=2)
    await tell_status(peer, "Available", evse=2)
    assert outcome(yard, id) == (None, None)
    yard.clock.now += 9
    await tell_status(peer, "Unavailable")
    assert outcome(yard, id) == ("Unavailable", None)
    yard.clock.now += 3
    await tell_status(peer, "Available")

    assert outcome(yard, id) == ("back after 12.0 s", True)


async def test_a_reset_of_an_evse_that_nothing_tells_of_is_given_up(yard: Yard) -> None:
    peer = await yard.booted(subprotocol="ocpp2.0.1")
    quiet = await done(yard, peer, Reset(type="Hard", evse_id=1))
    gone = await done(yard, peer, Reset(type="Hard", evse_id=2))
    await tell_status(peer, "Unavailable", evse=2)

    yard.pass_time(limits.RESET_OUTCOME_S)
    await yard.settle()

    assert outcome(yard, quiet) == ("nothing was heard of the EVSE within 600 s", None)
    assert outcome(yard, gone) == ("the EVSE did not come back within 600 s", False)


@pytest.mark.parametrize(
    "command",
    [
        Reset(type="Hard", evse_id=1),
        RawCall(action="Reset", payload={"type": "Immediate", "evseId": 1}),
    ],
)
async def test_the_reset_of_an_evse_outlives_the_server(yard: Yard, command: Any) -> None:
    peer = await yard.booted(subprotocol="ocpp2.0.1")
    id = await done(yard, peer, command)
    await tell_status(peer, "Unavailable")
    await peer.gone()

    again = yard.restarted()
    await again.settle()
    peer = again.connect(subprotocol="ocpp2.0.1")
    again.clock.now += 4
    await tell_status(peer, "Available", evse=2)
    assert outcome(again, id) == ("Unavailable", None)
    await tell_status(peer, "Available")
    await again.settle()

    assert outcome(again, id) == ("back after 4.0 s", True)
    await again.backend.close()


async def test_one_evse_of_a_1_6_charger_cannot_be_reset(yard: Yard) -> None:
    peer = await yard.booted()

    with pytest.raises(Invalid, match="whole charger"):
        await yard.backend.begin(ORG, "CP1", Reset(type="Soft", evse_id=1))

    assert not peer.asked()


async def test_a_refused_reset_is_not_waited_for(yard: Yard) -> None:
    peer = await yard.booted()
    id = await done(yard, peer, Reset(type="Soft"), {"status": "Rejected"})

    await peer.boot()

    assert outcome(yard, id) == (None, None)


# --- calls, and commands that nobody waits for ----------------------------------------------------


async def test_a_raw_call_has_an_outcome_too(yard: Yard) -> None:
    peer = await yard.booted()
    id = await done(yard, peer, RawCall(action="Reset", payload={"type": "Soft"}))
    yard.clock.now += 3

    await peer.boot()

    assert outcome(yard, id) == ("back after 3.0 s", True)


async def test_a_raw_call_without_sense_promises_nothing(yard: Yard) -> None:
    peer = await yard.booted()

    id = await done(yard, peer, RawCall(action="Reset", payload={"type": 5}, validate=False))

    assert row(yard, id).awaits is None


async def test_a_command_that_is_only_begun_is_on_record_before_it_is_sent(yard: Yard) -> None:
    peer = await yard.booted()

    task = asyncio.create_task(yard.backend.begin(ORG, "CP1", Reset(type="Soft")))
    await asyncio.sleep(0)
    assert (peer.asked(), yard.journal.commands) == ([], {})
    await yard.settle()
    begun = await task

    assert [call[2] for call in peer.asked()] == ["Reset"]
    assert row(yard, begun.id).status == "queued"
    await peer.answer({"status": "Rejected"})
    assert (row(yard, begun.id).status, row(yard, begun.id).due_at) == ("rejected", None)


async def test_what_cannot_be_begun_is_refused_at_once_and_leaves_no_trace(yard: Yard) -> None:
    await yard.register("OFF")
    peer = await yard.booted()

    with pytest.raises(NotConnected):
        await yard.backend.begin(ORG, "OFF", Reset(type="Soft"))
    with pytest.raises(Invalid):
        await yard.backend.begin(ORG, "CP1", TriggerMessage(requested_message="Nonsense"))

    assert (peer.asked(), yard.journal.commands) == ([], {})


async def test_a_command_that_was_begun_ends_with_its_link(yard: Yard) -> None:
    peer = await yard.booted()
    begun = []
    for _ in range(2):
        task = asyncio.create_task(yard.backend.begin(ORG, "CP1", DIAGNOSTICS))
        await yard.settle()
        begun.append(await task)

    await peer.gone()

    ends = [(row(yard, one.id).status, row(yard, one.id).error_code) for one in begun]
    assert ends == [("lost", "outcome_unknown"), ("unsent", "not_connected")]


async def test_a_command_whose_link_goes_while_it_is_written_is_unsent_and_says_so(
    yard: Yard,
) -> None:
    peer = await yard.booted()
    task = asyncio.create_task(yard.backend.begin(ORG, "CP1", DIAGNOSTICS))
    await asyncio.sleep(0)

    await peer.gone()
    begun = await task
    await yard.settle()

    assert (row(yard, begun.id).status, row(yard, begun.id).due_at) == ("unsent", None)


async def test_a_command_begun_by_a_server_that_was_killed_is_lost(yard: Yard) -> None:
    await yard.booted()
    task = asyncio.create_task(yard.backend.begin(ORG, "CP1", Reset(type="Soft")))
    await yard.settle()
    begun = await task

    again = yard.restarted()
    await again.settle()

    assert (row(again, begun.id).status, row(again, begun.id).error_code) == ("lost", "interrupted")
    await again.backend.close()


async def test_idle_tells_of_nothing(yard: Yard) -> None:
    peer = await yard.booted()
    id = await done(yard, peer, log(1))
    await peer.say("LogStatusNotification", {"status": "Uploading", "requestId": 1})

    await peer.say("LogStatusNotification", {"status": "Idle"})

    assert outcome(yard, id) == ("Uploading", None)
