"""One timer for any number of deadlines."""

import asyncio

import pytest

from voltyard.loop.wheel import WAKES_AT_ONCE, Wheel
from voltyard.simulation.virtual_loop import VirtualLoop, run

START = 1_767_571_200.0


def rung(
    settings: list[tuple[str, float | None]], seconds: float = 10.0, slack_s: float = 0.0
) -> list[tuple[str, float]]:
    """What rings, and when, after these settings at the start."""
    loop = VirtualLoop(START)
    seen: list[tuple[str, float]] = []

    async def main() -> None:
        wheel: Wheel[str] = Wheel(
            loop.time, lambda key: seen.append((key, loop.time() - START)), slack_s
        )
        for key, at in settings:
            wheel.set(key, None if at is None else START + at)
        await asyncio.sleep(seconds)
        wheel.stop()

    run(main(), loop)
    return seen


def test_each_key_rings_at_its_moment_the_earliest_first() -> None:
    seen = rung([("late", 3.0), ("early", 1.0), ("middle", 2.0)])

    assert [key for key, _ in seen] == ["early", "middle", "late"]
    assert [at for _, at in seen] == pytest.approx([1.0, 2.0, 3.0])


def test_a_later_wish_replaces_an_earlier_one_and_none_forgets() -> None:
    seen = rung([("moved", 1.0), ("moved", 2.0), ("gone", 1.0), ("gone", None)])

    assert seen == [("moved", pytest.approx(2.0))]


def test_what_is_overdue_rings_at_once() -> None:
    assert rung([("overdue", -5.0)], seconds=0.1) == [("overdue", 0.0)]


def test_with_slack_those_close_to_each_other_ring_together_and_nobody_later() -> None:
    settings = [("b", 1.2), ("a", 1.0), ("d", 2.6), ("c", 1.5)]

    seen = rung(settings, slack_s=0.5)

    assert [key for key, _ in seen] == ["a", "b", "c", "d"]
    assert [at for _, at in seen] == pytest.approx([1.5, 1.5, 1.5, 3.1])


def test_with_slack_an_earlier_wish_is_still_heeded() -> None:
    assert rung([("late", 5.0), ("early", 1.0)], slack_s=0.5) == [
        ("early", pytest.approx(1.5)),
        ("late", pytest.approx(5.5)),
    ]


def test_a_key_may_set_itself_again() -> None:
    loop = VirtualLoop(START)
    seen: list[float] = []

    async def main() -> None:
        def ring(key: str) -> None:
            seen.append(loop.time() - START)
            wheel.set(key, loop.time() + 1.0)

        wheel: Wheel[str] = Wheel(loop.time, ring)
        wheel.set("again", START + 1.0)
        await asyncio.sleep(3.5)
        wheel.stop()
        await asyncio.sleep(3.5)

    run(main(), loop)

    assert seen == pytest.approx([1.0, 2.0, 3.0])


def test_a_crowd_of_keys_lets_others_have_their_turn() -> None:
    loop = VirtualLoop(START)
    order: list[str] = []

    async def main() -> None:
        wheel: Wheel[int] = Wheel(loop.time, lambda key: order.append("key"))
        for key in range(WAKES_AT_ONCE + 1):
            wheel.set(key, START)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        order.append("other")
        await asyncio.sleep(0.01)

    run(main(), loop)

    assert order.index("other") == WAKES_AT_ONCE
    assert len(order) == WAKES_AT_ONCE + 2


def test_a_ring_that_fails_does_not_silence_the_others() -> None:
    loop = VirtualLoop(START)
    seen: list[str] = []
    failures: list[BaseException] = []

    def ring(key: str) -> None:
        seen.append(key)
        if key == "bad":
            raise ValueError(key)

    async def main() -> None:
        loop.set_exception_handler(lambda _, context: failures.append(context["exception"]))
        wheel: Wheel[str] = Wheel(loop.time, ring)
        wheel.set("bad", START + 1.0)
        wheel.set("beside", START + 1.0)
        wheel.set("good", START + 2.0)
        await asyncio.sleep(3.0)

    run(main(), loop)

    assert seen == ["bad", "beside", "good"]
    assert len(failures) == 1


def test_who_is_taken_away_by_one_due_at_the_same_moment_does_not_ring() -> None:
    loop = VirtualLoop(START)
    seen: list[str] = []

    async def main() -> None:
        def ring(key: str) -> None:
            seen.append(key)
            wheel.set("second", None)

        wheel: Wheel[str] = Wheel(loop.time, ring)
        wheel.set("first", START + 1.0)
        wheel.set("second", START + 1.0)
        await asyncio.sleep(3.0)

    run(main(), loop)

    assert seen == ["first"]


def test_a_wheel_that_is_stopped_rings_no_more_whatever_is_set() -> None:
    loop = VirtualLoop(START)
    seen: list[str] = []

    async def main() -> None:
        wheel: Wheel[str] = Wheel(loop.time, seen.append)
        wheel.set("before", START + 1.0)
        wheel.stop()
        wheel.set("after", START + 1.0)
        await asyncio.sleep(3.0)

    run(main(), loop)

    assert seen == []


def test_a_tick_by_hand_rings_who_is_due_and_no_other() -> None:
    loop = VirtualLoop(START)
    now, seen = [START], list[str]()

    async def main() -> None:
        wheel: Wheel[str] = Wheel(lambda: now[0], seen.append)
        wheel.set("soon", START + 10.0)
        wheel.set("late", START + 20.0)
        now[0] = START + 10.0
        wheel.tick()
        assert wheel.next() == START + 20.0
        wheel.stop()

    run(main(), loop)

    assert seen == ["soon"]
