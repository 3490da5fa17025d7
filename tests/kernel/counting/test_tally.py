"""Tally of what recurs."""

from voltyard.kernel.counting.tally import Tally


def test_the_first_is_told_at_once_and_the_others_with_their_count() -> None:
    tally: Tally[str] = Tally(every_s=60.0, most=10)

    first = tally.note("a", "192.0.2.1", "wrong", 0.0)
    for n in range(5):
        assert tally.note("a", f"192.0.2.{n % 2}", "late", 1.0 + n) is None

    assert first is not None
    assert (first.count, first.sources, first.reason) == (1, ["192.0.2.1"], "wrong")
    assert tally.next_at() == 60.0
    assert tally.due(59.9) == []
    [(key, count)] = tally.due(60.0)
    assert (key, count.count, count.reason) == ("a", 5, "late")
    assert count.sources == ["192.0.2.0", "192.0.2.1"]


def test_what_does_not_recur_is_forgotten_and_told_at_once_the_next_time() -> None:
    tally: Tally[str] = Tally(every_s=60.0, most=10)
    tally.note("a", "x", "", 0.0)

    assert tally.due(60.0) == []
    assert len(tally) == 0
    assert tally.next_at() is None
    assert tally.note("a", "x", "", 61.0) is not None


def test_sources_and_keys_are_bounded() -> None:
    tally: Tally[int] = Tally(every_s=60.0, most=2)
    for key in range(3):
        assert (tally.note(key, "x", "", 0.0) is None) is (key == 2)

    for n in range(100):
        tally.note(0, str(n), "", 0.0)

    [(_, count)] = tally.due(60.0)
    assert (count.count, len(count.sources)) == (100, 10)


def test_a_clock_that_was_set_back_silences_nothing() -> None:
    tally: Tally[str] = Tally(every_s=60.0, most=2)
    tally.note("a", "x", "", 1_000.0)
    tally.note("a", "x", "", 1_000.0)

    assert [key for key, _ in tally.due(10.0)] == ["a"]
