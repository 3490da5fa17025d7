"""The one tree of errors. Each has a stable code and a hint; the edges translate it once."""

from typing import Any, ClassVar


class VoltyardError(Exception):
    """Something asked for cannot be done, and why.

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
    """The request is understood, and what it asks for is not acceptable."""

    code = "invalid"


class NotFound(VoltyardError):
    """There is no such thing, or it is another organization's."""

    code = "not_found"


class Conflict(VoltyardError):
    """It clashes with what exists."""

    code = "conflict"


class Unauthorized(VoltyardError):
    """No key, or one that is not known."""

    code = "unauthorized"
    hint = "send a key: Authorization: Bearer <key> or X-API-Key: <key>"


class Forbidden(VoltyardError):
    """The key is known and does not reach this far."""

    code = "forbidden"


class Unavailable(VoltyardError):
    """It cannot be done now; it may work later."""

    code = "unavailable"


class Overfull(VoltyardError):
    """A named bound is reached."""

    code = "overfull"


class TooOften(VoltyardError):
    """More requests than are allowed in that time."""

    code = "too_often"


class NotConnected(Unavailable):
    """The charger has no link at present."""

    code = "not_connected"
    hint = "the command can be sent once the charger has connected"


class NoAnswer(VoltyardError):
    """The charger is connected and did not answer in time."""

    code = "no_answer"


class OutcomeUnknown(VoltyardError):
    """It was sent, and the link went before the answer: the charger may have acted on it."""

    code = "outcome_unknown"
    hint = "the charger may have acted on it: look before you send it again"


class PeerError(VoltyardError):
    """The charger answered with a CALLERROR; its code and description are in details."""

    code = "peer_error"


class WrongState(VoltyardError):
    """The machine is not in a state in which this can happen."""

    code = "wrong_state"
