"""How many links fit into a process."""

import resource

import pytest

from voltyard.kernel.errors import Overfull
from voltyard.runtimes import file_descriptors


def test_the_limit_is_raised_as_far_as_it_may_go() -> None:
    limit = file_descriptors.raise_limit()

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert soft == limit
    assert hard in (limit, resource.RLIM_INFINITY)


def test_some_descriptors_are_kept_for_the_rest() -> None:
    assert file_descriptors.capacity(1_128) == 1_000
    assert file_descriptors.capacity(1_128, 2) == 500
    assert file_descriptors.capacity(10) == 0


def test_what_does_not_fit_is_said_before_anything_starts() -> None:
    file_descriptors.require(1_000, 1_000)

    with pytest.raises(Overfull, match=r"2001 chargers .* 1000 fit") as refused:
        file_descriptors.require(2_001, 1_000)
    assert "ulimit" in str(refused.value)
    assert "--workers 3" in str(refused.value)
