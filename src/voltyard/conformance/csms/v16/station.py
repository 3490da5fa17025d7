"""The tester's charge point of OCPP 1.6: what it says, in the words of the cases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from voltyard.conformance.csms.stage import CsmsStage
from voltyard.conformance.wire.message import ReceivedMessage, at_least
from voltyard.conformance.wire.tester_link import Answer

ACCEPTED: Final = {"status": "Accepted"}
REJECTED: Final = {"status": "Rejected"}

CONFIGURATION: Final = [
    {"key": "HeartbeatInterval", "readonly": False, "value": "300"},
    {"key": "MeterValueSampleInterval", "readonly": False, "value": "60"},
    {"key": "NumberOfConnectors", "readonly": True, "value": "1"},
    {
        "key": "SupportedFeatureProfiles",
        "readonly": True,
        "value": "Core,FirmwareManagement,LocalAuthListManagement,Reservation,SmartCharging,"
        "RemoteTrigger",
    },
]


def _configuration(request: ReceivedMessage) -> dict[str, Any]:
    keys = request.payload.get("key")
    if not keys:
        return {"configurationKey": CONFIGURATION}
    known = {one["key"]: one for one in CONFIGURATION}
    return {
        "configurationKey": [known[key] for key in keys if key in known],
        "unknownKey": [key for key in keys if key not in known],
    }


class Station(CsmsStage):
    """A charge point with one connector, and a meter that stands at 1,000 Wh."""

    answers: ClassVar[Mapping[str, Answer]] = {
        "GetConfiguration": _configuration,
        **dict.fromkeys(
            (
                "CancelReservation",
                "ChangeAvailability",
                "ChangeConfiguration",
                "ClearCache",
                "ClearChargingProfile",
                "RemoteStartTransaction",
                "RemoteStopTransaction",
                "ReserveNow",
                "Reset",
                "SendLocalList",
                "SetChargingProfile",
                "TriggerMessage",
                "ExtendedTriggerMessage",
                "CertificateSigned",
                "InstallCertificate",
                "DeleteCertificate",
                "SignedUpdateFirmware",
            ),
            ACCEPTED,
        ),
        "DataTransfer": {"status": "UnknownVendorId"},
        "GetLocalListVersion": {"listVersion": 0},
        "UnlockConnector": {"status": "Unlocked"},
        "UpdateFirmware": {},
        "GetDiagnostics": {},
        "GetLog": ACCEPTED,
        "GetInstalledCertificateIds": {"status": "NotFound"},
        "GetCompositeSchedule": REJECTED,
    }

    meter_wh = 1000

    async def boot(self) -> ReceivedMessage:
        """Connect where there is no link, and boot until it is accepted."""
        if not self.links or self.link.ended:
            await self.connect()
        answer = await self.call(
            "BootNotification", chargePointVendor="Voltyard", chargePointModel="Conformance"
        )
        answer.expect(status="Accepted", interval=at_least(0))
        return answer

    async def ready(self) -> None:
        """Boot, and report both connectors Available."""
        await self.boot()
        await self.status("Available", 0)
        await self.status("Available")

    async def status(self, status: str, connector: int = 1, **fields: Any) -> None:
        """Report a connector's status."""
        await self.tell(
            "StatusNotification",
            f"The station reports connector {connector} {status}",
            connectorId=connector,
            errorCode=fields.pop("errorCode", "NoError"),
            status=status,
            **fields,
        )

    async def authorize(self, tag: str | None = None, status: str = "Accepted") -> ReceivedMessage:
        """Have a tag authorized, which is answered with that status."""
        answer = await self.call("Authorize", idTag=tag or self.tags.accepted)
        answer.expect({"idTagInfo.status": status})
        return answer

    async def start(
        self, tag: str | None = None, status: str = "Accepted", **fields: Any
    ) -> ReceivedMessage:
        """Report the start of a transaction; the response, whose id tag has that status."""
        answer = await self.call(
            "StartTransaction",
            **{
                "connectorId": 1,
                "idTag": tag or self.tags.accepted,
                "meterStart": self.meter_wh,
                "timestamp": self.now(),
                **fields,
            },
        )
        answer.expect({"idTagInfo.status": status, "transactionId": at_least(-(2**31))})
        return answer

    async def stop(self, transaction: int, reason: str = "Local", **fields: Any) -> ReceivedMessage:
        """Report the end of a transaction, 500 Wh later."""
        self.meter_wh += 500
        return await self.call(
            "StopTransaction",
            **{
                "transactionId": transaction,
                "meterStop": self.meter_wh,
                "timestamp": self.now(),
                "reason": reason,
                **fields,
            },
        )

    async def meter(self, transaction: int, timestamp: str) -> None:
        """Report a reading of that moment, 10 Wh after the last one."""
        self.meter_wh += 10
        sampled = {"timestamp": timestamp, "sampledValue": [{"value": str(self.meter_wh)}]}
        answer = await self.call(
            "MeterValues", connectorId=1, transactionId=transaction, meterValue=[sampled]
        )
        if answer.payload:
            raise answer.broken("an empty answer to MeterValues")

    async def charge(self, tag: str | None = None, **fields: Any) -> int:
        """A session up to Charging; the transaction's id."""
        await self.status("Preparing")
        number: int = (await self.start(tag, **fields))["transactionId"]
        await self.status("Charging")
        return number

    async def finish(self, transaction: int, reason: str = "Local", **fields: Any) -> None:
        """From Charging to Available."""
        await self.stop(transaction, reason, **fields)
        await self.status("Finishing")
        await self.status("Available")
