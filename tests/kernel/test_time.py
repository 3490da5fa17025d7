"""Instants are written and read without loss, and never guessed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltyard.kernel.time import earliest, from_rfc3339, to_rfc3339, to_rfc3339_seconds

INSTANTS = st.integers(min_value=0, max_value=4_102_444_800_000).map(lambda millis: millis / 1000)


@given(INSTANTS)
def test_an_instant_survives_being_written_and_read(at: float) -> None:
    assert from_rfc3339(to_rfc3339(at)) == pytest.approx(at, abs=5e-4)


@given(st.lists(INSTANTS, min_size=2, max_size=20))
def test_written_instants_sort_as_the_instants_do(instants: list[float]) -> None:
    assert sorted(map(to_rfc3339, instants)) == [to_rfc3339(at) for at in sorted(instants)]


def test_an_instant_is_written_with_milliseconds_and_z() -> None:
    assert to_rfc3339(1_790_000_000.5) == "2026-09-21T14:13:20.500Z"
    assert to_rfc3339_seconds(1_790_000_000.9) == "2026-09-21T14:13:20Z"


def test_milliseconds_round_up_into_the_next_second() -> None:
    assert to_rfc3339(1_790_000_000.9996) == "2026-09-21T14:13:21.000Z"


@pytest.mark.parametrize(
    "text", ["2026-01-01T00:00:00", "2022-02-29T10:00:00Z", "yesterday", "", "2026-01-01T25:00:00Z"]
)
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        from_rfc3339(text)


def test_a_zone_is_taken_into_account() -> None:
    assert from_rfc3339("2026-01-01T01:00:00+01:00") == from_rfc3339("2026-01-01T00:00:00Z")


def test_the_earliest_deadline_ignores_those_that_are_not_set() -> None:
    assert earliest(None, 3.0, 2.0, None) == 2.0
    assert earliest(None, None) is None


def test_a_year_is_written_with_four_digits() -> None:
    at = from_rfc3339("0769-01-02T04:24:32Z")

    assert to_rfc3339(at) == "0769-01-02T04:24:32.000Z"
    assert to_rfc3339_seconds(at) == "0769-01-02T04:24:32Z"
