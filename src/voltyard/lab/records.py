"""What the lab writes and does not wait for: rows, as the journal is given them."""

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
    """What a simulated charger's memory holds. Key: deployment_id."""

    deployment_id: str
    snapshot: bytes
    kept_at: Instant


class CommandDelivered(Struct, frozen=True, kw_only=True):
    """The charger has the command of that id."""

    id: str
    status: str
    delivered_at: Instant


class CommandSettled(Struct, frozen=True, kw_only=True):
    """The command of that id has come to its end."""

    id: str
    status: str
    result: str | None
    """JSON; so too `error`."""
    error: str | None
    finished_at: Instant


class EventLogged(Struct, frozen=True, kw_only=True):
    """Something that happened, and to whom. Key: number."""

    number: int
    """Rises with time, over all organizations and every start of the server; 0 where it is not
    stored."""
    at: Instant
    organization_id: str
    deployment_id: str | None
    identity: str | None
    location_id: str | None
    """Where the charger was when it happened."""
    type: str
    """One of lab.events.kinds."""
    data: str
    """JSON."""


LabRecord: TypeAlias = FrameLogged | MemoryKept | CommandDelivered | CommandSettled | EventLogged
