"""Our charger in a host, and what a test wants of it."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.foreign.peers.csms import ForeignCsms
from voltyard.catalogue.commands.commands import ChargerCommand
from voltyard.charger.description.events import ChargerEvent
from voltyard.charger.effects import Done, Failed
from voltyard.runtimes.host.host import Host

IDENTITY = "YARD 1"
"""With a blank, which the URL must encode."""

QUICK = {
    "1.6": {"MeterValueSampleInterval": "1"},
    "2.0.1": {"SampledDataCtrlr.TxUpdatedInterval": "1"},
}


@dataclass
class Heard:
    """A host's listener that keeps everything."""

    events: list[ChargerEvent] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def reported(self, key: str, event: ChargerEvent) -> None:
        self.events.append(event)
        self.changed.set()

    def remembered(self, key: str) -> None:
        """Nothing restarts here."""

    def broke(self, key: str, error: Exception) -> None:
        self.failures.append(error)


@dataclass
class OurCharger:
    """One of our chargers with two EVSEs, calling a foreign CSMS."""

    version: str
    csms: ForeignCsms
    host: Host
    heard: Heard

    @property
    def is_16(self) -> bool:
        return self.version == "1.6"

    async def ask(self, command: ChargerCommand) -> dict[str, Any]:
        """Have the charger do it; answers the result."""
        async with asyncio.timeout(120):
            outcome = await self.host.ask(IDENTITY, command)
        assert isinstance(outcome, Done), outcome
        return outcome.result

    async def refuses(self, command: ChargerCommand) -> Failed:
        """Have the charger try it, and be refused."""
        async with asyncio.timeout(120):
            outcome = await self.host.ask(IDENTITY, command)
        assert isinstance(outcome, Failed), outcome
        return outcome

    async def told(self, request: Any) -> Any:
        """Have the CSMS ask it; answers the charger's answer."""
        return await self.csms.call("YARD%201", request)

    async def booted(self) -> None:
        """Wait until the charger has reported all of its connectors."""
        count = 3 if self.is_16 else 2
        await self.csms.record.until_call("StatusNotification", count=count)

    async def state_is(self, holds: Callable[[Any], Any]) -> None:
        """Wait until the charger's own view satisfies that."""
        async with asyncio.timeout(120):
            while not holds(self.host.charger(IDENTITY).state(time.time())):
                self.heard.changed.clear()
                await self.heard.changed.wait()
