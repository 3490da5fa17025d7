"""What was triggered, told apart from what comes by itself."""

from typing import Any

import pytest

from tests.csms.bench import BOOT_201, ZULU, Peer, Yard
from voltyard.csms.commands.control import Reset, TriggerMessage
from voltyard.csms.commands.shared import BackendCommand
from voltyard.kernel import limits

ACCEPTED = {"status": "Accepted"}


async def done(yard: Yard, peer: Peer, command: BackendCommand) -> str:
    """Have it sent and accepted; its id."""
    task = await yard.command(command)
    await peer.answer(ACCEPTED)
    await task
    return list(yard.journal.commands)[-1]


def outcome(yard: Yard, id: str) -> tuple[str | None, bool | None]:
    row = yard.journal.commands[id]
    return row.outcome, row.succeeded


async def test_a_message_that_was_asked_for_comes(yard: Yard) -> None:
    peer = await yard.booted()
    id = await done(yard, peer, TriggerMessage(requested_message="Heartbeat"))
    yard.clock.now += 0.25

    await peer.say("Heartbeat", {})

    assert outcome(yard, id) == ("came after 250 ms", True)


def metered(context: str | None, connector: int = 1) -> dict[str, Any]:
    sample = {"value": "7", **({} if context is None else {"context": context})}
    value = {"timestamp": ZULU, "sampledValue": [{"value": "1"}, sample]}
    return {"connectorId": connector, "meterValue": [value]}


def metered_201(context: str) -> dict[str, Any]:
    value = {"timestamp": ZULU, "sampledValue": [{"value": 7.0, "context": context}]}
    return {"evseId": 1, "meterValue": [value]}


def transaction_event(reason: str, number: int = 0) -> dict[str, Any]:
    return {
        "eventType": "Updated" if number else "Started",
        "timestamp": ZULU,
        "triggerReason": reason,
        "seqNo": number,
        "transactionInfo": {"transactionId": "t-1"},
        "evse": {"id": 1, "connectorId": 1},
    }


@pytest.mark.parametrize("context", [None, "Sample.Periodic", "Sample.Clock"])
async def test_a_periodic_value_is_not_what_a_trigger_asked_for(
    yard: Yard, context: str | None
) -> None:
    peer = await yard.booted()
    id = await done(yard, peer, TriggerMessage(requested_message="MeterValues", connector_id=1))
    yard.clock.now += 7

    await peer.say("MeterValues", metered(context))
    assert outcome(yard, id) == (None, None)
    yard.clock.now += 1
    await peer.say("MeterValues", metered("Trigger", connector=2))
    await peer.say("MeterValues", metered("Trigger"))

    assert outcome(yard, id) == ("came after 8000 ms", True)


async def test_a_trigger_that_brought_nothing_says_what_came_meanwhile(yard: Yard) -> None:
    peer = await yard.booted()
    id = await done(yard, peer, TriggerMessage(requested_message="MeterValues", connector_id=1))
    for _ in range(2):
        await peer.say("MeterValues", metered("Sample.Periodic"))

    yard.pass_time(limits.MESSAGE_OUTCOME_S)
    await yard.settle()

    words = "did not come within 60 s; 2 came that were not triggered"
    assert outcome(yard, id) == (words, False)


@pytest.mark.parametrize(
    ("action", "by_itself", "triggered"),
    [
        ("MeterValues", metered_201("Sample.Clock"), metered_201("Trigger")),
        (
            "TransactionEvent",
            transaction_event("CablePluggedIn"),
            transaction_event("Trigger", number=1),
        ),
        ("BootNotification", BOOT_201, {**BOOT_201, "reason": "Triggered"}),
    ],
)
async def test_what_a_2_0_1_station_was_triggered_to_send_says_so(
    yard: Yard, action: str, by_itself: Any, triggered: Any
) -> None:
    peer = await yard.booted(subprotocol="ocpp2.0.1")
    id = await done(yard, peer, TriggerMessage(requested_message=action))

    await peer.say(action, by_itself)
    assert outcome(yard, id) == (None, None)
    await peer.say(action, triggered)

    assert outcome(yard, id)[1] is True


async def test_a_triggered_boot_is_no_restart(yard: Yard) -> None:
    peer = await yard.booted(subprotocol="ocpp2.0.1")
    id = await done(yard, peer, Reset(type="Soft"))

    await peer.say("BootNotification", {**BOOT_201, "reason": "Triggered"})
    assert outcome(yard, id) == (None, None)
    await peer.say("BootNotification", {**BOOT_201, "reason": "RemoteReset"})

    assert outcome(yard, id)[1] is True


async def test_one_that_says_it_was_triggered_may_come_before_the_answer(yard: Yard) -> None:
    peer = await yard.booted()
    task = await yard.command(TriggerMessage(requested_message="MeterValues"))
    yard.clock.now += 0.1
    await peer.say("MeterValues", metered("Trigger"))
    yard.clock.now += 0.1
    await peer.answer(ACCEPTED)
    await task

    (stored,) = yard.journal.commands.values()
    assert (stored.outcome, stored.succeeded) == ("came after 100 ms", True)
    assert len(yard.heard("command.outcome")) == 1


async def test_one_that_cannot_say_so_counts_after_the_answer_only(yard: Yard) -> None:
    # 1.6 5.17: first the TriggerMessage.conf, then the requested message.
    peer = await yard.booted()
    task = await yard.command(TriggerMessage(requested_message="Heartbeat"))
    await peer.say("Heartbeat", {})
    yard.clock.now += 0.1
    await peer.answer(ACCEPTED)
    await task
    (stored,) = yard.journal.commands.values()
    assert (stored.outcome, stored.succeeded) == (None, None)

    await peer.say("Heartbeat", {})

    (stored,) = yard.journal.commands.values()
    assert (stored.outcome, stored.succeeded) == ("came after 100 ms", True)


async def test_only_the_message_of_that_connector_is_the_one(yard: Yard) -> None:
    def status(connector: int) -> dict[str, Any]:
        return {"connectorId": connector, "errorCode": "NoError", "status": "Available"}

    peer = await yard.booted()
    id = await done(
        yard, peer, TriggerMessage(requested_message="StatusNotification", connector_id=2)
    )

    await peer.say("StatusNotification", status(1))
    await peer.say("Heartbeat", {})
    assert outcome(yard, id) == (None, None)
    await peer.say("StatusNotification", status(2))

    assert outcome(yard, id)[1] is True


async def test_a_message_that_does_not_come_is_given_up(yard: Yard) -> None:
    peer = await yard.booted()
    id = await done(yard, peer, TriggerMessage(requested_message="MeterValues", connector_id=1))

    yard.pass_time(limits.MESSAGE_OUTCOME_S)
    await yard.settle()

    assert outcome(yard, id) == ("did not come within 60 s", False)


@pytest.mark.parametrize(
    ("message", "action", "payload"),
    [
        ("SignChargePointCertificate", "SignCertificate", {"csr": "x"}),
        (
            "FirmwareStatusNotification",
            "SignedFirmwareStatusNotification",
            {"status": "Idle"},
        ),
    ],
)
async def test_a_message_of_another_name_is_known(
    yard: Yard, message: str, action: str, payload: Any
) -> None:
    peer = await yard.booted()
    id = await done(yard, peer, TriggerMessage(requested_message=message, extended=True))

    await peer.say(action, payload)

    assert outcome(yard, id)[1] is True
