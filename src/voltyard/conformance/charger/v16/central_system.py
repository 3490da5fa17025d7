"""The tester's central system of OCPP 1.6: what it answers, and what it awaits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cryptography.x509 import load_pem_x509_certificate

from voltyard.conformance.charger.stage import ChargerStage
from voltyard.conformance.charger.stays import Stay, open_transactions, sent_calls
from voltyard.conformance.wire.endings import Inconclusive, NotApplicable
from voltyard.conformance.wire.message import MISSING, ReceivedMessage
from voltyard.conformance.wire.tester_link import Answer, GivenError


class CentralSystem(ChargerStage):
    """A central system that accepts what is sound; `boot` and `infos` say what it answers."""

    def sound_answers(self) -> Mapping[str, Answer]:
        self.boot: dict[str, Any] = {"status": "Accepted", "interval": 300}
        self.boot.update(self.case.options.get("boot", {}))
        self.infos: dict[str, dict[str, Any]] = {}
        """The idTagInfo of tags; others are accepted."""
        return {
            "Authorize": lambda request: {"idTagInfo": self.info(request["idTag"])},
            "BootNotification": lambda _: {"currentTime": self.now(), **self.boot},
            "DataTransfer": {"status": "UnknownVendorId"},
            "DiagnosticsStatusNotification": {},
            "FirmwareStatusNotification": {},
            "Heartbeat": lambda _: {"currentTime": self.now()},
            "LogStatusNotification": {},
            "MeterValues": {},
            "SecurityEventNotification": {},
            "SignCertificate": {"status": "Accepted"},
            "SignedFirmwareStatusNotification": {},
            "StartTransaction": self._start,
            "StatusNotification": {},
            "StopTransaction": {},
        }

    def info(self, tag: str) -> dict[str, Any]:
        """The idTagInfo of a tag."""
        return {"status": "Accepted", **self.infos.get(tag, {})}

    def _start(self, request: ReceivedMessage) -> dict[str, Any]:
        self.transactions += 1
        return {"transactionId": self.transactions, "idTagInfo": self.info(request["idTag"])}

    async def booted(self) -> None:
        """Wait for the boot, and for the status of every connector."""
        await self.hears("BootNotification")
        for connector in range(self.subject.evses + 1):
            await self.hears("StatusNotification", connectorId=connector)

    async def hears_status(self, status: str, connector: int = 1, **fields: Any) -> ReceivedMessage:
        """A connector reports that status."""
        return await self.hears(
            "StatusNotification", status=status, connectorId=connector, **fields
        )

    async def remote_start(
        self, tag: str | None = None, *, connector: int = 1, status: str = "Accepted"
    ) -> None:
        """Have a transaction started, which is answered with that status."""
        answer = await self.asks(
            "RemoteStartTransaction", idTag=tag or self.tags.accepted, connectorId=connector
        )
        answer.expect(status=status)

    async def configure(self, key: str, value: str, *, status: str = "Accepted") -> None:
        """Change a setting, which is answered with that status."""
        (await self.asks("ChangeConfiguration", key=key, value=value)).expect(status=status)

    async def until_offline(self) -> None:
        """Wait until the charger's link is gone."""
        self.record.step("The link is gone")
        await self.inbox.awaits(
            "the end of the link", lambda: self.links and self.links[-1].ended is not None
        )

    async def charging(self, tag: str | None = None) -> int:
        """Boot, plug in, show the card; the transaction's id once the connector is Charging."""
        tag = tag or self.tags.accepted
        await self.booted()
        await self.act("plug")
        await self.act("swipe", id_tag=tag)
        await self.hears("StartTransaction", idTag=tag)
        await self.hears_status("Charging")
        return self.transactions

    # --- a charger that stays from case to case ---------------------------------------------------

    async def begin_anew(self, stay: Stay) -> None:
        self.transactions = stay.transactions
        found, changeable = await self.settings()
        if stay.settings is None:
            stay.settings = changeable
        for key, value in self.case.options.get("settings", {}).items():
            if found.get(key, "").lower() != value.lower():
                await self._set(key, value)
        answer = await self.asks("Reset", type="Hard")
        if answer.get("status") != "Accepted":
            raise Inconclusive("the charger does not reset, so it cannot begin anew")
        await self.restarted(answer.frame)

    async def settle(self, left: ChargerStage, stay: Stay) -> None:
        sent = sent_calls(left.record)
        for number in open_transactions(left.record):
            answer = await self._tries("RemoteStopTransaction", transactionId=number)
            if isinstance(answer, ReceivedMessage) and answer.get("status") == "Accepted":
                await self.hears("StopTransaction", transactionId=number)
        for act, place in left.acts.to_undo():
            if act == "unplug":  # a cable may be locked after a transaction that was refused
                await self._tries("UnlockConnector", connectorId=place.get("connector_id", 1))
        for action, payload in sent:
            if action == "ReserveNow":
                await self._tries("CancelReservation", reservationId=payload.get("reservationId"))
            elif action == "InstallCertificate":
                await self._remove_certificate(payload)
        actions = {action for action, _ in sent}
        if "ChangeAvailability" in actions:
            await self._tries("ChangeAvailability", connectorId=0, type="Operative")
        if actions & {"SetChargingProfile", "RemoteStartTransaction"}:
            await self._tries("ClearChargingProfile")
        if "SendLocalList" in actions:
            await self._empty_the_list()
        await self._tries("ClearCache")
        await self._settle_settings(stay)

    async def settings(self) -> tuple[dict[str, str], dict[str, str]]:
        """Every setting by its key, and those that can be changed."""
        answer = await self.asks("GetConfiguration")
        found = [
            (one["key"], one.get("value", ""), one["readonly"])
            for one in answer["configurationKey"]
        ]
        return (
            {key: value for key, value, _ in found},
            {key: value for key, value, is_read_only in found if not is_read_only},
        )

    async def _set(self, key: str, value: str) -> None:
        answer = await self.asks("ChangeConfiguration", key=key, value=value)
        if answer.get("status") not in ("Accepted", "RebootRequired"):
            raise NotApplicable(f"{key} cannot be {value!r} at this charger")

    async def _settle_settings(self, stay: Stay) -> None:
        found, _ = await self.settings()
        for key, value in (stay.settings or {}).items():
            if key in found and found[key] != value:
                await self._tries("ChangeConfiguration", key=key, value=value)

    async def _empty_the_list(self) -> None:
        answer = await self.asks("GetLocalListVersion")
        await self._tries(
            "SendLocalList",
            listVersion=max(answer["listVersion"], 0) + 1,
            updateType="Full",
            localAuthorizationList=[],
        )

    async def _remove_certificate(self, installed: Mapping[str, Any]) -> None:
        try:
            certificate = load_pem_x509_certificate(str(installed.get("certificate")).encode())
        except ValueError:
            return  # it was none, so it was not installed
        answer = await self._tries(
            "GetInstalledCertificateIds", certificateType=installed.get("certificateType")
        )
        if isinstance(answer, GivenError) or answer.get("certificateHashData") is MISSING:
            return
        for one in answer["certificateHashData"]:
            if one["serialNumber"].lstrip("0").lower() == f"{certificate.serial_number:x}":
                await self._tries("DeleteCertificate", certificateHashData=one)

    async def _tries(self, action: str, **payload: Any) -> ReceivedMessage | GivenError:
        """Send a request that the charger may refuse."""
        return await (await self.linked()).try_call(action, payload)
