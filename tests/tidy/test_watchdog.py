"""The bound on hangs of the tests themselves."""

import math
import time

import pytest

from tests.watchdog import AT_THE_END_S, SLACK_S, Watchdog


@pytest.mark.parametrize("is_worker", [True, False])
def test_a_test_has_its_bound_and_so_has_what_follows_the_last(is_worker: bool) -> None:
    watchdog = Watchdog(60.0, is_worker=is_worker)
    bounds = [watchdog.until - time.monotonic()]
    watchdog.pytest_runtest_logstart("a test")
    bounds.append(watchdog.until - time.monotonic())
    watchdog.pytest_sessionfinish()
    bounds.append(watchdog.until - time.monotonic())

    assert bounds == pytest.approx([AT_THE_END_S, 60.0 + SLACK_S, AT_THE_END_S], abs=30.0)


def test_a_worker_may_wait_for_a_test_while_others_run_theirs() -> None:
    watchdog = Watchdog(60.0, is_worker=True)
    watchdog.pytest_collection_finish()
    first = watchdog.until
    watchdog.pytest_runtest_logfinish("a test")

    assert (first, watchdog.until) == (math.inf, math.inf)


def test_a_process_that_has_its_tests_may_not() -> None:
    watchdog = Watchdog(60.0, is_worker=False)
    watchdog.pytest_runtest_logfinish("a test")

    assert watchdog.until - time.monotonic() <= AT_THE_END_S
