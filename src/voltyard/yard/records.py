"""Journal records of the yard: rows that are written without waiting."""

from typing import TypeAlias

from msgspec import Struct

from voltyard.kernel.time import Instant, Seconds


class FrameLogged(Struct, frozen=True, kw_only=True):
    """A frame that went over a simulated charger's link."""

    deployment_id: str
    at: Instant
    direction: str
    kind: str
    action: str
    message_id: str
    text: str
    latency_s: Seconds | None
    verdict: str


def missing_frames(last: FrameLogged, count: int) -> FrameLogged:
    """The log's word that so many frames are missing, of which that is the last."""
    return FrameLogged(
        deployment_id=last.deployment_id,
        at=last.at,
        direction=last.direction,
        kind="other",
        action="",
        message_id="",
        text=f"{count} frames are missing here: the database did not keep up",
        latency_s=None,
        verdict="missing",
    )


class MemoryKept(Struct, frozen=True, kw_only=True):
    """Snapshot of a simulated charger's memory. Key: deployment_id."""

    deployment_id: str
    snapshot: bytes
    kept_at: Instant


class CommandDelivered(Struct, frozen=True, kw_only=True):
    """Delivery of a command to its charger."""

    id: str
    status: str
    delivered_at: Instant


class CommandEnded(Struct, frozen=True, kw_only=True):
    """End of a command, with its result."""

    id: str
    status: str
    result: str | None
    """JSON; so too `error`."""
    error: str | None
    finished_at: Instant


class YardEventLogged(Struct, frozen=True, kw_only=True):
    """An event of the yard, a DeliverableEvent and FollowedEvent, and its charger and location.
    Key: number."""

    number: int
    """Rises with time, over all organizations and every start of the server; 0 where it is not
    stored."""
    at: Instant
    organization_id: str
    deployment_id: str | None
    identity: str | None
    location_id: str | None
    """Location of the charger when it happened."""
    type: str
    """One of yard.events.event_types."""
    data: str
    """JSON."""

    @property
    def id(self) -> str:
        return str(self.number)

    @property
    def name(self) -> str:
        return self.type

    @property
    def charger_id(self) -> str | None:
        return self.deployment_id

    @property
    def charge_box_id(self) -> str | None:
        return self.identity


YardRecord: TypeAlias = FrameLogged | MemoryKept | CommandDelivered | CommandEnded | YardEventLogged
