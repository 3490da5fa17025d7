"""What a foreign 2.0.1 charger does beyond the core: reservations, profiles, certificates."""

from typing import Any

from ocpp.routing import after, on
from ocpp.v201 import call, call_result

from .more16 import HASHES, firmware_words
from .own_certificate import OwnCertificate
from .wire import now


class More201:
    """Keeps what it is given, and tells what becomes of it."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.reservations: set[int] = set()
        self.profiles: dict[int, dict[str, Any]] = {}
        self.monitors: dict[int, dict[str, Any]] = {}
        self.published: set[str] = set()
        self.messages: dict[int, dict[str, Any]] = {}
        """For its display."""
        self.certificates: list[str] = []
        self.password: bytes | None = None
        self.own = OwnCertificate()

    @on("ReserveNow")
    def on_reserve(self, id: int, evse_id: int | None = None, **_: Any) -> Any:
        if (evse_id or 0) > 1:
            return call_result.ReserveNow("Rejected")
        self.reservations.add(id)
        return call_result.ReserveNow("Accepted")

    @on("CancelReservation")
    def on_cancel(self, reservation_id: int, **_: Any) -> Any:
        known = reservation_id in self.reservations
        self.reservations.discard(reservation_id)
        return call_result.CancelReservation("Accepted" if known else "Rejected")

    @on("PublishFirmware")
    def on_publish(self, checksum: str, **_: Any) -> Any:
        self.published.add(checksum)
        return call_result.PublishFirmware("Accepted")

    @after("PublishFirmware")
    async def after_publish(self, request_id: int, **_: Any) -> None:
        for status in ("Downloading", "Downloaded", "ChecksumVerified", "Published"):
            place = ["http://controller.local/f"] if status == "Published" else None
            part = call.PublishFirmwareStatusNotification(status, place, request_id)
            await self.ask(part)  # type: ignore[attr-defined]

    @on("UnpublishFirmware")
    def on_unpublish(self, checksum: str, **_: Any) -> Any:
        known = checksum in self.published
        self.published.discard(checksum)
        return call_result.UnpublishFirmware("Unpublished" if known else "NoFirmware")

    @on("SetNetworkProfile")
    def on_network_profile(self, **_: Any) -> Any:
        return call_result.SetNetworkProfile("Accepted")

    @on("SetVariableMonitoring")
    def on_monitors(self, set_monitoring_data: list[dict[str, Any]], **_: Any) -> Any:
        results = []
        for one in set_monitoring_data:
            id = len(self.monitors) + 1
            self.monitors[id] = one
            place = {name: one[name] for name in ("component", "variable", "type", "severity")}
            results.append({"id": id, "status": "Accepted", **place})
        return call_result.SetVariableMonitoring(results)

    @on("GetMonitoringReport")
    def on_monitoring_report(self, **_: Any) -> Any:
        return call_result.GetMonitoringReport("Accepted" if self.monitors else "EmptyResultSet")

    @after("GetMonitoringReport")
    async def after_monitoring_report(self, request_id: int, **_: Any) -> None:
        last = list(self.monitors)[-1]
        for number, (id, one) in enumerate(self.monitors.items()):
            told = {name: one[name] for name in ("value", "type", "severity")}
            monitor = {
                "component": one["component"],
                "variable": one["variable"],
                "variable_monitoring": [{"id": id, "transaction": False, **told}],
            }
            part = call.NotifyMonitoringReport(
                request_id, number, now(), monitor=[monitor], tbc=id != last
            )
            await self.ask(part)  # type: ignore[attr-defined]

    @on("ClearVariableMonitoring")
    def on_clear_monitors(self, id: list[int], **_: Any) -> Any:
        return call_result.ClearVariableMonitoring(
            [
                {"id": one, "status": "Accepted" if self.monitors.pop(one, None) else "NotFound"}
                for one in id
            ]
        )

    @on("SetMonitoringBase")
    def on_monitoring_base(self, **_: Any) -> Any:
        return call_result.SetMonitoringBase("Accepted")

    @on("SetMonitoringLevel")
    def on_monitoring_level(self, **_: Any) -> Any:
        return call_result.SetMonitoringLevel("Accepted")

    @on("SetDisplayMessage")
    def on_message(self, message: dict[str, Any], **_: Any) -> Any:
        self.messages[message["id"]] = message
        return call_result.SetDisplayMessage("Accepted")

    @on("GetDisplayMessages")
    def on_messages(self, **_: Any) -> Any:
        return call_result.GetDisplayMessages("Accepted" if self.messages else "Unknown")

    @after("GetDisplayMessages")
    async def after_messages(self, request_id: int, **_: Any) -> None:
        last = list(self.messages)[-1]
        for id, message in self.messages.items():
            part = call.NotifyDisplayMessages(request_id, [message], tbc=id != last)
            await self.ask(part)  # type: ignore[attr-defined]

    @on("ClearDisplayMessage")
    def on_clear_message(self, id: int, **_: Any) -> Any:
        known = self.messages.pop(id, None) is not None
        return call_result.ClearDisplayMessage("Accepted" if known else "Unknown")

    @on("GetTransactionStatus")
    def on_transaction_status(self, transaction_id: str | None = None, **_: Any) -> Any:
        is_ongoing = None if transaction_id is None else False
        return call_result.GetTransactionStatus(
            messages_in_queue=False, ongoing_indicator=is_ongoing
        )

    @on("CustomerInformation")
    def on_customer(self, **_: Any) -> Any:
        return call_result.CustomerInformation("Accepted")

    @after("CustomerInformation")
    async def after_customer(self, request_id: int, **_: Any) -> None:
        for number, text in enumerate(("charged twice, ", "last on a Monday")):
            part = call.NotifyCustomerInformation(text, number, now(), request_id, tbc=number == 0)
            await self.ask(part)  # type: ignore[attr-defined]

    @on("SetChargingProfile")
    def on_profile(self, evse_id: int, charging_profile: dict[str, Any], **_: Any) -> Any:
        self.profiles[charging_profile["id"]] = charging_profile
        return call_result.SetChargingProfile("Accepted")

    @on("ClearChargingProfile")
    def on_clear(self, charging_profile_id: int | None = None, **_: Any) -> Any:
        gone = [one for one in self.profiles if charging_profile_id in (None, one)]
        for one in gone:
            del self.profiles[one]
        return call_result.ClearChargingProfile("Accepted" if gone else "Unknown")

    @on("GetCompositeSchedule")
    def on_composite(self, evse_id: int, duration: int, **_: Any) -> Any:
        schedules = [one["charging_schedule"][0] for one in self.profiles.values()]
        if not schedules:
            return call_result.GetCompositeSchedule("Rejected")
        schedule = {
            "evse_id": evse_id,
            "duration": duration,
            "schedule_start": now(),
            "charging_rate_unit": schedules[0]["charging_rate_unit"],
            "charging_schedule_period": schedules[0]["charging_schedule_period"],
        }
        return call_result.GetCompositeSchedule("Accepted", schedule=schedule)

    @after("GetLog")
    async def after_log(self, request_id: int, **_: Any) -> None:
        for status in ("Uploading", "Uploaded"):
            await self.ask(  # type: ignore[attr-defined]
                call.LogStatusNotification(status, request_id=request_id)
            )

    @after("UpdateFirmware")
    async def after_update_firmware(
        self, request_id: int, firmware: dict[str, Any], **_: Any
    ) -> None:
        words = firmware_words(firmware) if "signature" in firmware else ("Downloading",)
        for status in words:
            await self.ask(  # type: ignore[attr-defined]
                call.FirmwareStatusNotification(status, request_id=request_id)
            )

    async def sign(self) -> Any:
        """Ask for a certificate of its own."""
        return await self.ask(  # type: ignore[attr-defined]
            call.SignCertificate(self.own.request(), certificate_type="ChargingStationCertificate")
        )

    @on("CertificateSigned")
    def on_signed_certificate(self, certificate_chain: str, **_: Any) -> Any:
        return call_result.CertificateSigned(self.own.taken(certificate_chain))

    @on("InstallCertificate")
    def on_install(self, certificate: str, **_: Any) -> Any:
        self.certificates.append(certificate)
        return call_result.InstallCertificate("Accepted")

    @on("GetInstalledCertificateIds")
    def on_list(self, **_: Any) -> Any:
        if not self.certificates:
            return call_result.GetInstalledCertificateIds("NotFound")
        chain = {"certificate_type": "CSMSRootCertificate", "certificate_hash_data": HASHES}
        return call_result.GetInstalledCertificateIds(
            "Accepted", certificate_hash_data_chain=[chain]
        )

    @on("DeleteCertificate")
    def on_delete(self, **_: Any) -> Any:
        known = bool(self.certificates)
        self.certificates.clear()
        return call_result.DeleteCertificate("Accepted" if known else "NotFound")
