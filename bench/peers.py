"""The peer: chargers and a CSMS as one writes them on the `ocpp` package and `websockets`.

The event loop is the same as ours, and permessage-deflate is off, as it is on our links: what is
compared is the software, not its settings.
"""

import asyncio
import random
import socket
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import uvicorn
from fastapi import FastAPI
from ocpp.routing import on
from ocpp.v16 import ChargePoint, call, call_result
from websockets.asyncio.client import connect
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from bench.load import identity

_TAG = "04A1B2C3"
_CONNECTORS = 2
_DIALS_AT_ONCE = 32


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class PeerCharger(ChargePoint):  # type: ignore[misc]
    """A charger with two connectors, each of which can charge and tell of it."""

    meter_wh = 0

    async def boot(self) -> None:
        await self.call(call.BootNotification("Bench", "Peer"))
        for connector_id in range(_CONNECTORS + 1):
            await self.call(
                call.StatusNotification(connector_id, "NoError", "Available", timestamp=now())
            )

    async def begin(self, connector_id: int) -> int:
        await self.call(call.Authorize(_TAG))
        await self.call(
            call.StatusNotification(connector_id, "NoError", "Preparing", timestamp=now())
        )
        started = await self.call(call.StartTransaction(connector_id, _TAG, self.meter_wh, now()))
        await self.call(
            call.StatusNotification(connector_id, "NoError", "Charging", timestamp=now())
        )
        return int(started.transaction_id)

    async def sample(self, connector_id: int, transaction_id: int) -> None:
        self.meter_wh += 6
        sampled = [
            {
                "value": str(self.meter_wh),
                "measurand": "Energy.Active.Import.Register",
                "unit": "Wh",
            },
            {"value": "22000.0", "measurand": "Power.Active.Import", "unit": "W"},
        ]
        value = {"timestamp": now(), "sampledValue": sampled}
        await self.call(call.MeterValues(connector_id, [value], transaction_id=transaction_id))

    @on("GetConfiguration")
    def on_get_configuration(self, **_: Any) -> call_result.GetConfiguration:
        return call_result.GetConfiguration(
            [{"key": "HeartbeatInterval", "readonly": False, "value": "300"}]
        )


class Chargers:
    """Peer chargers: a connection, a reading task and a task a connector each."""

    def __init__(self) -> None:
        self.exchanges = 0
        self._charging = 0
        self._chargers: list[PeerCharger] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, url: str, sample_interval_s: int) -> dict[str, Any]:
        self._url = url
        self._sample_interval_s = sample_interval_s
        return {}

    async def power_on(self, count: int) -> dict[str, Any]:
        begun = time.time()
        turns = asyncio.Semaphore(_DIALS_AT_ONCE)
        numbers = range(len(self._chargers), len(self._chargers) + count)
        await asyncio.gather(*(self._boot(number, turns) for number in numbers))
        return {"seconds": time.time() - begun}

    async def charge(self) -> dict[str, Any]:
        begun = asyncio.Semaphore(0)
        idle = self._chargers[self._charging :]
        self._charging += len(idle)
        for charger in idle:
            for connector_id in range(1, _CONNECTORS + 1):
                work = self._charge(charger, connector_id, begun)
                self._tasks.append(asyncio.create_task(work))
        for _ in range(_CONNECTORS * len(idle)):
            await begun.acquire()
        return {}

    async def plug(self) -> dict[str, Any]:
        """Have every charger tell of a vehicle, at once, and wait for the answers."""
        begun = time.time()
        preparing = call.StatusNotification(1, "NoError", "Preparing", timestamp=now())
        await asyncio.gather(*(charger.call(preparing) for charger in self._chargers))
        return {"seconds": time.time() - begun}

    async def _boot(self, number: int, turns: asyncio.Semaphore) -> None:
        async with turns:
            url = f"{self._url}/{identity(number)}"
            connection = await connect(url, subprotocols=[Subprotocol("ocpp1.6")], compression=None)
            charger = PeerCharger(identity(number), connection)
            self._chargers.append(charger)
            self._tasks.append(asyncio.create_task(charger.start()))
            await charger.boot()

    async def _charge(
        self, charger: PeerCharger, connector_id: int, begun: asyncio.Semaphore
    ) -> None:
        transaction_id = await charger.begin(connector_id)
        begun.release()
        await asyncio.sleep(random.random() * self._sample_interval_s)
        while True:
            await charger.sample(connector_id, transaction_id)
            self.exchanges += 1
            await asyncio.sleep(self._sample_interval_s)


class Rest:
    """A REST server that does nothing: the framework alone, with one route and no storage."""

    exchanges = 0

    async def start(self) -> dict[str, Any]:
        app = FastAPI()

        @app.get("/{name}")
        async def nothing(name: str) -> dict[str, str]:
            return {"name": name}

        listening = socket.create_server(("127.0.0.1", 0))
        self._port = listening.getsockname()[1]
        web = uvicorn.Server(uvicorn.Config(app, access_log=False, log_config=None))
        self._serving = asyncio.create_task(web.serve(sockets=[listening]))
        async with asyncio.timeout(10):
            while not web.started:  # noqa: ASYNC110 - it has no event to wait for
                await asyncio.sleep(0.01)
        return {}

    async def where(self) -> dict[str, Any]:
        return {"api": f"http://127.0.0.1:{self._port}"}


class Seat(ChargePoint):  # type: ignore[misc]
    """The CSMS's view of one charger. Nothing is stored."""

    def __init__(self, identity: str, connection: ServerConnection, csms: "Csms") -> None:
        super().__init__(identity, connection)
        self._csms = csms

    @on("BootNotification")
    def on_boot(self, **_: Any) -> call_result.BootNotification:
        self._csms.exchanges += 1
        return call_result.BootNotification(now(), 86400, "Accepted")

    @on("StatusNotification")
    def on_status(self, **_: Any) -> call_result.StatusNotification:
        self._csms.exchanges += 1
        return call_result.StatusNotification()

    @on("Authorize")
    def on_authorize(self, **_: Any) -> call_result.Authorize:
        self._csms.exchanges += 1
        return call_result.Authorize({"status": "Accepted"})

    @on("StartTransaction")
    def on_start(self, **_: Any) -> call_result.StartTransaction:
        self._csms.exchanges += 1
        return call_result.StartTransaction(self._csms.exchanges, {"status": "Accepted"})

    @on("MeterValues")
    def on_meter_values(self, **_: Any) -> call_result.MeterValues:
        self._csms.exchanges += 1
        return call_result.MeterValues()

    @on("Heartbeat")
    def on_heartbeat(self) -> call_result.Heartbeat:
        self._csms.exchanges += 1
        return call_result.Heartbeat(now())

    @on("StopTransaction")
    def on_stop(self, **_: Any) -> call_result.StopTransaction:
        self._csms.exchanges += 1
        return call_result.StopTransaction()


class Csms:
    """A peer CSMS."""

    def __init__(self) -> None:
        self.exchanges = 0
        self._seats: dict[str, Seat] = {}
        self._server: Server

    async def start(self) -> dict[str, Any]:
        self._server = await serve(
            self._sit, "127.0.0.1", 0, subprotocols=[Subprotocol("ocpp1.6")], compression=None
        )
        return {}

    async def where(self) -> dict[str, Any]:
        port = next(iter(self._server.sockets)).getsockname()[1]
        return {"url": f"ws://127.0.0.1:{port}/ocpp"}

    async def round_trips(self, count: int, seed: int) -> dict[str, Any]:
        """Ask random chargers for a setting, one after another; answers each one's seconds."""
        chooser = random.Random(seed)
        names = list(self._seats)
        taken: list[float] = []
        for _ in range(count):
            begun = time.perf_counter()
            seat = self._seats[chooser.choice(names)]
            await seat.call(call.GetConfiguration(["HeartbeatInterval"]), suppress=False)
            taken.append(time.perf_counter() - begun)
        return {"seconds": taken}

    async def _sit(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        name = connection.request.path.rpartition("/")[2]
        self._seats[name] = Seat(name, connection, self)
        with suppress(ConnectionClosed):
            await self._seats[name].start()
