"""Messages between gateway and worker over the bus: JSON, tagged by `type`.

The gateway asks, the worker answers and reports. Letters are what goes over the bus: greetings, and
frames that carry these items; `exchange` says how.
"""

import re
from typing import Any, Final, TypeAlias

import msgspec
from msgspec import Raw, Struct

from voltyard.charger.description.events import Framed
from voltyard.charger.description.samples import ChargerSample
from voltyard.kernel.addressing.egress import ANYWHERE, Egress
from voltyard.kernel.errors import (
    Conflict,
    Invalid,
    NotFound,
    Overfull,
    Unavailable,
    VoltyardError,
    WrongState,
)
from voltyard.kernel.time import Instant, Seconds

PROTOCOL: Final = "voltyard.control.4"
"""Its number goes up whenever the two sides could misunderstand each other."""

NOTHING: Final = Raw(b"null")
"""No memory: msgspec knows no optional Raw."""

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def check_name(worker: str) -> None:
    """Invalid where no worker can be called so."""
    if not _NAME.fullmatch(worker):
        raise Invalid(
            f"{worker!r} is no name for a worker",
            hint="1 to 64 letters, digits, '.', '_' and '-', the first a letter or a digit",
            param="worker_name",
        )


def gateway_subject(bus_name: str) -> str:
    """The subject that the gateway hears."""
    return f"{bus_name}.gateway"


def worker_subject(bus_name: str, worker: str) -> str:
    """The subject that a worker hears, as one word: a dot would part it, a slash is in no name."""
    return f"{bus_name}.worker.{worker.replace('.', '/')}"


# --- letters: one a message of the bus ---------------------------------------------------------


class Who(Struct, frozen=True, tag="who"):
    """Question whether a gateway is there; any letter is an answer."""


class Hello(Struct, frozen=True, kw_only=True, tag="hello"):
    """Greeting of the worker, with which a line begins."""

    protocol: str
    worker: str
    epoch: str
    """Of this process; another process of that name has another."""
    number: int
    """Of this greeting of that process: a later one takes the place of an earlier."""
    peer: str
    """The gateway it was attached to last, empty where there was none."""
    received: int
    """The last number it has had from that gateway."""
    capacity: int
    """Chargers it can run."""
    away_s: Seconds
    """Time without its gateway after which it stops its chargers."""

    @property
    def line(self) -> str:
        """The name of the line that begins with it."""
        return f"{self.epoch}.{self.number}"


class Welcome(Struct, frozen=True, kw_only=True, tag="welcome"):
    """Answer of the gateway to the greeting."""

    epoch: str
    resumed: bool
    """Both go on where the last line ended; else both begin anew, the worker with its Roster."""
    received: int
    moves_chargers: bool = False
    """It moves the chargers of a worker that says Ending; an older release says nothing of it."""


class LineRefusal(Struct, frozen=True, kw_only=True, tag="barred"):
    """Refusal of a greeting, or of a frame whose line has ended."""

    reason: str
    replaced: bool = False
    """Another worker of that name has come."""
    final: bool = False
    """Greeting again changes nothing."""


class ItemFrame(Struct, frozen=True, kw_only=True, tag="frame"):
    """Head of a frame; behind it and a line feed is a list of items, or a piece of it."""

    worker: str
    line: str
    n: int
    last: bool


class Taken(Struct, frozen=True, tag="taken"):
    """Acknowledgement of a frame."""


Letter: TypeAlias = Who | Hello | Welcome | LineRefusal | ItemFrame | Taken


# --- the gateway asks --------------------------------------------------------------------------


class Start(Struct, frozen=True, kw_only=True, tag="start"):
    """Request to start a runtime, as Provider.start."""

    id: int
    deployment_id: str
    organization_id: str
    charger: dict[str, Any]
    memory: Raw = NOTHING
    """A charger.snapshot.Snapshot."""
    faults: dict[str, Any] = {}
    pace: dict[str, float] = {}
    egress: Egress = ANYWHERE


class Stop(Struct, frozen=True, kw_only=True, tag="stop"):
    """Request to stop a runtime, as Provider.stop; remove is the same to a worker."""

    id: int
    deployment_id: str


class Restart(Struct, frozen=True, kw_only=True, tag="restart"):
    """Request to restart a runtime, as Provider.restart."""

    id: int
    deployment_id: str


class SendCommand(Struct, frozen=True, kw_only=True, omit_defaults=True, tag="command"):
    """Command to a charger, as Provider.command; answered when the charger has."""

    id: int
    deployment_id: str
    event_type: str
    payload: dict[str, Any]
    timed: bool = False
    """Its answer is to have `times`, which a worker of an older release leaves out."""


class AskState(Struct, frozen=True, kw_only=True, tag="state"):
    """Request for a charger's state, as Provider.state."""

    id: int
    deployment_id: str


class AskStates(Struct, frozen=True, kw_only=True, tag="states"):
    """Request for the states of many, as Provider.states."""

    id: int
    deployment_ids: list[str]


class AskSamples(Struct, frozen=True, kw_only=True, tag="samples"):
    """Request for samples, as Provider.sample; `anew`: of all, since none is known."""

    id: int
    anew: bool = False


class AskSettings(Struct, frozen=True, kw_only=True, tag="settings"):
    """Request for a charger's settings, as Provider.settings."""

    id: int
    deployment_id: str


class Misbehave(Struct, frozen=True, kw_only=True, tag="misbehave"):
    """Request to change a charger's faults, as Provider.misbehave."""

    id: int
    deployment_id: str
    faults: dict[str, Any]


class StopAll(Struct, frozen=True, kw_only=True, tag="stop_all"):
    """Request to stop all runtimes, as Provider.close: the gateway ends."""

    id: int


class Dismiss(Struct, frozen=True, kw_only=True, tag="dismiss"):
    """Permission to leave, after Ending: the gateway moves no charger any more."""

    id: int


WorkerRequest: TypeAlias = (
    Start
    | Stop
    | Restart
    | SendCommand
    | AskState
    | AskStates
    | AskSamples
    | AskSettings
    | Misbehave
    | StopAll
    | Dismiss
)


# --- the worker answers and reports ------------------------------------------------------------


class ErrorMessage(Struct, frozen=True, kw_only=True):
    """A VoltyardError, or a charger's refusal."""

    code: str
    message: str
    hint: str = ""
    details: dict[str, Any] = {}


class RequestAnswer(Struct, frozen=True, kw_only=True, omit_defaults=True, tag="answer"):
    """Answer to one request, by its id. At most one of `refused` and
    `error` is there."""

    id: int
    result: dict[str, Any] | None = None
    refused: ErrorMessage | None = None
    """The charger's own word to a command."""
    error: ErrorMessage | None = None
    """The error that the worker would have raised."""
    times: tuple[Instant, Instant] | None = None
    """To a command that is `timed`: moments when the worker had it and was done, by its clock."""
    samples: dict[str, ChargerSample] | None = None
    """To AskSamples; so too the next two."""
    ended: list[str] = []
    has_more: bool = False


class Roster(Struct, frozen=True, tag="roster"):
    """List of the worker's chargers, first of all to a gateway that does not know."""

    deployments: list[str]


class FrameReport(Struct, frozen=True, tag="frame"):
    """Report of a frame, as RuntimeListener.framed; so too the next three."""

    deployment_id: str
    frame: Framed


class EventReport(Struct, frozen=True, tag="event"):
    deployment_id: str
    event: dict[str, Any]


class MemoryReport(Struct, frozen=True, tag="memory"):
    deployment_id: str
    memory: Raw


class BrokeReport(Struct, frozen=True, tag="broke"):
    deployment_id: str
    reason: str


class LogLine(Struct, frozen=True, tag="log"):
    """A line of the worker's own log."""

    level: str
    event: str
    fields: dict[str, Any] = {}


class Ending(Struct, frozen=True, kw_only=True, tag="ending"):
    """Notice of a worker that is told to end: its chargers are to be moved, then it is dismissed.
    Only to a gateway that `moves_chargers`."""


class Leaving(Struct, frozen=True, kw_only=True, tag="leaving"):
    """Farewell of a worker that has stopped its chargers and ends."""


WorkerReport: TypeAlias = (
    RequestAnswer
    | Roster
    | FrameReport
    | EventReport
    | MemoryReport
    | BrokeReport
    | LogLine
    | Ending
    | Leaving
)

encode = msgspec.json.Encoder(enc_hook=str).encode
decode_letter = msgspec.json.Decoder(Letter).decode
decode_request = msgspec.json.Decoder(WorkerRequest).decode
decode_report = msgspec.json.Decoder(WorkerReport).decode

_ERRORS: Final[dict[str, type[VoltyardError]]] = {
    kind.code: kind for kind in (Invalid, NotFound, Conflict, Unavailable, Overfull, WrongState)
}


def error_message(error: VoltyardError) -> ErrorMessage:
    """An error as it is told to the other side."""
    return ErrorMessage(
        code=error.code, message=error.message, hint=error.advice, details=dict(error.details)
    )


def error_of(error_message: ErrorMessage) -> VoltyardError:
    """The error that was told."""
    kind = _ERRORS.get(error_message.code, Unavailable)
    error = kind(error_message.message, hint=error_message.hint)
    error.details = error_message.details  # its names are free, and may be those of arguments
    return error
