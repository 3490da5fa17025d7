"""The tester's charging station of OCPP 2.0.1: what it says, in the words of the cases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from voltyard.conformance.csms.stage import CsmsStage
from voltyard.conformance.csms.v201.answers import ANSWERS
from voltyard.conformance.csms.v201.transaction import StationTransaction
from voltyard.conformance.wire.message import PRESENT, Expected, ReceivedMessage, at_least
from voltyard.conformance.wire.tester_link import Answer

EVSES: Final = (1, 2)
MODEL: Final = {"vendorName": "Voltyard", "model": "Conformance", "firmwareVersion": "1.0"}


class Station(CsmsStage):
    """A charging station with two EVSEs of one connector each."""

    answers: ClassVar[Mapping[str, Answer]] = ANSWERS

    def token(self, tag: str | None = None, type: str = "ISO14443") -> dict[str, Any]:
        """The idToken of a card with that tag; none given: the one that is accepted."""
        return {"idToken": self.tags.accepted if tag is None else tag, "type": type}

    # --- provisioning -----------------------------------------------------------------------------

    async def boot(self, reason: str = "PowerUp", status: str = "Accepted") -> ReceivedMessage:
        """Connect where there is no link, and boot; the CSMS answers with that status."""
        if not self.links or self.link.ended:
            await self.connect()
        answer = await self.call("BootNotification", chargingStation=MODEL, reason=reason)
        answer.expect(status=status, interval=at_least(0), currentTime=PRESENT)
        return answer

    async def ready(self, reason: str = "PowerUp") -> None:
        """Boot, and report the connector of each EVSE Available."""
        await self.boot(reason)
        for evse in EVSES:
            await self.status("Available", evse)

    async def reboot(self, reason: str = "RemoteReset") -> None:
        """Lose the link and be ready again, as a reset has it."""
        await self.reconnect()
        await self.ready(reason)

    async def heartbeat(self) -> None:
        """Ask for the time, which shows that the CSMS goes on."""
        (await self.call("Heartbeat")).expect(currentTime=PRESENT)

    async def status(self, status: str, evse: int = 1, connector: int = 1) -> None:
        """Report the status of a connector."""
        await self.tell(
            "StatusNotification",
            f"The station reports connector {connector} of EVSE {evse} {status}",
            timestamp=self.now(),
            connectorStatus=status,
            evseId=evse,
            connectorId=connector,
        )

    # --- transactions -----------------------------------------------------------------------------

    async def authorize(
        self, tag: str | None = None, status: str | Expected = "Accepted"
    ) -> ReceivedMessage:
        """Have a card authorized, which is answered with that status."""
        answer = await self.call("Authorize", idToken=self.token(tag))
        answer.expect({"idTokenInfo.status": status})
        return answer

    def transaction(self, evse: int = 1) -> StationTransaction:
        """A transaction of which nothing is told yet."""
        return StationTransaction(self, evse)

    async def plug_in(self, evse: int = 1, **fields: Any) -> StationTransaction:
        """A cable goes in, and a transaction starts with it."""
        await self.status("Occupied", evse)
        transaction = self.transaction(evse)
        await transaction.started("CablePluggedIn", state="EVConnected", **fields)
        return transaction

    async def charge(self, tag: str | None = None, evse: int = 1) -> StationTransaction:
        """A session up to Charging: the cable, then the card."""
        transaction = await self.plug_in(evse)
        await self.authorize(tag)
        await transaction.updated("Authorized", tag=tag or self.tags.accepted)
        await transaction.updated("ChargingStateChanged", state="Charging")
        return transaction

    async def finish(self, transaction: StationTransaction, **fields: Any) -> None:
        """From Charging to Available: the card, then the cable."""
        fields = fields or {"tag": self.tags.accepted}
        await transaction.updated("StopAuthorized", state="EVConnected", **fields)
        await self.unplug(transaction)

    async def unplug(self, transaction: StationTransaction, reason: str | None = None) -> None:
        """The cable comes out, and the transaction ends with it."""
        await transaction.ended("EVCommunicationLost", reason, state="Idle")
        await self.status("Available", transaction.evse)
