"""The other end while one of ours, or a peer's, is measured: bare links that do next to nothing.

`Sink` is a CSMS that answers anything. `Load` is a crowd of chargers that call without pause, in
the proportions of a charging session.
"""

import asyncio
import random
import statistics
import time
from collections import Counter, deque
from collections.abc import Sequence
from itertools import cycle
from typing import Any

import msgspec

from voltyard.network.links.picows_links import PicowsDialler, PicowsDoor
from voltyard.ports.links import Admitted, DialFailed, Dialling, Handshake, Link

_AT = "2026-02-10T14:00:00.000Z"
_METER_VALUES_A_SESSION = 8
_DIALS_AT_ONCE = 32
_STORM_AT_ONCE = 1_000
_SLICE_S = 0.002
_TURN = 50
"""Calls between two looks at what has come, where the pace is not kept."""
_LAST_LOOKS = 600
_LAST_LOOK_S = 0.05

_decode = msgspec.json.Decoder(list[Any]).decode

BOOT = '{"chargePointVendor":"Bench","chargePointModel":"Load"}'
_AVAILABLE = (
    '{"connectorId":1,"errorCode":"NoError","status":"Available","timestamp":"' + _AT + '"}'
)
_METER = (
    '{"connectorId":1,"transactionId":%d,"meterValue":[{"timestamp":"' + _AT + '","sampledValue":['
    '{"value":"12345","measurand":"Energy.Active.Import.Register","unit":"Wh"},'
    '{"value":"7400.0","measurand":"Power.Active.Import","unit":"W"}]}]}'
)
_START = '{"connectorId":1,"idTag":"04A1B2C3","meterStart":12000,"timestamp":"' + _AT + '"}'
_CONFIGURATION = (
    '{"configurationKey":[{"key":"HeartbeatInterval","readonly":false,"value":"300"}],'
    '"unknownKey":[]}'
)
_STOP = '{"transactionId":%d,"meterStop":13000,"timestamp":"' + _AT + '","reason":"Local"}'


class Sink:
    """A CSMS that accepts everything."""

    def __init__(self) -> None:
        self.exchanges = 0
        self._door = PicowsDoor()
        self._transactions = 0
        self._told: Counter[str] = Counter()
        self._awaited = ("", 0)
        self._come = asyncio.Event()
        self._ends: list[_SinkEnd] = []

    async def start(self) -> dict[str, Any]:
        await self._door.open("127.0.0.1", 0, self.gate)
        return {}

    async def where(self) -> dict[str, Any]:
        return {"url": f"ws://127.0.0.1:{self._door.port}/ocpp"}

    async def told(self, status: str, count: int) -> dict[str, Any]:
        """Wait until that connector status was told so many times in all; the moment it was."""
        self._awaited = (status, count)
        self._come.clear()
        if self._told[status] < count:
            await self._come.wait()
        return {"at": time.time()}

    def gate(self, handshake: Handshake) -> Admitted:
        """Let everybody in."""
        end = _SinkEnd(self)
        self._ends.append(end)
        return Admitted(end, handshake.subprotocols[0])

    async def ask_around(self, rate: float, seconds: float) -> dict[str, Any]:
        """Ask one charger after another for a setting, so many a second: how long that took."""
        taken: list[float] = []
        begun, due = time.perf_counter(), 0.0
        for number, end in enumerate(cycle(self._ends)):
            due = number / rate
            if due > seconds:
                break
            await asyncio.sleep(max(0.0, begun + due - time.perf_counter()))
            end.ask(number, taken)
        for _ in range(_LAST_LOOKS):
            if len(taken) == number:
                break
            await asyncio.sleep(_LAST_LOOK_S)
        return {"p99_ms": statistics.quantiles(taken, n=100)[98] * 1000, "answered": len(taken)}

    def _tell(self, status: Any) -> None:
        self._told[status] += 1
        if self._awaited == (status, self._told[status]):
            self._come.set()

    def answer(self, frame: list[Any]) -> str:
        """The CALLRESULT to a CALL."""
        self.exchanges += 1
        match frame[2]:
            case "BootNotification":
                body = '{"status":"Accepted","currentTime":"' + _AT + '","interval":86400}'
            case "StartTransaction":
                self._transactions += 1
                number = self._transactions
                body = f'{{"transactionId":{number},"idTagInfo":{{"status":"Accepted"}}}}'
            case "Authorize":
                info = "idTagInfo" if "idTag" in frame[3] else "idTokenInfo"
                body = f'{{"{info}":{{"status":"Accepted"}}}}'
            case "Heartbeat":
                body = '{"currentTime":"' + _AT + '"}'
            case action:
                body = "{}"
                if action == "StatusNotification" and frame[3]["connectorId"]:
                    self._tell(frame[3].get("status") or frame[3]["connectorStatus"])
        return f'[3,"{frame[1]}",{body}]'


class _SinkEnd:
    __slots__ = ("_asked", "_link", "_sink")

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._link: Link
        self._asked: dict[str, tuple[float, list[float]]] = {}

    def ask(self, number: int, taken: list[float]) -> None:
        """Ask for a setting; `taken` is given the seconds until the answer."""
        self._asked[f"q{number}"] = time.perf_counter(), taken
        self._link.send(f'[2,"q{number}","GetConfiguration",{{"key":["HeartbeatInterval"]}}]')

    def opened(self, link: Link) -> None:
        self._link = link

    def received(self, text: str) -> None:
        frame = _decode(text)
        if frame[0] == 2:
            self._link.send(self._sink.answer(frame))
        elif (asked := self._asked.pop(frame[1], None)) is not None:
            begun, taken = asked
            taken.append(time.perf_counter() - begun)

    def closed(self, code: int, reason: str) -> None:
        """Nothing to tidy."""


class Load:
    """A crowd of callers: they boot, and call without pause between `go` and `pause`. They answer
    GetConfiguration, the only command they are asked."""

    def __init__(self) -> None:
        self.exchanges = 0
        self.is_running = False
        self.sent = 0
        self.taken: list[float] = []
        """Seconds to the answer of each call that was repeated."""
        self._begun_at = 0.0
        self._callers: list[_Caller] = []
        self._pacing: asyncio.Task[None] | None = None

    async def start(self, url: str) -> dict[str, Any]:
        self._url = url
        return {}

    async def connect(self, count: int, first: int = 0) -> dict[str, Any]:
        """Have so many more boot, from that one on."""
        known = first + len(self._callers)
        self._callers += [_Caller(self, number) for number in range(known, known + count)]
        await self._dial(self._callers[-count:], _DIALS_AT_ONCE)
        return {}

    async def _dial(self, callers: Sequence["_Caller"], at_once: int) -> None:
        dialler = PicowsDialler()
        turns = asyncio.Semaphore(at_once)

        async def dial(caller: "_Caller") -> None:
            async with turns:
                url = f"{self._url}/{identity(caller.place)}"
                await dialler.dial(Dialling(url, ("ocpp1.6",), timeout_s=60.0), caller)
                await caller.booted

        await asyncio.gather(*(dial(caller) for caller in callers))

    async def return_with_passwords(self, count: int) -> dict[str, Any]:
        """Have so many dial and boot at once, each with its password, and again whenever they are
        told to: the seconds that took, and how often they were."""
        callers = [_Caller(self, number) for number in range(count)]
        dialler = PicowsDialler()
        refused = 0

        async def come(caller: _Caller) -> None:
            nonlocal refused
            name = identity(caller.place)
            dialling = Dialling(
                f"{self._url}/{name}",
                ("ocpp1.6",),
                username=name,
                password=password(caller.place),
                timeout_s=60.0,
            )
            while True:
                try:
                    await dialler.dial(dialling, caller)
                    break
                except DialFailed as failure:
                    if failure.details.get("status") != 503:
                        raise
                    refused += 1
                    await asyncio.sleep(random.uniform(1.0, 3.0))
            await caller.booted

        begun = time.time()
        await asyncio.gather(*(come(caller) for caller in callers))
        return {"seconds": time.time() - begun, "refused": refused}

    async def storm(self) -> dict[str, Any]:
        """Cut every link, and have all dial and boot again at once; the seconds that took."""
        for caller in self._callers:
            caller.cut()
        begun = time.time()
        await self._dial(self._callers, _STORM_AT_ONCE)
        return {"seconds": time.time() - begun}

    async def repeat(self, action: str, rate: float) -> dict[str, Any]:
        """One call each in turn, so many a second over all connections, until `rest`."""
        payload = "{}" if action == "Heartbeat" else _METER % 0
        self._begun_at = time.perf_counter()
        self._pacing = asyncio.create_task(self._repeat(action, payload, rate))
        return {}

    async def _repeat(self, action: str, payload: str, rate: float) -> None:
        at = time.perf_counter()
        for caller in cycle(self._callers):
            caller.timed(action, payload)
            self.sent += 1
            at += 1 / rate
            if at > time.perf_counter() + _SLICE_S:
                await asyncio.sleep(_SLICE_S)
            elif not self.sent % _TURN:
                await asyncio.sleep(0)

    async def rest(self) -> dict[str, Any]:
        """Stop repeating, and wait for the last answers: what came of it all."""
        await self.pause()
        seconds = time.perf_counter() - self._begun_at
        for _ in range(_LAST_LOOKS):
            if len(self.taken) == self.sent:
                break
            await asyncio.sleep(_LAST_LOOK_S)
        percentile = statistics.quantiles(self.taken, n=100)
        return {
            "sent": self.sent,
            "answered": len(self.taken),
            "seconds": seconds,
            "p99_ms": percentile[98] * 1000,
        }

    async def go(self, rate: float = 0.0) -> dict[str, Any]:
        """Call without pause, or so many times a second over all connections."""
        self.is_running = not rate
        if rate:
            self._pacing = asyncio.create_task(self._pace(rate))
        else:
            for caller in self._callers:
                caller.proceed()
        return {}

    async def _pace(self, rate: float) -> None:
        loop = asyncio.get_running_loop()
        at = loop.time()
        for caller in cycle(self._callers):
            caller.proceed()
            at += 1 / rate
            await asyncio.sleep(at - loop.time())

    async def pause(self) -> dict[str, Any]:
        self.is_running = False
        if self._pacing is not None:
            self._pacing.cancel()
        return {}


class _Caller:
    """One connection: boot, then one session after another."""

    __slots__ = (
        "_awaited",
        "_link",
        "_load",
        "_number",
        "_step",
        "_transaction_id",
        "booted",
        "place",
    )

    def __init__(self, load: Load, place: int) -> None:
        self.place = place
        self._load = load
        self._link: Link
        self._number = 0
        self._step = 0
        self._transaction_id = 0
        self._awaited: deque[float] = deque()
        self.booted: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def opened(self, link: Link) -> None:
        self._link = link
        self._call("BootNotification", BOOT)

    def received(self, text: str) -> None:
        frame = _decode(text)
        if frame[0] == 2:
            self._link.send(f'[3,"{frame[1]}",{_CONFIGURATION}]')
            return
        if frame[0] != 3:
            raise AssertionError(f"not an answer: {text}")
        self._load.exchanges += 1
        if not self.booted.done():
            self.booted.set_result(None)
            return
        if self._awaited:
            self._load.taken.append(time.perf_counter() - self._awaited.popleft())
            return
        if self._step == 2:
            self._transaction_id = frame[2]["transactionId"]
        if self._load.is_running:
            self.proceed()

    def closed(self, code: int, reason: str) -> None:
        if self._load.is_running:
            raise AssertionError(f"the link was closed: {code} {reason}")

    def timed(self, action: str, payload: str) -> None:
        """Send a call whose answer is timed; answers come in the order of the calls."""
        self._awaited.append(time.perf_counter())
        self._call(action, payload)

    def cut(self) -> None:
        """Cut the link, to boot on another."""
        self._link.abort()
        self.booted = asyncio.get_running_loop().create_future()

    def proceed(self) -> None:
        """Send the session's next call."""
        step = self._step
        self._step += 1
        if step == 0:
            self._call("StatusNotification", _AVAILABLE)
        elif step == 1:
            self._call("StartTransaction", _START)
        elif step < 2 + _METER_VALUES_A_SESSION:
            self._call("MeterValues", _METER % self._transaction_id)
        elif step == 2 + _METER_VALUES_A_SESSION:
            self._call("Heartbeat", "{}")
        else:
            self._step = 0
            self._call("StopTransaction", _STOP % self._transaction_id)

    def _call(self, action: str, payload: str) -> None:
        self._number += 1
        self._link.send(f'[2,"{self._number}","{action}",{payload}]')


def password(number: int) -> str:
    """The password of the number-th charger."""
    return f"bench-password-{number:05d}"


def identity(number: int) -> str:
    """The chargeBoxId of the number-th charger."""
    return f"BENCH-{number:05d}"
