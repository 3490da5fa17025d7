"""Token buckets."""

from voltyard.kernel.counting.token_buckets import TokenBuckets


def test_so_many_at_once_and_so_many_a_second_from_then_on() -> None:
    buckets: TokenBuckets[str] = TokenBuckets(burst=2, per_s=0.5, most=10)

    for _ in range(2):
        assert buckets.has("a", 0.0)
        buckets.take("a", 0.0)

    assert [buckets.has("a", at) for at in (0.0, 1.9, 2.0)] == [False, False, True]
    assert buckets.is_full("b", 0.0)


def test_a_bucket_never_holds_more_than_its_burst_and_a_full_one_is_forgotten() -> None:
    buckets: TokenBuckets[str] = TokenBuckets(burst=2, per_s=1.0, most=10)
    buckets.take("a", 0.0)

    assert buckets.left("a", 1_000.0) == 2
    buckets.give_back("a", 0.0)
    assert len(buckets) == 0
    buckets.give_back("a", 0.0)
    assert buckets.left("a", 0.0) == 2


def test_the_longest_unused_are_forgotten_beyond_the_bound() -> None:
    buckets: TokenBuckets[int] = TokenBuckets(burst=5, per_s=0.0, most=3)

    for key in (0, 1, 2, 0, 3):
        buckets.take(key, 0.0)

    assert len(buckets) == 3
    assert buckets.left(1, 0.0) == 5
    assert buckets.left(0, 0.0) == 3


def test_a_clock_that_was_set_back_takes_nothing_away() -> None:
    buckets: TokenBuckets[str] = TokenBuckets(burst=2, per_s=1.0, most=3)
    buckets.take("a", 100.0)

    assert buckets.left("a", 50.0) == 1
