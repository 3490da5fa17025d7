"""The one tree of errors. Each has a stable code and a hint; the edges translate it once."""

from typing import Any, ClassVar


class VoltyardError(Exception):
    """An error that users may be told: code, message, hint and details.

    `code` never changes once published. `hint` says what to do. `details` are safe to show.
    """

    code: ClassVar[str] = "error"
    hint: ClassVar[str] = ""

    def __init__(self, message: str, *, hint: str = "", **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.advice = hint or self.hint
        self.details = details

    def __str__(self) -> str:
        return f"{self.message} ({self.advice})" if self.advice else self.message


class Invalid(VoltyardError):
    """A request that is understood, and asks for something unacceptable."""

    code = "invalid"


class NotFound(VoltyardError):
    """A thing that does not exist, or is another organization's."""

    code = "not_found"


class Conflict(VoltyardError):
    """A clash with what exists."""

    code = "conflict"


class Unauthorized(VoltyardError):
    """A request without a key, or with an unknown one."""

    code = "unauthorized"
    hint = "send a key: Authorization: Bearer <key> or X-API-Key: <key>"


class Forbidden(VoltyardError):
    """A key that is known and does not reach this far."""

    code = "forbidden"


class Unavailable(VoltyardError):
    """Something that cannot be done now, and may work later."""

    code = "unavailable"


class Overfull(VoltyardError):
    """A named bound that is reached."""

    code = "overfull"


class TooOften(VoltyardError):
    """More requests than are allowed in that time."""

    code = "too_often"


class NotConnected(Unavailable):
    """A charger without a link."""

    code = "not_connected"
    hint = "the command can be sent once the charger has connected"


class ServerEnding(Unavailable):
    """Something that a server which is about to end does not begin any more."""

    code = "ending"
    hint = "ask again once the server that takes its place is ready: GET /health/ready"


class NoAnswer(VoltyardError):
    """A connected charger that did not answer in time."""

    code = "no_answer"


class OutcomeUnknown(VoltyardError):
    """A link lost between a command and its answer: the charger may have acted on it."""

    code = "outcome_unknown"
    hint = "the charger may have acted on it: look before you send it again"


class PeerError(VoltyardError):
    """A CALLERROR of the charger; its code and description are in details."""

    code = "peer_error"


class WrongState(VoltyardError):
    """A machine in a state in which this cannot happen."""

    code = "wrong_state"


class HeldElsewhere(VoltyardError):
    """A thing that another process of this system holds. Nothing was done: the edge has that one
    carry the request out."""

    code = "held_elsewhere"
    hint = "it is just moving to another process of this system: ask again in a moment"

    def __init__(self, node: str) -> None:
        super().__init__("another process of this system holds it")
        self.node = node
