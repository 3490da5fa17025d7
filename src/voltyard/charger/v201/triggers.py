"""TriggerMessage of 2.0.1 (F06)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from voltyard.charger.commands.remote_control import RemoteControl
from voltyard.charger.connection.registration import Registration
from voltyard.charger.connection.wire import ChargerWire
from voltyard.charger.context import ChargerContext
from voltyard.charger.evse.connector import Connector
from voltyard.charger.evse.evse import Evse
from voltyard.charger.firmware.firmware_publication import FirmwarePublication
from voltyard.charger.firmware.firmware_update import FirmwareUpdate
from voltyard.charger.firmware.log_upload import LogUpload
from voltyard.charger.security.security import Security
from voltyard.charger.v201 import firmware, publication
from voltyard.charger.v201.places import connector_of, evse_of
from voltyard.charger.variables.standard.iso15118 import ISO15118_ENABLED
from voltyard.ocpp.payload import Payload
from voltyard.ocpp.v201 import messages as m

_TRIGGERED = frozenset(
    {
        "BootNotification",
        "FirmwareStatusNotification",
        "Heartbeat",
        "LogStatusNotification",
        "PublishFirmwareStatusNotification",
        "SignChargingStationCertificate",
        "SignCombinedCertificate",
        "SignV2GCertificate",
        "MeterValues",
        "StatusNotification",
        "TransactionEvent",
    }
)
"""Messages that can be triggered."""

_OF_ISO15118 = ("SignCombinedCertificate", "SignV2GCertificate")
"""Messages that a charger has where it speaks ISO 15118."""


@dataclass(slots=True)
class Triggers201:
    """TriggerMessage."""

    context: ChargerContext
    evses: tuple[Evse, ...]
    wire: ChargerWire
    registration: Registration
    security: Security
    remote_control: RemoteControl
    firmware: FirmwareUpdate
    log_upload: LogUpload
    publication: FirmwarePublication | None

    def trigger(self, request: m.TriggerMessageRequest) -> Iterator[Payload]:
        """F06: the answer first, then the message."""
        evse = connector = None
        wanted = request.requested_message
        status: m.TriggerMessageStatus = "Accepted"
        if request.evse is not None:
            evse = evse_of(self.evses, request.evse.id)
            connector = connector_of(evse, request.evse.connector_id)
        about_evse = wanted in ("MeterValues", "TransactionEvent", "StatusNotification")
        if not self._has(wanted):
            status = "NotImplemented"
        elif (
            about_evse and request.evse is not None and request.evse.id != 0 and evse is None
        ) or (wanted == "BootNotification" and self.registration.status == "Accepted"):
            status = "Rejected"
        elif wanted == "StatusNotification" and connector is None:
            status = "Rejected"  # F06.FR.12: it needs both an EVSE and a connector
        yield m.TriggerMessageResponse(status=status)
        if status == "Accepted":
            self._send(wanted, evse, connector)

    def _has(self, wanted: str) -> bool:
        """True where the charger has that message, and it can be triggered."""
        if wanted in _OF_ISO15118:
            return self.context.settings.flag(ISO15118_ENABLED)
        if wanted == "PublishFirmwareStatusNotification":
            return self.publication is not None
        return wanted in _TRIGGERED

    def _send(self, wanted: str, evse: Evse | None, connector: Connector | None) -> None:
        match wanted:
            case "BootNotification":
                self.registration.boot("Triggered")
            case "FirmwareStatusNotification":
                firmware.trigger_firmware(self.firmware, self.wire)
            case "Heartbeat":
                self.registration.send_heartbeat()
            case "LogStatusNotification":
                firmware.trigger_log(self.log_upload, self.wire)
            case "PublishFirmwareStatusNotification" if self.publication is not None:
                publication.trigger_publication(self.publication, self.wire)
            case "SignChargingStationCertificate":
                self.security.signing.ask()
            case "SignCombinedCertificate":
                self.security.signing.ask(for_both=True)
            case "SignV2GCertificate":
                self.security.v2g_signing.ask()
            case "MeterValues":
                self.remote_control.tell_values(evse)
            case "StatusNotification":
                self.remote_control.tell_status(evse, connector)
            case "TransactionEvent":
                self.remote_control.tell_transaction(evse)
