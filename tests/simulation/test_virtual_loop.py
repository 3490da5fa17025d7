"""Virtual time leaps and never waits."""

import asyncio
import time

import pytest

from voltyard.simulation.virtual_loop import Stalled, VirtualLoop, run

START = 1_767_571_200.0


def test_a_day_passes_in_no_time() -> None:
    loop = VirtualLoop(START)
    began = time.monotonic()

    async def a_day() -> None:
        for _ in range(24):
            await asyncio.sleep(3600.0)

    run(a_day(), loop)

    assert loop.time() == pytest.approx(START + 86_400.0)
    assert time.monotonic() - began < 600.0


def test_timers_come_in_order_each_at_its_moment() -> None:
    loop = VirtualLoop(START)
    seen: list[tuple[str, float]] = []

    async def main() -> None:
        for name, delay_s in (("c", 3.0), ("a", 1.0), ("b", 2.0), ("a again", 1.0)):
            loop.call_later(delay_s, lambda name=name: seen.append((name, loop.time() - START)))
        await asyncio.sleep(4.0)

    run(main(), loop)

    assert seen == [("a", 1.0), ("a again", 1.0), ("b", 2.0), ("c", 3.0)]


def test_a_moment_close_to_now_is_not_lost_to_rounding() -> None:
    loop = VirtualLoop(START + 0.1)

    async def main() -> float:
        at = loop.time() + 1e-7
        done = loop.create_future()
        loop.call_at(at, done.set_result, None)
        await done
        return at

    assert loop.time() <= run(main(), loop) + 1e-6


def test_what_waits_for_nothing_that_can_happen_says_so() -> None:
    async def main() -> None:
        await asyncio.get_running_loop().create_future()

    with pytest.raises(Stalled):
        run(main(), VirtualLoop(START))


def test_an_error_comes_out_and_what_was_left_is_cancelled() -> None:
    cancelled: list[bool] = []

    async def forever() -> None:
        try:
            await asyncio.sleep(1e6)
        except asyncio.CancelledError:
            cancelled.append(True)
            raise

    async def main() -> None:
        task = asyncio.create_task(forever())
        await asyncio.sleep(1.0)
        assert not task.done()
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        run(main(), VirtualLoop(START))
    assert cancelled == [True]
