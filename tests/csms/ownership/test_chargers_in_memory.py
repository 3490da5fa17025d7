"""A charger that has left is in no part's memory any more."""

import asyncio
import gc
from collections import deque
from collections.abc import Iterator
from functools import partial
from random import Random
from types import CellType, FunctionType, MethodType
from typing import Any
from weakref import WeakValueDictionary

import pytest
from msgspec import Struct
from msgspec.structs import replace

from tests.csms.bench import ORG, START, ZULU, Yard
from tests.csms.ownership.bench import Pair, connected
from tests.fakes.journals import MemoryJournal
from voltyard.csms.commands.charging import ReserveNow
from voltyard.csms.commands.control import RemoteStartTransaction
from voltyard.csms.commands.maintenance import UpdateFirmware
from voltyard.csms.commands.outcome_tracker import OutcomeTracker
from voltyard.csms.commands.shared import BackendCommand
from voltyard.csms.records import CommandStored, ReservationStored, TransactionStored
from voltyard.csms.registry import RegisteredCharger
from voltyard.csms.reservations import Reservations
from voltyard.csms.security.certificate_rows import CertificateStored
from voltyard.csms.session.session import Session
from voltyard.csms.smart_charging.charging_plans import ChargingPlans
from voltyard.csms.smart_charging.plan import ExternalLimit
from voltyard.csms.transactions.ledger import TransactionLedger
from voltyard.csms.transactions.transactions import Transactions
from voltyard.kernel import limits
from voltyard.kernel.errors import Unavailable
from voltyard.kernel.quotas import Quota
from voltyard.kernel.time import DAY_S

NOW = START
LEFTOVERS = ("_expiries", "_due", "_places")
"""Heaps, which keep moments of what has gone up to a bound, and the list of who is elsewhere."""


PLAIN = (
    dict,
    list,
    tuple,
    set,
    frozenset,
    deque,
    partial,
    MethodType,
    CellType,
    WeakValueDictionary,
)


def reached(root: Any, beyond: set[int]) -> Iterator[Any]:
    """All of this program's objects that are reached from one, but by way of those."""
    seen, waiting = {id(root), *beyond}, [root]
    while waiting:
        one = waiting.pop()
        yield one
        # A function knows all of its module, which is no memory of its own.
        others = one.__closure__ or () if isinstance(one, FunctionType) else gc.get_referents(one)
        for other in others:
            is_ours = type(other).__module__.startswith("voltyard") or isinstance(
                other, (*PLAIN, str, FunctionType)
            )
            if is_ours and id(other) not in seen:
                seen.add(id(other))
                waiting.append(other)


def mentions(yard: Yard, charger_id: str) -> list[Any]:
    """What a backend still knows that has to do with a charger."""
    beyond = {id(yard.journal), id(yard.events)}
    for one in list(reached(yard.backend, beyond)):
        if type(one).__name__ in ("Reservations", "OutcomeTracker", "ChargersElsewhere"):
            beyond |= {id(getattr(one, name)) for name in LEFTOVERS if hasattr(one, name)}
    return [
        one
        for one in reached(yard.backend, beyond)
        if (isinstance(one, str) and one == charger_id)
        or isinstance(one, RegisteredCharger | Session)
        or (isinstance(one, Struct) and getattr(one, "charger_id", None) == charger_id)
    ]


async def done(yard: Yard, peer: Any, command: BackendCommand, answer: Any) -> None:
    task = await yard.command(command)
    await peer.answer(answer)
    await task


async def full(yard: Yard) -> str:
    """A charger of which there is much to be known; its id."""
    peer = await yard.booted(password=None)
    status = {"connectorId": 1, "errorCode": "NoError", "status": "Charging"}
    await peer.say("StatusNotification", status)
    start = {"connectorId": 1, "idTag": "TAG", "meterStart": 100, "timestamp": ZULU}
    first = await peer.say("StartTransaction", start)
    stop = {"transactionId": first["transactionId"], "meterStop": 900, "timestamp": ZULU}
    await peer.say("StopTransaction", stop)
    await peer.say("StartTransaction", start | {"meterStart": 900})
    accepted = {"status": "Accepted"}
    await done(yard, peer, RemoteStartTransaction(id_tag="T2", connector_id=2), accepted)
    reserve = ReserveNow(connector_id=2, id_tag="T3", reservation_id=1, expires_at=NOW + 900)
    await done(yard, peer, reserve, accepted)
    await done(yard, peer, UpdateFirmware(location="ftp://x/y", retrieve_at=NOW), {})
    return yard.backend.charger(ORG, "CP1").row.id


async def test_nothing_of_it_is_left(pair: Pair) -> None:
    charger_id = await full(pair.server)
    assert mentions(pair.server, charger_id)

    await pair.to_node()
    pair.server.pass_time(DAY_S)  # timers of sessions that have ended run out

    assert mentions(pair.server, charger_id) == []


async def test_nor_at_a_node_with_its_certificates(pair: Pair) -> None:
    charger_id = await full(pair.server)
    await issue(pair.journal, charger_id)
    await pair.to_node()
    assert pair.node.backend.certificates.list(ORG)

    await pair.to_server()

    assert mentions(pair.node, charger_id) == []
    assert pair.server.backend.certificates.list(ORG)


async def test_the_server_knows_the_certificates_of_chargers_that_are_elsewhere(
    pair: Pair,
) -> None:
    charger = await pair.server.register()
    await issue(pair.journal, charger.row.id)
    await pair.to_node()
    await pair.to_server()
    await pair.to_node()
    backend = pair.server.backend

    (row,) = backend.certificates.list(ORG)
    backend.certificates.note(charger.row.id, [row, certificate("crt_2", charger.row.id)])

    assert [one.id for one in backend.certificates.list(ORG)] == ["crt_2", "crt_1"]


async def test_a_charger_comes_back_with_the_certificates_that_it_has_by_then(
    pair: Pair,
) -> None:
    charger = await pair.server.register()
    await issue(pair.journal, charger.row.id)
    await pair.to_node()
    await pair.to_server()
    await pair.to_node()
    pair.journal.certificates = {"crt_2": certificate("crt_2", charger.row.id)}

    await pair.to_server()

    assert [one.id for one in pair.server.backend.certificates.list(ORG)] == ["crt_2"]


async def test_a_certificate_that_is_not_revoked_after_all_is_not_left_behind(pair: Pair) -> None:
    charger = await pair.server.register()
    await issue(pair.journal, charger.row.id)
    await pair.to_node()
    await pair.to_server()
    await pair.to_node()
    pair.journal.stall(True)
    revoking = asyncio.create_task(pair.node.backend.certificates.revoke(ORG, "crt_1", None))
    await asyncio.sleep(0)
    release = asyncio.create_task(pair.node.backend.release(ORG, "CP1", pair.hand_over("")))
    await asyncio.sleep(0)

    pair.journal.fail(Unavailable("the disk is full"), groups=1)
    pair.journal.stall(False)
    with pytest.raises(Unavailable):
        await revoking
    await release

    assert pair.node.backend.certificates.list(ORG) == []


async def test_the_end_of_a_certificate_is_told_by_whoever_has_its_charger(pair: Pair) -> None:
    charger = await pair.server.register()
    await issue(pair.journal, charger.row.id)
    await pair.to_node()
    await pair.to_server()
    await pair.to_node()

    await pair.server.backend.certificates.tell_expiring()
    assert pair.server.heard("certificate.expiring") == []
    await pair.node.backend.certificates.tell_expiring()

    assert len(pair.node.heard("certificate.expiring")) == 1


async def issue(journal: MemoryJournal, charger_id: str) -> None:
    journal.write([certificate("crt_1", charger_id)])
    await journal.flush()


def certificate(id: str, charger_id: str) -> CertificateStored:
    return CertificateStored(
        id=id,
        organization_id=ORG,
        charger_id=charger_id,
        charge_box_id="CP1",
        common_name="CP1",
        serial_number="1",
        fingerprint=id,
        issued_at=NOW,
        not_before=NOW,
        not_after=NOW + 86_400,
    )


async def test_a_charger_that_is_elsewhere_still_counts(pair: Pair) -> None:
    quota = Quota("chargers", lambda organization_id: None)
    server = Yard(pair.journal, charger_quota=quota)
    await server.register()
    contents = pair.journal.contents()

    await server.backend.release(ORG, "CP1", pair.hand_over("n1"), to="n1")
    away = quota.used(ORG)
    server.backend.take(contents)
    back = quota.used(ORG)

    assert (away, back) == (1, 1)
    await server.backend.close()


async def test_at_a_start_chargers_that_are_elsewhere_count_too(pair: Pair) -> None:
    quota = Quota("chargers", lambda organization_id: None)
    server = Yard(charger_quota=quota)

    for node in ("n1", "n2"):
        server.backend.note_elsewhere(ORG, "CP1", node, "chg_1")

    assert quota.used(ORG) == 1
    assert server.backend.elsewhere.of_node("n2") == [(ORG, "CP1")]
    server.backend.note_deleted(ORG, "CP1")
    assert quota.used(ORG) == 0
    await server.backend.close()


async def test_a_charger_that_comes_and_goes_leaves_no_more_each_time(pair: Pair) -> None:
    charger_id = await full(pair.server)
    for _ in range(3):
        await pair.to_node()
        await pair.to_server()
    size = sum(1 for _ in reached(pair.server.backend, {id(pair.journal), id(pair.server.events)}))

    for _ in range(20):
        await pair.to_node()
        await pair.to_server()

    again = sum(1 for _ in reached(pair.server.backend, {id(pair.journal), id(pair.server.events)}))
    assert again - size < 20 * 12  # moments in the heaps, each a tuple and what is in it
    assert mentions(pair.server, charger_id)
    newer = await connected(pair.server)
    assert await newer.say("Heartbeat", {})


# --- part by part ---------------------------------------------------------------------------------


def transaction(id: str, charger_id: str = "chg_1", **fields: Any) -> TransactionStored:
    values: dict[str, Any] = {"status": "in_progress", "number": None, "ocpp_id": id, **fields}
    return TransactionStored(
        id=id,
        organization_id=ORG,
        charger_id=charger_id,
        charge_box_id="CP1",
        version="2.0.1",
        id_tag="TAG",
        created_at=NOW,
        updated_at=NOW,
        **values,
    )


def test_the_ledger_forgets_a_charger_in_all_its_lists() -> None:
    ledger = TransactionLedger()
    ledger.put(transaction("txn_1"))
    ledger.put(transaction("txn_2", status="completed", stopped_at=NOW))
    ledger.put(transaction("txn_3", status="pending", ocpp_id=None))
    ledger.put(transaction("txn_4", "chg_2"))
    ledger.seen(transaction("txn_1")).add(3)
    assert ledger.ids_of("chg_1") == ["txn_1", "txn_2", "txn_3"]

    ledger.forget("chg_1")

    assert len(ledger) == 1
    left = {name: len(held) for name, held in vars(ledger).items() if hasattr(held, "__len__")}
    assert {name for name, count in left.items() if count} == {
        "_rows",
        "_by_ocpp_id",
        "_by_name",
        "_open",
        "_by_tag",
        "_of_charger",
    }
    assert set(left.values()) == {0, 1}


def test_what_comes_back_is_not_forgotten_in_the_place_of_another() -> None:
    ledger = TransactionLedger(closed_limit=2)
    rows = [transaction(f"txn_{n}", status="completed", stopped_at=NOW + n) for n in (1, 2)]
    for _ in range(5):
        for row in rows:
            ledger.put(row)
        ledger.forget("chg_1")
    for row in rows:
        ledger.put(row)

    assert [ledger.get(row.id) for row in rows] == rows


def test_moments_of_remote_starts_that_have_gone_are_let_go() -> None:
    moved: list[float | None] = []
    transactions = Transactions(TransactionLedger(), Random(1), moved.append)
    rows = [transaction(f"txn_{n}", status="pending", ocpp_id=None) for n in range(10)]
    for _ in range(1_000):
        transactions.load(rows, 0)
        transactions.forget("chg_1")

    assert len(transactions._expiries) <= 1_001
    transactions.load(rows[:1], 0)
    assert moved[-1] == NOW + limits.PENDING_START_S
    assert len(transactions.expire(NOW + limits.PENDING_START_S)) == 1
    assert moved[-1] is None


def test_moments_of_reservations_that_have_gone_are_let_go() -> None:
    moved: list[float | None] = []
    reservations = Reservations(Random(1), moved.append)
    row = ReservationStored(
        id="rsv_1",
        organization_id=ORG,
        charger_id="chg_1",
        charge_box_id="CP1",
        reservation_id=1,
        evse_id=1,
        connector_id=1,
        id_tag="TAG",
        expires_at=NOW + 10,
        created_at=NOW,
        updated_at=NOW,
    )
    for _ in range(5_000):
        reservations.load([row])
        reservations.forget("chg_1")

    assert len(reservations._expiries) <= 1_001
    reservations.load([row])
    assert [one.status for one in reservations.expire(NOW + 10)] == ["expired"]
    assert reservations.expire(NOW + 10) == ()


def test_moments_of_outcomes_that_have_gone_are_let_go() -> None:
    outcomes = OutcomeTracker(lambda at: None)
    row = CommandStored(
        id="cmd_1",
        organization_id=ORG,
        charger_id="chg_1",
        charge_box_id="CP1",
        command="firmware/update",
        request="{}",
        status="accepted",
        asked_at=NOW,
        awaits="firmware",
        due_at=NOW + 10,
    )
    for _ in range(5_000):
        outcomes.load([row], NOW)
        outcomes.forget("chg_1")

    assert len(outcomes._due) <= 2 * limits.AWAITED_OUTCOMES
    assert not outcomes.awaits("chg_1")
    outcomes.load([row], NOW)
    (ended,) = outcomes.expire(NOW + 10, lambda charger_id: False).rows
    assert ended == replace(
        row, outcome="nothing was heard within 10 s", outcome_at=NOW + 10, due_at=None
    )


def test_limits_of_other_systems_go_with_the_charger() -> None:
    plans = ChargingPlans()
    limit = ExternalLimit(unit="W", limit=7_000.0)
    plans.limit("chg_1", "EMS", 0, limit)

    plans.forget("chg_1", ["txn_1"])

    assert plans._external == {}
