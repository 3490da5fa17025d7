"""Results of handling a request."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from msgspec import Struct

from voltyard.csms.commands.outcome_tracker import OutcomeUpdate
from voltyard.csms.commands.shared import BackendCommand
from voltyard.csms.events import BackendEvent
from voltyard.csms.records import Record, ReservationStored
from voltyard.csms.registry import RegisteredCharger
from voltyard.csms.requests import EMPTY_REPLY, Reply
from voltyard.csms.reservations import reservation_events
from voltyard.kernel.errors import VoltyardError
from voltyard.kernel.time import Instant


class IndependentChanges(Struct, frozen=True):
    """Changes that follow from a request and are kept whatever becomes of its reply. Written ahead
    of the message's own records, and kept until they are stored."""

    records: tuple[Record, ...]
    events: tuple[BackendEvent, ...] = ()


class Handled(Struct, frozen=True):
    """The outcome of a request: its reply, records, events and follow-up commands."""

    reply: Reply
    records: tuple[Record, ...] = ()
    """The answer goes out once these and the events are durable, and not before."""
    events: tuple[BackendEvent, ...] = ()
    settle: Callable[[bool], None] | None = None
    """Told whether they are; if they cannot be stored, it takes back what was changed."""
    at_once: bool = False
    """The answer does not wait: they tell of nothing that a charger would send again."""
    regardless: bool = False
    """The answer is given also if they cannot be stored in time; they are kept until they can."""
    aside: IndependentChanges | None = None
    commands: tuple[BackendCommand, ...] = ()
    """Commands to the charger once it has its answer."""

    @property
    def waits(self) -> bool:
        """True where there is anything to be stored before the answer."""
        return not self.at_once and bool(self.records or self.events)


class Deferred(Struct, frozen=True):
    """A reply that waits for a decision, mostly about a tag, and is made of it by `resume`."""

    verdict: Awaitable[Any]
    resume: "Callable[[Any, Instant], Handled | Deferred]"


Handling: TypeAlias = Handled | Deferred

RequestHandler: TypeAlias = Callable[[RegisteredCharger, str, Any, Instant], Handling]
"""Handles a request of a charger that speaks this version, at that moment."""


class LinkRefused(VoltyardError):
    """A request that costs the charger its link: answered with SecurityError, and told of."""

    code = "link_refused"

    def __init__(self, message: str, event: BackendEvent) -> None:
        super().__init__(message)
        self.event = event


NOTED = Handled(EMPTY_REPLY)
"""Nothing is kept of it."""


def outcome_changes(update: OutcomeUpdate) -> IndependentChanges | None:
    """The changes that follow for commands whose outcome was awaited."""
    return IndependentChanges(update.rows, update.events) if update.rows else None


def ended_reservations(
    reservations: tuple[ReservationStored, ...], now: Instant
) -> IndependentChanges | None:
    """The changes that follow from the end of these."""
    if not reservations:
        return None
    return IndependentChanges(reservations, tuple(reservation_events(reservations, now)))
