"""What tests of load share: a CSMS that stalls on demand, and runs in virtual time."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.links import RecordingGate
from voltyard.charger.description.specification import ChargerSpec
from voltyard.kernel.time import Instant, Seconds, to_rfc3339
from voltyard.load.figures import LoadFigures
from voltyard.load.plans.plan import LoadPlan
from voltyard.load.run import LoadRun, Look, unseen
from voltyard.network.links.memory import MemoryDialler, MemoryDoor, MemoryNetwork
from voltyard.ports.links import Gate, Link
from voltyard.simulation.virtual_loop import VirtualLoop, run

START: Instant = 1_767_571_200.0


@dataclass
class ToyCsms:
    """A CSMS that accepts everything, `delay_s` late, and answers nothing within `stall`."""

    delay_s: Seconds = 0.01
    stall: tuple[Seconds, Seconds] = (0.0, 0.0)
    """Begin and end, in seconds since START."""
    errors: dict[str, str] = field(default_factory=dict)
    """Actions that get a CALLERROR, and its code."""
    silent: frozenset[str] = frozenset()
    """Actions that get no answer."""
    boot: str = "Accepted"
    hogs_s: Seconds = 0.0
    """Time for which each call has the event loop to itself."""
    calls: list[tuple[Seconds, str]] = field(default_factory=list)
    """Calls that came, and when."""

    def gate(self) -> RecordingGate:
        return RecordingGate("ocpp1.6", "ocpp2.0.1", on_frame=self.received)

    def received(self, link: Link, text: str) -> None:
        loop: Any = asyncio.get_running_loop()
        _, id, action, _ = json.loads(text)
        self.calls.append((loop.time() - START, action))
        if self.hogs_s:
            loop.leap(self.hogs_s)
        if action in self.silent:
            return
        if action in self.errors:
            answer = [4, id, self.errors[action], "", {}]
        else:
            answer = [3, id, self._answer(action, loop.time())]
        at = loop.time() + self.delay_s
        begins, ends = START + self.stall[0], START + self.stall[1]
        if begins <= at < ends:
            at = ends
        loop.call_at(at, link.send, json.dumps(answer))

    def _answer(self, action: str, now: Instant) -> dict[str, Any]:
        match action:
            case "BootNotification":
                return {"status": self.boot, "currentTime": to_rfc3339(now), "interval": 86_400}
            case "Heartbeat":
                return {"currentTime": to_rfc3339(now)}
            case "Authorize":
                return {"idTagInfo": {"status": "Accepted"}}
            case "StartTransaction":
                return {"transactionId": 1, "idTagInfo": {"status": "Accepted"}}
        return {}


def specs(count: int, version: Any = "1.6") -> list[ChargerSpec]:
    return [
        ChargerSpec(identity=f"L-{number}", version=version, csms_url="ws://csms/ocpp")
        for number in range(count)
    ]


def played(
    plan: LoadPlan,
    gate: Callable[[VirtualLoop], Gate],
    version: Any = "1.6",
    *,
    cpu: Callable[[], Seconds] = lambda: 0.0,
    meanwhile: Callable[[asyncio.Event], Awaitable[None]] | None = None,
    look: Look = unseen,
) -> LoadFigures:
    """The figures of a plan, played against the gate's CSMS in virtual time."""
    loop = VirtualLoop(START)
    unheard: list[object] = []
    loop.set_exception_handler(lambda _, context: unheard.append(context))

    async def main() -> LoadFigures:
        network = MemoryNetwork()
        door = MemoryDoor(network)
        await door.open("csms", 80, gate(loop))
        stopping = asyncio.Event()
        if meanwhile is not None:
            beside = asyncio.ensure_future(meanwhile(stopping))
        one = LoadRun(
            plan,
            specs(plan.chargers, version),
            MemoryDialler(network),
            loop.time,
            cpu=cpu,
            look=look,
        )
        figures = await one.play(stopping)
        if meanwhile is not None:
            await beside
        await asyncio.sleep(1.0)
        assert len(asyncio.all_tasks()) == 1, "a task was left behind"
        return figures

    figures = run(main(), loop)
    assert unheard == [], "a callback failed"
    return figures
