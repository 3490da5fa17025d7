"""Records of events, webhooks and deliveries."""

from typing import ClassVar, Literal, TypeAlias

from msgspec import Struct

from voltyard.kernel.masked_text import masked_repr
from voltyard.kernel.time import Instant

DeliveryStatus: TypeAlias = Literal["pending", "delivered", "failed"]


class EventLogged(Struct, frozen=True, kw_only=True, gc=False):
    """A FollowedEvent, written in one commit with the records that it tells of."""

    number: int
    """The order of events; 0: it is only told to those who listen now, and kept nowhere."""
    id: str
    """evt_..., the same whenever and to whomever it is told."""
    organization_id: str
    charger_id: str | None
    charge_box_id: str | None
    at: Instant
    event: str
    """Its name, one of csms.events.NAMES."""
    data: str
    """JSON text."""
    location_id: ClassVar[None] = None

    @property
    def name(self) -> str:
        return self.event


class EventStaged(Struct, frozen=True, kw_only=True, gc=False):
    """An event of a node, written in one commit with the records that it tells of. The server has
    it numbered and told."""

    node: str
    id: str
    """stg_..., until it has a number, and with that its evt_ id; empty: it is only told to those
    who listen now, and kept nowhere."""
    organization_id: str
    charger_id: str | None
    charge_box_id: str | None
    at: Instant
    event: str
    """Its name, one of csms.events.NAMES."""
    data: str
    """JSON text."""


class StagedEventTaken(Struct, frozen=True, kw_only=True, gc=False):
    """The staged event of that number is in the log, as of the same commit."""

    number: int


class WebhookStored(Struct, frozen=True, kw_only=True):
    """A webhook of an organization. Key: id."""

    id: str
    """wh_..."""
    organization_id: str
    url: str
    events: tuple[str, ...]
    """Names, or the beginnings of names with a * after them."""
    secret: str
    """To sign with, so that it is kept as it is."""
    former_secret: str | None = None
    former_secret_until: Instant | None = None
    """Until then everything is signed with both."""
    description: str | None = None
    enabled: bool = True
    """False: events that happen meanwhile are never delivered."""
    paused_at: Instant | None = None
    """Since when nothing is sent, for nothing arrived; what happens meanwhile waits."""
    pause_reason: str | None = None
    created_at: Instant
    updated_at: Instant

    def __repr__(self) -> str:
        return masked_repr(self, "secret", "former_secret")


class WebhookDeleted(Struct, frozen=True, kw_only=True):
    """A webhook that is gone, with its pending deliveries."""

    id: str


class DeliveryStored(Struct, frozen=True, kw_only=True, gc=False):
    """An event on its way to a webhook. Key: number, which is also the order of sending."""

    number: int
    webhook_id: str
    organization_id: str
    event_number: int
    """0: of a test, which is no event."""
    event_id: str
    event: str
    lane: str
    """Deliveries of one lane to one webhook go out one after the other: the charger's id, or empty
    where no charger is concerned."""
    created_at: Instant
    status: DeliveryStatus = "pending"
    attempts: int = 0
    attempted_at: Instant | None = None
    status_code: int | None = None
    latency_ms: float | None = None
    error: str | None = None
    """Of the last attempt, as status_code and latency_ms are."""
    next_attempt_at: Instant | None = None
