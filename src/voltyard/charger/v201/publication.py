"""Publication of firmware in 2.0.1: requests to a local controller, and its messages (L03, L04)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from voltyard.charger.connection.wire import ChargerWire
from voltyard.charger.firmware.firmware_publication import FirmwarePublication
from voltyard.charger.firmware.publication import PublishFirmware
from voltyard.charger.firmware.transfers import persistence
from voltyard.charger.v201.status_info import reason
from voltyard.charger.versions.handler_groups import RequestHandler
from voltyard.kernel import limits
from voltyard.ocpp.payload import Payload
from voltyard.ocpp.v201 import messages as m

_WORDS = {
    "InvalidValue": "checksum: no MD5 in hexadecimal",
    "Busy": "another publication is under way",
    "OutOfStorage": f"{limits.PUBLISHED_FILES} files are published",
}


def publication_status(
    status: str, request_id: int | None, locations: tuple[str, ...]
) -> Payload | None:
    """PublishFirmwareStatusNotification; Idle has no request id, and Published alone has
    locations (L03.FR.04)."""
    return m.PublishFirmwareStatusNotificationRequest(
        status=status,  # type: ignore[arg-type]
        location=list(locations) if status == "Published" else None,
        request_id=None if status == "Idle" else request_id,
    )


@dataclass(slots=True)
class Publication201:
    """Requests of the CSMS to a local controller; any other charger leaves them unanswered, which
    makes them NotSupported."""

    publication: FirmwarePublication | None

    def publish(self, request: m.PublishFirmwareRequest) -> Iterator[Payload]:
        """L03."""
        if self.publication is None:
            return
        order = PublishFirmware(
            location=request.location,
            checksum=request.checksum.lower(),
            request_id=request.request_id,
            persistence=persistence(request.retries, request.retry_interval, after_first=True),
        )
        why = self.publication.objection(order)
        if why is not None:
            info = reason(why, _WORDS.get(why))
            yield m.PublishFirmwareResponse(status="Rejected", status_info=info)
            return
        yield m.PublishFirmwareResponse(status="Accepted")
        self.publication.begin(order)

    def unpublish(self, request: m.UnpublishFirmwareRequest) -> Iterator[Payload]:
        """L04."""
        if self.publication is None:
            return
        yield m.UnpublishFirmwareResponse(
            status=self.publication.unpublish(request.checksum.lower())
        )


HANDLERS: dict[type[Payload], RequestHandler] = {
    m.PublishFirmwareRequest: (Publication201, Publication201.publish),
    m.UnpublishFirmwareRequest: (Publication201, Publication201.unpublish),
}


def trigger_publication(publication: FirmwarePublication, wire: ChargerWire) -> None:
    """The last status, Idle once it is Published (L03.FR.10, FR.11)."""
    progress = publication.progress
    status = "Idle" if progress.word == "Published" else progress.word
    message = publication_status(status, progress.request_id, ())
    assert message is not None
    wire.call(message)
