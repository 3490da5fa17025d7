"""Links come and go: which one counts, who is online, what is remembered."""

import asyncio
import json

import pytest

from tests.csms.bench import BOOT_16, ORG, ZULU, Yard
from voltyard.csms.commands.control import ClearCache, Reset
from voltyard.csms.registry import ChargerChange
from voltyard.kernel import limits
from voltyard.kernel.errors import NotConnected, NotFound, OutcomeUnknown

STATUS = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}


async def test_a_charger_is_online_while_it_has_a_link(yard: Yard) -> None:
    charger = await yard.register()
    assert not charger.online

    peer = yard.connect()
    assert charger.online
    assert yard.backend.chargers(ORG, online=True) == [charger]

    await peer.gone()
    assert not charger.online
    assert yard.backend.chargers(ORG, online=False) == [charger]
    assert [event.name for event in yard.events] == ["charger.connected", "charger.disconnected"]


async def test_the_newest_link_wins_and_the_older_is_closed(yard: Yard) -> None:
    # facts: Q12
    older = await yard.booted()

    newer = yard.connect()

    assert older.wire.closed is not None and older.wire.closed[0] == 1008
    assert (await newer.say("Heartbeat", {})) == {"currentTime": ZULU}
    older.text('[2,"late","Heartbeat",{}]')
    assert older.answers("late") == []


async def test_the_late_close_of_a_replaced_link_changes_nothing(yard: Yard) -> None:
    older = await yard.booted()
    newer = yard.connect()

    await older.gone()

    assert yard.backend.charger(ORG, "CP1").online
    assert yard.heard("charger.disconnected") == []
    await newer.gone()
    assert len(yard.heard("charger.disconnected")) == 1


async def test_a_command_in_flight_fails_at_once_when_its_link_is_replaced(yard: Yard) -> None:
    older = await yard.booted()
    flying = await yard.command(Reset(type="Soft"))
    queued = await yard.command(ClearCache())

    newer = yard.connect()

    with pytest.raises(OutcomeUnknown, match="before its answer came"):
        await flying
    with pytest.raises(NotConnected, match="before it was sent"):
        await queued
    # nothing is sent again, and the next command goes through
    assert newer.asked() == []
    following = await yard.command(ClearCache())
    await newer.answer({"status": "Accepted"})
    assert (await following).status == "accepted"
    assert len(older.asked()) == 1


async def test_a_command_in_flight_fails_at_once_when_its_link_is_lost(yard: Yard) -> None:
    peer = await yard.booted()
    flying = await yard.command(Reset(type="Hard"))

    await peer.gone()

    with pytest.raises(OutcomeUnknown, match="may have acted on it") as lost:
        await flying
    (stored,) = yard.journal.commands.values()
    assert (stored.status, stored.error_code) == ("lost", "outcome_unknown")
    assert lost.value.details == {"commandId": stored.id}
    (finished,) = yard.heard("command.finished")
    assert finished.status == "lost"
    (logged,) = [row for row in yard.journal.messages if row.direction == "outgoing"]
    assert (logged.action, logged.outcome, logged.response) == ("Reset", "lost", None)


async def test_a_command_for_an_offline_charger_is_refused_at_once(yard: Yard) -> None:
    await yard.register()

    with pytest.raises(NotConnected):
        await yard.backend.command(ORG, "CP1", ClearCache())
    with pytest.raises(NotFound):
        await yard.backend.command(ORG, "CP2", ClearCache())
    with pytest.raises(NotFound):
        await yard.backend.command("org_other", "CP1", ClearCache())


async def test_an_accepted_charger_need_not_boot_again_after_a_reconnect(yard: Yard) -> None:
    peer = await yard.booted()
    await peer.gone()

    again = yard.connect()

    assert await again.say("StatusNotification", STATUS) == {}


async def test_nor_after_a_restart_of_the_server(yard: Yard) -> None:
    peer = await yard.booted()
    await peer.gone()

    restarted = yard.restarted()

    assert await restarted.connect().say("StatusNotification", STATUS) == {}
    await restarted.backend.close()


async def test_a_charger_may_come_back_with_another_version(yard: Yard) -> None:
    # facts: Q03, a probe with 1.6 before the real connection
    await yard.register()
    probe = yard.connect(subprotocol="ocpp1.6")
    await probe.gone()

    peer = yard.connect(subprotocol="ocpp2.0.1")
    await peer.boot()

    assert yard.backend.charger(ORG, "CP1").row.version == "2.0.1"


async def test_silence_ends_a_link_that_is_not_pinged(yard: Yard) -> None:
    await yard.backend.change_settings(ORG, web_socket_ping_interval_s=0, heartbeat_interval_s=100)
    peer = await yard.booted()

    yard.pass_time(200)
    await peer.say("Heartbeat", {})
    yard.pass_time(250)
    assert peer.wire.closed is None

    yard.pass_time(51)
    assert peer.wire.closed is not None and peer.wire.closed[0] == 1001
    assert limits.SILENT_INTERVALS == 3


async def test_a_pinged_link_may_be_silent(yard: Yard) -> None:
    peer = await yard.booted()

    yard.pass_time(1e6)

    assert peer.wire.closed is None
    assert yard.backend.deadline() is None


async def test_deleting_a_charger_closes_its_link_and_keeps_its_history(yard: Yard) -> None:
    peer = await yard.booted()
    await peer.say("Heartbeat", {})

    await yard.backend.delete(ORG, "CP1")

    assert peer.wire.closed == (1008, "the charger was deleted")
    assert yard.journal.chargers == {}
    assert any(row.action == "Heartbeat" for row in yard.journal.messages)
    with pytest.raises(NotFound):
        yard.backend.charger(ORG, "CP1")
    with pytest.raises(NotFound):
        await yard.backend.delete(ORG, "CP1")


async def test_closing_answers_what_is_being_stored_and_then_hangs_up(yard: Yard) -> None:
    peer = await yard.booted()
    start = {"connectorId": 1, "idTag": "T", "meterStart": 0, "timestamp": ZULU}
    id = peer.call("StartTransaction", start)
    flying = await yard.command(ClearCache())

    await yard.backend.close()

    assert peer.answers(id)[0][2]["transactionId"] == 1
    assert peer.wire.closed == (1012, "the server restarts")
    with pytest.raises(OutcomeUnknown):
        await flying


async def test_liveness_is_stored(yard: Yard) -> None:
    peer = await yard.booted()
    charger = yard.backend.charger(ORG, "CP1")
    yard.clock.now += 60
    await peer.say("Heartbeat", {})
    yard.clock.now += 60
    await peer.say("StatusNotification", STATUS)
    await peer.gone()

    stored = yard.journal.chargers[charger.row.id]

    assert (charger.last_heartbeat_at, charger.last_seen_at) == (
        yard.clock.now - 60,
        yard.clock.now,
    )
    assert (stored.last_heartbeat_at, stored.last_seen_at) == (
        yard.clock.now - 60,
        yard.clock.now,
    )


async def test_validation_changed_over_rest_counts_from_the_next_frame(yard: Yard) -> None:
    peer = await yard.booted(validation="lenient")
    odd = {**STATUS, "surplus": 1}
    assert (await peer.ask("StatusNotification", odd))[0] == 3

    await yard.backend.update(ORG, "CP1", ChargerChange(validation="strict"))

    assert (await peer.ask("StatusNotification", odd))[:3:2] == [4, "FormationViolation"]


async def test_a_link_that_closes_is_no_place_for_commands(yard: Yard) -> None:
    peer = await yard.booted()
    await yard.backend.change_settings(ORG, web_socket_ping_interval_s=0)
    again = yard.connect()
    await peer.gone()
    yard.pass_time(10_000)
    assert again.wire.closed is not None

    with pytest.raises(NotConnected, match="closing"):
        await yard.backend.command(ORG, "CP1", ClearCache())


async def test_boot_details_are_kept(yard: Yard) -> None:
    await yard.register()
    peer = yard.connect()
    extra = {"chargeBoxSerialNumber": "B1", "firmwareVersion": "1.2.3"}

    await peer.say("BootNotification", {**BOOT_16, **extra})

    row = yard.restarted().backend.charger(ORG, "CP1").row
    assert (row.vendor, row.model, row.serial_number, row.firmware_version) == (
        "Voltyard",
        "Post",
        "B1",
        "1.2.3",
    )
    assert json.loads(peer.wire.sent[-1])[2]["interval"] == 300


async def test_closing_hangs_up_on_some_at_a_time_and_answers_the_others(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "DRAIN_LOT", 2)
    peers = [await yard.booted(f"CP{n}") for n in range(5)]

    closing = asyncio.create_task(yard.backend.close())
    await asyncio.sleep(0)
    hung_up = [peer for peer in peers if peer.wire.closed is not None]
    left = next(peer for peer in peers if peer.wire.closed is None)
    start = {"connectorId": 1, "idTag": "T", "meterStart": 0, "timestamp": ZULU}
    id = left.call("StartTransaction", start)
    await closing

    assert len(hung_up) == 2
    assert left.answers(id)[0][2]["transactionId"] == 1
    assert {peer.wire.closed for peer in peers} == {(1012, "the server restarts")}


async def test_each_connection_is_kept_with_its_end(yard: Yard) -> None:
    older = await yard.booted()
    yard.clock.now += 5
    newer = yard.connect()
    await older.gone(1008, "replaced")
    yard.clock.now += 5

    first, second = yard.journal.connections.values()
    assert (first.opened_at, first.closed_at, first.code, first.reason) == (
        yard.clock.now - 10,
        yard.clock.now - 5,
        1008,
        "replaced",
    )
    assert (second.remote, second.closed_at) == ("192.0.2.1:40000", None)
    await newer.gone()
    assert list(yard.journal.connections.values())[1].code == 1006


async def test_a_charger_that_flaps_is_told_of_once_until_it_is_calm(yard: Yard) -> None:
    # facts: Q15
    charger = await yard.register()

    async def reconnect(times: int) -> None:
        for _ in range(times):
            peer = yard.connect()
            yard.clock.now += 20
            await peer.gone()

    await reconnect(limits.FLAPPING_CONNECTIONS - 1)
    assert yard.heard("charger.flapping") == []
    await reconnect(limits.CONNECTIONS_COUNTED)
    (told,) = yard.heard("charger.flapping")
    assert (told.connections, told.within_s) == (5, 600)
    assert told.data()["chargeBoxId"] == "CP1"
    assert len(charger.connected_at) <= limits.CONNECTIONS_COUNTED
    yard.clock.now += limits.FLAPPING_WITHIN_S
    await reconnect(limits.FLAPPING_CONNECTIONS)
    assert len(yard.heard("charger.flapping")) == 2
