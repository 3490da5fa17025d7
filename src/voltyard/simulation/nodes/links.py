"""Links between chargers and the processes of a simulation, with the troubles of real networks.

A frame takes its time, and keeps its place. A link that is cut is gone to each end at a moment of
its own: a charger may dial anew while its former process still takes it for connected.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from contextvars import Context, copy_context
from functools import partial
from random import Random
from typing import Any

from voltyard.kernel.time import Instant, Seconds
from voltyard.network.links.address import read_url
from voltyard.ports.links import (
    Admitted,
    Barred,
    DialFailed,
    Dialling,
    Gate,
    GateDecision,
    Handshake,
    LinkUser,
)
from voltyard.simulation.nodes.process_loop import SimulatedProcess

_ABNORMAL = 1006
_CLOSES_S: Seconds = 5.0
"""The time after which an end that has closed waits for the other no more."""
_NOTICED_S: Seconds = 20.0
"""The longest time that an end takes to notice a link that was cut."""

_APART_S: Seconds = 0.000_01
"""Between two frames, so that neither overtakes the other."""


class SimulatedDoor:
    """A process's door."""

    def __init__(self, process: SimulatedProcess, gate: Gate) -> None:
        self.process = process
        self.gate = gate


class Balancer:
    """The network between chargers and doors: each dial goes to any of the doors that are open."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self.doors: dict[str, SimulatedDoor] = {}
        """By the machine's name."""
        self._links: dict[SimulatedLink, None] = {}
        self._dials = 0

    async def dial(self, dialling: Dialling, user: LinkUser) -> None:
        """See `ports.links.Dialler`."""
        address = read_url(dialling.url)
        await asyncio.sleep(self._random.uniform(0.001, 0.05))
        if not self.doors:
            raise DialFailed("connection refused")
        door = self.doors[self._random.choice(sorted(self.doors))]
        self._dials += 1
        remote = f"192.0.2.{1 + _number_of(address.resource) % 250}:{40_000 + self._dials % 20_000}"
        handshake = Handshake(address.resource, dialling.subprotocols, None, remote)
        verdict = await self._asked(door, handshake, dialling.timeout_s)
        if isinstance(verdict, Barred):
            raise DialFailed(f"{verdict.status} {verdict.reason}", status=verdict.status)
        if verdict.subprotocol not in dialling.subprotocols:
            raise DialFailed("no common subprotocol")
        link = SimulatedLink(self._random, door.process, verdict, user, self._forget)
        self._links[link] = None
        link.open()

    async def _asked(
        self, door: SimulatedDoor, handshake: Handshake, timeout_s: Seconds
    ) -> GateDecision:
        judging = door.process.start(_judged(door.gate, handshake))
        killed = asyncio.ensure_future(_until(door.process))
        await asyncio.wait(
            (judging, killed), timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED
        )
        killed.cancel()
        if judging.cancelled():  # its process ends
            raise DialFailed("connection reset")
        if judging.done():
            return judging.result()
        judging.cancel()
        raise DialFailed("no answer" if door.process.state != "killed" else "connection reset")

    def cut(self, process: SimulatedProcess, *, seldom: float = 1.0) -> None:
        """Cut links of a process, that share of them."""
        for link in [one for one in self._links if one.process is process]:
            if self._random.random() < seldom:
                link.cut()

    def cut_some(self, share: float) -> None:
        """Cut that share of all links."""
        for link in list(self._links):
            if self._random.random() < share:
                link.cut()

    def reset(self, process: SimulatedProcess) -> None:
        """End the links of a process that was killed: its machine tells the chargers."""
        for link in [one for one in self._links if one.process is process]:
            link.reset()

    def close(self, process: SimulatedProcess) -> None:
        """Close the door of a process that ends, with the links it has left."""
        for name, door in list(self.doors.items()):
            if door.process is process:
                del self.doors[name]

    def _forget(self, link: "SimulatedLink") -> None:
        self._links.pop(link, None)


class SimulatedLink:
    """A link: two ends, and what is on its way between them."""

    def __init__(
        self,
        random: Random,
        process: SimulatedProcess,
        admitted: Admitted,
        charger: LinkUser,
        forget: "Callable[[SimulatedLink], None]",
    ) -> None:
        self.process = process
        self._random = random
        self._loop = asyncio.get_running_loop()
        self._forget = forget
        self.is_cut = False
        self.far = LinkEnd(self, admitted.user, admitted.subprotocol, process.context)
        self.near = LinkEnd(self, charger, admitted.subprotocol, copy_context())

    def open(self) -> None:
        """Tell both ends that it is up."""
        self.process.post(self.far.opened)
        self.near.opened()

    def cut(self) -> None:
        """Lose all that is sent from now on; each end notices some time."""
        self.is_cut = True
        for end in (self.near, self.far):
            end.vanish_after(self.notice_s())

    def reset(self) -> None:
        """Have the charger's end told at once: the other has gone with its process."""
        self.is_cut = True
        self.near.vanish_after(self._random.uniform(0.0, 0.05))

    def other(self, end: "LinkEnd") -> "LinkEnd":
        return self.far if end is self.near else self.near

    def notice_s(self) -> Seconds:
        """The time until an end notices that the link was cut."""
        return self._random.uniform(0.0, _NOTICED_S)

    def way_s(self) -> Seconds:
        return self._random.uniform(0.001, 0.05)

    def ended(self) -> None:
        """An end is gone."""
        if not self.near.is_up and not self.far.is_up:
            self._forget(self)


class LinkEnd:
    """One end: a `ports.links.Link`, whose user is called in its own context."""

    def __init__(
        self, link: SimulatedLink, user: LinkUser, subprotocol: str | None, context: Context
    ) -> None:
        self.subprotocol = subprotocol
        self.is_up = True
        self._link = link
        self._user = user
        self._context = context
        self._loop = asyncio.get_running_loop()
        self._closing: tuple[int, str] | None = None
        self._arrives_at: Instant = 0.0
        self._is_paused = False
        self._unread: deque[str] = deque()

    def opened(self) -> None:
        self._user.opened(self)

    def send(self, text: str) -> None:
        if self._closing is None and self.is_up:
            self._other.come(self._other.arrived, text)

    def close(self, code: int = 1000, reason: str = "") -> None:
        if self._closing is not None or not self.is_up:
            return
        self._closing = (code, reason)
        self._other.come(self._other.close_came, code, reason)
        self._after(_CLOSES_S, self._gone, code, reason)

    def abort(self) -> None:
        if self._closing is not None or not self.is_up:
            return
        self._closing = (_ABNORMAL, "")
        self._link.is_cut = True
        self._after(0.0, self._gone, _ABNORMAL, "")
        self._other.vanish_after(self._link.notice_s())

    def probe(self, answered: Callable[[], None]) -> None:
        if not self._link.is_cut and self._link.process.runs:
            self._after(2 * self._link.way_s(), answered)

    def pause(self) -> None:
        self._is_paused = True

    def resume(self) -> None:
        if self._is_paused:
            self._is_paused = False
            self._after(0.0, self._read_on)

    def vanish_after(self, delay_s: Seconds) -> None:
        """Take the link for gone at that time."""
        self._after(delay_s, self._gone, _ABNORMAL, "")

    # --- what comes ----------------------------------------------------------------------------

    def arrived(self, text: str) -> None:
        if self._is_paused or self._unread:
            self._unread.append(text)
        elif self._closing is None and self.is_up:
            self._user.received(text)

    def close_came(self, code: int, reason: str) -> None:
        """The peer has closed: answer, and be gone."""
        if self.is_up:
            self._is_paused = False
            self._read_on()
            self._other.come(self._other.close_came, code, reason)
            self._gone(code, reason)

    # --- on the way ----------------------------------------------------------------------------

    @property
    def _other(self) -> "LinkEnd":
        return self._link.other(self)

    def come(self, callback: Callable[..., None], *args: Any) -> None:
        """Have something of the other end's come here, after all that it sent before."""
        now = self._loop.time()
        self._arrives_at = max(self._arrives_at + _APART_S, now + self._link.way_s())
        self._after(self._arrives_at - now, partial(self._unless_cut, callback, args))

    def _unless_cut(self, callback: Callable[..., None], args: tuple[Any, ...]) -> None:
        if not self._link.is_cut:
            callback(*args)

    def _after(self, delay_s: Seconds, callback: Callable[..., None], *args: Any) -> None:
        self._loop.call_later(delay_s, callback, *args, context=self._context.copy())

    def _read_on(self) -> None:
        while self._unread and not self._is_paused and self.is_up and self._closing is None:
            self._user.received(self._unread.popleft())

    def _gone(self, code: int, reason: str) -> None:
        if self.is_up:
            self.is_up = False
            self._unread.clear()
            self._link.ended()
            self._user.closed(*(self._closing or (code, reason)))


async def _judged(gate: Gate, handshake: Handshake) -> GateDecision:
    verdict = gate(handshake)
    return verdict if isinstance(verdict, Admitted | Barred) else await verdict


async def _until(process: SimulatedProcess) -> None:
    await asyncio.shield(process.killed)


def _number_of(text: str) -> int:
    """A number for a text, the same in each run."""
    return sum(text.encode())
