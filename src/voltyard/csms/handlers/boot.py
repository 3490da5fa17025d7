"""Handlers of BootNotification and Heartbeat (B, G02)."""

from collections.abc import Mapping

from msgspec.structs import replace

from voltyard.csms import events, requests
from voltyard.csms.commands.outcome_tracker import OutcomeTracker
from voltyard.csms.handlers.handling import (
    NOTED,
    Handled,
    Handling,
    LinkRefused,
    outcome_changes,
)
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
        """Handles a BootNotification request (1.6 section 4.2, B01). LinkRefused where its serial
        number is not the certificate's."""
        _check_serial_number(charger, request.serial_number, now)
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


def _check_serial_number(
    charger: RegisteredCharger, serial_number: str | None, now: Instant
) -> None:
    """Compare it with the certificate of the link (2.0.1 B01.FR.11, FR.12). A common name that is
    the identity says nothing of the serial number, and one that is not told is not another."""
    certificate = None if charger.session is None else charger.session.certificate
    if certificate is None or serial_number is None:
        return
    row = charger.row
    name = certificate.common_name
    expected = row.pinned_serial_number or (name if name != row.charge_box_id else None)
    if expected in (None, serial_number):
        return
    raise LinkRefused(
        "the serial number is not the one of its certificate",
        events.CertificateMismatched(
            **charger.event_fields(now),
            common_name=name,
            serial_number=serial_number,
            expected_serial_number=str(expected),
        ),
    )
