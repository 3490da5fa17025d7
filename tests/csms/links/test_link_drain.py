"""The end of the server for chargers that are connected, in virtual time."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.csms.bench import ORG, ZULU, Peer, Yard
from voltyard.csms.commands.control import ClearCache
from voltyard.kernel import limits
from voltyard.kernel.errors import OutcomeUnknown, ServerEnding
from voltyard.ports.links import Barred
from voltyard.simulation.virtual_loop import VirtualLoop, run

START = {"connectorId": 1, "idTag": "T", "meterStart": 0, "timestamp": ZULU}
ENDED = (1012, "the server restarts")


def in_virtual_time(test: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    """Play a test in no time, however long it waits."""

    @wraps(test)
    def played() -> None:
        run(test(), VirtualLoop(1_767_571_200.0))

    del played.__wrapped__  # type: ignore[attr-defined] # by which it would be taken for a coroutine
    return played


async def chargers(yard: Yard, number: int) -> list[Peer]:
    return [await yard.booted(f"CP{n}") for n in range(1, number + 1)]


async def begun(yard: Yard, commands_s: float, within_s: float) -> "asyncio.Task[None]":
    """A drain that has begun."""
    draining = asyncio.create_task(yard.backend.drain(commands_s, within_s))
    await asyncio.sleep(0)
    return draining


def open_ones(peers: list[Peer]) -> list[int]:
    """The places of those that are connected still."""
    return [place for place, peer in enumerate(peers) if peer.wire.closed is None]


@in_virtual_time
async def test_so_many_are_hung_up_on_each_second_and_the_others_are_heard_meanwhile() -> None:
    yard = Yard(closes_per_s=2.0)
    peers = await chargers(yard, 9)
    left = []

    draining = await begun(yard, 5.0, 60.0)
    for _ in range(4):
        await asyncio.sleep(1.0)
        left.append(len(open_ones(peers)))
        assert await peers[open_ones(peers)[-1]].say("Heartbeat", {})
    await draining

    assert left == [7, 5, 3, 1]
    assert {peer.wire.closed for peer in peers} == {ENDED}


@in_virtual_time
async def test_who_waits_for_nothing_goes_first_and_a_command_is_finished() -> None:
    yard = Yard(closes_per_s=10.0)
    peers = await chargers(yard, 6)
    asked = await yard.command(ClearCache(), "CP1")

    draining = await begun(yard, 5.0, 60.0)
    await asyncio.sleep(3.0)
    assert open_ones(peers) == [0]
    await peers[0].answer({"status": "Accepted"})
    assert (await asked).status == "accepted"
    await draining

    assert peers[0].wire.closed == ENDED


@in_virtual_time
async def test_a_command_without_an_answer_is_waited_for_no_longer_than_was_said() -> None:
    yard = Yard(closes_per_s=10.0)
    [peer] = await chargers(yard, 1)
    asked = await yard.command(ClearCache(), timeout_s=30.0)
    loop = asyncio.get_running_loop()
    began = loop.time()

    await yard.backend.drain(5.0, 60.0)

    assert 5.0 <= loop.time() - began < 6.0
    assert peer.wire.closed == ENDED
    with pytest.raises(OutcomeUnknown):
        await asked


@in_virtual_time
async def test_an_answer_that_waits_for_its_commit_is_sent_before_the_close() -> None:
    yard = Yard(closes_per_s=10.0)
    peers = await chargers(yard, 3)
    yard.journal.stall(True)
    id = peers[0].call("StartTransaction", START)

    draining = await begun(yard, 5.0, 60.0)
    await asyncio.sleep(20.0)
    assert open_ones(peers) == [0]
    assert peers[0].answers(id) == []
    yard.journal.stall(False)
    await draining

    assert peers[0].answers(id)[0][2]["transactionId"] == 1
    assert peers[0].wire.closed == ENDED


@in_virtual_time
async def test_what_does_not_fit_into_the_bound_is_closed_at_once_and_the_log_says_so() -> None:
    yard = Yard(closes_per_s=1.0)
    peers = await chargers(yard, 300)

    with capture_logs() as lines:
        await yard.backend.drain(5.0, 10.0)

    assert open_ones(peers) == []
    [line] = [one for one in lines if one["event"] == "links_closed"]
    assert 9 <= line["closed"] <= 11
    assert line["closed"] + line["closed_at_once"] == 300
    assert "ocpp_closes_within_s" in line["hint"]


@in_virtual_time
async def test_without_a_rate_all_are_closed_at_once_and_the_log_is_silent() -> None:
    yard = Yard()
    peers = await chargers(yard, 2 * limits.DRAIN_LOT + 1)
    loop = asyncio.get_running_loop()
    began = loop.time()

    with capture_logs() as lines:
        await yard.backend.drain(5.0, 5.0)

    assert open_ones(peers) == []
    assert loop.time() - began < 0.1
    assert not [one for one in lines if one["event"] == "links_closed"]


@in_virtual_time
async def test_a_drain_that_is_cut_off_is_gone_on_with_by_the_end() -> None:
    yard = Yard(closes_per_s=1.0)
    peers = await chargers(yard, 20)

    draining = await begun(yard, 5.0, 60.0)
    await asyncio.sleep(4.0)
    draining.cancel()
    assert 15 <= len(open_ones(peers)) <= 17
    await yard.backend.close(0.0)

    assert {peer.wire.closed for peer in peers} == {ENDED}


@in_virtual_time
async def test_a_charger_that_dials_meanwhile_is_told_to_come_back_and_is_on_record() -> None:
    yard = Yard(closes_per_s=1.0)
    await chargers(yard, 3)

    draining = await begun(yard, 5.0, 60.0)
    answer = yard.knock("/ocpp/CP1")
    await draining
    await yard.backend.close()

    assert answer == Barred(
        503, "the server ends", (("Retry-After", str(limits.HANDSHAKE_RETRY_S)),)
    )
    [refused] = yard.journal.refusals.values()
    assert (refused.identity, refused.reason) == ("CP1", "server_busy")
    assert "ending" in refused.hint
    assert yard.heard("charger.refused") == []


@pytest.mark.parametrize(
    ("number", "within_s", "away_s"),
    [(3, 60.0, limits.HANDSHAKE_RETRY_S), (40, 60.0, 20), (40, 15.0, 15), (200, 90.0, 60)],
)
def test_chargers_come_back_as_they_were_hung_up_on_and_not_together(
    number: int, within_s: float, away_s: int
) -> None:
    async def dialled() -> Any:
        yard = Yard(closes_per_s=2.0)
        await chargers(yard, number)
        draining = await begun(yard, 5.0, within_s)
        answers = [yard.knock("/ocpp/CP1"), yard.knock("/ocpp/CP2")]
        await draining
        return [dict(one.headers) for one in answers if isinstance(one, Barred)]

    told = run(dialled(), VirtualLoop(1_767_571_200.0))

    assert told == [{"Retry-After": str(away_s)}] * 2


@in_virtual_time
async def test_no_command_is_begun_while_the_server_ends() -> None:
    yard = Yard(closes_per_s=1.0)
    peers = await chargers(yard, 3)
    yard.backend.refuse_more()

    with pytest.raises(ServerEnding, match="/health/ready"):
        await yard.backend.command(ORG, "CP1", ClearCache())
    with pytest.raises(ServerEnding, match="/health/ready"):
        await yard.backend.begin(ORG, "CP1", ClearCache())

    assert [peer.asked() for peer in peers] == [[], [], []]
    assert yard.journal.commands == {}


async def test_nothing_is_written_of_a_charger_once_the_backend_is_closed() -> None:
    # given a charger whose own close frame is late
    yard = Yard()
    peer = await yard.booted()

    # when the backend is closed
    await yard.backend.close()

    # then its connection has ended, and its late word changes nothing: it may be another's by then
    (connection,) = yard.journal.connections.values()
    assert (connection.code, connection.reason) == ENDED
    assert yard.heard("charger.disconnected")
    written, told = yard.journal.commits, len(yard.events)
    await peer.gone(*ENDED)
    assert (yard.journal.commits, len(yard.events)) == (written, told)
    assert yard.backend.links == 0
