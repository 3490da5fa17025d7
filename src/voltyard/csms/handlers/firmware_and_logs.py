"""Handlers of the progress of firmware updates, publications and uploads (L, N01)."""

from voltyard.csms import events, requests
from voltyard.csms.commands.outcome_tracker import OutcomeTracker
from voltyard.csms.handlers.handling import Handled, Handling, outcome_changes
from voltyard.csms.registry import RegisteredCharger
from voltyard.csms.requests import EMPTY_REPLY
from voltyard.kernel.time import Instant


class ProgressHandlers:
    """Handles what a charger says of updates and uploads that it was asked for."""

    def __init__(self, outcomes: OutcomeTracker) -> None:
        self._outcomes = outcomes

    def firmware_status_notification(
        self,
        charger: RegisteredCharger,
        version: str,
        request: requests.FirmwareStatusNotification,
        now: Instant,
    ) -> Handling:
        """Handles a FirmwareStatusNotification request (1.6 section 4.5, L01)."""
        event = events.FirmwareStatusReported(
            **charger.event_fields(now), status=request.status, request_id=request.request_id
        )
        told = self._outcomes.progressed(
            charger.row.id, "firmware", request.request_id, request.status, now
        )
        return Handled(EMPTY_REPLY, (), (event,), aside=outcome_changes(told))

    def publication_status(
        self,
        charger: RegisteredCharger,
        version: str,
        request: requests.PublishFirmwareStatusNotification,
        now: Instant,
    ) -> Handling:
        """Handles a PublishFirmwareStatusNotification request (L03)."""
        action = "PublishFirmwareStatusNotification"
        event = events.Notified(**charger.event_fields(now), action=action, payload=request.payload)
        told = self._outcomes.progressed(
            charger.row.id, "publication", request.request_id, request.status, now
        )
        return Handled(EMPTY_REPLY, (), (event,), aside=outcome_changes(told))

    def log_status_notification(
        self,
        charger: RegisteredCharger,
        version: str,
        request: requests.LogStatusNotification,
        now: Instant,
    ) -> Handling:
        """Handles a LogStatusNotification or DiagnosticsStatusNotification request (1.6 section
        4.4, N01)."""
        event = events.DiagnosticsStatusReported(
            **charger.event_fields(now), status=request.status, request_id=request.request_id
        )
        told = self._outcomes.progressed(
            charger.row.id, "log", request.request_id, request.status, now
        )
        return Handled(EMPTY_REPLY, (), (event,), aside=outcome_changes(told))
