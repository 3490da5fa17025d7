"""Port of runtimes: providers that run simulated chargers, and listeners to them."""

from asyncio import Future
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

from voltyard.kernel.addressing.egress import ANYWHERE, Egress
from voltyard.kernel.time import Instant, Seconds


@dataclass(frozen=True, slots=True)
class RuntimeSpec:
    """Specification of a runtime: one simulated charger of one deployment."""

    deployment_id: str
    organization_id: str
    charger: Mapping[str, Any] = field(repr=False)
    """A charger's specification as plain data, in the names of its ChargerSpec;
    what is left out has its default there. It holds secrets: `password`, `tls.client_key`."""
    faults: Mapping[str, Any] = field(default_factory=dict)
    """Faults on purpose, as plain data: `quirks`, which catalogue.quirks.enabled takes, and
    `network`, which catalogue.network_conditions does."""
    pace: Mapping[str, float] = field(default_factory=dict)
    """Pace of its time, as kernel.pace takes it; nothing: it is real time."""
    egress: Egress = ANYWHERE
    """Policy for what it dials and transfers."""


@dataclass(frozen=True, slots=True)
class CommandCompleted:
    """Result of a command that was carried out."""

    result: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CommandRefused:
    """Result of a command that was refused; `code` is one of kernel.errors or the peer's."""

    code: str
    message: str
    details: Mapping[str, Any]


RuntimeCommandResult: TypeAlias = CommandCompleted | CommandRefused


class CarryingOut(Protocol):
    """Listener to when a command was carried out, for its trace."""

    def carried_out(self, got_at: Instant, done_at: Instant, worker: str = "") -> None:
        """Its charger's host had it, and was done, at these moments of the host's own clock, which
        may be off. `worker` is the host's name, where it is another process."""


class SampledConnector(Protocol):
    """A connector in a sample, as charger.description.samples.ConnectorSample has it."""

    @property
    def evse_id(self) -> int: ...
    @property
    def connector_id(self) -> int: ...
    @property
    def status(self) -> str: ...
    @property
    def error_code(self) -> str: ...
    @property
    def power_w(self) -> int: ...
    @property
    def current_a(self) -> float: ...
    @property
    def soc(self) -> float | None: ...
    @property
    def energy_wh(self) -> int: ...
    @property
    def limit_w(self) -> int: ...
    @property
    def transaction_id(self) -> str | None: ...
    @property
    def charging_state(self) -> str | None:
        """Of its transaction; None: there is none."""


class SampledCharger(Protocol):
    """A charger at one moment, as charger.description.samples.ChargerSample has it; one that equals
    another shows the same."""

    @property
    def connected(self) -> bool: ...
    @property
    def boot_status(self) -> str: ...
    @property
    def power_w(self) -> int: ...
    @property
    def connectors(self) -> Sequence[SampledConnector]: ...


SampleT_co = TypeVar("SampleT_co", bound=SampledCharger, covariant=True)


@dataclass(frozen=True, slots=True)
class SampleBatch(Generic[SampleT_co]):
    """Samples of the chargers that have changed, by deployment."""

    samples: Mapping[str, SampleT_co]
    ended: Sequence[str] = ()
    """Deployments that did run, and do not."""
    has_more: bool = False
    """Further ones have changed: ask once more."""


class LoggedFrame(Protocol):
    """A frame that went over a charger's link, as charger.description.events.Framed has it."""

    @property
    def at(self) -> Instant: ...
    @property
    def direction(self) -> str:
        """cp_to_csms or csms_to_cp."""

    @property
    def kind(self) -> str:
        """call, result, error or other."""

    @property
    def action(self) -> str: ...
    @property
    def message_id(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def latency_s(self) -> Seconds | None: ...
    @property
    def verdict(self) -> str: ...


class RuntimeListener(Protocol):
    """Listener to what runtimes report. Calls come on the loop's thread, in order, never wait."""

    def framed(self, deployment_id: str, frame: LoggedFrame) -> None:
        """A frame went over the charger's link."""

    def happened(self, deployment_id: str, event: Mapping[str, Any]) -> None:
        """Any other event of the charger's as plain data; `type` is its tag."""

    def remembered(self, deployment_id: str, snapshot: bytes) -> None:
        """Take the charger's memory as it is now; it comes back in the next `Provider.start`."""

    def broke(self, deployment_id: str, reason: str) -> None:
        """The runtime ended by itself, and does not run any more."""


class WorkersListener(RuntimeListener, Protocol):
    """Listener to runtimes in worker processes, which may end without a word."""

    def interrupted(self, deployment_id: str, reason: str) -> None:
        """The process it ran in has ended, and whatever link it had; it is started in another, with
        what it remembers."""


class Provider(Protocol):
    """Provider of runtimes: starts and stops them, and reaches the chargers in them.

    A deployment's memory is the caller's to keep: it is reported through the listener, before
    `stop`, `restart` and `remove` return, and handed back to `start`.
    """

    @property
    def name(self) -> str:
        """inline, process, aws, kubernetes, ..."""

    def describe(self, deployment_id: str, desired_count: int) -> dict[str, Any]:
        """A start (1) or stop (0) of the runtime, in this provider's values: `provider`,
        `runtime_kind`, `service_name`, `desired_count` and `status`, running or not."""

    def check(self, charger: Mapping[str, Any]) -> None:
        """Invalid where no charger can ever be like that: RuntimeSpec.charger. What can be told
        beforehand is, and a setting that cannot have its value is named."""

    async def start(self, runtime: RuntimeSpec, snapshot: bytes | None = None) -> None:
        """Make it run; returns once it does, whether or not the charger has reached its CSMS.

        Starting what runs already with the same specification does nothing but give it its faults,
        its pace and its egress policy.
        With another one the charger is powered off and comes up again as specified, with the
        memory it has. Invalid where the specification can never run, Unavailable where it cannot
        now.
        """

    async def stop(self, deployment_id: str) -> None:
        """Take the charger's power; what it still owed an answer is refused with
        `unavailable`. Nothing happens where it does not run."""

    async def restart(self, deployment_id: str) -> None:
        """Power off and on again. NotFound where it does not run."""

    async def remove(self, deployment_id: str) -> None:
        """Stop it and forget it. Nothing happens where there is none."""

    def command(
        self,
        deployment_id: str,
        event_type: str,
        payload: Mapping[str, Any],
        span: CarryingOut | None = None,
    ) -> Future[RuntimeCommandResult]:
        """Hand a command over, at once and in the order of the calls; the future is its one result.
        `span` is told before it when the host had it, unless the host never did or does not say.

        `event_type` and `payload` are tag and fields of a
        catalogue.commands.commands.ChargerCommand. NotFound where the deployment does not
        run, Invalid where there is no such command or its fields are wrong, Overfull where
        limits.COMMAND_QUEUE are waiting."""

    async def state(self, deployment_id: str) -> dict[str, Any] | None:
        """charger.state.ChargerState as plain data; None where it does not run."""

    async def states(self, deployment_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """The states of those of them that run, by deployment, as `state` has them; one whose
        worker is away is left out."""

    async def sample(self) -> SampleBatch[SampledCharger]:
        """Samples of chargers that have changed since this was asked last, at most
        limits.SAMPLES_ASKED of them; the first time of all. A charger through which power flows is
        sampled anew once in limits.SAMPLE_AGE_S or, where there are many, in SAMPLE_OLDEST_S. The
        samples are told to one asker, the yard."""

    async def settings(self, deployment_id: str) -> dict[str, Any] | None:
        """The charger's settings by name (1.6 key or 2.x Component.Variable), each with `value`
        and `readonly`; None where it does not run."""

    async def misbehave(self, deployment_id: str, faults: Mapping[str, Any]) -> None:
        """Have it these faults from here on, as RuntimeSpec has them, and no others; it is not
        restarted. What concerns the handshake shows with the next dial. NotFound where it does not
        run, Invalid where there are no such faults."""

    def owes(self, snapshot: bytes) -> bool:
        """True where a charger with that memory has yet to tell its CSMS of a transaction. Invalid
        where the memory cannot be read."""

    def holds_share(self, snapshot: bytes) -> bool:
        """True where its site had a limit when a charger with that memory was last told. Invalid
        likewise."""

    async def close(self) -> None:
        """Stop every runtime, as the server does when it ends."""
