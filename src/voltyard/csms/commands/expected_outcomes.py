"""Outcomes that a request makes expected beyond its answer, in neither version's words."""

from typing import TypeAlias

from msgspec import Struct

from voltyard.csms.records import Awaited
from voltyard.kernel.time import Instant


class ExpectedOutcome(Struct, frozen=True, kw_only=True):
    """An outcome expected after the answer."""

    kind: Awaited
    request_id: int | None = None
    """Under which the charger tells of it; None: 1.6 has none for it."""
    messages: frozenset[str] = frozenset()
    """message: the actions any of which is the one."""
    evse_id: int | None = None
    """message: what it must be about; None: anything. reset: the EVSE that is reset by itself;
    None: the charger is."""
    begins_at: Instant | None = None
    """firmware: before then nothing happens."""


class ObservedCall(Struct, frozen=True):
    """A charger's CALL, which may be the one that a TriggerMessage asked for (F06)."""

    action: str
    evse_id: int | None
    """The EVSE that it is about, where it is about one."""
    says_triggered: bool | None
    """True where it says that it was triggered, False that it was not; None: the version has no
    word for it."""

    def is_meant(self, expected_outcome: ExpectedOutcome) -> bool:
        """True where it is of the kind that was asked for, triggered or not."""
        return self.action in expected_outcome.messages and (
            expected_outcome.evse_id is None
            or self.evse_id is None
            or self.evse_id == expected_outcome.evse_id
        )


class NewReservation(Struct, frozen=True, kw_only=True):
    """A reservation that ReserveNow asks for."""

    reservation_id: int
    evse_id: int | None
    """None: any."""
    connector_id: int | None
    id_tag: str
    parent_id_tag: str | None
    expires_at: Instant


class ReservationCancellation(Struct, frozen=True):
    """A reservation that CancelReservation asks to end."""

    reservation_id: int


ReservationChange: TypeAlias = NewReservation | ReservationCancellation
