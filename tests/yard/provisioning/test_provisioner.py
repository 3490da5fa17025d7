"""Provisioning by itself: steps, retries, what is said of a failure, and going on after a crash."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from tests.fakes.memory_engine import MemoryEngine, WorkflowRun
from tests.fakes.provider import FakeProvider
from voltyard.catalogue.catalogue import Catalogue
from voltyard.kernel import limits
from voltyard.kernel.errors import Invalid, NoAnswer, Unavailable
from voltyard.yard.commands.dispatcher import Dispatcher
from voltyard.yard.deployments.deployment import Deployment, ProvisioningError, ProvisioningStatus
from voltyard.yard.provisioning.provisioner import Provisioner
from voltyard.yard.runtime_reports import RuntimeReports


class Nowhere:
    """A ports.journal.Journal that keeps nothing."""

    def write(self, *_: Any, **__: Any) -> None:
        """Dropped."""

    async def flush(self) -> None:
        """Nothing waits."""


class OneDeployment:
    """The part of yard.repositories.DeploymentRepository that provisioning needs."""

    def __init__(self, **said: Any) -> None:
        self.states: list[tuple[ProvisioningStatus, ProvisioningError | None]] = []
        self.deployment: Deployment | None = Deployment(
            id="dep-1",
            organization_id="org_1",
            identity="CP-1",
            brand_slug=said.get("brand_slug", "abb"),
            model_slug="terra-184",
            connector_type="CCS2",
            ocpp_version="1.6",
            ws_url="ws://x",
            created_at=0.0,
            updated_at=0.0,
            desired_count=said.get("desired_count", 1),
            workflow_run_id="wfr_1",
        )

    async def get(self, deployment_id: str) -> Deployment | None:
        return self.deployment

    async def memory(self, deployment_id: str) -> bytes | None:
        return b"{}"

    async def begun(self, deployment_id: str, run_id: str) -> None:
        if self.deployment is not None:
            self.deployment = msgspec.structs.replace(self.deployment, workflow_run_id=run_id)
        self._keep(ProvisioningStatus.PROVISIONING, None)

    async def provisioned(
        self,
        deployment_id: str,
        provisioning: ProvisioningStatus,
        error: ProvisioningError | None,
        at: float | None,
        run_id: str | None = None,
    ) -> bool:
        if self.deployment is None or run_id not in (None, self.deployment.workflow_run_id):
            return False
        self._keep(provisioning, error)
        return True

    def _keep(self, provisioning: ProvisioningStatus, error: ProvisioningError | None) -> None:
        if self.deployment is not None:
            self.states.append((provisioning, error))
            self.deployment = msgspec.structs.replace(
                self.deployment, provisioning=provisioning, error=error
            )

    @property
    def words(self) -> list[str]:
        return [state for state, _ in self.states]


class Bench:
    """A provisioner over a fake provider and an engine in memory; `restart` is a new process."""

    def __init__(self) -> None:
        self.runs: dict[str, WorkflowRun] = {}
        self.pauses_s: list[float] = []
        self.kept = OneDeployment()
        self.open()

    def open(self) -> None:
        journal = Nowhere()
        self.provider = FakeProvider(RuntimeReports(journal, lambda: 5.0))
        self.engine = MemoryEngine(self.runs, self._pause)
        self.dispatcher = Dispatcher(self.provider, journal, lambda: 5.0, self._carry_out)
        self.provisioner = Provisioner(
            self.engine,
            self.dispatcher,
            self.provider,
            self.kept,  # type: ignore[arg-type]
            Catalogue.load(),
            lambda: 5.0,
            self._pause,
        )

    async def close(self) -> None:
        await self.engine.close()
        await self.dispatcher.close()

    async def provision(self, run_id: str = "wfr_1") -> Exception | None:
        await self.engine.start()
        return await self.provisioner.submit("dep-1", run_id)

    async def _pause(self, seconds: float) -> None:
        self.pauses_s.append(seconds)

    async def _carry_out(self, command: Any) -> dict[str, Any]:
        raise AssertionError("nothing is commanded here")


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    bench = Bench()
    yield bench
    await bench.close()


async def test_a_deployment_is_provisioning_and_then_ready(bench: Bench) -> None:
    await bench.provision()

    assert bench.kept.words == ["PROVISIONING", "READY"]
    assert bench.provider.snapshots["dep-1"] == b"{}"
    assert bench.runs["wfr_1"].ended


@pytest.mark.parametrize("failure", [Unavailable("not yet"), NoAnswer("not yet")])
async def test_a_provider_that_may_yet_work_is_tried_ever_more_rarely(
    bench: Bench, failure: Any
) -> None:
    bench.provider.unavailable = [failure, failure]

    await bench.provision()

    assert bench.kept.words == ["PROVISIONING", "READY"]
    assert bench.pauses_s == [0.5, 1.0]
    assert bench.provider.history == [("start", "dep-1")]


async def test_one_that_stays_unavailable_has_failed_and_may_be_tried_again(bench: Bench) -> None:
    bench.provider.unavailable = [Unavailable("no")] * limits.PROVISIONING_ATTEMPTS

    await bench.provision()

    state, error = bench.kept.states[-1]
    assert state is ProvisioningStatus.FAILED
    assert error == ProvisioningError(
        code="unavailable", message="no", step="start", retryable=True
    )
    assert len(bench.pauses_s) == limits.PROVISIONING_ATTEMPTS - 1


async def test_what_can_never_run_is_not_tried_again(bench: Bench) -> None:
    bench.provider.unavailable = [Invalid("never", param="settings")]

    await bench.provision()

    _, error = bench.kept.states[-1]
    assert error == ProvisioningError(
        code="invalid", message="never", step="start", param="settings", retryable=False
    )
    assert bench.pauses_s == []


async def test_one_that_failed_is_ready_after_another_run(bench: Bench) -> None:
    bench.provider.unavailable = [Invalid("never")]
    await bench.provision()

    await bench.provision("wfr_2")

    assert bench.kept.words == ["PROVISIONING", "FAILED", "PROVISIONING", "READY"]


async def test_a_run_that_has_ended_is_not_done_again(bench: Bench) -> None:
    await bench.provision()
    await bench.provider.stop("dep-1")

    await bench.provision()

    assert bench.kept.words == ["PROVISIONING", "READY"]
    assert "dep-1" not in bench.provider.running


@pytest.mark.parametrize(
    ("brand_slug", "failure", "step", "code"),
    [
        ("acme", None, "prepare", "unknown_model"),
        ("abb", RuntimeError("a secret of the inside"), "start", "internal"),
    ],
)
async def test_what_fails_says_at_which_step_and_leaks_nothing(
    brand_slug: str, failure: Any, step: str, code: str
) -> None:
    bench = Bench()
    bench.kept = OneDeployment(brand_slug=brand_slug)
    bench.open()
    bench.provider.unavailable = [] if failure is None else [failure]

    await bench.provision()

    state, error = bench.kept.states[-1]
    assert state is ProvisioningStatus.FAILED
    assert error is not None
    assert (error.step, error.code) == (step, code)
    assert "secret" not in error.message


async def test_one_that_is_not_wanted_to_run_is_only_prepared() -> None:
    bench = Bench()
    bench.kept = OneDeployment(desired_count=0)
    bench.open()

    await bench.provision()

    assert bench.kept.words == ["PROVISIONING", "READY"]
    assert bench.provider.history == []


async def test_one_that_is_gone_is_left_alone(bench: Bench) -> None:
    bench.kept.deployment = None

    await bench.provision()

    assert bench.kept.states == []
    assert bench.provider.history == []


async def test_a_run_goes_on_where_the_process_ended(bench: Bench) -> None:
    bench.provider.gate = asyncio.Event()
    await bench.engine.start()
    bench.provisioner.submit("dep-1", "wfr_1")
    for _ in range(20):
        await asyncio.sleep(0)
    assert set(bench.runs["wfr_1"].outcomes) == {1, 2}
    await bench.close()

    bench.open()
    await bench.provision()

    assert bench.kept.words == ["PROVISIONING", "READY"]
    assert bench.provider.history == [("start", "dep-1")]


async def test_one_is_not_ready_until_it_runs_in_the_process_that_confirms_it(
    bench: Bench,
) -> None:
    # given a process that ended between `start` and `confirm`, and its runtime with it
    bench.runs["wfr_1"] = WorkflowRun("provision", {"deployment_id": "dep-1", "runs": None})
    bench.runs["wfr_1"].outcomes |= {1: None, 2: None, 3: None}

    await bench.provision()

    assert bench.kept.words == ["READY"]
    assert bench.provider.history == [("start", "dep-1")]


async def test_a_run_nobody_waits_for_any_more_does_nothing(bench: Bench) -> None:
    bench.runs["wfr_old"] = WorkflowRun("provision", {"deployment_id": "dep-1", "runs": True})

    await bench.engine.start()
    await (await bench.engine.begin("provision", "wfr_old", {}))

    assert bench.runs["wfr_old"].ended
    assert bench.kept.states == []
    assert bench.provider.history == []
