"""Handlers of BootNotification and Heartbeat (B, G02)."""

from collections.abc import Mapping

from msgspec.structs import replace

from voltyard.csms import events, requests
from voltyard.csms.commands.outcome_tracker import OutcomeTracker
from voltyard.csms.handlers.handling import NOTED, Handled, Handling, outcome_changes
from voltyard.csms.records import BootPolicy, RegistrationStatus
from voltyard.csms.registry import RegisteredCharger
from voltyard.csms.requests import EMPTY_REPLY
from voltyard.csms.settings import OrganizationSettings
from voltyard.kernel import limits
from voltyard.kernel.time import Instant

_REGISTRATION: Mapping[BootPolicy, RegistrationStatus] = {
    "accept": "accepted",
    "pending": "pending",
    "reject": "rejected",
}


class BootHandlers:
    """Handles what a charger says of its own start and life."""

    def __init__(self, settings: OrganizationSettings, outcomes: OutcomeTracker) -> None:
        self._settings = settings
        self._outcomes = outcomes

    def boot_notification(
        self,
        charger: RegisteredCharger,
        version: str,
        request: requests.BootNotification,
        now: Instant,
    ) -> Handling:
        """Handles a BootNotification request (1.6 section 4.2, B01)."""
        before = charger.row
        registration = _REGISTRATION[self._settings.boot_policy(charger)]
        charger.row = after = replace(
            charger.row,
            registration=registration,
            version=version,
            vendor=request.vendor,
            model=request.model,
            serial_number=request.serial_number,
            firmware_version=request.firmware_version,
            booted_at=now,
        )
        event = events.ChargerBooted(
            **charger.event_fields(now),
            status=registration,
            vendor=request.vendor,
            model=request.model,
            serial_number=request.serial_number,
            firmware_version=request.firmware_version,
            reason=request.reason,
        )
        reply = requests.BootNotificationReply(
            registration, self._settings.boot_interval_s(charger)
        )

        def settle(durable: bool) -> None:
            if not durable and charger.row is after:
                charger.row = before

        aside = outcome_changes(self._outcomes.booted(charger.row.id, request.reason, now))
        return Handled(reply, (charger.stored(),), (event,), settle, aside=aside)

    def heartbeat(
        self, charger: RegisteredCharger, version: str, request: requests.Heartbeat, now: Instant
    ) -> Handling:
        """Handles a Heartbeat request; its moment is written down now and then (1.6 section
        4.6, G02)."""
        charger.last_heartbeat_at = now
        stored_at = charger.seen_stored_at
        if stored_at is not None and 0.0 <= now - stored_at < limits.SEEN_EVERY_S:
            return NOTED
        charger.seen_stored_at = now
        return Handled(EMPTY_REPLY, (charger.seen(now),), at_once=True)
