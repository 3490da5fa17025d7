"""Links share the time of a loop, and are paused for more than one reason."""

import asyncio
from collections.abc import Callable

import pytest

from voltyard.kernel import limits
from voltyard.kernel.time import Instant
from voltyard.loop.turns import TURN, Intake, ReadPauses, Turns


class Reading:
    """A link that notes whether it is read."""

    subprotocol = None

    def __init__(self) -> None:
        self.is_read = True
        self.ends: list[tuple[int, str]] = []
        self.changes = 0

    def send(self, text: str) -> None:
        raise AssertionError("nothing is sent here")

    def close(self, code: int = 1000, reason: str = "") -> None:
        self.ends.append((code, reason))

    def probe(self, answered: Callable[[], None]) -> None: ...

    def abort(self) -> None:
        raise AssertionError("nothing is cut here")

    def pause(self) -> None:
        self.is_read = False
        self.changes += 1

    def resume(self) -> None:
        self.is_read = True
        self.changes += 1


class Clock:
    """Time goes by only as frames are handled."""

    def __init__(self) -> None:
        self.now: Instant = 1_000.0

    def __call__(self) -> Instant:
        return self.now


class Peer:
    """One link and who handles its frames, each of which takes so long."""

    def __init__(self, room: "Room", name: str, cost_s: float) -> None:
        self._room = room
        self._name = name
        self.cost_s = cost_s
        self.link = Reading()
        self.intake = Intake(room.turns, self)
        self.intake.follow(self.link)
        self.handled: list[str] = []
        self.then: Callable[[], None] = lambda: None

    def handle(self, text: str) -> None:
        self._room.clock.now += self.cost_s
        self._room.handled.append((self._room.turns.ordinal, self._name))
        self.handled.append(text)
        self.then()

    def send(self, count: int = 1, begin: int = 0) -> None:
        for number in range(begin, begin + count):
            self.intake.received(str(number))


class Room:
    """Links of one loop."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.turns = Turns(self.clock)
        self.handled: list[tuple[int, str]] = []

    def peer(self, name: str = "CP1", cost_s: float = 0.0) -> Peer:
        return Peer(self, name, cost_s)


@pytest.fixture
def room() -> Room:
    return Room()


async def turns_of_the_loop(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


# --- pauses ------------------------------------------------------------------------------------


def test_a_link_is_read_again_once_no_reason_holds() -> None:
    link = Reading()
    pauses = ReadPauses(link)

    pauses.pause("turn")
    pauses.pause("database")
    pauses.pause("database")
    pauses.resume("turn")
    read_between = link.is_read
    pauses.resume("database")

    assert not read_between
    assert link.is_read
    assert link.changes == 2


def test_a_reason_that_was_never_given_cannot_be_taken_back() -> None:
    link = Reading()
    pauses = ReadPauses(link)
    pauses.pause("database")

    pauses.resume("turn")

    assert not link.is_read and pauses


def test_a_link_that_takes_the_place_of_a_paused_one_is_paused() -> None:
    pauses, link = ReadPauses(Reading()), Reading()
    pauses.pause("turn")

    pauses.follow(link)
    was_read = link.is_read
    pauses.resume("turn")

    assert not was_read and link.is_read


# --- one link ----------------------------------------------------------------------------------


async def test_so_many_frames_of_a_link_are_handled_in_a_turn(room: Room) -> None:
    peer = room.peer()

    peer.send(limits.FRAMES_AT_ONCE + 1)

    assert len(peer.handled) == limits.FRAMES_AT_ONCE
    assert not peer.link.is_read


async def test_costly_frames_end_a_turn_before_they_are_many(room: Room) -> None:
    peer = room.peer(cost_s=1.1 * limits.LINK_TURN_S)

    peer.send(3)

    assert len(peer.handled) == 1
    await turns_of_the_loop(5)
    assert peer.handled == ["0", "1", "2"]
    assert peer.link.is_read


async def test_what_waited_is_handled_in_order_and_the_link_read_on(room: Room) -> None:
    peer = room.peer()
    count = 5 * limits.FRAMES_AT_ONCE + 7

    peer.send(count)
    await turns_of_the_loop(10)

    assert peer.handled == [str(number) for number in range(count)]
    assert peer.link.is_read


async def test_a_link_paused_for_another_reason_hands_nothing_over(room: Room) -> None:
    peer = room.peer()
    peer.send(limits.FRAMES_AT_ONCE + 10)

    peer.intake.pause("database")
    peer.send(5, begin=limits.FRAMES_AT_ONCE + 10)
    await turns_of_the_loop(5)
    handled_meanwhile = len(peer.handled)
    peer.intake.resume("database")
    read_at_once = peer.link.is_read
    await turns_of_the_loop(5)

    assert handled_meanwhile == limits.FRAMES_AT_ONCE
    assert not read_at_once, "what has waited comes before what is read"
    assert peer.handled == [str(number) for number in range(limits.FRAMES_AT_ONCE + 15)]
    assert peer.link.is_read


async def test_a_pause_in_the_midst_of_a_turn_ends_it(room: Room) -> None:
    peer = room.peer(cost_s=limits.LINK_TURN_S / 10)
    peer.send(30)
    handled_before = len(peer.handled)

    peer.then = lambda: peer.intake.pause("database")
    await turns_of_the_loop(5)

    assert len(peer.handled) == handled_before + 1
    peer.then = lambda: None
    peer.intake.resume("database")
    await turns_of_the_loop(10)
    assert len(peer.handled) == 30


async def test_what_waits_is_bounded_by_bytes(room: Room) -> None:
    peer = room.peer()
    peer.send(limits.FRAMES_AT_ONCE)

    for _ in range(limits.UNHANDLED_BYTES // 1000 + 1):
        peer.intake.received("x" * 1000)

    assert [code for code, _ in peer.link.ends] == [1013]
    await turns_of_the_loop(3)
    assert len(peer.handled) == limits.FRAMES_AT_ONCE


async def test_what_waited_when_the_link_went_is_still_handled(room: Room) -> None:
    flood, calm = room.peer("flood", cost_s=limits.TURN_S), room.peer("calm")
    flood.send(1)

    calm.send(2)
    calm.intake.closed()

    assert calm.handled == ["0", "1"]
    await turns_of_the_loop(3)
    assert calm.handled == ["0", "1"]


async def test_nothing_is_handed_over_once_it_is_hung_up(room: Room) -> None:
    peer = room.peer()
    peer.send(limits.FRAMES_AT_ONCE + 5)

    peer.intake.stop()
    peer.send(1)
    await turns_of_the_loop(3)

    assert len(peer.handled) == limits.FRAMES_AT_ONCE


async def test_a_bug_met_while_going_on_closes_that_link_alone(room: Room) -> None:
    broken, calm = room.peer("broken", cost_s=limits.TURN_S), room.peer("calm")
    broken.send(2)
    calm.send(1)

    def fail() -> None:
        raise RuntimeError("a bug")

    broken.then = fail
    await turns_of_the_loop(4)

    assert broken.link.ends == [(1011, "internal error")]
    assert calm.handled == ["0"]


# --- many links --------------------------------------------------------------------------------


async def test_all_links_together_have_so_much_of_a_turn(room: Room) -> None:
    peers = [room.peer(f"CP{number}", cost_s=limits.TURN_S / 4) for number in range(40)]

    for peer in peers:
        peer.send(2)
    await turns_of_the_loop(100)

    turns = [ordinal for ordinal, _ in room.handled]
    assert len(turns) == 80
    assert max(turns.count(ordinal) for ordinal in turns) <= 5
    assert all(peer.link.is_read for peer in peers)


async def test_a_link_with_one_frame_to_wait_for_is_not_paused_for_it(room: Room) -> None:
    busy = room.peer("busy", cost_s=2 * limits.TURN_S)
    calm, talkative = room.peer("calm"), room.peer("talkative")
    busy.send()

    calm.send()
    talkative.send(2)

    assert (calm.handled, calm.link.is_read) == ([], True)
    assert (talkative.handled, talkative.link.is_read) == ([], False)
    await turns_of_the_loop(3)
    assert (calm.handled, calm.link.changes) == (["0"], 0)
    assert (talkative.handled, talkative.link.is_read) == (["0", "1"], True)


async def test_who_seldom_speaks_passes_all_that_flood(room: Room) -> None:
    floods = [room.peer("flood", cost_s=limits.LINK_TURN_S) for _ in range(200)]
    calm = room.peer("calm", cost_s=limits.LINK_TURN_S)
    for flood in floods:
        flood.send(1_000)
    await turns_of_the_loop(200)

    for number in range(5):
        asked_in = room.turns.ordinal
        calm.send(1, begin=number)
        await turns_of_the_loop(2)
        answered_in = [ordinal for ordinal, name in room.handled if name == "calm"][-1]
        assert len(calm.handled) == number + 1
        assert answered_in <= asked_in + 1
        await turns_of_the_loop(100)


async def test_those_that_flood_have_equal_shares(room: Room) -> None:
    costs = [limits.LINK_TURN_S / 20, limits.LINK_TURN_S / 4, 10 * limits.LINK_TURN_S]
    peers = [room.peer(f"CP{number}", cost_s) for number, cost_s in enumerate(costs)]
    for peer in peers:
        peer.send(50_000)

    await turns_of_the_loop(1_000)

    had_s = [len(peer.handled) * peer.cost_s for peer in peers]
    assert min(had_s) > 0.8 * max(had_s)


async def test_what_was_had_while_nobody_waited_is_not_held_against_a_link(room: Room) -> None:
    busy, late = room.peer("busy", cost_s=limits.LINK_TURN_S / 4), room.peer("late")
    late.cost_s = limits.LINK_TURN_S / 4
    for number in range(10_000):
        busy.send(1, begin=number)
        await asyncio.sleep(0)

    late.send(100)
    busy.send(1, begin=10_000)
    await turns_of_the_loop(4)

    assert len(busy.handled) == 10_001


async def test_in_time_that_stands_still_frames_are_counted(room: Room) -> None:
    async def play() -> list[tuple[int, str]]:
        quiet = Room()
        peers = [quiet.peer(f"CP{number}") for number in range(30)]
        for number in range(20):
            for peer in peers:
                peer.send(10, begin=10 * number)
            await asyncio.sleep(0)
        await turns_of_the_loop(50)
        assert all(len(peer.handled) == 200 for peer in peers)
        return quiet.handled

    assert await play() == await play()


async def test_the_reason_of_a_turn_is_not_anothers(room: Room) -> None:
    peer = room.peer()
    peer.send(limits.FRAMES_AT_ONCE)

    peer.intake.resume("database")

    assert not peer.link.is_read
    await turns_of_the_loop(2)
    assert peer.link.is_read
    assert TURN == "turn"
