"""Commands of operators, and the check that each ends once and is told to its charger once."""

import asyncio
from collections import Counter
from random import Random

import msgspec

from voltyard.charger.description.events import Framed
from voltyard.kernel.time import Seconds
from voltyard.ports.clock import Clock
from voltyard.simulation.checkers import InvariantBroken
from voltyard.simulation.nodes import rest
from voltyard.simulation.nodes.machines import Machine

LONGEST_S: Seconds = 90.0
"""The longest time after which a command has ended, whatever happens."""

_NOTHING_DONE = frozenset({"node_gone", "not_connected", "overfull"})
"""Codes of errors by which nothing was told to a charger."""


class CommandChecks:
    """Sends commands, and counts what comes of each."""

    def __init__(self, clock: Clock, random: Random) -> None:
        self._clock = clock
        self._random = random
        self._told: Counter[str] = Counter()
        """Times that each was told to its charger."""
        self._answered: set[str] = set()
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self.ends: Counter[str] = Counter()
        """Commands by their ends."""

    async def send_at_random(self, machines: list[Machine], boxes: list[str]) -> None:
        """Send commands by any process to any charger, until cancelled."""
        number = 0
        while True:
            await asyncio.sleep(self._random.expovariate(1 / 3.0))
            lives = [life for machine in machines if (life := machine.open_life) is not None]
            if not lives:
                continue
            life = self._random.choice(lives)
            box = self._random.choice(boxes)
            if life.app is None:
                continue
            number += 1
            text = f"{box} {number}"
            asking = life.process.start(rest.ask(life.app, box, text))
            self._under_way[text] = asyncio.create_task(
                self._follow(text, asking, life.process.killed)
            )

    async def _follow(
        self,
        text: str,
        asking: "asyncio.Task[list[tuple[int, str]]]",
        killed: "asyncio.Future[None]",
    ) -> None:
        """Return once a command has ended, or its process was killed."""
        gone = asyncio.shield(killed)
        await asyncio.wait((asking, gone), return_when=asyncio.FIRST_COMPLETED)
        del self._under_way[text]
        if not asking.done():
            self.ends["killed"] += 1
            return
        answers = asking.result()
        if len(answers) != 1:
            self._break(text, f"it was answered {len(answers)} times: {answers}")
        status, said = answers[0]
        self.ends[f"{status} {said}"] += 1
        if status == 200 and not (self._told[text] == 1 and text in self._answered):
            self._break(text, f"it was answered {said}, and told {self._told[text]} times")
        if said in _NOTHING_DONE and self._told[text]:
            self._break(text, f"it was told, and answered {said}")

    def framed(self, key: str, frame: Framed) -> None:
        """A frame went over a charger's link."""
        if frame.action != "DataTransfer":
            return
        if frame.direction == "csms_to_cp" and frame.kind == "call":
            request = msgspec.json.decode(frame.text)[3]
            if request.get("vendorId") != rest.VENDOR:
                return
            text = request["data"]
            self._told[text] += 1
            if self._told[text] > 1:
                self._break(text, "it was told to its charger twice")
            if not text.startswith(f"{key} "):
                self._break(text, f"it was told to {key}")
            self._answered.add(text)

    def failed(self) -> Exception | None:
        """The first failure among those that are followed."""
        for task in self._under_way.values():
            if task.done() and (error := task.exception()) is not None:
                return error if isinstance(error, Exception) else None
        return None

    def settled(self) -> None:
        """None is under way any more."""
        for text in self._under_way:
            self._break(text, "it never ended")

    def _break(self, text: str, what: str) -> None:
        raise InvariantBroken(self._clock(), f"command {text}", what)
