"""The wheel hands out whoever is due, in order, and forgets what was replaced."""

from hypothesis import given
from hypothesis import strategies as st

from voltyard.kernel.deadlines import Deadlines

MOVES = st.lists(
    st.tuples(st.integers(0, 7), st.none() | st.integers(0, 50).map(float)), max_size=300
)


def drain(wheel: Deadlines[int], now: float) -> list[int]:
    due = []
    while (key := wheel.pop(now)) is not None:
        due.append(key)
    return due


@given(MOVES, st.integers(0, 60).map(float))
def test_whoever_is_due_comes_out_in_order_and_nobody_else(
    moves: list[tuple[int, float | None]], now: float
) -> None:
    # given
    wheel: Deadlines[int] = Deadlines()
    wanted: dict[int, float] = {}
    for key, at in moves:
        wheel.set(key, at)
        if at is None:
            wanted.pop(key, None)
        else:
            wanted[key] = at
    assert wheel.next() == (min(wanted.values()) if wanted else None)
    assert len(wheel) == len(wanted)

    # when
    due = drain(wheel, now)

    # then
    assert set(due) == {key for key, at in wanted.items() if at <= now}
    assert [wanted[key] for key in due] == sorted(wanted[key] for key in due)


def test_equal_moments_come_out_in_the_order_they_were_set() -> None:
    wheel: Deadlines[str] = Deadlines()
    for key in "zyx":
        wheel.set(key, 1.0)
    assert [wheel.pop(1.0) for _ in range(4)] == ["z", "y", "x", None]


def test_setting_the_same_moment_again_keeps_the_place_in_the_queue() -> None:
    wheel: Deadlines[str] = Deadlines()
    wheel.set("first", 1.0)
    wheel.set("second", 1.0)
    wheel.set("first", 1.0)
    assert wheel.pop(1.0) == "first"


def test_a_key_that_moves_for_ever_does_not_fill_memory() -> None:
    wheel: Deadlines[str] = Deadlines()
    for moment in range(10_000):
        wheel.set("restless", float(moment))
    assert len(wheel._heap) < 200
