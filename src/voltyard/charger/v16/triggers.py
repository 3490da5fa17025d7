"""TriggerMessage and ExtendedTriggerMessage of 1.6 (section 5.17; white paper, section 5.6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from voltyard.charger.commands.remote_control import RemoteControl
from voltyard.charger.connection.registration import Registration
from voltyard.charger.connection.wire import ChargerWire
from voltyard.charger.evse.evse import Evse
from voltyard.charger.evse.statuses import Statuses
from voltyard.charger.firmware.firmware_update import FirmwareUpdate
from voltyard.charger.firmware.log_upload import LogUpload
from voltyard.charger.security.security import Security
from voltyard.charger.v16 import firmware
from voltyard.charger.v16.connector_numbers import by_number
from voltyard.ocpp.payload import Payload
from voltyard.ocpp.v16 import messages as m


@dataclass(slots=True)
class Triggers16:
    """TriggerMessage and ExtendedTriggerMessage."""

    evses: tuple[Evse, ...]
    wire: ChargerWire
    registration: Registration
    statuses: Statuses
    security: Security
    remote_control: RemoteControl
    firmware: FirmwareUpdate
    log_upload: LogUpload

    def trigger(self, request: m.TriggerMessageRequest) -> Iterator[Payload]:
        """Section 5.17: the answer first, then the message; absent connector means all."""
        found = None
        number = request.connector_id
        wanted = request.requested_message
        about_connector = wanted in ("StatusNotification", "MeterValues")
        if about_connector and number:
            found = by_number(self.evses, number)
            if found is None:
                yield m.TriggerMessageResponse(status="Rejected")
                return
        if wanted == "BootNotification" and self.registration.status == "Accepted":
            yield m.TriggerMessageResponse(status="Rejected")  # errata 3.35 and 3.40
            return
        yield m.TriggerMessageResponse(status="Accepted")
        evse, connector = found or (None, None)
        match wanted:
            case "BootNotification":
                self.registration.boot()
            case "DiagnosticsStatusNotification":
                firmware.trigger_diagnostics(self.log_upload, self.wire)
            case "FirmwareStatusNotification":
                firmware.trigger_firmware(self.firmware, self.wire)
            case "Heartbeat":
                self.registration.send_heartbeat()
            case "MeterValues":
                self.remote_control.tell_values(evse)
            case "StatusNotification":
                if connector is None:
                    self.statuses.tell_station()
                if number != 0:
                    self.remote_control.tell_status(evse, connector)

    def extended_trigger(self, request: m.ExtendedTriggerMessageRequest) -> Iterator[Payload]:
        """White paper, section 5.6; what TriggerMessage has too is the same here."""
        wanted = request.requested_message
        if wanted == "SignChargePointCertificate":
            yield m.ExtendedTriggerMessageResponse(status="Accepted")
            self.security.signing.ask()
            return
        if wanted == "FirmwareStatusNotification":  # of other messages than a plain trigger's
            yield m.ExtendedTriggerMessageResponse(status="Accepted")
            firmware.trigger_signed_firmware(self.firmware, self.wire)
            return
        if wanted == "LogStatusNotification":
            yield m.ExtendedTriggerMessageResponse(status="Accepted")
            firmware.trigger_log(self.log_upload, self.wire)
            return
        plain = m.TriggerMessageRequest(
            requested_message=wanted,
            connector_id=request.connector_id,
        )
        for answer in self.trigger(plain):
            assert isinstance(answer, m.TriggerMessageResponse)
            yield m.ExtendedTriggerMessageResponse(status=answer.status)
