"""A CSMS of the `ocpp` package that takes every message a 2.0.1 charger can send."""

from typing import Any

from ocpp.routing import on
from ocpp.v201 import call_result as result

from .csms import Charger201, ForeignCsms


class WholeCharger201(Charger201):
    """The CSMS's view of one charger. An answer of `WholeCsms.answers` goes before its own."""

    _csms: "WholeCsms"

    def _answer(self, usual: Any) -> Any:
        return self._csms.answers.get(type(usual).__name__, usual)

    # --- with something to decide --------------------------------------------------------------

    @on("Authorize")
    def on_authorize(self, id_token: dict[str, Any], **_: Any) -> result.Authorize:
        return self._answer(result.Authorize(self._info(id_token)))  # type: ignore[no-any-return]

    @on("TransactionEvent")
    def on_transaction_event(
        self, id_token: dict[str, Any] | None = None, **said: Any
    ) -> result.TransactionEvent:
        info = None if id_token is None else self._info(id_token)
        is_last = said["event_type"] == "Ended"
        total = self._csms.total_cost if is_last else None
        return result.TransactionEvent(id_token_info=info, total_cost=total)

    @on("SignCertificate")
    def on_sign_certificate(self, **_: Any) -> result.SignCertificate:
        return result.SignCertificate("Accepted")

    @on("Get15118EVCertificate")
    def on_ev_certificate(self, exi_request: str, **_: Any) -> result.Get15118EVCertificate:
        return result.Get15118EVCertificate("Accepted", exi_request[::-1])

    @on("GetCertificateStatus")
    def on_certificate_status(
        self, ocsp_request_data: dict[str, Any]
    ) -> result.GetCertificateStatus:
        return self._csms.certificate_status(ocsp_request_data)

    @on("NotifyEVChargingNeeds")
    def on_charging_needs(self, **_: Any) -> result.NotifyEVChargingNeeds:
        return self._answer(result.NotifyEVChargingNeeds("Accepted"))  # type: ignore[no-any-return]

    @on("NotifyEVChargingSchedule")
    def on_charging_schedule(self, **_: Any) -> result.NotifyEVChargingSchedule:
        return result.NotifyEVChargingSchedule("Accepted")

    # --- taken note of -------------------------------------------------------------------------

    @on("ClearedChargingLimit")
    def on_cleared_limit(self, **_: Any) -> result.ClearedChargingLimit:
        return result.ClearedChargingLimit()

    @on("FirmwareStatusNotification")
    def on_firmware_status(self, **_: Any) -> result.FirmwareStatusNotification:
        return result.FirmwareStatusNotification()

    @on("LogStatusNotification")
    def on_log_status(self, **_: Any) -> result.LogStatusNotification:
        return result.LogStatusNotification()

    @on("NotifyChargingLimit")
    def on_charging_limit(self, **_: Any) -> result.NotifyChargingLimit:
        return result.NotifyChargingLimit()

    @on("NotifyCustomerInformation")
    def on_customer_information(self, **_: Any) -> result.NotifyCustomerInformation:
        return result.NotifyCustomerInformation()

    @on("NotifyDisplayMessages")
    def on_display_messages(self, **_: Any) -> result.NotifyDisplayMessages:
        return result.NotifyDisplayMessages()

    @on("NotifyMonitoringReport")
    def on_monitoring_report(self, **_: Any) -> result.NotifyMonitoringReport:
        return result.NotifyMonitoringReport()

    @on("PublishFirmwareStatusNotification")
    def on_publish_status(self, **_: Any) -> result.PublishFirmwareStatusNotification:
        return result.PublishFirmwareStatusNotification()

    @on("ReportChargingProfiles")
    def on_charging_profiles(self, **_: Any) -> result.ReportChargingProfiles:
        return result.ReportChargingProfiles()

    @on("ReservationStatusUpdate")
    def on_reservation_status(self, **_: Any) -> result.ReservationStatusUpdate:
        return result.ReservationStatusUpdate()


class WholeCsms(ForeignCsms):
    """A server of whole 2.0.1."""

    def __init__(self) -> None:
        super().__init__(kind_201=WholeCharger201)
        self.answers: dict[str, Any] = {}
        """By action, where it is not the usual one."""
        self.total_cost: float | None = None
        """Told at the end of each transaction."""
        self.statuses: dict[str, str] = {}
        """OCSP responses in base64, by the serial numbers of certificates."""

    def certificate_status(self, asked: dict[str, Any]) -> result.GetCertificateStatus:
        """The stored OCSP response."""
        found = self.statuses.get(asked["serial_number"])
        if found is None:
            return result.GetCertificateStatus("Failed")
        return result.GetCertificateStatus("Accepted", ocsp_result=found)
