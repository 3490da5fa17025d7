"""A bad network: in memory and virtual time, where every moment is exact, and on sockets."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.fakes.links import RecordingGate, RecordingUser
from voltyard.catalogue.network_conditions import GOOD_NETWORK, NetworkConditions, plain, read
from voltyard.kernel import limits
from voltyard.kernel.errors import Invalid
from voltyard.network.links.faulty import FaultyEnd, NetworkPath, NetworkPaths
from voltyard.network.links.memory import MemoryDialler, MemoryDoor, MemoryNetwork
from voltyard.network.links.picows_links import PicowsDialler, PicowsDoor
from voltyard.ports.links import Dialling, Link
from voltyard.simulation.virtual_loop import VirtualLoop, run

START = 1_000_000.0


class Stage:
    """A peer in memory, and a path to it."""

    def __init__(self, conditions: NetworkConditions, name: str = "CP-1", seed: int = 1) -> None:
        self.loop = asyncio.get_running_loop()
        self.network = MemoryNetwork()
        self.door = MemoryDoor(self.network)
        self.gate = RecordingGate("ocpp1.6", on_frame=self._heard)
        self.user = RecordingUser(self._answered)
        self.arrived: list[tuple[float, str]] = []
        self.answered: list[tuple[float, str]] = []
        self.path = NetworkPath(NetworkPaths(self.loop.time), conditions, seed, name)

    async def connect(self) -> Link:
        await self.door.open("csms", 9000, self.gate)
        dialling = Dialling("ws://csms:9000/ocpp/CP-1", ("ocpp1.6",))
        await self.path.over(MemoryDialler(self.network)).dial(dialling, self.user)
        await asyncio.sleep(0)
        assert self.user.link is not None
        return self.user.link

    def _heard(self, link: Link, text: str) -> None:
        self.arrived.append((round(self.loop.time() - START, 3), text))

    def _answered(self, link: Link, text: str) -> None:
        self.answered.append((round(self.loop.time() - START, 3), text))


def staged(
    conditions: NetworkConditions, play: Callable[[Stage, Link], Awaitable[Any]], seed: int = 1
) -> Stage:
    """Play something over a path, in virtual time."""
    loop = VirtualLoop(START)

    async def act() -> Stage:
        stage = Stage(conditions, seed=seed)
        link = await stage.connect()
        await play(stage, link)
        await stage.door.close()
        return stage

    return run(act(), loop)


async def send_twenty(stage: Stage, link: Link) -> None:
    for number in range(20):
        link.send(str(number))
        await asyncio.sleep(0.1)
    await asyncio.sleep(10.0)


def texts(arrived: list[tuple[float, str]]) -> list[str]:
    return [text for _, text in arrived]


NUMBERS = [str(number) for number in range(20)]


def test_latency_delays_frames_both_ways() -> None:
    async def play(stage: Stage, link: Link) -> None:
        link.send("up")
        assert stage.gate.user.link is not None
        stage.gate.user.link.send("down")
        await asyncio.sleep(1.0)

    stage = staged(NetworkConditions(latency_ms=200.0), play)

    assert stage.arrived == [(0.2, "up")]
    assert stage.answered == [(0.2, "down")]


def test_jitter_keeps_the_order() -> None:
    stage = staged(NetworkConditions(latency_ms=10.0, jitter_ms=500.0), send_twenty)

    assert texts(stage.arrived) == NUMBERS
    late = [at - int(text) * 0.1 for at, text in stage.arrived]
    assert min(late) >= 0.01 and len({round(one, 3) for one in late}) > 10


def test_frames_are_lost_doubled_and_overtaken() -> None:
    lost = staged(NetworkConditions(loss=0.3), send_twenty)
    doubled = staged(NetworkConditions(duplicate=0.3), send_twenty)
    overtaken = staged(NetworkConditions(reorder=0.3), send_twenty)

    assert 5 < len(lost.arrived) < 20 and texts(lost.arrived) == sorted(
        texts(lost.arrived), key=int
    )
    assert 20 < len(doubled.arrived) < 32 and set(texts(doubled.arrived)) == set(NUMBERS)
    assert texts(overtaken.arrived) != NUMBERS
    assert sorted(texts(overtaken.arrived), key=int) == NUMBERS


def test_a_frame_breaks_its_link_and_is_lost_with_it() -> None:
    stages = [staged(NetworkConditions(breaks=0.1), send_twenty, seed) for seed in range(40)]
    broken = [stage for stage in stages if len(stage.arrived) < 20]

    assert 20 < len(broken) < 40
    for stage in broken:
        assert len(stage.user.ends) == 1
        assert texts(stage.arrived) == NUMBERS[: len(stage.arrived)]
    assert len({len(stage.arrived) for stage in broken}) > 3


def test_one_seed_is_one_history() -> None:
    bad = NetworkConditions(loss=0.2, duplicate=0.2, jitter_ms=300.0, reorder=0.2)

    assert staged(bad, send_twenty).arrived == staged(bad, send_twenty).arrived


def test_a_narrow_road_takes_its_time() -> None:
    async def play(stage: Stage, link: Link) -> None:
        for _ in range(3):
            link.send("x" * 1_000)
        await asyncio.sleep(10.0)

    stage = staged(NetworkConditions(bytes_per_s=500.0), play)

    assert [at for at, _ in stage.arrived] == [2.0, 4.0, 6.0]


def test_more_than_a_road_may_hold_closes_the_link_with_1013() -> None:
    async def play(stage: Stage, link: Link) -> None:
        for _ in range(limits.SEND_BUFFER_BYTES // 100_000 + 2):
            link.send("x" * 100_000)
        await asyncio.sleep(1.0)

    stage = staged(NetworkConditions(bytes_per_s=1.0), play)

    assert stage.user.ends[0][0] == 1013


def test_a_link_is_cut_about_as_often_as_said() -> None:
    async def play(stage: Stage, link: Link) -> None:
        await asyncio.sleep(29.0)
        assert not stage.user.ends
        await asyncio.sleep(62.0)

    assert staged(NetworkConditions(cut_every_s=60.0), play).user.ends == [(1006, "")]


def test_a_storm_cuts_all_at_one_moment() -> None:
    loop = VirtualLoop(START + 123.0)

    async def act() -> list[float]:
        moments: list[float] = []
        stages = [
            Stage(NetworkConditions(storm_every_s=600.0), f"CP-{number}", number)
            for number in range(4)
        ]
        for stage in stages:
            link = await stage.connect()
            stage.user.closed = lambda code, reason: moments.append(loop.time())  # type: ignore[method-assign]
            del link
            await asyncio.sleep(7.0)
        await asyncio.sleep(700.0)
        for stage in stages:
            await stage.door.close()
        return moments

    moments = run(act(), loop)
    assert len(set(moments[:4])) == 1 and moments[0] % 600.0 == 0.0


def test_half_open_is_silence_until_the_charger_gives_up() -> None:
    async def play(stage: Stage, link: Link) -> None:
        link.send("before")
        await asyncio.sleep(61.0)
        link.send("after")
        assert stage.gate.user.link is not None
        stage.gate.user.link.send("anybody?")
        await asyncio.sleep(100.0)
        assert not stage.user.ends and not stage.gate.user.ends
        await asyncio.sleep(300.0)

    stage = staged(NetworkConditions(half_open_after_s=60.0, half_open_for_s=300.0), play)

    assert texts(stage.arrived) == ["before"] and not stage.answered
    assert stage.user.ends == [(1006, "")]


def test_a_slow_reader_reads_as_slowly_as_said() -> None:
    async def play(stage: Stage, link: Link) -> None:
        assert stage.gate.user.link is not None
        for number in range(5):
            stage.gate.user.link.send(str(number))
        await asyncio.sleep(20.0)

    stage = staged(NetworkConditions(reads_per_s=0.5), play)

    assert [at for at, _ in stage.answered] == [2.0, 4.0, 6.0, 8.0, 10.0]


def test_a_window_a_share_and_a_turn() -> None:
    window = staged(NetworkConditions(loss=1.0, from_s=0.55, to_s=1.05), send_twenty)
    assert texts(window.arrived) == [n for n in NUMBERS if not 5 < int(n) < 11]

    never = staged(NetworkConditions(loss=1.0, probability=0.0), send_twenty)
    second = staged(NetworkConditions(loss=1.0, every=2), send_twenty)
    assert texts(never.arrived) == texts(second.arrived) == NUMBERS


def test_a_road_gets_better_while_its_link_is_up() -> None:
    async def play(stage: Stage, link: Link) -> None:
        link.send("lost")
        stage.path.change(GOOD_NETWORK)
        assert isinstance(link, FaultyEnd)
        link.renew()
        link.send("found")
        await asyncio.sleep(0.1)

    assert texts(staged(NetworkConditions(loss=1.0), play).arrived) == ["found"]


def test_what_is_on_its_way_comes_before_the_close() -> None:
    async def play(stage: Stage, link: Link) -> None:
        link.send("last words")
        link.close(1000, "bye")
        await asyncio.sleep(2.0)
        assert stage.gate.user.ends == [(1000, "bye")]

    assert texts(staged(NetworkConditions(latency_ms=500.0), play).arrived) == ["last words"]


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"latency": 1}, "has no 'latency'"),
        ({"loss": 1.5}, "from 0 to 1"),
        ({"loss": True}, "from 0 to 1"),
        ({"latency_ms": "200"}, "must be a number"),
        ({"every": 0}, "from 1"),
        ({"once": 1}, "true or false"),
    ],
)
def test_conditions_that_cannot_be_are_refused(said: Any, problem: str) -> None:
    with pytest.raises(Invalid, match=problem):
        read(said)


def test_conditions_are_read_as_they_are_shown() -> None:
    bad = NetworkConditions(latency_ms=200.0, loss=0.1, once=True)

    assert plain(bad) == {"latency_ms": 200.0, "loss": 0.1, "once": True}
    assert read(plain(bad)) == bad and read(None) == GOOD_NETWORK


async def test_on_sockets_too() -> None:
    gate, user = RecordingGate("ocpp1.6", ping_interval_s=0.1), RecordingUser()
    door = PicowsDoor()
    await door.open("127.0.0.1", 0, gate)
    paths = NetworkPaths(time.time)
    path = NetworkPath(paths, NetworkConditions(latency_ms=50.0, half_open_after_s=0.5), 1, "CP-1")
    dialling = Dialling(f"ws://127.0.0.1:{door.port}/", ("ocpp1.6",), timeout_s=120.0)

    await path.over(PicowsDialler()).dial(dialling, user)
    assert user.link is not None
    began = time.monotonic()
    user.link.send("hello")
    await gate.user.until_frames()

    assert time.monotonic() - began > 0.04
    assert (await gate.user.until_closed())[0] == 1006, "its pings were not answered"
    user.link.abort()
    await user.until_closed()
    await door.close()
