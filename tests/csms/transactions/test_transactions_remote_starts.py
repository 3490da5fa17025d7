"""Remote starts and stops of OCPP 1.6: asked for, awaited, begun or forgotten."""

from typing import Any

import pytest

from tests.csms.bench import ORG, START, ZULU, Peer, Yard
from voltyard.csms.commands.control import RemoteStartTransaction, RemoteStopTransaction
from voltyard.csms.records import TransactionStored
from voltyard.kernel import limits
from voltyard.kernel.errors import Conflict, NotFound

LATER = "2026-09-21T15:14:20.500+00:00"
"""An hour and a minute and a half second after START."""


def started(**changes: Any) -> dict[str, Any]:
    return {"connectorId": 1, "idTag": "TAG", "meterStart": 1000, "timestamp": ZULU} | changes


def rows(yard: Yard) -> list[TransactionStored]:
    return list(yard.journal.transactions.values())


async def accepted_start(yard: Yard, peer: Peer, **command: Any) -> Any:
    task = await yard.command(
        RemoteStartTransaction(**({"id_tag": "tag", "connector_id": 1} | command))
    )
    await peer.answer({"status": "Accepted"})
    return await task


async def test_an_accepted_remote_start_is_pending_until_its_transaction_begins(
    yard: Yard,
) -> None:
    peer = await yard.booted()

    answer = await accepted_start(yard, peer)
    assert yard.backend.transaction(ORG, answer.id).status == "pending"
    await peer.say("StartTransaction", started())

    (row,) = rows(yard)
    assert (row.id, row.status, row.remote_started) == (answer.id, "in_progress", True)
    # only one transaction comes of it
    await peer.say("StartTransaction", started(timestamp=LATER))
    assert [row.remote_started for row in rows(yard)] == [True, False]


async def test_a_transaction_of_another_tag_or_connector_is_not_the_remote_one(yard: Yard) -> None:
    peer = await yard.booted()
    answer = await accepted_start(yard, peer)

    await peer.say("StartTransaction", started(connectorId=2))
    await peer.say("StartTransaction", started(idTag="OTHER"))

    assert yard.backend.transaction(ORG, answer.id).status == "pending"


async def test_a_remote_start_for_any_connector_takes_the_first_that_begins(yard: Yard) -> None:
    peer = await yard.booted()
    answer = await accepted_start(yard, peer, connector_id=None)

    await peer.say("StartTransaction", started(connectorId=2))

    assert yard.backend.transaction(ORG, answer.id).connector_id == 2


async def test_a_refused_remote_start_leaves_nothing(yard: Yard) -> None:
    peer = await yard.booted()
    task = await yard.command(RemoteStartTransaction(id_tag="TAG"))

    await peer.answer({"status": "Rejected"})

    answer = await task
    assert (answer.status, answer.id) == ("rejected", None)  # type: ignore[union-attr]
    assert rows(yard) == []


async def test_a_remote_start_that_comes_to_nothing_is_forgotten(yard: Yard) -> None:
    peer = await yard.booted()
    answer = await accepted_start(yard, peer)
    assert yard.backend.deadline() == START + limits.PENDING_START_S

    yard.pass_time(limits.PENDING_START_S)
    await yard.settle()

    with pytest.raises(NotFound):
        yard.backend.transaction(ORG, answer.id)
    assert rows(yard) == []
    assert yard.backend.deadline() is None


async def test_pending_starts_expire_after_a_restart_too(yard: Yard) -> None:
    peer = await yard.booted()
    await accepted_start(yard, peer)

    restarted = yard.restarted()
    restarted.pass_time(limits.PENDING_START_S)
    await restarted.settle()

    assert rows(restarted) == []
    await restarted.backend.close()


async def test_a_begun_transaction_does_not_expire(yard: Yard) -> None:
    peer = await yard.booted()
    await accepted_start(yard, peer)
    await peer.say("StartTransaction", started())

    yard.pass_time(limits.PENDING_START_S)
    await yard.settle()

    assert rows(yard)[0].status == "in_progress"


async def test_only_so_many_remote_starts_wait_for_one_charger(yard: Yard) -> None:
    peer = await yard.booted()

    answers = [
        await accepted_start(yard, peer, id_tag=f"TAG{n}") for n in range(limits.PENDING_STARTS + 1)
    ]
    await yard.settle()

    assert {row.id for row in rows(yard)} == {answer.id for answer in answers[1:]}


async def test_a_failed_start_leaves_the_remote_start_pending(yard: Yard) -> None:
    peer = await yard.booted()
    answer = await accepted_start(yard, peer)
    yard.journal.fail(OSError("disk full"))

    await peer.ask("StartTransaction", started())

    assert yard.backend.transaction(ORG, answer.id).status == "pending"
    yard.complaints.clear()


async def test_a_transaction_is_stopped_remotely_by_either_of_its_ids(yard: Yard) -> None:
    peer = await yard.booted()
    await peer.say("StartTransaction", started())
    row = yard.backend.transaction(ORG, "1")

    for name in ("1", row.id):
        task = await yard.command(RemoteStopTransaction(transaction_id=name))
        assert peer.asked()[-1][2:] == ["RemoteStopTransaction", {"transactionId": 1}]
        await peer.answer({"status": "Accepted"})
        assert (await task).status == "accepted"

    with pytest.raises(NotFound):
        await yard.backend.command(ORG, "CP1", RemoteStopTransaction(transaction_id="txn_unknown"))


async def test_a_pending_transaction_cannot_be_stopped(yard: Yard) -> None:
    peer = await yard.booted()
    answer = await accepted_start(yard, peer)

    with pytest.raises(Conflict):
        await yard.backend.command(ORG, "CP1", RemoteStopTransaction(transaction_id=answer.id))
