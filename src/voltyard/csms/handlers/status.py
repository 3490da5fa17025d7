"""Handlers of StatusNotification, and of requests that only tell (G01, N)."""

from collections.abc import Callable

from voltyard.csms import events, requests
from voltyard.csms.events import BackendEvent
from voltyard.csms.handlers.handling import (
    NOTED,
    Handled,
    Handling,
    IndependentChanges,
    ended_reservations,
)
from voltyard.csms.records import ConnectorStored, Record
from voltyard.csms.registry import RegisteredCharger
from voltyard.csms.requests import EMPTY_REPLY
from voltyard.csms.reservations import Reservations
from voltyard.kernel.time import Instant


class StatusHandlers:
    """Handles what a charger says of its connectors."""

    def __init__(self, reservations: Reservations) -> None:
        self._reservations = reservations

    def status_notification(
        self,
        charger: RegisteredCharger,
        version: str,
        request: requests.StatusNotification,
        now: Instant,
    ) -> Handling:
        """Handles a StatusNotification request (1.6 section 4.9, G01)."""
        before = charger.connectors.get((request.evse_id, request.connector_id))
        connector = ConnectorStored(
            charger_id=charger.row.id,
            evse_id=request.evse_id,
            connector_id=request.connector_id,
            status=request.status,
            error_code=request.error_code,
            info=request.info,
            vendor_id=request.vendor_id,
            vendor_error_code=request.vendor_error_code,
            updated_at=now,
        )
        aside: IndependentChanges | None = None
        if request.ends_reservations:
            ended = self._reservations.out_of_service(charger, request.evse_id, now)
            aside = ended_reservations(ended, now)
        if not charger.keep_connector(connector):
            return Handled(EMPTY_REPLY, aside=aside) if aside else NOTED

        def settle(durable: bool) -> None:
            if not durable:
                charger.take_back(connector, before)

        happened: tuple[BackendEvent, ...] = ()
        if before is None or not _same_status(before, connector):
            happened = (
                events.ConnectorStatusChanged(
                    **charger.event_fields(now),
                    connector=connector,
                    previous_status=before.status if before else None,
                ),
            )
        return Handled(EMPTY_REPLY, (connector,), happened, settle, aside=aside)

    def other_request(
        self, charger: RegisteredCharger, version: str, request: requests.OtherRequest, now: Instant
    ) -> Handling:
        """Handles a request for which the backend keeps no state."""
        records: list[Record] = []
        happened: list[BackendEvent] = [
            events.Notified(
                **charger.event_fields(now), action=request.action, payload=request.payload
            )
        ]
        settling: list[Callable[[bool], None]] = []
        for status in request.statuses:
            handled = self.status_notification(charger, version, status, now)
            assert isinstance(handled, Handled)
            records.extend(handled.records)
            happened.extend(handled.events)
            if handled.settle is not None:
                settling.append(handled.settle)

        def settle(durable: bool) -> None:
            for one in reversed(settling):
                one(durable)

        return Handled(EMPTY_REPLY, tuple(records), tuple(happened), settle)


def notify_report(
    charger: RegisteredCharger, version: str, request: requests.ReportPart, now: Instant
) -> Handling:
    """Handles a part of a report (B07, N09, O03)."""
    event = events.Notified(
        **charger.event_fields(now), action=request.action, payload=request.payload
    )
    return Handled(EMPTY_REPLY, (), (event,))


def _same_status(one: ConnectorStored, other: ConnectorStored) -> bool:
    return (one.status, one.error_code, one.vendor_error_code) == (
        other.status,
        other.error_code,
        other.vendor_error_code,
    )
