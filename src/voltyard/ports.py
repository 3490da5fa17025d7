"""What the inside needs of the outside. Adapters live in network, storage, bus and runtimes."""

from asyncio import Future
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Literal, Protocol, TypeAlias, TypeVar

from voltyard.kernel.errors import Unavailable
from voltyard.kernel.time import Instant, Seconds
from voltyard.kernel.tls import SYSTEM_TRUST, Tls

Clock: TypeAlias = Callable[[], Instant]
"""Where the shells get the moment they hand to the machines."""


# --- links -------------------------------------------------------------------------------------


class Link(Protocol):
    """One end of an open link. It carries whole text frames, in order, until it is closed."""

    @property
    def subprotocol(self) -> str | None:
        """What both ends agreed to speak; None when the peer asked for nothing."""

    def send(self, text: str) -> None:
        """Hand over a frame; never waits. A peer too slow for limits.SEND_BUFFER_BYTES is closed
        with 1013. Sending on a closed link does nothing: `LinkUser.closed` tells of the end."""

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Close with a WebSocket close code; at most 123 bytes of reason are sent."""

    def abort(self) -> None:
        """Cut the connection without a close frame, as a power cut would."""

    def pause(self) -> None:
        """Read no more of the peer for now. What has been read already is still handed over."""

    def resume(self) -> None:
        """Read on."""


class LinkUser(Protocol):
    """Who uses an end of a link. Calls come one at a time: opened, received..., closed."""

    def opened(self, link: Link) -> None:
        """The link is up. Frames may be sent from here on."""

    def received(self, text: str) -> None:
        """A text frame came. Binary frames, bad UTF-8 and frames beyond limits.FRAME_BYTES never
        get here: the link is closed with 1003, 1007 or 1009."""

    def closed(self, code: int, reason: str) -> None:
        """The link is gone, exactly once; 1006 where there was no close frame."""


class DialFailed(Unavailable):
    """No link came of it: refused by the peer (`details["status"]` is its HTTP status), an
    unresolvable host, a time-out, a certificate that cannot be trusted, no common subprotocol.

    Where TLS is why, `details["cause"]` may say what of it: certificate, tls_version, tls_cipher.
    """

    code = "dial_failed"


@dataclass(frozen=True, slots=True)
class Oddness:
    """What a caller gets wrong on purpose."""

    target: str | None = None
    """What the request line has in place of the URL's path, as it is."""
    rudeness: str = ""
    """How the upgrade request is malformed, a name of network.rude; no link comes of it."""
    answers_pings: bool = True


NOT_ODD = Oddness()


@dataclass(frozen=True, slots=True)
class Dialling:
    """Whom to call and as whom."""

    url: str
    subprotocols: tuple[str, ...]
    username: str = ""
    password: str | None = field(default=None, repr=False)
    """Basic authentication is sent where a password is given (OCPP security profiles 1 and 2)."""
    tls: Tls = SYSTEM_TRUST
    """Of a wss:// URL."""
    timeout_s: Seconds = 15.0
    ping_interval_s: Seconds = 0.0
    """0: this end sends no pings. A peer silent for two intervals is closed (1006)."""
    oddness: Oddness = NOT_ODD


class Dialler(Protocol):
    """The client's side of links."""

    async def dial(self, dialling: Dialling, user: LinkUser) -> None:
        """Connect; `user.opened` has been called when this returns. DialFailed where it cannot."""


@dataclass(frozen=True, slots=True)
class Handshake:
    """What a peer says before its link is up."""

    path: str
    """As on the wire: percent-encoded, with any query."""
    subprotocols: tuple[str, ...]
    """In the peer's order of preference."""
    authorization: str | None = field(repr=False)
    remote: str
    certificate_name: str | None = None
    """The common name in the peer's certificate, which the door has verified; None: no
    certificate."""
    is_secure: bool = False
    """It came over the door's own TLS; what a proxy unwraps is not known here."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """The peer may come in, and `user` takes the link."""

    user: LinkUser
    subprotocol: str | None
    ping_interval_s: Seconds = 0.0


@dataclass(frozen=True, slots=True)
class Barred:
    """The peer is refused before the upgrade."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...] = ()


Verdict: TypeAlias = Admitted | Barred

Gate: TypeAlias = Callable[[Handshake], Verdict | Awaitable[Verdict]]
"""Decides on a handshake: at once, from memory, or later. What is awaited is cancelled where the
peer has gone meanwhile, and must not raise."""


class Door(Protocol):
    """The server's side of links."""

    @property
    def port(self) -> int:
        """The port it listens on, known once open."""

    async def open(self, host: str, port: int, gate: Gate) -> None:
        """Listen; port 0 takes a free one. OSError where it cannot."""

    async def close(self, code: int = 1001, reason: str = "") -> None:
        """Stop listening, close every link with that code, and wait until they are gone."""


# --- HTTP to others ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Posted:
    """What was answered."""

    status: int
    body: bytes
    """At most limits.POST_ANSWER_BYTES of it."""
    is_whole: bool = True


class PostFailed(Unavailable):
    """There was no answer: refused, cut off, too late, not to be trusted, or a target that is not
    allowed."""

    code = "post_failed"


class Poster(Protocol):
    """Sends HTTP requests to where callers of ours want them; so it trusts no target."""

    async def check(self, url: str) -> None:
        """Invalid where it is no http or https URL, holds a password, or leads to a private address
        while that is not allowed. A name that cannot be resolved now may mean something later."""

    async def post(
        self, url: str, headers: Mapping[str, str], body: bytes, timeout_s: Seconds
    ) -> Posted:
        """One POST and its answer, whatever its status; redirects are not followed. PostFailed
        where none came within `timeout_s` in all, or the target is private and must not be."""

    async def close(self) -> None:
        """Cut every connection."""


# --- files from and to elsewhere ---------------------------------------------------------------

TransferFailure: TypeAlias = Literal["failed", "denied", "malformed", "unsupported"]
"""failed: it may work later. denied: the peer does not let us in. malformed: no URL to be used, or
the peer could make nothing of the request. unsupported: a protocol that is not spoken here."""


class TransferFailed(Unavailable):
    """The file did not get through."""

    code = "transfer_failed"

    def __init__(self, message: str, kind: TransferFailure = "failed") -> None:
        super().__init__(message)
        self.kind: TransferFailure = kind


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came. The file itself is not kept."""

    size: int
    """Bytes."""
    sha256: bytes
    beginning: bytes
    """Its first limits.FIRMWARE_BEGINNING_BYTES."""


class Transfers(Protocol):
    """Fetches and sends whole files for simulated chargers, by http, https, ftp and ftps (explicit
    TLS). A URL may hold user and password. Cancelling a call cuts its connection.

    TransferFailed where it did not work, or the target is private and must not be.
    """

    async def fetch(self, url: str, tls: Tls = SYSTEM_TRUST) -> Fetched:
        """Fetch a file of at most limits.FIRMWARE_BYTES, and forget it as it comes."""

    async def send(self, url: str, name: str, content: bytes, tls: Tls = SYSTEM_TRUST) -> None:
        """Send a file. A URL that ends in a slash, and an FTP directory, take it under `name`; any
        other is the file's own. By HTTP with PUT, and with POST where the peer has no PUT."""

    async def close(self) -> None:
        """Cut what is under way."""


# --- storage -----------------------------------------------------------------------------------

RecordT_contra = TypeVar("RecordT_contra", contravariant=True)


class Pressure(IntEnum):
    """How far a journal is behind, and what that asks of whoever takes in more."""

    NONE = 0
    HIGH = 1
    """Take one thing at a time from each charger, the next once the last is written."""
    FULL = 2
    """Take in nothing more."""


class Journal(Protocol[RecordT_contra]):
    """Where what must not be lost is written, in the order of the calls. Never waits, never raises.

    The records of one call become durable together or not at all, but for those of a log (frames
    of a charger): these come when there is room, may be shed, and are told of to no one. A group
    that fails takes no other group with it.
    """

    @property
    def pressure(self) -> Pressure:
        """How far it is behind now."""

    def on_relief(self, callback: Callable[[], None]) -> None:
        """Have it called, on the caller's loop, whenever the pressure falls from FULL."""

    def write(
        self,
        records: Sequence[RecordT_contra],
        committed: Callable[[], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
        *,
        urgent: bool = False,
    ) -> None:
        """Take these records. The callbacks are called later, on the caller's loop, in the order
        of the writes that have one.

        With `failed`, exactly one of the two is called: what could not be stored must not appear
        later. Without it the records are kept until they are stored, through any outage, in their
        place before what was written later. Without callbacks they may stay uncommitted for
        limits.WRITER_IDLE_S, unless they are `urgent`.
        """

    async def flush(self) -> None:
        """Return once everything written before this call is durable, or has failed, and those who
        waited for it have been told."""


# --- runtimes ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RuntimeSpec:
    """A runtime to be: one simulated charger of one deployment."""

    deployment_id: str
    organization_id: str
    charger: Mapping[str, Any] = field(repr=False)
    """A charger's specification as plain data, in the names of charger.specification.ChargerSpec;
    what is left out has its default there. It holds secrets: `password`, `tls.client_key`."""
    faults: Mapping[str, Any] = field(default_factory=dict)
    """What is wrong with it on purpose, as plain data: `quirks`, as ocpp.quirks.switched takes
    them, and `network`, as kernel.conditions does."""
    pace: Mapping[str, float] = field(default_factory=dict)
    """How its time follows real time, as kernel.pace takes it; nothing: it is real time."""


@dataclass(frozen=True, slots=True)
class Completed:
    """The command was carried out."""

    result: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Refused:
    """The command could not be carried out; `code` is one of kernel.errors or the peer's."""

    code: str
    message: str
    details: Mapping[str, Any]


Outcome: TypeAlias = Completed | Refused


class Frame(Protocol):
    """A frame that went over a charger's link, as charger.events.Framed has it."""

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
    """Who hears what runtimes report. Calls come on the loop's thread, in order, and never wait."""

    def framed(self, deployment_id: str, frame: Frame) -> None:
        """A frame went over the charger's link."""

    def happened(self, deployment_id: str, event: Mapping[str, Any]) -> None:
        """Any other event of the charger's as plain data; `type` is its tag in charger.events."""

    def remembered(self, deployment_id: str, snapshot: bytes) -> None:
        """What the charger's memory holds now; comes back in the next `Provider.start`."""

    def broke(self, deployment_id: str, reason: str) -> None:
        """The runtime ended by itself, and does not run any more."""


class WorkersListener(RuntimeListener, Protocol):
    """The same where runtimes are in processes, which may end without a word."""

    def interrupted(self, deployment_id: str, reason: str) -> None:
        """The process it ran in has ended, and whatever link it had; it is started in another, with
        what it remembers."""


class Provider(Protocol):
    """Starts and stops runtimes, and reaches the chargers in them.

    A deployment's memory is the caller's to keep: it is reported through the listener, before
    `stop`, `restart` and `remove` return, and handed back to `start`.
    """

    @property
    def name(self) -> str:
        """inline, process, ecs, ..."""

    def describe(self, deployment_id: str, desired_count: int) -> dict[str, Any]:
        """What a start (1) or stop (0) asks of the runtime, in this provider's values: `provider`,
        `runtime_kind`, `service_name`, `desired_count` and `status`, whether it runs or not."""

    def check(self, charger: Mapping[str, Any]) -> None:
        """Invalid where no charger can ever be like that: RuntimeSpec.charger. What can be told
        beforehand is, and a setting that cannot have its value is named."""

    async def start(self, runtime: RuntimeSpec, snapshot: bytes | None = None) -> None:
        """Make it run; returns once it does, whether or not the charger has reached its CSMS.

        Starting what runs already with the same specification does nothing but give it its faults
        and its pace.
        With another one the charger is powered off and comes up again as specified, with the
        memory it has. Invalid where the specification can never run, Unavailable where it cannot
        now.
        """

    async def stop(self, deployment_id: str) -> None:
        """Take the charger's power; what it still owed an answer is Refused with `unavailable`.
        Nothing happens where it does not run."""

    async def restart(self, deployment_id: str) -> None:
        """Power off and on again. NotFound where it does not run."""

    async def remove(self, deployment_id: str) -> None:
        """Stop it and forget it. Nothing happens where there is none."""

    def command(
        self, deployment_id: str, event_type: str, payload: Mapping[str, Any]
    ) -> Future[Outcome]:
        """Hand a command over, at once and in the order of the calls; the future is its one result.

        `event_type` and `payload` are tag and fields of a charger.commands.Command. NotFound where
        the deployment does not run, Invalid where there is no such command or its fields are wrong,
        Overfull where limits.COMMAND_QUEUE are waiting.
        """

    async def state(self, deployment_id: str) -> dict[str, Any] | None:
        """charger.state.ChargerState as plain data; None where it does not run."""

    async def settings(self, deployment_id: str) -> dict[str, Any] | None:
        """The charger's settings by name (1.6 key or 2.x Component.Variable), each with `value`
        and `readonly`; None where it does not run."""

    async def misbehave(self, deployment_id: str, faults: Mapping[str, Any]) -> None:
        """Have it these faults from here on, as RuntimeSpec has them, and no others; it is not
        restarted. What concerns the handshake shows with the next dial. NotFound where it does not
        run, Invalid where there are no such faults."""

    def owes(self, snapshot: bytes) -> bool:
        """Whether a charger with that memory has yet to tell its CSMS of a transaction. Invalid
        where the memory cannot be read."""

    def holds_share(self, snapshot: bytes) -> bool:
        """Whether its site had a limit when a charger with that memory was last told. Invalid
        likewise."""

    async def close(self) -> None:
        """Stop every runtime, as the server does when it ends."""


# --- workflows ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Retry:
    """How often a step is tried while it raises Unavailable or NoAnswer, and how long is waited
    before the second try; each further wait is `factor` times as long."""

    attempts: int = 1
    first_pause_s: Seconds = 0.5
    factor: float = 2.0


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a step could not be done. What went wrong inside is `internal`, and for the log only."""

    code: str
    """One of kernel.errors."""
    message: str
    param: str | None = None
    retryable: bool = False
    """It may work when it is begun again."""


Work: TypeAlias = Callable[[], Awaitable[None]]
"""What a step does. Done a second time it must come to the same: a process may end between the
work and the note that it was done."""


class Step(Protocol):
    """Does the steps of one run."""

    def __call__(self, name: str, work: Work, retry: Retry = Retry()) -> Awaitable[Failure | None]:
        """None once it is done. A step that has come to an end, also in a process before this one,
        is not done again: it ends the same.

        A step is known by its number in the order of these calls, which a workflow must make in the
        same order whenever it runs; they may be awaited in any order, or together.
        """


Workflow: TypeAlias = Callable[[str, Mapping[str, Any], Step], Awaitable[None]]
"""Given its run's id, its argument and what does its steps. Whatever it raises ends its run."""


class Engine(Protocol):
    """Runs workflows to their end, over any number of ends of the process."""

    def define(self, name: str, workflow: Workflow) -> None:
        """Have it known by that name; before `start`."""

    async def start(self) -> None:
        """Go on with every run that has not come to its end. Unavailable where it cannot."""

    async def begin(self, name: str, run_id: str, argument: Mapping[str, Any]) -> Future[bool]:
        """Begin a run, or join the one that has that id; from then on it is durable. Waits for
        `start`. `argument` is plain data, without secrets.

        The future is true once the run has come to its end; false where it had before this call,
        or will not, since it was given up. It stays open where the engine is closed.
        """

    async def prune(self, before: Instant) -> int:
        """Forget the runs that ended before; how many they were."""

    async def close(self) -> None:
        """Leave off wherever each run is; the next start goes on."""
