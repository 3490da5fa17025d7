"""A peer that calls without pause, as a charger or as a CSMS, whatever it is answered."""

import asyncio
import time
from typing import Any

import msgspec

from bench.load import BOOT, Sink
from voltyard.network.links.picows_links import PicowsDialler
from voltyard.ports.links import Admitted, Dialling, Handshake, Link

_WINDOW = 20_000
"""Calls on their way at most: what a peer has in its socket, and on the line."""

_SLICE_S = 0.002

_decode = msgspec.json.Decoder(list[Any]).decode


class _Flood:
    """Calls over one link, so many a second, as far as the window allows."""

    def __init__(self) -> None:
        self.link: Link | None = None
        self.answered = 0
        self._sent = 0
        self._begun_at = 0.0
        self._task: asyncio.Task[None] | None = None

    def begin(self, action: str, rate: float) -> None:
        self._begun_at = time.perf_counter()
        self._task = asyncio.create_task(self._call(action, rate))

    async def _call(self, action: str, rate: float) -> None:
        while True:
            due = round((time.perf_counter() - self._begun_at) * rate)
            assert self.link is not None
            for _ in range(min(due - self._sent, _WINDOW - (self._sent - self.answered), 1_000)):
                self._sent += 1
                self.link.send(f'[2,"f{self._sent}","{action}",{{}}]')
            await asyncio.sleep(_SLICE_S)

    def end(self) -> dict[str, Any]:
        assert self._task is not None
        self._task.cancel()
        return {"answered_a_second": self.answered / (time.perf_counter() - self._begun_at)}


class FloodCharger:
    """A LinkUser: a charger that floods its CSMS."""

    def __init__(self) -> None:
        self.exchanges = 0
        self._flood = _Flood()
        self._booted = asyncio.Event()

    async def start(self, url: str) -> dict[str, Any]:
        await PicowsDialler().dial(Dialling(url, ("ocpp1.6",), timeout_s=60.0), self)
        await self._booted.wait()
        return {}

    async def flood(self, action: str, rate: float) -> dict[str, Any]:
        """Call without pause until `end`."""
        self._flood.begin(action, rate)
        return {}

    async def end(self) -> dict[str, Any]:
        return self._flood.end()

    def opened(self, link: Link) -> None:
        self._flood.link = link
        link.send(f'[2,"boot","BootNotification",{BOOT}]')

    def received(self, text: str) -> None:
        if self._booted.is_set():
            self._flood.answered += 1
            self.exchanges += 1
        self._booted.set()

    def closed(self, code: int, reason: str) -> None:
        raise AssertionError(f"the link was closed: {code} {reason}")


class FloodCsms(Sink):
    """A CSMS that accepts everything, and floods the charger that has come."""

    def __init__(self) -> None:
        super().__init__()
        self._flood = _Flood()

    async def flood(self, action: str, rate: float) -> dict[str, Any]:
        """Call without pause until `end`."""
        self._flood.begin(action, rate)
        return {}

    async def end(self) -> dict[str, Any]:
        return self._flood.end()

    def gate(self, handshake: Handshake) -> Admitted:
        return Admitted(_FloodedEnd(self, self._flood), handshake.subprotocols[0])


class _FloodedEnd:
    __slots__ = ("_flood", "_sink")

    def __init__(self, sink: Sink, flood: _Flood) -> None:
        self._sink = sink
        self._flood = flood

    def opened(self, link: Link) -> None:
        self._flood.link = link

    def received(self, text: str) -> None:
        if text.startswith("[2"):
            assert self._flood.link is not None
            self._flood.link.send(self._sink.answer(_decode(text)))
        else:
            self._flood.answered += 1

    def closed(self, code: int, reason: str) -> None:
        """Nothing to tidy."""
