"""Handler of ReservationStatusUpdate (H)."""

from voltyard.csms import events, requests
from voltyard.csms.handlers.handling import Handled, Handling, ended_reservations
from voltyard.csms.records import ReservationStatus
from voltyard.csms.registry import RegisteredCharger
from voltyard.csms.requests import EMPTY_REPLY
from voltyard.csms.reservations import Reservations
from voltyard.kernel.time import Instant


class ReservationHandlers:
    """Handles what a charger says of its reservations."""

    def __init__(self, reservations: Reservations) -> None:
        self._reservations = reservations

    def reservation_status_update(
        self,
        charger: RegisteredCharger,
        version: str,
        request: requests.ReservationStatusUpdate,
        now: Instant,
    ) -> Handling:
        """Handles a ReservationStatusUpdate request (H02, H04)."""
        status: ReservationStatus = "expired" if request.has_expired else "cancelled"
        ended = self._reservations.end(charger, request.reservation_id, status, now)
        notified = events.Notified(
            **charger.event_fields(now), action="ReservationStatusUpdate", payload=request.payload
        )
        return Handled(EMPTY_REPLY, (), (notified,), aside=ended_reservations(ended, now))
