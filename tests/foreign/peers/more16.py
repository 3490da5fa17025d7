"""What a foreign 1.6 charger does beyond the core: reservations, profiles, security."""

from typing import Any

from ocpp.routing import after, on
from ocpp.v16 import call, call_result

from .own_certificate import OwnCertificate
from .wire import now


class More16:
    """Keeps what it is given, and tells what becomes of it."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.reservations: set[int] = set()
        self.profiles: dict[int, dict[str, Any]] = {}
        self.certificates: list[str] = []
        self.password: bytes | None = None
        """The AuthorizationKey, decoded."""
        self.own = OwnCertificate()

    @on("ReserveNow")
    def on_reserve(self, reservation_id: int, connector_id: int, **_: Any) -> Any:
        if connector_id > 1:
            return call_result.ReserveNow("Rejected")
        self.reservations.add(reservation_id)
        return call_result.ReserveNow("Accepted")

    @on("CancelReservation")
    def on_cancel(self, reservation_id: int) -> Any:
        known = reservation_id in self.reservations
        self.reservations.discard(reservation_id)
        return call_result.CancelReservation("Accepted" if known else "Rejected")

    @on("SetChargingProfile")
    def on_profile(self, connector_id: int, cs_charging_profiles: dict[str, Any]) -> Any:
        self.profiles[cs_charging_profiles["charging_profile_id"]] = cs_charging_profiles
        return call_result.SetChargingProfile("Accepted")

    @on("ClearChargingProfile")
    def on_clear(self, id: int | None = None, **_: Any) -> Any:
        gone = [one for one in self.profiles if id in (None, one)]
        for one in gone:
            del self.profiles[one]
        return call_result.ClearChargingProfile("Accepted" if gone else "Unknown")

    @on("GetCompositeSchedule")
    def on_composite(self, connector_id: int, duration: int, **_: Any) -> Any:
        schedules = [one["charging_schedule"] for one in self.profiles.values()]
        if not schedules:
            return call_result.GetCompositeSchedule("Rejected")
        periods = [  # the package reads numbers as Decimal, and does not write them
            {"start_period": one["start_period"], "limit": float(one["limit"])}
            for one in schedules[0]["charging_schedule_period"]
        ]
        schedule = {
            "duration": duration,
            "charging_rate_unit": schedules[0]["charging_rate_unit"],
            "charging_schedule_period": periods,
        }
        return call_result.GetCompositeSchedule("Accepted", connector_id, now(), schedule)

    @on("GetLog")
    def on_log(self, **_: Any) -> Any:
        return call_result.GetLog("Accepted", "F-1.log")

    @after("GetLog")
    async def after_log(self, request_id: int, **_: Any) -> None:
        for status in ("Uploading", "Uploaded"):
            await self.ask(call.LogStatusNotification(status, request_id))  # type: ignore[attr-defined]

    @on("SignedUpdateFirmware")
    def on_signed(self, **_: Any) -> Any:
        return call_result.SignedUpdateFirmware("Accepted")

    @after("SignedUpdateFirmware")
    async def after_signed(self, request_id: int, firmware: dict[str, Any], **_: Any) -> None:
        for status in firmware_words(firmware):
            await self.ask(  # type: ignore[attr-defined]
                call.SignedFirmwareStatusNotification(status, request_id)
            )

    @on("InstallCertificate")
    def on_install(self, certificate: str, **_: Any) -> Any:
        self.certificates.append(certificate)
        return call_result.InstallCertificate("Accepted")

    @on("GetInstalledCertificateIds")
    def on_list(self, **_: Any) -> Any:
        if not self.certificates:
            return call_result.GetInstalledCertificateIds("NotFound")
        return call_result.GetInstalledCertificateIds("Accepted", [HASHES])

    @on("DeleteCertificate")
    def on_delete(self, **_: Any) -> Any:
        known = bool(self.certificates)
        self.certificates.clear()
        return call_result.DeleteCertificate("Accepted" if known else "NotFound")

    async def sign(self) -> Any:
        """Ask for a certificate of its own."""
        return await self.ask(call.SignCertificate(self.own.request()))  # type: ignore[attr-defined]

    @on("CertificateSigned")
    def on_signed_certificate(self, certificate_chain: str) -> Any:
        return call_result.CertificateSigned(self.own.taken(certificate_chain))

    @on("ExtendedTriggerMessage")
    def on_extended(self, **_: Any) -> Any:
        return call_result.ExtendedTriggerMessage("Accepted")

    @after("ExtendedTriggerMessage")
    async def after_extended(self, requested_message: str, **_: Any) -> None:
        if requested_message == "SignChargePointCertificate":
            await self.sign()
            return
        await self.ask(call.LogStatusNotification("Idle", 0))  # type: ignore[attr-defined]


def firmware_words(firmware: dict[str, Any]) -> tuple[str, ...]:
    """What becomes of signed firmware, whose only good signature is GOOD."""
    if firmware["signature"] != "GOOD":
        return ("Downloading", "InvalidSignature")
    return ("Downloading", "Downloaded", "SignatureVerified", "Installing", "Installed")


HASHES = {
    "hash_algorithm": "SHA256",
    "issuer_name_hash": "5c1d",
    "issuer_key_hash": "9a70",
    "serial_number": "4f2e",
}
