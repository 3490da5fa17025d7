"""Reservations: kept once their chargers accept, and ended by use, time, or being given up."""

from typing import Any

import pytest

from tests.csms.bench import START, ZULU, Peer, Yard
from voltyard.csms.commands.charging import CancelReservation, ReserveNow
from voltyard.csms.commands.control import RawCall
from voltyard.csms.commands.shared import BackendCommand
from voltyard.kernel import limits

ACCEPTED = {"status": "Accepted"}
LATER = "2026-09-22T14:13:20Z"
VERSIONS = ["ocpp1.6", "ocpp2.0.1"]


def reserve(id: int = 7, connector: int = 1, tag: str = "TAG", after_s: float = 60) -> ReserveNow:
    return ReserveNow(
        connector_id=connector, id_tag=tag, expires_at=START + after_s, reservation_id=id
    )


async def done(yard: Yard, peer: Peer, command: BackendCommand, answer: Any = ACCEPTED) -> Any:
    task = await yard.command(command)
    await peer.answer(answer)
    return await task


def kept(yard: Yard) -> list[tuple[int, str]]:
    rows = sorted(yard.journal.reservations.values(), key=lambda row: row.created_at)
    return [(row.reservation_id, row.status) for row in rows]


async def begin(peer: Peer, version: str, tag: str, connector: int, id: int | None) -> None:
    """A transaction."""
    named = {} if id is None else {"reservationId": id}
    if version == "ocpp1.6":
        start = {"connectorId": connector, "idTag": tag, "meterStart": 0, "timestamp": ZULU}
        await peer.say("StartTransaction", {**start, **named})
        return
    await peer.say(
        "TransactionEvent",
        {
            "eventType": "Started",
            "timestamp": ZULU,
            "triggerReason": "Authorized",
            "seqNo": 0,
            "transactionInfo": {"transactionId": "T1"},
            "evse": {"id": connector, "connectorId": 1},
            "idToken": {"idToken": tag, "type": "Central"},
            **named,
        },
    )


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_reservation_is_kept_once_it_is_accepted(yard: Yard, version: str) -> None:
    peer = await yard.booted(subprotocol=version)

    await done(yard, peer, reserve(6), {"status": "Occupied"})
    await done(yard, peer, reserve(7))

    assert kept(yard) == [(7, "active")]
    (row,) = yard.journal.reservations.values()
    assert (row.evse_id, row.id_tag, row.expires_at) == (1, "TAG", START + 60)
    assert [e.reservation.status for e in yard.heard("reservation.changed")] == ["active"]


@pytest.mark.parametrize(
    ("version", "action", "payload"),
    [
        (
            "ocpp1.6",
            "ReserveNow",
            {"connectorId": 0, "expiryDate": LATER, "idTag": "T", "reservationId": 3},
        ),
        (
            "ocpp2.0.1",
            "ReserveNow",
            {"id": 3, "expiryDateTime": LATER, "idToken": {"idToken": "T", "type": "Central"}},
        ),
    ],
)
async def test_one_made_and_cancelled_by_raw_calls_is_known_too(
    yard: Yard, version: str, action: str, payload: Any
) -> None:
    peer = await yard.booted(subprotocol=version)

    await done(yard, peer, RawCall(action=action, payload=payload))
    assert kept(yard) == [(3, "active")]
    await done(yard, peer, RawCall(action="CancelReservation", payload={"reservationId": 3}))

    assert kept(yard) == [(3, "cancelled")]


async def test_a_cancellation_that_is_refused_changes_nothing(yard: Yard) -> None:
    peer = await yard.booted()
    await done(yard, peer, reserve(7))

    await done(yard, peer, CancelReservation(reservation_id=7), {"status": "Rejected"})

    assert kept(yard) == [(7, "active")]


async def test_the_same_id_again_replaces(yard: Yard) -> None:
    peer = await yard.booted()
    await done(yard, peer, reserve(7, connector=1))
    yard.clock.now += 1

    await done(yard, peer, reserve(7, connector=2))

    assert kept(yard) == [(7, "cancelled"), (7, "active")]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("tag", "connector", "id", "status"),
    [
        ("OTHER", 1, 7, "used"),  # by its number, whoever's parent tag it was
        ("tag", 1, None, "used"),  # chargers that do not say the number
        ("TAG", 2, None, "active"),
        ("OTHER", 1, None, "active"),
        ("OTHER", 1, 8, "active"),
    ],
)
async def test_a_transaction_for_it_uses_it(
    yard: Yard, version: str, tag: str, connector: int, id: int | None, status: str
) -> None:
    peer = await yard.booted(subprotocol=version)
    await done(yard, peer, reserve(7))

    await begin(peer, version, tag, connector, id)

    assert kept(yard) == [(7, status)]
    yard.pass_time(60)
    await yard.settle()
    assert kept(yard) == [(7, "used" if status == "used" else "expired")]


async def test_a_start_that_could_not_be_stored_uses_nothing(yard: Yard) -> None:
    peer = await yard.booted()
    await done(yard, peer, reserve(7))
    yard.journal.fail(OSError("full"), groups=1)
    start = {"connectorId": 1, "idTag": "TAG", "meterStart": 0, "timestamp": ZULU}

    assert (await peer.ask("StartTransaction", {**start, "reservationId": 7}))[0] == 4
    assert kept(yard) == [(7, "active")]
    await peer.say("StartTransaction", {**start, "reservationId": 7})

    assert kept(yard) == [(7, "used")]
    yard.complaints.clear()


@pytest.mark.parametrize(("update", "status"), [("Expired", "expired"), ("Removed", "cancelled")])
async def test_a_station_tells_of_its_end(yard: Yard, update: str, status: str) -> None:
    peer = await yard.booted(subprotocol="ocpp2.0.1")
    await done(yard, peer, reserve(7))
    told = {"reservationId": 7, "reservationUpdateStatus": update}

    await peer.say("ReservationStatusUpdate", told)
    await peer.say("ReservationStatusUpdate", {**told, "reservationId": 99})

    assert kept(yard) == [(7, status)]
    assert yard.heard("charger.notified")[0].payload == told


@pytest.mark.parametrize(
    ("connector", "status", "left"),
    [
        (1, "Faulted", [8, 9]),
        (1, "Unavailable", [8, 9]),
        (0, "Faulted", []),
        (0, "Unavailable", []),
        (1, "Reserved", [7, 8, 9]),
        (1, "Available", [7, 8, 9]),
        (3, "Faulted", [7, 8, 9]),
    ],
)
async def test_in_1_6_a_connector_out_of_service_ends_it(
    yard: Yard, connector: int, status: str, left: list[int]
) -> None:
    # Section 5.13; a reservation of connector 0 lives on with any of the others.
    peer = await yard.booted()
    for id, reserved in ((7, 1), (8, 2), (9, 0)):
        await done(yard, peer, reserve(id, reserved))
    report = {"connectorId": connector, "errorCode": "NoError", "status": status}

    await peer.say("StatusNotification", report)
    await peer.say("StatusNotification", report)

    assert [id for id, state in kept(yard) if state == "active"] == left
    ended = [id for id, state in kept(yard) if state == "cancelled"]
    assert ended == [id for id in (7, 8, 9) if id not in left]
    told = [one.reservation for one in yard.heard("reservation.changed")]
    assert [one.reservation_id for one in told if one.status == "cancelled"] == ended
    assert await done(yard, peer, reserve(7))
    assert (7, "active") in kept(yard)


async def test_in_2_0_1_the_station_tells_of_that_itself(yard: Yard) -> None:
    peer = await yard.booted(subprotocol="ocpp2.0.1")
    await done(yard, peer, reserve(7))
    where = {"evseId": 1, "connectorId": 1, "timestamp": ZULU}

    await peer.say("StatusNotification", {**where, "connectorStatus": "Faulted"})

    assert kept(yard) == [(7, "active")]


async def test_time_ends_it_also_after_a_restart(yard: Yard) -> None:
    peer = await yard.booted()
    await done(yard, peer, reserve(7, after_s=60))
    await done(yard, peer, reserve(8, after_s=120))
    again = yard.restarted()

    again.pass_time(60)
    await again.settle()

    assert kept(again) == [(7, "expired"), (8, "active")]
    assert again.backend.deadline() == START + 120
    await again.backend.close()


async def test_only_so_many_are_kept_of_one_charger(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "CHARGER_RESERVATIONS", 2)
    peer = await yard.booted()
    for id in range(3):
        yard.clock.now += 1
        await done(yard, peer, reserve(id))

    assert kept(yard) == [(0, "cancelled"), (1, "active"), (2, "active")]


async def test_a_start_that_is_repeated_uses_no_later_reservation(yard: Yard) -> None:
    peer = await yard.booted()
    await begin(peer, "ocpp1.6", "TAG", 1, None)
    await done(yard, peer, reserve(7))

    await begin(peer, "ocpp1.6", "TAG", 1, None)

    assert kept(yard) == [(7, "active")]
