"""Questions about what the backend has stored, and answers that are no records."""

from typing import Final, NamedTuple

from msgspec import Struct

from voltyard.csms import records
from voltyard.events.event_records import DeliveryStatus
from voltyard.kernel.time import Instant


class TransactionQuery(Struct, frozen=True, kw_only=True):
    """Filter of transactions; None: whatever."""

    charge_box_id: str | None = None
    status: records.TransactionStatus | None = None
    id_tag: str | None = None
    since: Instant | None = None
    """Moment when it began; included, as `until` is."""
    until: Instant | None = None


ANY_TRANSACTION: Final = TransactionQuery()


class SampleQuery(Struct, frozen=True, kw_only=True):
    """Filter of a transaction's samples; None: whatever."""

    measurand: str | None = None
    phase: str | None = None
    context: str | None = None
    location: str | None = None
    unit: str | None = None
    since: Instant | None = None
    """Included; so is `until`."""
    until: Instant | None = None


class MessageQuery(Struct, frozen=True, kw_only=True):
    """Filter of logged messages; None: whatever."""

    action: str | None = None
    direction: records.Direction | None = None
    verdict: records.Verdict | None = None
    outcome: records.MessageOutcome | None = None
    since: Instant | None = None
    """Included; so is `until`."""
    until: Instant | None = None


ANY_MESSAGE: Final = MessageQuery()


class SentCommandQuery(Struct, frozen=True, kw_only=True):
    """Filter of the commands to a charger; None: whatever."""

    command: str | None = None
    status: str | None = None
    awaits: records.Awaited | None = None
    succeeded: bool | None = None
    is_awaited: bool | None = None
    """Something is (not) to come."""
    since: Instant | None = None
    """Included; so is `until`."""
    until: Instant | None = None


ANY_COMMAND: Final = SentCommandQuery()


class ReservationQuery(Struct, frozen=True, kw_only=True):
    """Filter of reservations; None: whatever."""

    charge_box_id: str | None = None
    status: records.ReservationStatus | None = None


class IdTagQuery(Struct, frozen=True, kw_only=True):
    """Filter of id tags; None: whatever."""

    status: records.IdTagStatus | None = None
    parent_id_tag: str | None = None
    search: str | None = None
    """Is looked for in text and name; upper and lower case are the same."""


class DeliveryQuery(Struct, frozen=True, kw_only=True):
    """Filter of the deliveries to a webhook; None: whatever."""

    webhook_id: str
    status: DeliveryStatus | None = None
    event_id: str | None = None


class ViolationQuery(Struct, frozen=True, kw_only=True):
    """Filter of violations; None: whatever."""

    charge_box_id: str | None = None
    """Of all chargers that ever had it."""
    action: str | None = None
    direction: records.Direction | None = None
    """Of the CALL."""
    kind: str | None = None
    verdict: records.Verdict | None = None
    since: Instant | None = None
    """Included; so is `until`."""
    until: Instant | None = None


class ViolationRule(NamedTuple):
    """A rule that is broken: an action, a kind of fault, and its place where that is told apart."""

    action: str | None
    direction: records.Direction
    """Of the CALL."""
    kind: str
    path: str
    """`$` is the payload; an array's positions are `[...]`. Empty: all places count as one."""
    verdict: records.Verdict


class RuleViolations(Struct):
    """The messages that break one rule."""

    rule: ViolationRule
    count: int
    """Messages."""
    chargers: set[str]
    first_at: Instant
    last_at: Instant
    last_number: int
    example: records.MessageLogged | None = None
    """The last of them."""


class ChargerViolations(Struct):
    """The messages of one charger that break rules."""

    charge_box_id: str
    count: int
    """Messages."""
    refused: int
    """Of them; the others were taken all the same."""
    kinds: dict[str, int]
    """Messages by kind of fault; one may have several."""
    first_at: Instant
    last_at: Instant
