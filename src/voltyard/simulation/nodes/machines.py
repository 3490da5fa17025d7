"""Machines of a simulation: each starts its process again when that has ended."""

import asyncio
from collections.abc import Callable
from functools import partial
from random import Random

from voltyard.kernel.errors import VoltyardError
from voltyard.kernel.time import Seconds
from voltyard.simulation.nodes.processes import SERVER_NAME, Life, NodeLife, ServerLife, World


class Machine:
    """One machine, with the process that runs there now, and those that were left paused."""

    def __init__(self, world: World, name: str, random: Random) -> None:
        self.name = name
        self.life: Life | None = None
        """The process of now; None between two of them."""
        self.starts = 0
        self._world = world
        self._random = random
        self._left: list[Life] = []
        self._give_way = asyncio.Event()
        self._is_ending = False
        self._keeping = asyncio.create_task(self._keep())

    @property
    def lives(self) -> list[Life]:
        """Processes that have not ended, those that were left too."""
        return [*self._left, *([] if self.life is None else [self.life])]

    @property
    def open_life(self) -> Life | None:
        """The process of now, if it runs and lets chargers in."""
        life = self.life
        return life if life is not None and life.is_open and life.process.runs else None

    def pause(self) -> None:
        """Pause its process."""
        if self.life is not None:
            self.life.process.pause()

    def resume(self) -> None:
        """Let all go on."""
        for life in self.lives:
            life.process.resume()

    def leave_paused(self) -> None:
        """Start another process of its name elsewhere, while this one is paused."""
        self._give_way.set()

    def kill(self) -> None:
        """Kill its process."""
        if self.life is not None:
            self._kill(self.life)

    def stop(self) -> None:
        """Have its process end in order; another is started then."""
        if self.life is not None:
            self.life.stopping.set()

    def stop_left(self) -> None:
        """Have those that were left paused end in order."""
        for life in self._left:
            life.stopping.set()

    def look_at_bus(self) -> None:
        """Cut its processes off from the bus, or let them back in."""
        for life in self.lives:
            life.bus.look()

    async def end(self) -> None:
        """Have its process end in order, for good."""
        self._is_ending = True
        self.stop()
        await asyncio.wait([self._keeping])
        self._keeping.result()

    def _kill(self, life: Life) -> None:
        life.process.kill()
        life.bus.look()
        life.held.vanish()
        self._world.balancer.close(life.process)
        self._world.balancer.reset(life.process)

    async def _keep(self) -> None:
        while not self._is_ending:
            self.starts += 1
            self._give_way.clear()
            life = self.life = self._new()
            self._world.said(self.name, f"starts as {life.holder}")
            running = life.process.start(life.run())
            giving_way = asyncio.ensure_future(self._give_way.wait())
            ended: asyncio.Future[None] = asyncio.ensure_future(self._over(life, running))
            await asyncio.wait((ended, giving_way), return_when=asyncio.FIRST_COMPLETED)
            giving_way.cancel()
            self.life = None
            if not ended.done():
                self._left.append(life)
                ended.add_done_callback(partial(self._forget, life))
                continue
            await asyncio.sleep(self._random.uniform(0.1, 5.0))

    def _forget(self, left: Life, ended: "asyncio.Future[None]") -> None:
        self._left.remove(left)

    async def _over(self, life: Life, running: "asyncio.Task[None]") -> None:
        """Return once a process has ended, however."""
        killed = asyncio.shield(life.process.killed)
        await asyncio.wait((running, killed), return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            error = running.exception()
            if error is not None and not isinstance(error, VoltyardError):
                assert isinstance(error, Exception), error
                self._world.complain(life.holder, error)
            self._world.said(life.holder, "ends" if error is None else f"ends: {error}")
            self._kill(life)
        else:
            self._world.said(life.holder, "is killed")

    def _new(self) -> Life:
        kind: Callable[[World, str, int], Life]
        kind = ServerLife if self.name == SERVER_NAME else NodeLife
        return kind(self._world, self.name, self.starts)


def pause_s(random: Random) -> Seconds:
    """The length of a pause: mostly short, at times longer than a lease."""
    return float(0.05 * 1_000 ** random.random())
