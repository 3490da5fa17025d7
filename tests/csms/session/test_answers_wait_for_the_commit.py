"""Answered is stored: answers wait for the commit, and what cannot be stored is refused."""

from typing import Any

import pytest

from tests.csms.bench import ORG, ZULU, Peer, Yard
from tests.fakes.journals import MemoryJournal
from voltyard.kernel.errors import Unavailable
from voltyard.ports.journal import Pressure
from voltyard.ports.links import Barred

FULL = Unavailable("the database fails: disk full")

METER_16 = {
    "connectorId": 1,
    "meterValue": [{"timestamp": ZULU, "sampledValue": [{"value": "7"}]}],
}
METER_201 = {
    "evseId": 1,
    "meterValue": [{"timestamp": ZULU, "sampledValue": [{"value": 7}]}],
}
STATUS_16 = {"connectorId": 1, "errorCode": "NoError", "status": "Charging"}
STATUS_201 = {
    "timestamp": ZULU,
    "connectorStatus": "Occupied",
    "evseId": 1,
    "connectorId": 1,
}
EVENT_201 = {
    "generatedAt": ZULU,
    "seqNo": 0,
    "eventData": [
        {
            "eventId": 1,
            "timestamp": ZULU,
            "trigger": "Delta",
            "actualValue": "Occupied",
            "eventNotificationType": "HardWiredNotification",
            "component": {"name": "Connector", "evse": {"id": 1, "connectorId": 1}},
            "variable": {"name": "AvailabilityState"},
        }
    ],
}

SAID_16 = [
    ("MeterValues", METER_16),
    ("StatusNotification", STATUS_16),
    ("DataTransfer", {"vendorId": "acme", "data": "x"}),
    ("FirmwareStatusNotification", {"status": "Downloading"}),
    ("DiagnosticsStatusNotification", {"status": "Uploading"}),
    ("SecurityEventNotification", {"type": "StartupOfTheDevice", "timestamp": ZULU}),
    ("StopTransaction", {"transactionId": 77, "meterStop": 5, "timestamp": ZULU}),
    ("BootNotification", {"chargePointVendor": "V", "chargePointModel": "M"}),
]
SAID_201 = [
    ("MeterValues", METER_201),
    ("StatusNotification", STATUS_201),
    ("DataTransfer", {"vendorId": "acme", "data": {"x": 1}}),
    ("FirmwareStatusNotification", {"status": "Downloading", "requestId": 3}),
    ("LogStatusNotification", {"status": "Uploading", "requestId": 3}),
    ("SecurityEventNotification", {"type": "StartupOfTheDevice", "timestamp": ZULU}),
    ("NotifyEvent", EVENT_201),
    (
        "NotifyReport",
        {"requestId": 1, "generatedAt": ZULU, "seqNo": 0, "tbc": False, "reportData": []},
    ),
]
SAID = [("1.6", *one) for one in SAID_16] + [
    ("2.0.1", *one) for one in SAID_201 if one[0] != "NotifyReport"
]
each_said = pytest.mark.parametrize(
    ("version", "action", "payload"), SAID, ids=[f"{v}-{a}" for v, a, _ in SAID]
)


def logged(journal: MemoryJournal) -> int:
    """How many rows of history there are."""
    return len(journal.meter_values) + len(journal.data_transfers) + len(journal.events)


async def booted(yard: Yard, version: str) -> Peer:
    return await yard.booted(subprotocol="ocpp1.6" if version == "1.6" else "ocpp2.0.1")


def state(yard: Yard) -> Any:
    """What the backend believes of its charger."""
    charger = yard.backend.charger(ORG, "CP1")
    return charger.row, dict(charger.connectors)


@each_said
async def test_an_answer_waits_for_the_commit(
    yard: Yard, version: str, action: str, payload: Any
) -> None:
    peer = await booted(yard, version)
    yard.journal.stall(True)

    id = peer.call(action, payload)
    await yard.settle()
    assert peer.answers(id) == []

    yard.journal.stall(False)
    await yard.settle()
    assert [answer[0] for answer in peer.answers(id)] == [3]


@each_said
async def test_what_cannot_be_stored_is_refused_and_changes_nothing(
    yard: Yard, version: str, action: str, payload: Any
) -> None:
    peer = await booted(yard, version)
    before = state(yard)
    yard.journal.fail(FULL)

    answer = await peer.ask(action, payload)
    assert answer[0] == 4 and answer[2] == "InternalError"

    assert state(yard) == before
    assert yard.complaints == []  # the database says it once, for all
    yard.journal.fail(None)
    assert (await peer.ask(action, payload))[0] == 3


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
async def test_a_heartbeat_waits_for_no_database(yard: Yard, version: str) -> None:
    peer = await booted(yard, version)
    yard.journal.stall(True)

    id = peer.call("Heartbeat", {})

    assert [answer[0] for answer in peer.answers(id)] == [3]
    yard.journal.stall(False)


async def test_the_moment_of_a_heartbeat_is_stored_once_a_second(yard: Yard) -> None:
    peer = await booted(yard, "1.6")
    await peer.say("Heartbeat", {})
    commits = yard.journal.commits
    yard.journal.messages.clear()

    for _ in range(50):
        await peer.say("Heartbeat", {})

    # each is in the message log, in a commit of its own here; none has another for its moment
    assert yard.journal.commits - commits == len(yard.journal.messages) == 50
    yard.clock.now += 1.5
    await peer.say("Heartbeat", {})
    charger = yard.backend.charger(ORG, "CP1")
    assert yard.journal.chargers[charger.row.id].last_heartbeat_at == yard.clock.now


async def test_a_driver_is_answered_although_it_cannot_be_stored_and_it_is_stored_later(
    yard: Yard,
) -> None:
    peer = await booted(yard, "1.6")
    yard.journal.fail(FULL)

    answer = await peer.say("Authorize", {"idTag": "A1B2C3D4"})
    assert answer["idTagInfo"]["status"] == "Accepted"

    yard.journal.fail(None)
    await yard.settle()
    assert yard.complaints == []


async def test_the_first_status_of_a_connector_that_cannot_be_stored_is_not_known(
    yard: Yard,
) -> None:
    peer = await booted(yard, "1.6")
    await peer.say("StatusNotification", STATUS_16)
    yard.journal.fail(FULL)

    await peer.ask("StatusNotification", STATUS_16 | {"status": "Finishing"})
    await peer.ask("StatusNotification", STATUS_16 | {"connectorId": 2})

    connectors = yard.backend.charger(ORG, "CP1").connectors
    assert {key: row.status for key, row in connectors.items()} == {(1, 1): "Charging"}
    yard.journal.fail(None)


async def test_under_pressure_one_call_of_each_charger_is_read_at_a_time(yard: Yard) -> None:
    peer = await booted(yard, "1.6")
    yard.journal.stall(True)
    yard.journal.press(Pressure.HIGH)

    calls = [peer.call("MeterValues", METER_16) for _ in range(3)]
    await yard.settle()
    assert peer.wire.is_paused

    yard.journal.stall(False)
    for _ in range(10):
        await yard.settle()
    assert [peer.answers(id)[0][0] for id in calls] == [3, 3, 3]
    assert not peer.wire.is_paused


async def test_beyond_the_mark_nothing_is_read_and_nobody_is_let_in_until_there_is_room(
    yard: Yard,
) -> None:
    peer = await booted(yard, "1.6")
    yard.journal.press(Pressure.FULL)

    first, second = peer.call("Heartbeat", {}), peer.call("Heartbeat", {})
    assert (peer.wire.is_paused, len(peer.answers(first)), peer.answers(second)) == (True, 1, [])
    barred = yard.knock()
    assert isinstance(barred, Barred)
    assert barred.status == 503
    assert dict(barred.headers)["Retry-After"]

    yard.journal.press(Pressure.NONE)
    await yard.settle()
    assert not peer.wire.is_paused
    assert len(peer.answers(second)) == 1
