"""Chargers that leave one process, and come to another, with all that is theirs."""

import asyncio
from typing import Any

import pytest

from tests.csms.bench import ORG, START, ZULU, Peer, Yard
from tests.csms.ownership.bench import Pair, connected, refused
from tests.fakes.journals import MemoryJournal
from voltyard.csms.authorization.decisions import TagDecision
from voltyard.csms.commands.charging import ReserveNow
from voltyard.csms.commands.control import ClearCache, RemoteStartTransaction, TriggerMessage
from voltyard.csms.commands.local_list import DeliverLocalList
from voltyard.csms.commands.maintenance import UpdateFirmware
from voltyard.csms.commands.security import ChangePassword
from voltyard.csms.ownership.charger_moves import HandOverInDoubt
from voltyard.csms.registry import ChargerChange, RegisteredCharger
from voltyard.kernel import limits
from voltyard.kernel.errors import (
    Conflict,
    HeldElsewhere,
    NotConnected,
    NotFound,
    OutcomeUnknown,
    Unavailable,
)
from voltyard.ports.links import Admitted, Barred

ACCEPTED = {"status": "Accepted"}
START_16 = {"connectorId": 1, "idTag": "TAG", "meterStart": 100, "timestamp": ZULU}


def stop_16(number: int) -> dict[str, Any]:
    return {"transactionId": number, "meterStop": 1100, "timestamp": ZULU}


# --- what comes along -----------------------------------------------------------------------------


async def test_a_transaction_goes_on_at_the_other_process(pair: Pair) -> None:
    peer = await pair.server.booted()
    started = await peer.say("StartTransaction", START_16)
    await pair.to_node()
    newer = await connected(pair.node)

    await newer.say("StopTransaction", stop_16(started["transactionId"]))

    (row,) = pair.journal.transactions.values()
    assert (row.status, row.delivered_wh) == ("completed", 1000.0)


async def test_a_start_that_is_repeated_at_the_other_process_is_known(pair: Pair) -> None:
    peer = await pair.server.booted()
    started = await peer.say("StartTransaction", START_16)
    await pair.to_node()
    newer = await connected(pair.node)

    again = await newer.say("StartTransaction", START_16)

    assert again["transactionId"] == started["transactionId"]
    assert len(pair.journal.transactions) == 1


async def test_a_registration_that_was_accepted_holds_and_so_do_connectors(pair: Pair) -> None:
    peer = await pair.server.booted()
    status = {"connectorId": 1, "errorCode": "NoError", "status": "Charging"}
    await peer.say("StatusNotification", status)
    await pair.to_node()
    newer = await connected(pair.node)

    assert await newer.say("Heartbeat", {})
    charger = pair.node.backend.charger(ORG, "CP1")
    assert charger.connectors[1, 1].status == "Charging"


async def test_connections_are_counted_on_so_that_one_that_dials_in_turn_is_flapping(
    pair: Pair,
) -> None:
    await pair.server.booted()
    now = pair.server.clock.now
    for connections in range(1, limits.FLAPPING_CONNECTIONS):
        at = pair.server if connections % 2 == 0 else pair.node
        await (pair.to_server() if at is pair.server else pair.to_node())
        charger = at.backend.charger(ORG, "CP1")
        assert (charger.connections(now), charger.is_flapping(now)) == (connections, False)
        await connected(at)

    assert charger.is_flapping(now)
    assert len(pair.server.heard("charger.flapping") + pair.node.heard("charger.flapping")) == 1


async def test_a_charger_that_comes_back_is_as_the_other_left_it(pair: Pair) -> None:
    peer = await pair.server.booted()
    started = await peer.say("StartTransaction", START_16)
    await pair.to_node()
    away = await connected(pair.node)
    await away.say("StopTransaction", stop_16(started["transactionId"]))

    await pair.to_server()

    row = pair.server.backend.transaction(ORG, str(started["transactionId"]))
    assert row.status == "completed"
    assert pair.server.backend.charger(ORG, "CP1").row.registration == "accepted"
    with pytest.raises(HeldElsewhere):
        pair.node.backend.charger(ORG, "CP1")


async def test_a_charger_that_is_there_already_stays_as_it_is(pair: Pair) -> None:
    await pair.server.booted()
    old = pair.journal.contents()
    before = pair.server.backend.charger(ORG, "CP1")
    await pair.server.backend.update(ORG, "CP1", ChargerChange(name="new"))

    pair.server.backend.take(old)

    assert pair.server.backend.charger(ORG, "CP1") is before
    assert before.row.name == "new"


async def test_of_two_chargers_of_one_name_none_is_taken(pair: Pair) -> None:
    await pair.server.register("CP1")
    await pair.server.register("CP2")
    contents = pair.journal.contents()
    other = Yard()
    await other.register("CP2")

    with pytest.raises(Conflict):
        other.backend.take(contents)

    assert [charger.row.charge_box_id for charger in other.backend.chargers(ORG)] == ["CP2"]
    await other.backend.close()


# --- commands -------------------------------------------------------------------------------------


async def test_a_command_that_waits_for_its_answer_is_lost_with_the_link(pair: Pair) -> None:
    await pair.server.booted()
    task = await pair.server.command(ClearCache())

    await pair.to_node()

    with pytest.raises(OutcomeUnknown):
        await task
    (row,) = pair.journal.commands.values()
    assert row.status == "lost"


async def test_an_outcome_that_is_awaited_comes_to_the_other_process(pair: Pair) -> None:
    peer = await pair.server.booted()
    task = await pair.server.command(UpdateFirmware(location="ftp://x/y", retrieve_at=START))
    await peer.answer({})
    await task
    await pair.to_node()
    newer = await connected(pair.node)

    await newer.say("FirmwareStatusNotification", {"status": "Installed"})

    (row,) = pair.journal.commands.values()
    assert (row.outcome, row.succeeded) == ("Installed", True)


async def test_a_message_that_was_triggered_does_not_come_by_another_link(pair: Pair) -> None:
    peer = await pair.server.booted()
    task = await pair.server.command(TriggerMessage(requested_message="Heartbeat"))
    await peer.answer(ACCEPTED)
    await task

    await pair.to_node()

    (row,) = pair.journal.commands.values()
    assert row.outcome == "its link moved to another server before it came"
    assert (row.succeeded, row.due_at) == (None, None)


async def test_a_command_that_was_only_begun_is_told_of_before_the_charger_goes(
    pair: Pair,
) -> None:
    await pair.server.booted()
    pair.journal.stall(True)
    begun = asyncio.create_task(
        pair.server.backend.begin(ORG, "CP1", ChangePassword(password="0" * 40))
    )
    await asyncio.sleep(0)
    release = asyncio.create_task(
        pair.server.backend.release(ORG, "CP1", pair.hand_over("n1"), to="n1")
    )
    await asyncio.sleep(0)
    assert pair.handed_over == []

    pair.journal.stall(False)
    await asyncio.gather(begun, release)

    (row,) = pair.journal.commands.values()
    assert row.status == "unsent"
    assert pair.handed_over == ["CP1"]


async def test_a_list_on_its_way_in_the_background_ends_before_the_charger_goes(
    pair: Pair,
) -> None:
    await pair.server.booted()
    deliver = DeliverLocalList(update_type="Full")
    await pair.server.backend.begin(ORG, "CP1", deliver)
    await pair.server.settle()

    await pair.to_node()

    rows = [row for row in pair.journal.commands.values() if row.command == "local-list/delivery"]
    assert [row.status for row in rows] == ["unsent"]


async def test_a_list_is_under_way_until_its_end_is_on_record(pair: Pair) -> None:
    peer = await pair.server.booted()
    await pair.server.backend.begin(ORG, "CP1", DeliverLocalList(update_type="Full"))
    await pair.server.settle()
    deliveries = pair.server.backend._commands
    charger_id = pair.server.backend.charger(ORG, "CP1").row.id
    ended = asyncio.create_task(deliveries.ended(charger_id))
    await deliveries.ended("chg_other")
    await pair.server.settle()
    before = ended.done()

    await peer.gone()

    await ended
    assert not before


# --- while it leaves ------------------------------------------------------------------------------


async def test_nothing_is_begun_with_a_charger_that_leaves(pair: Pair) -> None:
    peer = await pair.server.booted()
    pair.journal.stall(True)
    release = asyncio.create_task(
        pair.server.backend.release(ORG, "CP1", pair.hand_over("n1"), to="n1")
    )
    await asyncio.sleep(0)

    with pytest.raises(Unavailable):
        await pair.server.backend.command(ORG, "CP1", ClearCache())
    with pytest.raises(Unavailable):
        await pair.server.backend.update(ORG, "CP1", ChargerChange(name="x"))
    said = len(pair.journal.messages)
    peer.call("Heartbeat", {})
    verdict = pair.server.knock()

    pair.journal.stall(False)
    await release
    assert len(pair.journal.messages) == said
    assert isinstance(verdict, Barred)
    assert (verdict.status, dict(verdict.headers)["Retry-After"]) == (503, "10")


async def test_a_link_that_opens_while_its_charger_leaves_is_closed(pair: Pair) -> None:
    await pair.server.register()
    admitted = pair.server.knock()
    assert isinstance(admitted, Admitted)
    pair.journal.stall(True)
    release = asyncio.create_task(
        pair.server.backend.release(ORG, "CP1", pair.hand_over("n1"), to="n1")
    )
    await asyncio.sleep(0)

    during = _open(pair.server, admitted)
    pair.journal.stall(False)
    await release

    assert during == (1012, "another server goes on with this charger")


async def test_a_link_that_opens_once_its_charger_has_left_is_closed(pair: Pair) -> None:
    await pair.server.register()
    admitted = pair.server.knock()
    assert isinstance(admitted, Admitted)

    await pair.to_node()

    assert _open(pair.server, admitted) == (1012, "another server goes on with this charger")


def _open(yard: Yard, admitted: Admitted) -> tuple[int, str] | None:
    return Peer(yard, admitted.user, admitted.subprotocol).wire.closed


async def test_what_is_due_of_a_charger_that_leaves_is_left_to_the_next(pair: Pair) -> None:
    peer = await pair.server.booted()
    task = await pair.server.command(RemoteStartTransaction(id_tag="TAG", connector_id=1))
    await peer.answer(ACCEPTED)
    await task
    soon = pair.server.clock.now + 1.0
    reserve = ReserveNow(connector_id=1, id_tag="TAG", reservation_id=1, expires_at=soon)
    task = await pair.server.command(reserve)
    await peer.answer(ACCEPTED)
    await task
    pair.journal.stall(True)
    release = asyncio.create_task(
        pair.server.backend.release(ORG, "CP1", pair.hand_over("n1"), to="n1")
    )
    await asyncio.sleep(0)

    pair.server.pass_time(limits.PENDING_START_S + 1.0)
    pair.journal.stall(False)
    await release

    assert [row.status for row in pair.journal.transactions.values()] == ["pending"]
    assert [row.status for row in pair.journal.reservations.values()] == ["active"]


async def test_a_decision_that_is_awaited_is_given_up(pair: Pair) -> None:
    verdict: asyncio.Future[TagDecision] = asyncio.get_running_loop().create_future()
    yard = Yard(pair.journal, judge=lambda request: verdict)
    peer = await yard.booted()
    peer.call("StartTransaction", START_16)
    await yard.settle()

    release = asyncio.create_task(yard.backend.release(ORG, "CP1", pair.hand_over("n1"), to="n1"))
    await release
    if not verdict.done():
        verdict.set_result(TagDecision("accepted"))
    await yard.settle()

    assert pair.journal.transactions == {}
    await yard.backend.close()


async def test_a_decision_that_has_come_and_is_not_heard_yet_changes_nothing(pair: Pair) -> None:
    verdict: asyncio.Future[TagDecision] = asyncio.get_running_loop().create_future()
    yard = Yard(pair.journal, judge=lambda request: verdict)
    peer = await yard.booted()
    peer.call("StartTransaction", START_16)
    await yard.settle()

    verdict.set_result(TagDecision("accepted"))
    await asyncio.sleep(0)
    await yard.backend.release(ORG, "CP1", pair.hand_over("n1"), to="n1")
    await yard.settle()

    assert pair.journal.transactions == {}
    await yard.backend.close()


async def test_a_start_that_is_not_stored_yet_is_before_the_charger_goes(pair: Pair) -> None:
    peer = await pair.server.booted()
    pair.journal.stall(True)
    peer.call("StartTransaction", START_16)
    release = asyncio.create_task(
        pair.server.backend.release(ORG, "CP1", pair.hand_over("n1"), to="n1")
    )
    await asyncio.sleep(0)

    pair.journal.stall(False)
    await release
    pair.node.backend.take(pair.journal.contents())

    newer = await connected(pair.node)
    again = await newer.say("StartTransaction", START_16)
    (row,) = pair.journal.transactions.values()
    assert again["transactionId"] == row.number


async def test_a_change_that_is_taken_back_is_so_before_the_charger_goes(pair: Pair) -> None:
    peer = await pair.server.booted()
    pair.journal.stall(True)
    changing = asyncio.create_task(
        pair.server.backend.update(ORG, "CP1", ChargerChange(name="new"))
    )
    await asyncio.sleep(0)
    peer.call("BootNotification", {"chargePointVendor": "Voltyard", "chargePointModel": "Pole"})
    release = asyncio.create_task(
        pair.server.backend.release(ORG, "CP1", pair.hand_over("n1"), to="n1")
    )
    await asyncio.sleep(0)

    pair.journal.fail(Unavailable("the disk is full"), groups=1)
    pair.journal.stall(False)
    with pytest.raises(Unavailable):
        await changing
    await release
    await pair.journal.flush()

    (row,) = pair.journal.chargers.values()
    assert (row.name, row.model) == (None, "Pole")


async def test_all_is_durable_before_a_charger_is_handed_over() -> None:
    order: list[str] = []

    class Watched(MemoryJournal):
        async def flush(self) -> None:
            await super().flush()
            order.append("flush")

    async def hand_over(charger: RegisteredCharger) -> None:
        order.append("hand over")

    yard = Yard(Watched())
    await yard.booted()
    order.clear()

    await yard.backend.release(ORG, "CP1", hand_over, to="n1")

    assert order == ["flush", "hand over"]
    await yard.backend.close()


# --- its link -------------------------------------------------------------------------------------


async def test_the_link_of_a_charger_that_leaves_is_closed_and_on_record(pair: Pair) -> None:
    peer = await pair.server.booted()

    await pair.to_node()

    assert peer.wire.closed == (1012, "another server goes on with this charger")
    (connection,) = pair.journal.connections.values()
    assert (connection.closed_at, connection.code) == (pair.server.clock.now, 1012)
    (gone,) = pair.server.heard("charger.disconnected")
    assert gone.code == 1012
    assert pair.server.backend.links == 0


async def test_the_end_of_such_a_link_is_heard_once(pair: Pair) -> None:
    peer = await pair.server.booted()
    await pair.to_node()
    before = pair.journal.connections.copy()

    await peer.gone(1006)

    assert pair.journal.connections == before
    assert len(pair.server.heard("charger.disconnected")) == 1


async def test_an_older_link_that_was_replaced_here_is_over_before_its_charger_goes(
    pair: Pair,
) -> None:
    older = await pair.server.booted()
    await connected(pair.server)

    # its close frame is not answered before the charger has gone
    await pair.to_node()
    await older.gone(1008, "a newer connection of this charger took its place")

    assert all(row.closed_at is not None for row in pair.journal.connections.values())
    assert not pair.trespasses


async def test_a_newer_connection_elsewhere_replaces_the_older_as_one_here_does(
    pair: Pair,
) -> None:
    peer = await pair.server.booted()

    pair.server.clock.now += 10.0
    await peer.say("Authorize", {"idTag": "TAG"})

    await pair.to_node(replaced_by="192.0.2.9:1")

    assert peer.wire.closed == (1008, "a newer connection of this charger took its place")
    (replaced,) = pair.server.heard("charger.replaced")
    assert (replaced.remote, replaced.former_remote) == ("192.0.2.9:1", "192.0.2.1:40000")
    assert pair.server.heard("charger.disconnected") == []
    assert pair.server.backend.replaced == 1
    assert pair.node.backend.charger(ORG, "CP1").last_seen_at == pair.server.clock.now
    (connection,) = pair.journal.connections.values()
    assert connection.closed_at is not None


async def test_an_older_connection_that_lives_and_is_to_stay_is_not_replaced(pair: Pair) -> None:
    peer = await pair.server.booted(takeover="oldest")
    moving = asyncio.create_task(pair.to_node(replaced_by="192.0.2.9:1"))
    await asyncio.sleep(0)

    peer.wire.probes[0]()
    with pytest.raises(Conflict):
        await moving

    assert peer.wire.closed is None
    assert await peer.say("Heartbeat", {})


async def test_an_older_connection_that_is_dead_is_replaced(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "TAKEOVER_PING_S", 0.01)
    await pair.server.booted(takeover="oldest")

    await pair.to_node(replaced_by="192.0.2.9:1")

    assert pair.node.backend.charger(ORG, "CP1").row.takeover == "oldest"


# --- where it cannot go ---------------------------------------------------------------------------


async def test_a_charger_that_cannot_be_handed_over_stays(pair: Pair) -> None:
    peer = await pair.server.booted()
    started = await peer.say("StartTransaction", START_16)

    with pytest.raises(Unavailable, match="the database is away"):
        await pair.server.backend.release(ORG, "CP1", refused, to="n1")

    again = pair.server.connect()
    await again.say("StopTransaction", stop_16(started["transactionId"]))
    (row,) = pair.journal.transactions.values()
    assert row.status == "completed"
    pair.server.backend.owner_check(ORG, "CP1")


async def test_a_charger_whose_hand_over_is_in_doubt_is_let_go_of(pair: Pair) -> None:
    # given a hand-over that is stored, though nobody hears of it
    await pair.server.booted()

    async def doubted(charger: RegisteredCharger) -> None:
        await pair.hand_over("n1")(charger)
        raise HandOverInDoubt("the database does not say")

    # when it is given up
    with pytest.raises(HandOverInDoubt):
        await pair.server.backend.release(ORG, "CP1", doubted, to="n1", replaced_by="192.0.2.9:1")

    # then nothing is written of it, and it is not here any more
    await pair.server.settle()
    assert not pair.trespasses
    assert not pair.server.backend.is_here(ORG, "CP1")
    with pytest.raises(HeldElsewhere):
        pair.server.backend.charger(ORG, "CP1")


async def test_one_that_was_to_be_replaced_and_stays_is_told_to_be_gone(pair: Pair) -> None:
    await pair.server.booted()

    with pytest.raises(Unavailable):
        await pair.server.backend.release(ORG, "CP1", refused, to="n1", replaced_by="192.0.2.9:1")

    assert len(pair.server.heard("charger.disconnected")) == 1


async def test_a_caller_that_goes_does_not_end_a_release_in_the_middle(pair: Pair) -> None:
    await pair.server.booted()
    pair.journal.stall(True)
    release = asyncio.create_task(
        pair.server.backend.release(ORG, "CP1", pair.hand_over("n1"), to="n1")
    )
    await asyncio.sleep(0)

    release.cancel()
    await asyncio.sleep(0)
    pair.journal.stall(False)
    await pair.server.settle()

    assert pair.handed_over == ["CP1"]
    with pytest.raises(HeldElsewhere):
        pair.server.backend.charger(ORG, "CP1")


async def test_two_releases_to_one_node_are_one(pair: Pair) -> None:
    await pair.server.register()

    def release() -> Any:
        return pair.server.backend.release(ORG, "CP1", pair.hand_over("n1"), to="n1")

    await asyncio.gather(release(), release())

    assert pair.handed_over == ["CP1"]


async def test_of_two_releases_to_two_nodes_the_first_counts(pair: Pair) -> None:
    await pair.server.register()

    def release(to: str) -> Any:
        return pair.server.backend.release(ORG, "CP1", pair.hand_over(to), to=to)

    first, second = await asyncio.gather(release("n1"), release("n2"), return_exceptions=True)

    assert first is None
    assert isinstance(second, HeldElsewhere)
    assert second.node == "n1"
    assert list(pair.owners.values()) == ["n1"]


async def test_a_charger_that_is_deleted_meanwhile_is_not_handed_over(pair: Pair) -> None:
    await pair.server.register()
    pair.journal.stall(True)
    deleting = asyncio.create_task(pair.server.backend.delete(ORG, "CP1"))
    await asyncio.sleep(0)
    release = asyncio.create_task(
        pair.server.backend.release(ORG, "CP1", pair.hand_over("n1"), to="n1")
    )
    await asyncio.sleep(0)

    pair.journal.stall(False)
    await deleting
    with pytest.raises(NotFound):
        await release

    assert pair.handed_over == []


async def test_a_charger_that_is_not_there_cannot_be_released(pair: Pair) -> None:
    with pytest.raises(NotFound):
        await pair.server.backend.release(ORG, "CP1", pair.hand_over("n1"), to="n1")
    with pytest.raises(HeldElsewhere):
        await pair.node.backend.release(ORG, "CP1", pair.hand_over(""))


async def test_a_backend_that_closes_ends_its_releases_first(pair: Pair) -> None:
    yard = Yard(pair.journal)
    await yard.register()
    release = asyncio.create_task(yard.backend.release(ORG, "CP1", pair.hand_over("n1"), to="n1"))
    await asyncio.sleep(0)

    await yard.backend.close()

    assert pair.handed_over == ["CP1"]
    await release


# --- by name --------------------------------------------------------------------------------------


async def test_the_server_knows_whose_a_charger_is(pair: Pair) -> None:
    await pair.server.register()
    await pair.to_node()
    backend = pair.server.backend

    for asked in (
        lambda: backend.charger(ORG, "CP1"),
        lambda: backend.connected(ORG, "CP1"),
        lambda: backend.owner_check(ORG, "CP1"),
    ):
        with pytest.raises(HeldElsewhere) as found:
            asked()
        assert found.value.node == "n1"
    with pytest.raises(HeldElsewhere):
        await backend.command(ORG, "CP1", ClearCache())
    assert backend.is_registered(ORG, "CP1")
    with pytest.raises(Conflict):
        await backend.register(ORG, "CP1", ChargerChange())
    with pytest.raises(NotFound):
        backend.charger(ORG, "CP2")


async def test_a_node_leaves_what_it_does_not_know_to_the_server(pair: Pair) -> None:
    backend = pair.node.backend

    with pytest.raises(HeldElsewhere) as found:
        backend.charger(ORG, "CP2")
    assert found.value.node == ""
    with pytest.raises(HeldElsewhere):
        await backend.register(ORG, "CP2", ChargerChange())
    with pytest.raises(HeldElsewhere):
        backend.certificates.get(ORG, "crt_x")
    assert not backend.is_registered(ORG, "CP2")


async def test_a_transaction_whose_charger_is_elsewhere_is_closed_there(pair: Pair) -> None:
    peer = await pair.server.booted()
    await peer.say("StartTransaction", START_16)
    await pair.to_node()
    (row,) = pair.journal.transactions.values()

    with pytest.raises(NotFound):
        pair.server.backend.transaction(ORG, row.id)
    with pytest.raises(HeldElsewhere):
        await pair.server.backend.close_transaction(row, meter_stop_wh=None, reason="Other")
    closed = await pair.node.backend.close_transaction(row, meter_stop_wh=None, reason="Other")

    assert closed.status == "completed"


async def test_a_file_of_a_charger_that_is_elsewhere_is_not_taken_note_of(pair: Pair) -> None:
    charger = await pair.server.register()
    assert pair.server.backend.uploaded(charger.row.id, "cmd_x", "file_x")

    await pair.to_node()

    assert not pair.server.backend.uploaded(charger.row.id, "cmd_x", "file_x")


async def test_what_was_noted_and_deleted_elsewhere_may_be_registered(pair: Pair) -> None:
    await pair.server.register()
    await pair.to_node()

    pair.server.backend.note_deleted(ORG, "CP1")

    with pytest.raises(NotFound):
        pair.server.backend.charger(ORG, "CP1")
    assert not pair.server.backend.is_registered(ORG, "CP1")


async def test_commands_to_a_charger_without_a_link_tell_so_at_the_other_process(
    pair: Pair,
) -> None:
    await pair.server.register()
    await pair.to_node()

    with pytest.raises(NotConnected):
        await pair.node.backend.command(ORG, "CP1", ClearCache())
