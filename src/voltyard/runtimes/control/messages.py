"""Messages of the control link between gateway and worker: JSON text, tagged by `type`.

The gateway asks, the worker answers and reports. Envelopes carry these items in numbered frames;
`stream` says how.
"""

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
from voltyard.kernel.time import Seconds

SUBPROTOCOL: Final = "voltyard.control.3"
"""Its number goes up whenever the two sides could misunderstand each other."""

REPLACED: Final = 4409
"""Close code: another worker of that name has come."""

NOTHING: Final = Raw(b"null")
"""No memory: msgspec knows no optional Raw."""

GOING_AWAY: Final = 1001
PROTOCOL_ERROR: Final = 1002
TOO_BIG: Final = 1009


# --- envelopes: one a frame --------------------------------------------------------------------


class Hello(Struct, frozen=True, kw_only=True, tag="hello"):
    """Greeting of the worker on each link."""

    epoch: str
    """Of this process; another process of that name has another."""
    peer: str
    """The gateway it was attached to last, empty where there was none."""
    received: int
    """The last number it has had from that gateway."""
    capacity: int
    """Chargers it can run."""
    away_s: Seconds
    """Time without its gateway after which it stops its chargers."""


class Welcome(Struct, frozen=True, kw_only=True, tag="welcome"):
    """Answer of the gateway to the greeting."""

    epoch: str
    resumed: bool
    """Both go on where the last link ended; else both begin anew, the worker with its Roster."""
    received: int


class Items(Struct, frozen=True, kw_only=True, tag="items"):
    """A frame of whole items."""

    n: int
    items: list[Raw]


class Piece(Struct, frozen=True, kw_only=True, tag="piece"):
    """A piece of one item that is too long for a frame."""

    n: int
    last: bool
    text: str


class Ack(Struct, frozen=True, kw_only=True, tag="ack"):
    """Acknowledgement of everything up to that number."""

    n: int


Envelope: TypeAlias = Hello | Welcome | Items | Piece | Ack


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


class SendCommand(Struct, frozen=True, kw_only=True, tag="command"):
    """Command to a charger, as Provider.command; answered when the charger has."""

    id: int
    deployment_id: str
    event_type: str
    payload: dict[str, Any]


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
)


# --- the worker answers and reports ------------------------------------------------------------


class ErrorMessage(Struct, frozen=True, kw_only=True):
    """A VoltyardError, or a charger's refusal."""

    code: str
    message: str
    hint: str = ""
    details: dict[str, Any] = {}


class RequestAnswer(Struct, frozen=True, kw_only=True, tag="answer"):
    """Answer to one request, by its id. At most one of `refused` and
    `error` is there."""

    id: int
    result: dict[str, Any] | None = None
    refused: ErrorMessage | None = None
    """The charger's own word to a command."""
    error: ErrorMessage | None = None
    """The error that the worker would have raised."""
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
    | Leaving
)

encode = msgspec.json.Encoder(enc_hook=str).encode
decode_envelope = msgspec.json.Decoder(Envelope).decode
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
