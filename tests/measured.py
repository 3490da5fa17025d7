"""Coverage of the protocol and of the two machines by their own tests alone.

`make check` has coverage begin with each process (COVERAGE_PROCESS_START); here it pauses while
other rooms' tests run, and servers that tests start are not measured: they go at full speed.
"""

import os
from typing import Final

import pytest
from coverage import Coverage

ROOMS: Final = ("catalogue", "charger", "csms", "ocpp")


class Measured:
    """A plugin of pytest, in each process that runs tests."""

    def __init__(self, coverage: Coverage) -> None:
        self._coverage = coverage
        self._runs = True

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Pause, or go on."""
        belongs = item.nodeid.split("/")[1] in ROOMS
        if belongs is not self._runs:
            self._runs = belongs
            if belongs:
                self._coverage.start()
            else:
                self._coverage.stop()

    def pytest_unconfigure(self) -> None:
        """Write what was measured: pytest-xdist ends its processes without ado."""
        self._coverage.stop()
        self._coverage.save()


def begin(config: pytest.Config) -> None:
    """Make it a plugin where coverage runs and tests do; pytest-xdist's first process has none."""
    coverage = Coverage.current()
    if coverage is None or (config.getoption("numprocesses", None) and not _is_worker(config)):
        return
    os.environ.pop("COVERAGE_PROCESS_START", None)
    config.pluginmanager.register(Measured(coverage))


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")
