"""What a request asks for beyond its answer, in neither version's words; the dialects find out,
also for calls in the caller's own words."""

from typing import TypeAlias

from msgspec import Struct

from voltyard.csms.records import Awaited
from voltyard.kernel.time import Instant


class Promise(Struct, frozen=True, kw_only=True):
    """Something that is to come after the answer."""

    kind: Awaited
    request_id: int | None = None
    """Under which the charger tells of it; None: 1.6 has none for it."""
    messages: frozenset[str] = frozenset()
    """message: the actions any of which is the one."""
    evse_id: int | None = None
    """message: what it must be about; None: anything."""
    begins_at: Instant | None = None
    """firmware: before then nothing happens."""


class Message(Struct, frozen=True):
    """A CALL of a charger's, as far as it may be what was asked for."""

    action: str
    evse_id: int | None
    """What it is about, where it is about one EVSE."""
    has_mark: bool | None
    """It says that it was triggered, or that it was not; None: the version has no word for it."""

    def is_meant(self, promise: Promise) -> bool:
        """Whether it is of the kind that was asked for, triggered or not."""
        return self.action in promise.messages and (
            promise.evse_id is None or self.evse_id is None or self.evse_id == promise.evse_id
        )


class Reserving(Struct, frozen=True, kw_only=True):
    """A connector is to be kept."""

    reservation_id: int
    evse_id: int | None
    """None: any."""
    connector_id: int | None
    id_tag: str
    parent_id_tag: str | None
    expires_at: Instant


class Cancelling(Struct, frozen=True):
    """It is to be kept no longer."""

    reservation_id: int


Keeping: TypeAlias = Reserving | Cancelling
