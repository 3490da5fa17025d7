"""Counts of what organizations have, and their bounds."""

import pytest

from voltyard.kernel.errors import Conflict, Overfull
from voltyard.kernel.quotas import Quota, unbounded

ORG, OTHER = "org_a", "org_b"


def test_beyond_the_bound_nothing_is_taken_and_nobody_else_is_touched() -> None:
    reached: list[str] = []
    quota = Quota("chargers", lambda one: 2, reached=reached.append)
    quota.take(ORG, 2)

    with pytest.raises(Conflict, match="has 2 chargers, and its quota is 2") as refused:
        quota.take(ORG)

    assert "administrator" in refused.value.advice
    assert (quota.used(ORG), reached) == (2, [ORG])
    quota.take(OTHER, 2)


def test_what_is_given_back_can_be_taken_again() -> None:
    quota = Quota("streams", lambda one: 1, error=Overfull)
    quota.take(ORG)
    with pytest.raises(Overfull):
        quota.check(ORG)

    quota.give_back(ORG)

    quota.take(ORG)
    assert quota.used(ORG) == 1


def test_what_is_there_already_counts_whatever_the_bound() -> None:
    quota = Quota("chargers", lambda one: 1)
    quota.load(ORG)
    quota.load(ORG)
    quota.note(OTHER, 5)

    assert (quota.used(ORG), quota.used(OTHER)) == (2, 5)
    with pytest.raises(Conflict):
        quota.take(ORG)
    quota.give_back(ORG, 2)
    assert quota.used(ORG) == 0


def test_without_a_bound_anything_is_taken() -> None:
    quota = unbounded("chargers")
    quota.take(ORG, 1_000_000)

    assert quota.used(ORG) == 1_000_000
