"""BootNotification and what may be said before it is accepted."""

import json

import pytest

from tests.csms.bench import BOOT_16, BOOT_201, ORG, ZULU, Peer, Yard
from voltyard.csms.commands.control import ClearCache, RawCall, TriggerMessage
from voltyard.csms.commands.maintenance import GetConfiguration
from voltyard.csms.commands.security import ChangePassword
from voltyard.csms.registry import ChargerChange
from voltyard.kernel.errors import PeerError, WrongState

STATUS_16 = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
STATUS_201 = {"timestamp": ZULU, "connectorStatus": "Available", "evseId": 1, "connectorId": 1}
REPORT = {"requestId": 1, "generatedAt": ZULU, "seqNo": 0}


@pytest.mark.parametrize(
    ("policy", "interval_s", "answer"),
    [
        (None, None, {"status": "Accepted", "interval": 300}),
        ("accept", 77, {"status": "Accepted", "interval": 77}),
        ("pending", None, {"status": "Pending", "interval": 60}),
        ("pending", 5, {"status": "Pending", "interval": 5}),
        ("reject", 0, {"status": "Rejected", "interval": 0}),
    ],
)
@pytest.mark.parametrize("version", ["ocpp1.6", "ocpp2.0.1"])
async def test_the_boot_policy_decides_the_answer(
    yard: Yard, version: str, policy: str, interval_s: int, answer: dict[str, object]
) -> None:
    await yard.register(boot_policy=policy, boot_interval_s=interval_s)
    peer = yard.connect(subprotocol=version)

    said = await peer.say("BootNotification", BOOT_16 if version == "ocpp1.6" else BOOT_201)

    assert said == {**answer, "currentTime": ZULU}
    (booted,) = yard.heard("charger.boot")
    assert booted.status == answer["status"].lower()  # type: ignore[attr-defined]


async def test_the_organizations_policy_holds_where_the_charger_has_none(yard: Yard) -> None:
    await yard.backend.change_settings(ORG, boot_policy="pending", heartbeat_interval_s=42)
    await yard.register("A")
    await yard.register("B", boot_policy="accept")

    first = await yard.connect("A").say("BootNotification", BOOT_16)
    second = await yard.connect("B").say("BootNotification", BOOT_16)

    assert (first["status"], first["interval"]) == ("Pending", 60)
    assert (second["status"], second["interval"]) == ("Accepted", 42)


@pytest.mark.parametrize("policy", ["never booted", "pending", "reject"])
async def test_before_acceptance_other_calls_get_a_security_error(yard: Yard, policy: str) -> None:
    await yard.register(boot_policy=None if policy == "never booted" else policy)
    peer = yard.connect()
    if policy != "never booted":
        await peer.boot()

    refused = await peer.ask("StatusNotification", STATUS_16)

    assert refused[:3:2] == [4, "SecurityError"]
    assert yard.backend.charger(ORG, "CP1").connectors == {}
    logged = yard.journal.messages[-1]
    assert (logged.outcome, logged.error_code) == ("error", "SecurityError")
    assert logged.violations


async def test_a_policy_that_becomes_stricter_counts_from_the_next_boot(yard: Yard) -> None:
    peer = await yard.booted()
    await yard.backend.update(ORG, "CP1", ChargerChange(boot_policy="reject"))
    assert (await peer.ask("StatusNotification", STATUS_16))[0] == 3

    await peer.boot()

    assert (await peer.ask("StatusNotification", STATUS_16))[0] == 4


async def test_a_pending_charger_may_send_what_it_was_asked_for(yard: Yard) -> None:
    peer = await yard.booted(boot_policy="pending")
    triggered = await yard.command(
        TriggerMessage(requested_message="StatusNotification", connector_id=1)
    )
    await peer.answer({"status": "Accepted"})
    await triggered

    assert (await peer.ask("StatusNotification", STATUS_16))[0] == 3
    assert (await peer.ask("Heartbeat", {}))[2] == "SecurityError"

    # a new boot begins anew
    await peer.boot()
    assert (await peer.ask("StatusNotification", STATUS_16))[2] == "SecurityError"


async def test_a_refused_trigger_releases_nothing(yard: Yard) -> None:
    peer = await yard.booted(boot_policy="pending")
    triggered = await yard.command(TriggerMessage(requested_message="Heartbeat"))
    await peer.answer({"status": "Rejected"})
    assert (await triggered).status == "rejected"

    assert (await peer.ask("Heartbeat", {}))[2] == "SecurityError"


@pytest.mark.parametrize(
    ("asked", "answer", "message", "payload"),
    [
        (
            TriggerMessage(requested_message="SignChargePointCertificate", extended=True),
            {"status": "Accepted"},
            "SignCertificate",
            {"csr": "x"},
        ),
        (
            TriggerMessage(requested_message="FirmwareStatusNotification", extended=True),
            {"status": "Accepted"},
            "SignedFirmwareStatusNotification",
            {"status": "Idle"},
        ),
        (
            RawCall(action="TriggerMessage", payload={"requestedMessage": "Heartbeat"}),
            {"status": "Accepted"},
            "Heartbeat",
            {},
        ),
    ],
)
async def test_in_1_6_a_trigger_releases_the_message_it_means(
    yard: Yard, asked: TriggerMessage, answer: object, message: str, payload: object
) -> None:
    peer = await yard.booted(boot_policy="pending")
    command = await yard.command(asked)
    await peer.answer(answer)
    await command

    assert (await peer.ask(message, payload))[0] == 3


@pytest.mark.parametrize(
    ("asked", "message", "payload"),
    [
        (
            TriggerMessage(requested_message="SignChargingStationCertificate"),
            "SignCertificate",
            {"csr": "x"},
        ),
        (
            RawCall(action="TriggerMessage", payload={"requestedMessage": "Heartbeat"}),
            "Heartbeat",
            {},
        ),
        (
            RawCall(
                action="GetBaseReport", payload={"requestId": 1, "reportBase": "FullInventory"}
            ),
            "NotifyReport",
            REPORT,
        ),
        (RawCall(action="GetReport", payload={"requestId": 1}), "NotifyReport", REPORT),
    ],
)
async def test_in_2_0_1_triggers_and_reports_release_their_messages(
    yard: Yard, asked: RawCall, message: str, payload: object
) -> None:
    peer = await yard.booted(subprotocol="ocpp2.0.1", boot_policy="pending")
    assert (await peer.ask(message, payload))[2] == "SecurityError"
    command = await yard.command(asked)
    await peer.answer({"status": "Accepted"})
    await command

    assert (await peer.ask(message, payload))[0] == 3


async def test_in_2_0_1_other_commands_release_nothing(yard: Yard) -> None:
    peer = await yard.booted(subprotocol="ocpp2.0.1", boot_policy="pending")
    for asked in (ClearCache(), RawCall(action="ClearCache"), GetConfiguration()):
        command = await yard.command(asked)
        await peer.answer({"status": "Rejected" if asked == ClearCache() else "Accepted"})
        command.cancel()

    assert (await peer.ask("StatusNotification", STATUS_201))[2] == "SecurityError"


async def test_commands_reach_a_charger_that_is_not_accepted(yard: Yard) -> None:
    peer = await yard.booted(boot_policy="pending")

    command = await yard.command(ClearCache())
    await peer.refuse("SecurityError", "not yet", {"when": "soon"})

    with pytest.raises(PeerError) as caught:
        await command
    assert caught.value.details == {
        "code": "SecurityError",
        "description": "not yet",
        "payload": {"when": "soon"},
    }


async def test_frames_that_are_wrong_are_answered_before_acceptance_too(yard: Yard) -> None:
    await yard.register()
    peer: Peer = yard.connect()

    peer.text('[2,"1","Nonsense",{}]')
    peer.text("[2")
    await peer.boot()

    assert json.loads(peer.wire.sent[0])[2] == "NotImplemented"
    assert yard.backend.charger(ORG, "CP1").row.registration == "accepted"


async def test_an_acceptance_is_said_once_it_is_durable(yard: Yard) -> None:
    await yard.register()
    peer = yard.connect()

    id = peer.call("BootNotification", BOOT_16)
    assert peer.answers(id) == []
    await yard.settle()

    assert peer.answers(id)[0][2]["status"] == "Accepted"


async def test_an_acceptance_that_cannot_be_stored_is_none(yard: Yard) -> None:
    await yard.register()
    peer = yard.connect()
    yard.journal.fail(OSError("disk full"))

    assert (await peer.ask("BootNotification", BOOT_16))[2] == "InternalError"

    yard.journal.fail(None)
    yard.complaints.clear()
    assert yard.backend.charger(ORG, "CP1").row.registration == "unknown"
    assert (await peer.ask("Heartbeat", {}))[2] == "SecurityError"
    assert yard.heard("charger.boot") == []


async def test_a_failed_acceptance_takes_back_nothing_else(yard: Yard) -> None:
    await yard.register()
    peer = yard.connect()
    await yard.settle()
    yard.journal.fail(OSError("disk full"), groups=1)
    first = peer.call("BootNotification", BOOT_16)
    # a second one, while the first is being stored
    second = peer.call("BootNotification", {**BOOT_16, "firmwareVersion": "2"})
    await yard.settle()

    assert [peer.answers(id)[0][0] for id in (first, second)] == [4, 3]
    assert yard.backend.charger(ORG, "CP1").row.firmware_version == "2"
    yard.complaints.clear()


@pytest.mark.parametrize("version", ["ocpp1.6", "ocpp2.0.1"])
async def test_a_rejected_charger_is_sent_nothing(yard: Yard, version: str) -> None:
    # 1.6 section 4.2, 2.0.1 B03: no command until it was accepted, or is pending.
    peer = await yard.booted(subprotocol=version, boot_policy="reject")

    with pytest.raises(WrongState, match="rejected when it booted"):
        await yard.backend.command(ORG, "CP1", ClearCache())
    with pytest.raises(WrongState):
        await yard.backend.begin(ORG, "CP1", ClearCache())
    with pytest.raises(WrongState):
        await yard.backend.command(ORG, "CP1", ChangePassword(password="0123456789abcdef"))

    assert peer.asked() == []
    assert list(yard.journal.commands) == []
    assert yard.backend.charger(ORG, "CP1").row.next_password_hash is None
    # also on its next link, which it need not boot on
    await peer.gone()
    again = yard.connect(subprotocol=version)
    with pytest.raises(WrongState):
        await yard.backend.command(ORG, "CP1", ClearCache())
    # it is sent commands once it boots again, and is let in
    await yard.backend.update(ORG, "CP1", ChargerChange(boot_policy="pending"))
    await again.boot()
    command = await yard.command(ClearCache())
    await again.answer({"status": "Accepted"})
    assert (await command).status == "accepted"


async def test_what_waits_for_a_charger_that_is_then_rejected_is_not_sent(yard: Yard) -> None:
    peer = await yard.booted()
    sent = await yard.command(ClearCache())
    waits = await yard.command(TriggerMessage(requested_message="Heartbeat"))
    await yard.backend.update(ORG, "CP1", ChargerChange(boot_policy="reject"))

    await peer.boot()

    with pytest.raises(WrongState):
        await waits
    await peer.answer({"status": "Accepted"})
    assert (await sent).status == "accepted"
    assert [frame[2] for frame in peer.asked()] == ["ClearCache"]
