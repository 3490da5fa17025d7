"""More meter values than can be stored: what is answered, what is stored, and what others have of
the server meanwhile.

Chargers send without waiting for answers, at twice the rate that the server answered when it was
asked for all it has. A bystander starts and stops transactions and waits for each answer.
"""

import asyncio
import json
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import create_engine, text

from bench.figures import Figure, Options
from voltyard.kernel.time import Seconds, to_rfc3339
from voltyard.network.links.picows_links import PicowsDialler
from voltyard.ports.links import Dialling, Link
from voltyard.storage.database.database import url_of
from voltyard.testing.processes import ServerProcess

BOX = "FLOOD-"
BYSTANDER = "BYSTANDER"
CHARGERS = 20
WINDOW = 500
"""CALLs of one charger without an answer, at most: what a link may hold unsent is bounded too."""
_CALIBRATION_S: Seconds = 3.0
_TICK_S: Seconds = 0.02
_DRAIN_S: Seconds = 60.0
_MOMENT = to_rfc3339(time.time())  # history that is older than a month is swept
_BOOT = {"chargePointVendor": "Voltyard", "chargePointModel": "Load"}
_METER_VALUES = json.dumps(
    {
        "connectorId": 1,
        "meterValue": [
            {"timestamp": _MOMENT, "sampledValue": [{"value": "1", "unit": "Wh"}]},
        ],
    }
)


class Charger:
    """A ports.links.LinkUser, a charger's end: sends CALLs, and counts how they are answered."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._link: Link | None = None
        self._count = 0
        self.waiting: dict[str, asyncio.Future[Any] | None] = {}
        self.answered = 0
        """MeterValues that were answered with a CALLRESULT."""
        self.refused = 0
        """... with a CALLERROR."""
        self.is_closed = True

    async def dial(self) -> None:
        """Connect and boot; what an older link owed is not waited for any more."""
        self.waiting.clear()
        await PicowsDialler().dial(Dialling(self._url, ("ocpp1.6",)), self)
        await self.ask("BootNotification", _BOOT)

    def opened(self, link: Link) -> None:
        self._link = link
        self.is_closed = False

    def received(self, text: str) -> None:
        kind, message_id = json.loads(text)[:2]
        future = self.waiting.pop(message_id, None)
        if future is not None and not future.done():
            future.set_result(json.loads(text))
        elif future is None and kind == 3:
            self.answered += 1
        elif future is None and kind == 4:
            self.refused += 1

    def closed(self, code: int, reason: str) -> None:
        self.is_closed = True
        for future in self.waiting.values():
            if future is not None and not future.done():
                future.set_exception(ConnectionError(f"{code} {reason}"))
        self.waiting.clear()

    def send(self) -> bool:
        """Send meter values; false where too much waits."""
        if self.is_closed or len(self.waiting) >= WINDOW:
            return False
        self._call("MeterValues", _METER_VALUES, None)
        return True

    async def ask(self, action: str, payload: Any) -> Any:
        """Send a CALL and wait for the frame that answers it."""
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._call(action, json.dumps(payload), future)
        return await asyncio.wait_for(future, 60.0)

    def _call(self, action: str, payload: str, future: "asyncio.Future[Any] | None") -> None:
        assert self._link is not None
        self._count += 1
        message_id = f"m{self._count}"
        self.waiting[message_id] = future
        self._link.send(f'[2,"{message_id}","{action}",{payload}]')

    def leave(self) -> None:
        """Hang up."""
        if self._link is not None:
            self._link.close()


@dataclass
class Outcome:
    """Outcome of an overload."""

    rate: float
    """CALLs a second that the server answered when it was asked for all it has."""
    offered: int = 0
    answered: int = 0
    refused: int = 0
    stored: int = 0
    bystander_s: list[Seconds] = field(default_factory=list)
    """Durations of its StartTransactions that were accepted."""
    health_s: list[Seconds] = field(default_factory=list)
    memory_bytes: int = 0
    """By how much the server's memory grew."""

    @property
    def not_stored(self) -> int:
        """Answered, and not stored."""
        return self.answered - self.stored

    def bystander_p99_s(self) -> Seconds:
        """The 99th of a hundred."""
        return _p99(self.bystander_s)


def _p99(times_s: list[Seconds]) -> Seconds:
    return sorted(times_s)[int(0.99 * (len(times_s) - 1))] if times_s else float("inf")


class Overload:
    """Chargers and a bystander at one server."""

    def __init__(self, server: ServerProcess, where: str | Path, chargers: int = CHARGERS) -> None:
        """`where` is the server's database, as Database.open takes it."""
        self._server = server
        self._where = where
        self.chargers = [Charger(f"{server.charger_url}/{BOX}{n}") for n in range(chargers)]
        self.bystander = Charger(f"{server.charger_url}/{BYSTANDER}")

    async def open(self) -> None:
        """Register and connect all."""
        async with httpx.AsyncClient(
            base_url=self._server.url, headers={"X-API-Key": self._server.key}, timeout=60.0
        ) as client:
            for box in [*(f"{BOX}{n}" for n in range(len(self.chargers))), BYSTANDER]:
                answer = await client.post("/api/v1/chargers", json={"chargeBoxId": box})
                assert answer.status_code in (201, 409), answer.text
        for charger in [*self.chargers, self.bystander]:
            await charger.dial()

    async def play(
        self, seconds: Seconds, meanwhile: Callable[[], Awaitable[None]] | None = None
    ) -> Outcome:
        """Overload it for so long, `meanwhile` happening; the outcome once all is answered."""
        rate = await self._calibrate()
        outcome = Outcome(rate)
        before = _memory_bytes(self._server)
        beside = [
            asyncio.create_task(self._stand_by(outcome)),
            asyncio.create_task(self._look(outcome)),
        ]
        if meanwhile is not None:
            beside.append(asyncio.create_task(_run(meanwhile)))
        peak = await self._offer(2 * rate, seconds, outcome)
        for task in beside[:2]:
            task.cancel()
        if meanwhile is not None:
            await beside[2]
        await self.drain()
        outcome.memory_bytes = max(0, peak - before)
        outcome.answered = sum(one.answered for one in self.chargers)
        outcome.refused = sum(one.refused for one in self.chargers)
        outcome.stored = self.stored()
        return outcome

    async def _calibrate(self) -> float:
        loop = asyncio.get_running_loop()
        before, end = sum(one.answered for one in self.chargers), loop.time() + _CALIBRATION_S
        while loop.time() < end:
            for charger in self.chargers:
                while len(charger.waiting) < 50 and charger.send():
                    pass
            await asyncio.sleep(0.001)
        return max(50.0, (sum(one.answered for one in self.chargers) - before) / _CALIBRATION_S)

    async def _offer(self, rate: float, seconds: Seconds, outcome: Outcome) -> int:
        """Send at that rate; the most memory the server took."""
        loop = asyncio.get_running_loop()
        start, peak = loop.time(), 0
        sent = 0
        while (passed := loop.time() - start) < seconds:
            due = int(rate * passed) - sent
            sent += due
            for n in range(due):
                outcome.offered += self.chargers[n % len(self.chargers)].send()
            peak = max(peak, _memory_bytes(self._server))
            await asyncio.sleep(_TICK_S)
        return peak

    async def _stand_by(self, outcome: Outcome) -> None:
        loop = asyncio.get_running_loop()
        meter = 0
        while True:
            meter += 1
            start = {"connectorId": 1, "idTag": "B1B2B3B4", "meterStart": meter}
            begun = loop.time()
            try:
                answer = await self.bystander.ask(
                    "StartTransaction", {**start, "timestamp": _MOMENT}
                )
                if answer[0] == 3:
                    outcome.bystander_s.append(loop.time() - begun)
                    stop = {"transactionId": answer[2]["transactionId"], "meterStop": meter}
                    await self.bystander.ask("StopTransaction", {**stop, "timestamp": _MOMENT})
            except (ConnectionError, TimeoutError):
                await asyncio.sleep(0.2)
                continue
            await asyncio.sleep(0.05)

    async def _look(self, outcome: Outcome) -> None:
        loop = asyncio.get_running_loop()
        async with httpx.AsyncClient(base_url=self._server.url, timeout=60.0) as client:
            while True:
                begun = loop.time()
                await client.get("/health")
                outcome.health_s.append(loop.time() - begun)
                await asyncio.sleep(0.1)

    async def drain(self) -> None:
        """Wait until all that was sent is answered, or its link is gone."""
        end = asyncio.get_running_loop().time() + _DRAIN_S
        while any(one.waiting for one in self.chargers):
            assert asyncio.get_running_loop().time() < end, "some CALLs were never answered"
            await asyncio.sleep(0.05)

    def stored(self) -> int:
        """The number of meter values in the database."""
        engine = create_engine(url_of(self._where))
        try:
            with engine.connect() as connection:
                query = text("SELECT count(*) FROM meter_values WHERE transaction_id IS NULL")
                return int(connection.scalar(query) or 0)
        finally:
            engine.dispose()

    def close(self) -> None:
        """Hang up on all."""
        for charger in [*self.chargers, self.bystander]:
            charger.leave()


async def _run(meanwhile: Callable[[], Awaitable[None]]) -> None:
    await meanwhile()


def _memory_bytes(server: ServerProcess) -> int:
    pages = Path(f"/proc/{server.pid}/statm").read_text().split()[1]
    return int(pages) * 4096


async def overload(options: Options) -> list[Figure]:
    """Twice what can be stored, for six stretches of measuring."""
    with tempfile.TemporaryDirectory() as directory, ServerProcess(Path(directory)) as server:
        load = Overload(server, directory)
        await load.open()
        outcome = await load.play(6 * options.seconds)
        load.close()
    note = (
        f"{outcome.rate:,.0f} MeterValues/s were answered when all was asked for; "
        f"{outcome.offered:,} were sent at twice that rate, {outcome.answered:,} answered; load "
        "and server share the machine"
    )
    what = "twice what can be stored"
    return [
        Figure(f"{what}: answered, not stored", "rows", outcome.not_stored, None, "0", note),
        Figure("... another's StartTransaction, p99", "s", outcome.bystander_p99_s(), None, "< 1"),
        Figure("... memory grew by", "MB", outcome.memory_bytes / 1e6, None, "<= 100"),
        Figure("... the longest that /health took", "s", max(outcome.health_s), None, "-"),
    ]
