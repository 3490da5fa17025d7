"""Plugin of pytest: chargers, a yard, a backend and the CSMS under test as fixtures.

Every run of pytest imports it where Voltyard is installed, so it imports nothing of Voltyard until
a fixture is asked for. docs/testing.md is its guide.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from pathlib import Path
from random import SystemRandom
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from voltyard.testing.lab.artifacts import Artifacts
    from voltyard.testing.lab.backend import LabBackend
    from voltyard.testing.lab.csms_under_test import CsmsUnderTest, ProcessShare
    from voltyard.testing.lab.lab import Lab
    from voltyard.testing.lab.off_loop import OffLoop
    from voltyard.testing.lab.rest_client import RestConnections
    from voltyard.testing.lab.simulated_charger import SimulatedCharger
    from voltyard.testing.lab.warm_server import WarmServer
    from voltyard.testing.lab.yard import LabYard

__tracebackhide__ = True  # pytest shows the line of the test, not ours

_SEEDS: Final = 2**31
_SECTION: Final = "Voltyard"
_LAB: Final[pytest.StashKey[Lab]] = pytest.StashKey()
_SEED: Final[pytest.StashKey[int]] = pytest.StashKey()
_ARTIFACTS: Final[pytest.StashKey[Artifacts]] = pytest.StashKey()

_OPTIONS: Final = {
    "csms-url": "URL of the CSMS under test, without an identity; else Voltyard's own backend",
    "csms-password": "password of chargers there (HTTP Basic); better in VOLTYARD_CSMS_PASSWORD",
    "identities": "identities that it knows: A,B,C, or a pattern such as CI-{n}",
    "artifacts": "directory for what failed tests leave [build/voltyard]",
    "seed": "seed of all simulated chargers; a fresh one if absent",
    "timeout": "seconds that handles wait for something [30]",
}
"""Each is an option, an entry of the ini file (but for the password), and a variable."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options and their entries of the ini file."""
    group = parser.getgroup("voltyard", "Voltyard: simulated chargers and a CSMS")
    for name, about in _OPTIONS.items():
        group.addoption(f"--voltyard-{name}", default=None, help=about)
        if name != "csms-password":
            parser.addini(f"voltyard_{name.replace('-', '_')}", about, default=None)


def pytest_configure(config: pytest.Config) -> None:
    """Read what would otherwise fail in every test, and choose the seed of the run."""
    if _said(config, "csms-url") is not None:
        _csms_url(config)
    _time_out_s(config)
    config.stash[_SEED] = _seed(config)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Give a process of pytest-xdist the seed of the run."""
    node.workerinput["voltyard_seed"] = node.config.stash[_SEED]


# --- fixtures -----------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def voltyard_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WarmServer]:
    """The server of this process of tests, on free ports, with data of its own."""
    import shutil

    from voltyard.testing.lab.warm_server import WarmServer

    directory = tmp_path_factory.mktemp("voltyard")
    with WarmServer(directory) as server:
        yield server
    shutil.rmtree(directory / "data", ignore_errors=True)


@pytest.fixture(scope="session")
def _voltyard_connections(voltyard_server: WarmServer) -> Iterator[RestConnections]:
    from voltyard.testing.lab.rest_client import RestConnections

    with RestConnections(voltyard_server.url) as connections:
        yield connections


@pytest.fixture
def _voltyard_lab(
    request: pytest.FixtureRequest,
    voltyard_server: WarmServer,
    _voltyard_connections: RestConnections,
) -> Iterator[Lab]:
    from voltyard.testing.lab.lab import Lab

    node, config = request.node, request.config
    lab = Lab(
        voltyard_server,
        _voltyard_connections,
        node.nodeid,
        config.stash[_SEED],
        _time_out_s(config),
    )
    node.stash[_LAB] = lab
    yield lab
    del node.stash[_LAB]
    lab.close()


@pytest.fixture
def voltyard_backend(_voltyard_lab: Lab) -> LabBackend:
    """A CSMS of the test's own: a URL for chargers, and what they did there."""
    return _voltyard_lab.backend


@pytest.fixture
def voltyard_yard(_voltyard_lab: Lab) -> LabYard:
    """Simulated chargers of the test's own, against any CSMS."""
    return _voltyard_lab.yard


@pytest.fixture
def csms_under_test(request: pytest.FixtureRequest) -> CsmsUnderTest:
    """The CSMS that `charger` dials: of --voltyard-csms-url, else `voltyard_backend`."""
    from voltyard.testing.lab.csms_under_test import CsmsUnderTest

    config = request.config
    if _said(config, "csms-url") is None:
        backend: LabBackend = request.getfixturevalue("voltyard_backend")
        return CsmsUnderTest(url=backend.charger_url, is_own=True)
    return CsmsUnderTest(
        url=_csms_url(config),
        password=_said(config, "csms-password"),
        identities=_said(config, "identities") or "CP-{n}",
        share=_share(config),
    )


class ChargerFactory:
    """Makes chargers at the CSMS under test: `charger("CP-1", version="2.0.1")`."""

    def __init__(self, yard: LabYard, csms: CsmsUnderTest | str) -> None:
        self._yard = yard
        self._csms = csms

    def __call__(
        self, identity: str | None = None, *, url: str | None = None, **more: Any
    ) -> SimulatedCharger:
        """A charger that the CSMS has accepted. Without an identity it has the next one that is
        known there. The rest is as in LabYard.charger: version, password, seed, wait, ..."""
        from voltyard.testing.lab.csms_under_test import CsmsUnderTest

        given = self._csms
        csms = given if isinstance(given, CsmsUnderTest) else CsmsUnderTest(url=given)
        if identity is None:
            identity = csms.next_identity()
        if url is None and not csms.is_own:
            url = csms.url
            more = {"password": csms.password, **more}
        return self._yard.charger(identity, url=url, **more)

    @property
    def aio(self) -> OffLoop:
        """For async tests: `await charger.aio("CP-1")`."""
        from voltyard.testing.lab.off_loop import OffLoop

        return OffLoop(self)


@pytest.fixture
def charger(voltyard_yard: LabYard, csms_under_test: CsmsUnderTest) -> ChargerFactory:
    """Makes simulated chargers at the CSMS under test, or at any other `url`."""
    return ChargerFactory(voltyard_yard, csms_under_test)


# --- reports ------------------------------------------------------------------------------------


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Leave the frames of a test that failed, while its chargers are still there."""
    report = yield
    lab = item.stash.get(_LAB, None)
    if report.failed and lab is not None:
        report.sections.append((_SECTION, "\n".join(_leave(item, call.when, lab))))
        report.user_properties = list(item.user_properties)
    return report


def _leave(item: pytest.Item, phase: str, lab: Lab) -> list[str]:
    from voltyard.testing.lab.artifacts import Artifacts

    config = item.config
    directory = config.rootpath / (_said(config, "artifacts") or Path("build") / "voltyard")
    artifacts = config.stash.setdefault(_ARTIFACTS, Artifacts(directory))
    item.user_properties.append(("voltyard_seed", lab.seed))
    item.user_properties.append(("voltyard_artifacts", str(artifacts.directory_of(item.nodeid))))
    try:
        return artifacts.leave(item.nodeid, phase, lab)
    except Exception as error:  # the failure of the test is what must be told
        return [f"seed    {lab.seed}", f"its frames could not be kept: {error!r}"]


# --- settings -----------------------------------------------------------------------------------


def _said(config: pytest.Config, name: str) -> str | None:
    """An option, else its variable, else its entry of the ini file."""
    field = f"voltyard_{name.replace('-', '_')}"
    said = config.getoption(field) or os.environ.get(field.upper())
    if not said and name != "csms-password":
        said = config.getini(field)
    return str(said) if said else None


def _csms_url(config: pytest.Config) -> str:
    from voltyard.kernel.errors import Invalid
    from voltyard.testing.lab.csms_under_test import read_csms_url

    try:
        return read_csms_url(_said(config, "csms-url") or "")
    except Invalid as error:
        raise pytest.UsageError(f"voltyard-csms-url: {error}") from None


def _seed(config: pytest.Config) -> int:
    worker = getattr(config, "workerinput", None)
    if worker is not None and "voltyard_seed" in worker:
        return int(worker["voltyard_seed"])
    said = _said(config, "seed")
    if said is None:
        return SystemRandom().randrange(_SEEDS)
    if not said.isdecimal():
        raise pytest.UsageError(f"voltyard-seed: {said!r} is no whole number from 0")
    return int(said)


def _time_out_s(config: pytest.Config) -> float:
    said = _said(config, "timeout") or "30"
    try:
        seconds = float(said)
    except ValueError:
        seconds = 0.0
    if not 0.0 < seconds < 86_400.0:
        raise pytest.UsageError(f"voltyard-timeout: {said!r} is no time in seconds")
    return seconds


def _share(config: pytest.Config) -> ProcessShare:
    from voltyard.testing.lab.csms_under_test import ProcessShare

    worker = getattr(config, "workerinput", None)
    if worker is None:
        return ProcessShare()
    return ProcessShare(int(worker["workerid"].removeprefix("gw")), int(worker["workercount"]))
