"""What a session is told, and what it wants done."""

from collections.abc import Awaitable
from typing import TypeAlias

from msgspec import Struct

from voltyard.csms.commands import Command, Outcome
from voltyard.csms.events import BackendEvent
from voltyard.csms.happenings import Tag
from voltyard.csms.records import Record
from voltyard.csms.settings_reading import SettingsReading
from voltyard.kernel.errors import VoltyardError
from voltyard.kernel.time import Instant, Seconds
from voltyard.ocpp.payload import Payload


class Ticket(Struct, eq=False):
    """A command on its way. `eq` is identity: two of the same content are two."""

    id: str
    """cmd_..."""
    command: Command
    timeout_s: Seconds
    """From the moment it is sent: a slow predecessor costs it nothing."""
    asked_at: Instant
    request: Payload | None = None
    text: str | None = None
    message_id: str | None = None
    sent_at: Instant | None = None
    heard_at: Instant | None = None
    """When the message it asks for came, if that was before the answer."""
    last_word: str | None = None
    """The last status of what it asks for, if one came before the answer."""
    password_hash: str | None = None
    """Of the password it hands over."""
    leaves_traces: bool = False
    """Its row is written before it is sent, so its end is written too, however it ends."""
    reading: SettingsReading | None = None
    """How it goes in parts, where it has to."""
    finished: bool = False


# --- happenings --------------------------------------------------------------------------------


class LinkUp(Struct, frozen=True):
    """The link is up."""

    remote: str


class LinkDown(Struct, frozen=True):
    """The link is gone."""

    code: int
    reason: str


class Dismissed(Struct, frozen=True):
    """The backend wants no more of this link: a newer one took its place, the charger was deleted,
    the server ends."""

    code: int
    reason: str


class Received(Struct, frozen=True, gc=False):
    """A frame came."""

    text: str


class Send(Struct, frozen=True):
    """A command for the charger."""

    ticket: Ticket


class Withdraw(Struct, frozen=True):
    """Nobody waits for this command any more; it is not sent if it has not been."""

    ticket: Ticket


class Committed(Struct, frozen=True):
    """The records of that `Commit` are durable."""

    key: int


class NotCommitted(Struct, frozen=True):
    """They could not be stored."""

    key: int
    error: Exception


class Decided(Struct, frozen=True):
    """The verdict of that `Decide` is there."""

    key: int
    tag: Tag


class Undecided(Struct, frozen=True):
    """There will be none."""

    key: int
    error: Exception


class Tick(Struct, frozen=True):
    """Time has passed."""


Happening: TypeAlias = (
    LinkUp
    | LinkDown
    | Dismissed
    | Received
    | Send
    | Withdraw
    | Committed
    | NotCommitted
    | Decided
    | Undecided
    | Tick
)
TICK = Tick()


# --- effects -----------------------------------------------------------------------------------


class Transmit(Struct, frozen=True, gc=False):
    """Send this frame."""

    text: str


class HangUp(Struct, frozen=True):
    """Close the link."""

    code: int
    reason: str


class Store(Struct, frozen=True):
    """Write these, with the events that tell of them; nobody waits."""

    records: tuple[Record, ...]
    events: tuple[BackendEvent, ...] = ()


class Commit(Struct, frozen=True):
    """The same, and come back with `Committed` or `NotCommitted`."""

    key: int
    records: tuple[Record, ...]
    events: tuple[BackendEvent, ...] = ()


class Decide(Struct, frozen=True):
    """Await this and come back with `Decided` or `Undecided`."""

    key: int
    verdict: Awaitable[Tag]


class Finish(Struct, frozen=True):
    """The command has its one result."""

    ticket: Ticket
    result: Outcome | VoltyardError


class Ask(Struct, frozen=True):
    """Send the charger this, of the backend's own accord."""

    command: Command


class Complain(Struct, frozen=True):
    """A fault of the backend's own, answered with InternalError: somebody should look at it."""

    error: Exception


Effect: TypeAlias = Transmit | HangUp | Store | Commit | Decide | Finish | Ask | Complain
