"""Chargers whose time passes faster than real time: what is theirs is fast, what waits for the peer
is not."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from tests.runtimes.host.bench import Desk, open_desk, specification
from voltyard.catalogue.commands.commands import AuthorizeTag, PlugIn, Swipe
from voltyard.charger.commands.command_queue import PATIENCE_S
from voltyard.charger.description.events import Booted, ConnectionChanged, Framed, MeterSampled
from voltyard.charger.effects import Failed
from voltyard.kernel.pace import Pace
from voltyard.network.links.memory import MemoryDialler, MemoryNetwork
from voltyard.runtimes.host.host import Host
from voltyard.simulation.virtual_loop import VirtualLoop, run

START = 1_767_571_200.0
FAST = Pace(60.0, START, START)


class Yard:
    """A host and its CSMS; each event with the real moment at which it was told."""

    def __init__(self, loop: VirtualLoop, desk: Desk) -> None:
        self.loop = loop
        self.desk = desk
        self.network = MemoryNetwork()
        self.told: list[tuple[float, Any]] = []
        self.host = Host(MemoryDialler(self.network), loop.time, self)

    def reported(self, key: str, event: Any) -> None:
        self.told.append((self.loop.time() - START, event))

    def remembered(self, key: str) -> None: ...

    def broke(self, key: str, error: Exception) -> None:
        raise error

    def calls(self, action: str) -> list[tuple[float, Framed]]:
        """Real seconds since the start, and the frame."""
        return [
            (at, event)
            for at, event in self.told
            if isinstance(event, Framed) and (event.kind, event.action) == ("call", action)
        ]

    def of(self, kind: type) -> list[tuple[float, Any]]:
        return [(at, event) for at, event in self.told if isinstance(event, kind)]


def play(
    test: Callable[[Yard], Coroutine[Any, Any, None]], desk: Desk | None = None, *, up: bool = True
) -> None:
    loop = VirtualLoop(START)

    async def main() -> None:
        yard = Yard(loop, desk or Desk())
        if up:
            await open_desk(yard.network, yard.desk)
        await test(yard)
        yard.host.close()

    run(main(), loop)


def test_a_charger_at_sixty_lives_an_hour_in_a_minute() -> None:
    async def test(yard: Yard) -> None:
        yard.host.add("CP-1", specification(), pace=FAST)
        await asyncio.sleep(1.0)
        await yard.host.ask("CP-1", PlugIn())
        await yard.host.ask("CP-1", Swipe(id_tag="TAG"))
        await asyncio.sleep(60.0)

        assert yard.host.now("CP-1") == pytest.approx(START + 61 * 60)
        charger = yard.host.charger("CP-1")
        assert 9_000.0 < charger.evses[0].meter.register_wh < 11_500.0
        sampled = [event.at for _, event in yard.of(MeterSampled)]
        assert sampled == sorted(sampled)
        assert sampled[-1] > START + 3_000.0

    play(test)


def test_it_keeps_its_own_time() -> None:
    async def test(yard: Yard) -> None:
        yard.host.add("CP-1", specification(), pace=FAST)
        await asyncio.sleep(120.0)

        assert len(yard.calls("Heartbeat")) > 10
        assert yard.host.charger("CP-1").context.offset_s == 0.0

    play(test)


def test_in_real_time_again_it_takes_the_time_it_is_told() -> None:
    async def test(yard: Yard) -> None:
        yard.host.add("CP-1", specification(), pace=FAST)
        await asyncio.sleep(60.0)
        yard.host.go_at("CP-1", FAST.at_rate(1.0, yard.loop.time()))
        ahead_s = yard.host.now("CP-1") - yard.loop.time()
        await asyncio.sleep(1_000.0)

        assert ahead_s == pytest.approx(59 * 60.0)
        assert yard.host.now("CP-1") - yard.loop.time() == pytest.approx(ahead_s)
        assert yard.host.charger("CP-1").context.offset_s < -ahead_s

    play(test)


def silent(action: str) -> Desk:
    """A CSMS that never answers that action."""
    return Desk(**{action: None})


def test_an_answer_is_waited_for_as_long_as_at_any_rate() -> None:
    async def first_end(rate: float, yard: Yard) -> float:
        yard.host.add("CP-1", specification(), pace=Pace(rate, START, START))
        await asyncio.sleep(200.0)
        (first, _), (second, _) = yard.calls("BootNotification")[:2]
        return second - first

    waits: dict[float, float] = {}
    for rate in (1.0, 60.0):

        async def test(yard: Yard, rate: float = rate) -> None:
            waits[rate] = await first_end(rate, yard)

        play(test, silent("BootNotification"))

    assert waits[1.0] > 30.0
    # The random part of the wait is another's: its stream is named by the charger's own moment.
    assert waits[60.0] > 30.0


def test_redials_are_no_more_frequent() -> None:
    dials: dict[float, int] = {}
    for rate in (1.0, 60.0):

        async def test(yard: Yard, rate: float = rate) -> None:
            yard.host.add("CP-1", specification(), pace=Pace(rate, START, START))
            await asyncio.sleep(600.0)
            dials[rate] = yard.host.dials_failed

        play(test, up=False)

    assert 2 <= dials[60.0] <= dials[1.0] + 2


def test_a_call_under_way_is_waited_for_as_long_when_the_rate_changes() -> None:
    async def test(yard: Yard) -> None:
        yard.host.add("CP-1", specification())
        await asyncio.sleep(10.0)
        yard.host.go_at("CP-1", Pace(60.0, yard.loop.time(), yard.loop.time()))
        await asyncio.sleep(15.0)

        assert len(yard.calls("BootNotification")) == 1

    play(test, silent("BootNotification"))


@pytest.mark.parametrize("when_asked, later", [(60.0, 60.0), (1.0, 60.0), (60.0, 1.0)])
def test_a_command_waits_for_acceptance_as_long_at_any_rate(
    when_asked: float, later: float
) -> None:
    async def test(yard: Yard) -> None:
        yard.host.add("CP-1", specification(), pace=Pace(when_asked, START, START))
        asked = asyncio.ensure_future(yard.host.ask("CP-1", AuthorizeTag(id_tag="TAG")))
        await asyncio.sleep(30.0)
        now = yard.loop.time()
        yard.host.go_at("CP-1", Pace(later, now, yard.host.now("CP-1")))
        await asyncio.sleep(PATIENCE_S - 31.0)
        assert not asked.done()
        await asyncio.sleep(2.0)

        assert isinstance(outcome := asked.result(), Failed)
        assert outcome.code == "not_connected"

    play(test, silent("BootNotification"))


def test_time_never_falls_back() -> None:
    async def test(yard: Yard) -> None:
        yard.host.add("CP-1", specification(), pace=FAST)
        await asyncio.sleep(60.0)
        before = yard.host.now("CP-1")

        yard.host.go_at("CP-1", None)
        assert yard.host.now("CP-1") == before
        yard.host.go_at("CP-1", Pace(60.0, yard.loop.time(), START))
        assert yard.host.now("CP-1") == before

    play(test)


def test_a_leap_forward_is_lived_through() -> None:
    async def test(yard: Yard) -> None:
        yard.host.add("CP-1", specification())
        await asyncio.sleep(10.0)
        now = yard.loop.time()
        yard.host.go_at("CP-1", Pace(60.0, now, now + 86_400.0))
        await asyncio.sleep(30.0)

        assert [event.status for _, event in yard.of(Booted)] == ["Accepted"]
        assert [event.connected for _, event in yard.of(ConnectionChanged)] == [True]
        assert yard.calls("Heartbeat")[0][1].at >= START + 86_400.0

    play(test)


def test_memory_is_of_its_own_time() -> None:
    async def test(yard: Yard) -> None:
        yard.host.add("CP-1", specification(), pace=FAST)
        await asyncio.sleep(60.0)
        memory = yard.host.power_off("CP-1")
        yard.host.add("CP-1", specification(), memory, pace=FAST)

        assert yard.host.now("CP-1") == pytest.approx(START + 3_600.0)
        await asyncio.sleep(5.0)
        assert [event.status for _, event in yard.of(Booted)] == ["Accepted"] * 2

    play(test)
