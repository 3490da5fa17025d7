"""Small chargers of OCPP 1.6 on the package `ocpp`, moved over an HTTP API of their own.

    pip install ocpp websockets fastapi uvicorn
    python charger.py --api-port 8001 --token secret

A charger has one connector, a card reader, a power switch and a network cable, and does what the
1.6 core asks of it. It keeps no authorization cache, and nothing while it is offline.
"""

import argparse
import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated, Any, TypeAlias

import uvicorn
from fastapi import Body, Depends, FastAPI, HTTPException, Request
from ocpp.routing import after, on
from ocpp.v16 import ChargePoint, call
from ocpp.v16 import call_result as result
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

Fields: TypeAlias = Annotated[dict[str, Any], Body()]


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Link(ChargePoint):
    """A charger's end of one link, which hands over what it is asked."""

    def __init__(self, identity: str, connection: ClientConnection, charger: "Charger") -> None:
        super().__init__(identity, connection)
        self._charger = charger

    @on("RemoteStartTransaction")
    def remote_start(self, **_: Any) -> Any:
        is_free = self._charger.transaction is None
        return result.RemoteStartTransaction("Accepted" if is_free else "Rejected")

    @after("RemoteStartTransaction")
    async def remote_started(self, id_tag: str, **_: Any) -> None:
        self._charger.tag = id_tag
        await self._charger.start_if_ready()

    @on("RemoteStopTransaction")
    def remote_stop(self, transaction_id: int) -> Any:
        is_mine = transaction_id == self._charger.transaction
        return result.RemoteStopTransaction("Accepted" if is_mine else "Rejected")

    @after("RemoteStopTransaction")
    async def remote_stopped(self, transaction_id: int) -> None:
        if transaction_id == self._charger.transaction:
            await self._charger.stop("Remote")

    @on("Reset")
    def reset(self, **_: Any) -> Any:
        return result.Reset("Accepted")

    @after("Reset")
    async def restart(self, type: str) -> None:
        await self._charger.stop(f"{type}Reset")
        self._charger.switch_off()
        self._charger.switch_on()

    @on("UnlockConnector")
    def unlock(self, connector_id: int) -> Any:
        return result.UnlockConnector("NotSupported")

    @on("ChangeAvailability")
    def change_availability(self, **_: Any) -> Any:
        return result.ChangeAvailability("Rejected")

    @on("ClearCache")
    def clear_cache(self) -> Any:
        return result.ClearCache("Rejected")

    @on("DataTransfer")
    def data_transfer(self, **_: Any) -> Any:
        return result.DataTransfer("UnknownVendorId")

    @on("TriggerMessage")
    def trigger(self, requested_message: str, **_: Any) -> Any:
        is_known = requested_message in ("Heartbeat", "StatusNotification")
        return result.TriggerMessage("Accepted" if is_known else "NotImplemented")

    @after("TriggerMessage")
    async def triggered(self, requested_message: str, **_: Any) -> None:
        if requested_message == "Heartbeat":
            await self._charger.ask(call.Heartbeat())
        elif requested_message == "StatusNotification":
            await self._charger.report(self._charger.status)

    @on("GetConfiguration")
    def get_configuration(self, key: list[str] | None = None) -> Any:
        settings = self._charger.settings
        wanted = key or list(settings)
        return result.GetConfiguration(
            [
                {"key": name, "readonly": name == "NumberOfConnectors", "value": settings[name]}
                for name in wanted
                if name in settings
            ],
            [name for name in wanted if name not in settings],
        )

    @on("ChangeConfiguration")
    def change_configuration(self, key: str, value: str) -> Any:
        if key not in self._charger.settings:
            return result.ChangeConfiguration("NotSupported")
        if key == "NumberOfConnectors" or not value.isdigit():
            return result.ChangeConfiguration("Rejected")
        self._charger.settings[key] = value
        return result.ChangeConfiguration("Accepted")


class Charger:
    """A charger with one connector."""

    def __init__(self, identity: str, url: str, settings: dict[str, str]) -> None:
        self.settings = {
            "HeartbeatInterval": "300",
            "MeterValueSampleInterval": "60",
            "NumberOfConnectors": "1",
            "ConnectionTimeOut": "60",
        }
        self.settings |= {key: value for key, value in settings.items() if key in self.settings}
        self.status = "Available"
        self.tag: str | None = None
        self.transaction: int | None = None
        self._identity = identity
        self._url = f"{url}/{identity}"
        self._is_plugged_in = False
        self._meter_wh = 1_000
        self._link: Link | None = None
        self._living: asyncio.Task[None] | None = None

    def switch_on(self) -> None:
        self._living = asyncio.create_task(self._live())

    def switch_off(self) -> None:
        if self._living is not None:
            self._living.cancel()

    async def _live(self) -> None:
        """Boot, and serve the link to its end."""
        async with connect(self._url, subprotocols=["ocpp1.6"]) as connection:
            self._link = link = Link(self._identity, connection, self)
            serving = asyncio.create_task(link.start())
            try:
                await self.ask(call.BootNotification("Example", "Foreign"))
                for connector in (0, 1):
                    await self.ask(call.StatusNotification(connector, "NoError", self.status))
                with suppress(ConnectionClosed):
                    await serving
            finally:
                serving.cancel()

    async def ask(self, request: Any) -> Any:
        assert self._link is not None
        return await self._link.call(request, suppress=False)

    async def report(self, status: str) -> None:
        self.status = status
        await self.ask(call.StatusNotification(1, "NoError", status, timestamp=now()))

    async def plug(self) -> None:
        self._is_plugged_in = True
        await self.report("Preparing")
        await self.start_if_ready()

    async def unplug(self) -> None:
        self._is_plugged_in = False
        await self.stop("EVDisconnected")
        await self.report("Available")

    async def swipe(self, tag: str) -> None:
        if self.transaction is not None:
            if tag == self.tag:
                await self.stop("Local", tag)
            return
        answer = await self.ask(call.Authorize(tag))
        if answer.id_tag_info["status"] == "Accepted":
            self.tag = tag
            await self.start_if_ready()

    async def start_if_ready(self) -> None:
        if not self._is_plugged_in or self.tag is None or self.transaction is not None:
            return
        request = call.StartTransaction(1, self.tag, self._meter_wh, now())
        self.transaction = (await self.ask(request)).transaction_id
        await self.report("Charging")

    async def stop(self, reason: str, tag: str | None = None) -> None:
        if self.transaction is None:
            return
        stopped, self.transaction, self.tag = self.transaction, None, None
        self._meter_wh += 500
        stop = call.StopTransaction(self._meter_wh, now(), stopped, reason=reason, id_tag=tag)
        await self.ask(stop)
        await self.report("Finishing")


def api(token: str) -> FastAPI:
    """The HTTP API: what people do at a charger."""
    chargers: dict[str, Charger] = {}

    def authorized(request: Request) -> None:
        if request.headers.get("Authorization") != f"Bearer {token}":
            raise HTTPException(401, "the token is wrong")

    def of(identity: str) -> Charger:
        if identity not in chargers:
            raise HTTPException(404, f"there is no {identity}")
        return chargers[identity]

    app = FastAPI(dependencies=[Depends(authorized)])

    @app.put("/chargers/{identity}")
    async def make(identity: str, body: Fields) -> None:
        chargers[identity] = Charger(identity, body["csms"], body.get("settings", {}))
        chargers[identity].switch_on()

    @app.delete("/chargers/{identity}")
    async def remove(identity: str) -> None:
        of(identity).switch_off()
        del chargers[identity]

    @app.put("/chargers/{identity}/cable")
    async def plug(identity: str) -> None:
        await of(identity).plug()

    @app.delete("/chargers/{identity}/cable")
    async def unplug(identity: str) -> None:
        await of(identity).unplug()

    @app.post("/chargers/{identity}/cards/{card}")
    async def swipe(identity: str, card: str) -> None:
        await of(identity).swipe(card)

    @app.post("/chargers/{identity}/power")
    async def power(identity: str, body: Fields) -> None:
        if body["on"]:
            of(identity).switch_on()
        else:
            of(identity).switch_off()

    return app


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--api-port", type=int, default=8001)
    parser.add_argument("--token", default="secret")
    said = parser.parse_args()
    uvicorn.run(api(said.token), host="127.0.0.1", port=said.api_port, log_level="warning")
