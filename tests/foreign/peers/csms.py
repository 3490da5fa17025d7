"""A CSMS of other people's making: the `ocpp` package on a `websockets` server."""

import ssl
from collections.abc import Callable
from types import TracebackType
from typing import Any

from ocpp.routing import on
from ocpp.v16 import ChargePoint as ChargePoint16
from ocpp.v16 import call_result as result16
from ocpp.v201 import ChargePoint as ChargePoint201
from ocpp.v201 import call_result as result201
from websockets.asyncio.server import Server, ServerConnection, serve

from .wire import Record, Recorded, now

REFUSED_TAG = "REFUSED"
"""The one tag this CSMS does not accept."""


class Charger16(Recorded, ChargePoint16):
    """The CSMS's view of one 1.6 charger."""

    def __init__(self, identity: str, connection: ServerConnection, csms: "ForeignCsms") -> None:
        super().__init__(identity, connection, response_timeout=120)
        self.record = csms.record
        self._csms = csms

    def _info(self, id_tag: str) -> dict[str, str]:
        return {"status": "Invalid" if id_tag == REFUSED_TAG else "Accepted"}

    @on("BootNotification")
    def on_boot(self, **_: Any) -> result16.BootNotification:
        return result16.BootNotification(
            self._csms.written(), self._csms.heartbeat_interval_s, "Accepted"
        )

    @on("Heartbeat")
    def on_heartbeat(self) -> result16.Heartbeat:
        return result16.Heartbeat(self._csms.written())

    @on("StatusNotification")
    def on_status(self, **_: Any) -> result16.StatusNotification:
        return result16.StatusNotification()

    @on("Authorize")
    def on_authorize(self, id_tag: str) -> result16.Authorize:
        return result16.Authorize(self._info(id_tag))

    @on("StartTransaction")
    def on_start(self, id_tag: str, **_: Any) -> result16.StartTransaction:
        return result16.StartTransaction(self._csms.next_transaction(), self._info(id_tag))

    @on("StopTransaction")
    def on_stop(self, **_: Any) -> result16.StopTransaction:
        return result16.StopTransaction()

    @on("MeterValues")
    def on_meter_values(self, **_: Any) -> result16.MeterValues:
        return result16.MeterValues()

    @on("DataTransfer")
    def on_data_transfer(self, **_: Any) -> result16.DataTransfer:
        return result16.DataTransfer("UnknownVendorId")

    @on("FirmwareStatusNotification")
    def on_firmware_status(self, **_: Any) -> result16.FirmwareStatusNotification:
        return result16.FirmwareStatusNotification()

    @on("DiagnosticsStatusNotification")
    def on_diagnostics_status(self, **_: Any) -> result16.DiagnosticsStatusNotification:
        return result16.DiagnosticsStatusNotification()

    @on("SecurityEventNotification")
    def on_security_event(self, **_: Any) -> result16.SecurityEventNotification:
        return result16.SecurityEventNotification()

    @on("SignCertificate")
    def on_sign_certificate(self, **_: Any) -> result16.SignCertificate:
        return result16.SignCertificate("Accepted")


class Charger201(Recorded, ChargePoint201):
    """The CSMS's view of one 2.0.1 charger."""

    def __init__(self, identity: str, connection: ServerConnection, csms: "ForeignCsms") -> None:
        super().__init__(identity, connection, response_timeout=120)
        self.record = csms.record
        self._csms = csms

    def _info(self, id_token: dict[str, Any]) -> dict[str, str]:
        return {"status": "Invalid" if id_token["id_token"] == REFUSED_TAG else "Accepted"}

    @on("BootNotification")
    def on_boot(self, **_: Any) -> result201.BootNotification:
        return result201.BootNotification(
            self._csms.written(), self._csms.heartbeat_interval_s, "Accepted"
        )

    @on("Heartbeat")
    def on_heartbeat(self) -> result201.Heartbeat:
        return result201.Heartbeat(self._csms.written())

    @on("StatusNotification")
    def on_status(self, **_: Any) -> result201.StatusNotification:
        return result201.StatusNotification()

    @on("Authorize")
    def on_authorize(self, id_token: dict[str, Any], **_: Any) -> result201.Authorize:
        return result201.Authorize(self._info(id_token))

    @on("TransactionEvent")
    def on_transaction_event(
        self, id_token: dict[str, Any] | None = None, **_: Any
    ) -> result201.TransactionEvent:
        info = None if id_token is None else self._info(id_token)
        return result201.TransactionEvent(id_token_info=info)

    @on("MeterValues")
    def on_meter_values(self, **_: Any) -> result201.MeterValues:
        return result201.MeterValues()

    @on("NotifyReport")
    def on_report(self, **_: Any) -> result201.NotifyReport:
        return result201.NotifyReport()

    @on("NotifyEvent")
    def on_event(self, **_: Any) -> result201.NotifyEvent:
        return result201.NotifyEvent()

    @on("SecurityEventNotification")
    def on_security_event(self, **_: Any) -> result201.SecurityEventNotification:
        return result201.SecurityEventNotification()

    @on("SignCertificate")
    def on_sign_certificate(self, **_: Any) -> result201.SignCertificate:
        return result201.SignCertificate("Accepted")

    @on("DataTransfer")
    def on_data_transfer(self, **_: Any) -> result201.DataTransfer:
        return result201.DataTransfer("UnknownVendorId")


class ForeignCsms:
    """A server for both versions. Use it as an async context manager."""

    def __init__(
        self,
        heartbeat_interval_s: int = 300,
        tls: ssl.SSLContext | None = None,
        written: Callable[[], str] = now,
        kind_201: type[Charger201] = Charger201,
    ) -> None:
        self.heartbeat_interval_s = heartbeat_interval_s
        self.written = written
        """The present moment, as it writes it."""
        self._kind_201 = kind_201
        self.passwords: list[str | None] = []
        """The Authorization headers of those who came, in order."""
        self._tls = tls
        self.record = Record()
        self.boots = 0
        self._chargers: dict[str, Charger16 | Charger201] = {}
        self._transaction_id = 1000
        self._server: Server

    async def __aenter__(self) -> "ForeignCsms":
        self._server = await serve(
            self._serve,
            "127.0.0.1",
            0,
            subprotocols=["ocpp2.0.1", "ocpp1.6"],
            ssl=self._tls,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.close()
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        """The endpoint, without an identity."""
        port = next(iter(self._server.sockets)).getsockname()[1]
        return f"{'ws' if self._tls is None else 'wss'}://127.0.0.1:{port}/ocpp"

    def next_transaction(self) -> int:
        """A new 1.6 transaction id."""
        self._transaction_id += 1
        return self._transaction_id

    async def charger(self, identity: str) -> Charger16 | Charger201:
        """The charger of that name, once it is connected."""
        await self.record.until(lambda: identity in self._chargers)
        return self._chargers[identity]

    async def call(self, identity: str, request: Any) -> Any:
        """Ask a charger; a CALLERROR is raised."""
        charger = await self.charger(identity)
        return await charger.call(request, suppress=False)

    async def _serve(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        self.passwords.append(connection.request.headers.get("Authorization"))
        identity = connection.request.path.rstrip("/").rpartition("/")[2]
        kind = self._kind_201 if connection.subprotocol == "ocpp2.0.1" else Charger16
        charger = self._chargers[identity] = kind(identity, connection, self)
        self.record.changed()
        try:
            await charger.run()
        finally:
            if self._chargers.get(identity) is charger:
                del self._chargers[identity]
                self.record.changed()
