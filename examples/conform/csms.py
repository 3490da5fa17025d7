"""A small CSMS of OCPP 1.6 on the package `ocpp`, with an HTTP API of its own.

    pip install ocpp websockets fastapi uvicorn
    python csms.py --port 9000 --api-port 8000 --token secret

Its API starts and stops sessions, reboots, sets and reads settings, and a little more. It has no
reservations, no local lists and no charging profiles, and lets tags charge that it does not know.
"""

import argparse
import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated, Any, TypeAlias

import uvicorn
from fastapi import Body, Depends, FastAPI, HTTPException, Request
from ocpp.exceptions import OCPPError
from ocpp.routing import on
from ocpp.v16 import ChargePoint, call
from ocpp.v16 import call_result as result
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

Fields: TypeAlias = Annotated[dict[str, Any], Body()]


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Csms:
    """The stations that are connected, the tags, and the number of the last transaction."""

    def __init__(self) -> None:
        self.known: set[str] = set()
        self.stations: dict[str, Station] = {}
        self.tags: dict[str, dict[str, str]] = {}
        self.transactions = 0

    def info(self, tag: str) -> dict[str, str]:
        return self.tags.get(tag, {"status": "Accepted"})

    async def serve(self, connection: ServerConnection) -> None:
        """One link of a station, to its end."""
        assert connection.request is not None
        identity = connection.request.path.rpartition("/")[2]
        if connection.subprotocol is None or identity not in self.known:
            await connection.close(1008, "not for this CSMS")
            return
        station = self.stations[identity] = Station(identity, connection, self)
        try:
            with suppress(ConnectionClosed):
                await station.start()
        finally:
            if self.stations.get(identity) is station:
                del self.stations[identity]


class Station(ChargePoint):
    """The CSMS's view of one station."""

    def __init__(self, identity: str, connection: ServerConnection, csms: Csms) -> None:
        super().__init__(identity, connection)
        self._csms = csms

    @on("BootNotification")
    def boot(self, **_: Any) -> Any:
        return result.BootNotification(now(), 300, "Accepted")

    @on("Heartbeat")
    def heartbeat(self) -> Any:
        return result.Heartbeat(now())

    @on("StatusNotification")
    def status(self, **_: Any) -> Any:
        return result.StatusNotification()

    @on("Authorize")
    def authorize(self, id_tag: str) -> Any:
        return result.Authorize(self._csms.info(id_tag))

    @on("StartTransaction")
    def start_transaction(self, id_tag: str, **_: Any) -> Any:
        self._csms.transactions += 1
        return result.StartTransaction(self._csms.transactions, self._csms.info(id_tag))

    @on("StopTransaction")
    def stop_transaction(self, **_: Any) -> Any:
        return result.StopTransaction()

    @on("MeterValues")
    def meter_values(self, **_: Any) -> Any:
        return result.MeterValues()

    @on("DataTransfer")
    def data_transfer(self, **_: Any) -> Any:
        return result.DataTransfer("Rejected")

    @on("FirmwareStatusNotification")
    def firmware_status(self, **_: Any) -> Any:
        return result.FirmwareStatusNotification()

    @on("DiagnosticsStatusNotification")
    def diagnostics_status(self, **_: Any) -> Any:
        return result.DiagnosticsStatusNotification()


def api(csms: Csms, token: str) -> FastAPI:
    """The HTTP API: operators' requests, which come to requests to a station."""

    def authorized(request: Request) -> None:
        if request.headers.get("Authorization") != f"Bearer {token}":
            raise HTTPException(401, "the token is wrong")

    app = FastAPI(dependencies=[Depends(authorized)])

    async def ask(identity: str, request: Any) -> Any:
        if identity not in csms.stations:
            raise HTTPException(409, f"{identity} is not connected")
        try:
            return await csms.stations[identity].call(request, suppress=False)
        except OCPPError as error:
            raise HTTPException(502, str(error)) from None

    @app.put("/stations/{identity}")
    async def register(identity: str) -> None:
        csms.known.add(identity)

    @app.delete("/stations/{identity}")
    async def forget(identity: str) -> None:
        csms.known.discard(identity)

    @app.put("/tags/{tag}")
    async def set_tag(tag: str, body: Fields) -> None:
        written = {"status": body["state"], "parent_id_tag": body.get("group")}
        csms.tags[tag] = {name: value for name, value in written.items() if value}

    @app.post("/stations/{identity}/sessions")
    async def start(identity: str, body: Fields) -> Any:
        return await ask(identity, call.RemoteStartTransaction(body["tag"], body.get("outlet")))

    @app.delete("/stations/{identity}/sessions/{session}")
    async def stop(identity: str, session: int) -> Any:
        return await ask(identity, call.RemoteStopTransaction(session))

    @app.post("/stations/{identity}/reboot")
    async def reboot(identity: str, body: Fields) -> Any:
        return await ask(identity, call.Reset(body["how"]))

    @app.get("/stations/{identity}/settings")
    async def settings(identity: str, request: Request) -> Any:
        return await ask(identity, call.GetConfiguration(request.query_params.getlist("name")))

    @app.put("/stations/{identity}/settings/{name}")
    async def set_setting(identity: str, name: str, body: Fields) -> Any:
        return await ask(identity, call.ChangeConfiguration(name, body["value"]))

    @app.post("/stations/{identity}/outlets/{outlet}/unlock")
    async def unlock(identity: str, outlet: int) -> Any:
        return await ask(identity, call.UnlockConnector(outlet))

    @app.put("/stations/{identity}/outlets/{outlet}/service")
    async def set_service(identity: str, outlet: int, body: Fields) -> Any:
        return await ask(identity, call.ChangeAvailability(outlet, body["type"]))

    @app.delete("/stations/{identity}/cache")
    async def clear_cache(identity: str) -> Any:
        return await ask(identity, call.ClearCache())

    @app.post("/stations/{identity}/messages")
    async def trigger(identity: str, body: Fields) -> Any:
        return await ask(identity, call.TriggerMessage(body["name"], body.get("outlet")))

    @app.post("/stations/{identity}/firmware")
    async def update_firmware(identity: str, body: Fields) -> Any:
        return await ask(identity, call.UpdateFirmware(body["from"], body["at"]))

    @app.post("/stations/{identity}/diagnostics")
    async def diagnostics(identity: str, body: Fields) -> Any:
        return await ask(identity, call.GetDiagnostics(body["to"]))

    return app


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=9000)
    parser.add_argument("--api-port", type=int, default=8000)
    parser.add_argument("--token", default="secret")
    said = parser.parse_args()
    csms = Csms()
    server = uvicorn.Server(
        uvicorn.Config(
            api(csms, said.token), host="127.0.0.1", port=said.api_port, log_level="warning"
        )
    )
    async with serve(csms.serve, "127.0.0.1", said.port, subprotocols=["ocpp1.6"]):
        print(f"chargers ws://127.0.0.1:{said.port}", flush=True)
        print(f"API http://127.0.0.1:{said.api_port}", flush=True)
        await server.serve()


if __name__ == "__main__":
    asyncio.run(main())
