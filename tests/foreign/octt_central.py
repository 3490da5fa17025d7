"""The other side of OCTT's cases for a 1.6 charge point: a central system of the `ocpp` package.

It checks every frame against the official schemas. What it answers is scripted by the case; what it
hears is kept in order.
"""

import asyncio
import json
from collections.abc import Callable
from typing import Any

from ocpp.routing import on
from ocpp.v16 import ChargePoint, call_result
from ocpp.v16.datatypes import IdTagInfo

from voltyard.kernel.time import to_rfc3339

Payload = dict[str, Any]
Answer = Callable[[Payload], Payload]
"""Of a call's payload, in wire names: the answer's, in the package's."""

HEARD = (
    "Authorize",
    "BootNotification",
    "DataTransfer",
    "DiagnosticsStatusNotification",
    "FirmwareStatusNotification",
    "Heartbeat",
    "LogStatusNotification",
    "MeterValues",
    "SecurityEventNotification",
    "SignCertificate",
    "SignedFirmwareStatusNotification",
    "StartTransaction",
    "StatusNotification",
    "StopTransaction",
)


class Gone(Exception):
    """The link is gone."""


class Central:
    """What the central system knows and says, over however many links."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.heard: list[tuple[str, Payload]] = []
        self.errors: list[str] = []
        """CALLERRORs in either direction."""
        self.handshakes: list[str | None] = []
        """The Authorization headers of those who came."""
        self.bars: Callable[[str | None], bool] = lambda _: False
        """Whether who comes with that header is refused."""
        self.links = 0
        self.station: Station | None = None
        self.boot: Payload = {"status": "Accepted", "interval": 300}
        self.tags: dict[str, Payload] = {}
        """What is said of a tag; others are accepted."""
        self.script: dict[str, Answer] = {}
        self.transactions = 1000
        self._changed = asyncio.Event()

    def changed(self) -> None:
        self._changed.set()

    async def until(self, holds: Callable[[], Any]) -> None:
        while not holds():
            self._changed.clear()
            await self._changed.wait()

    def answer(self, action: str, payload: Payload) -> Any:
        """What the script says, else what is usual."""
        kind = getattr(call_result, action)
        scripted = self.script.get(action)
        if scripted is not None:
            return kind(**scripted(payload))
        now = to_rfc3339(self.clock())
        match action:
            case "BootNotification":
                return kind(current_time=now, **self.boot)
            case "Heartbeat":
                return kind(current_time=now)
            case "Authorize":
                return kind(id_tag_info=self.info(payload["idTag"]))
            case "StartTransaction":
                self.transactions += 1
                info = self.info(payload["idTag"])
                return kind(transaction_id=self.transactions, id_tag_info=info)
            case "DataTransfer":
                return kind(status="UnknownVendorId")
            case "SignCertificate":
                return kind(status="Accepted")
        return kind()

    def info(self, tag: str) -> IdTagInfo:
        return IdTagInfo(**{"status": "Accepted", **self.tags.get(tag, {})})

    async def serve(self, connection: Any) -> None:
        """Be the other side of one link, until it is gone."""
        station = self.station = Station(self, connection)
        self.links += 1
        self.changed()
        try:
            await station.start()
        except Gone:
            pass
        finally:
            if self.station is station:
                self.station = None
            self.changed()


class Station(ChargePoint):
    """One link to the charge point under test."""

    def __init__(self, central: Central, connection: Any) -> None:
        super().__init__("under test", connection, response_timeout=120)
        self._central = central

    async def route_message(self, raw: str) -> None:
        frame = json.loads(raw)
        if frame[0] == 2:
            self._central.heard.append((frame[2], frame[3]))
        elif frame[0] == 4:
            self._central.errors.append(raw)
        await super().route_message(raw)
        self._central.changed()

    async def _send(self, raw: str) -> None:
        if json.loads(raw)[0] == 4:
            self._central.errors.append(raw)
        await super()._send(raw)


def _handler(action: str) -> Any:
    def handle(self: Station, **_: Any) -> Any:
        _, payload = next(one for one in reversed(self._central.heard) if one[0] == action)
        return self._central.answer(action, payload)

    handle.__name__ = f"on_{action}"  # by which the package finds it
    return on(action)(handle)


for _action in HEARD:
    setattr(Station, f"on_{_action}", _handler(_action))
