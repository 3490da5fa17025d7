"""A bound on hangs where pytest-timeout has none.

pytest-timeout ends a test by an exception out of a signal's handler, once. uvloop hands such an
exception to its own handler and goes on; a thread that never ends is waited for when the loop is
closed; and nothing bounds what comes after the last test. Past its bound this process writes where
each of its threads is and ends: pytest-xdist names the test and goes on with another process.
"""

import faulthandler
import math
import os
import threading
import time
from typing import Final

import pytest

SLACK_S: Final = 120.0
"""Beyond pytest-timeout's bound, for the teardown of what it ended."""

AT_THE_END_S: Final = 300.0
"""From the end of the last test to the end of the process."""


class Watchdog(threading.Thread):
    """A plugin of pytest, in each process that runs tests."""

    def __init__(self, timeout_s: float, *, is_worker: bool) -> None:
        """A worker of pytest-xdist is sent its tests, and may wait for one as long as the others
        run theirs."""
        super().__init__(name="watchdog", daemon=True)
        self._timeout_s = timeout_s
        self._stderr = os.dup(2)  # before a test's output is captured
        self._waiting_for = ""
        self._over = threading.Event()
        self._is_worker = is_worker
        self.until = time.monotonic() + AT_THE_END_S
        """The time, of time.monotonic, at which what is waited for hangs."""

    def run(self) -> None:
        """Look once a second."""
        while not self._over.wait(1):
            if time.monotonic() > self.until:
                os.write(self._stderr, f"\nwatchdog: {self._waiting_for} hangs\n".encode())
                faulthandler.dump_traceback(self._stderr, all_threads=True)
                os._exit(1)

    def pytest_collection_finish(self) -> None:
        """Wait for the first test."""
        self._wait_for_a_test("the first test")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Wait for it, as long as a test without a bound of its own may take."""
        self._wait_for(nodeid, self._timeout_s + SLACK_S)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Wait as long as its own bound says."""
        if marker := item.get_closest_marker("timeout"):
            self._wait_for(item.nodeid, float(marker.args[0]) + SLACK_S)

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """Wait for the next, or for the end."""
        self._wait_for_a_test(f"what follows {nodeid}")

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Wait for the end."""
        self._wait_for("the end", AT_THE_END_S)

    def pytest_unconfigure(self) -> None:
        """pytest is done."""
        self._over.set()

    def _wait_for_a_test(self, what: str) -> None:
        self._wait_for(what, math.inf if self._is_worker else AT_THE_END_S)

    def _wait_for(self, what: str, timeout_s: float) -> None:
        self._waiting_for = what
        self.until = time.monotonic() + timeout_s


class FailureTeller:
    """A plugin of pytest that tells a failure at once: a run that is cut short has no summary."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Its name, and the last lines of what went wrong."""
        terminal = self._config.pluginmanager.get_plugin("terminalreporter")
        if report.failed and terminal is not None:
            last = "\n".join(report.longreprtext.splitlines()[-10:])
            terminal.write_line(f"\nFAILED at {report.when}: {report.nodeid}\n{last}")


def begin(config: pytest.Config) -> None:
    """Watch where tests run, and tell where they are reported."""
    is_worker = hasattr(config, "workerinput")
    if not is_worker:
        config.pluginmanager.register(FailureTeller(config))
    if is_worker or not config.getoption("numprocesses", None):
        watchdog = Watchdog(float(config.getini("timeout")), is_worker=is_worker)
        config.pluginmanager.register(watchdog)
        watchdog.start()
