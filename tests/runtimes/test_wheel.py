"""One timer for any number of deadlines."""

import asyncio

import pytest

from voltyard.runtimes.wheel import WAKES_AT_ONCE, Wheel
from voltyard.simulation.loop import VirtualLoop, run

START = 1_767_571_200.0


def rung(
    settings: list[tuple[str, float | None]], seconds: float = 10.0
) -> list[tuple[str, float]]:
    """What rings, and when, after these settings at the start."""
    loop = VirtualLoop(START)
    seen: list[tuple[str, float]] = []

    async def main() -> None:
        wheel: Wheel[str] = Wheel(loop.time, lambda key: seen.append((key, loop.time() - START)))
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
        wheel.set("good", START + 2.0)
        await asyncio.sleep(3.0)

    run(main(), loop)

    assert seen == ["bad", "good"]
    assert len(failures) == 1
