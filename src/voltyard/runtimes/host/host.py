"""Host: one asyncio loop that drives any number of chargers.

A charger is a machine without I/O; here its inputs come from a link, a wheel of deadlines and
the commands of whoever asks, and its effects are carried out. There is one timer for all of them,
no task and no timer a charger. A dial is a task while it lasts, of which there are DIALS_AT_ONCE.
"""

import asyncio
from asyncio import Future
from collections.abc import Callable
from functools import partial
from typing import Protocol

from voltyard.catalogue.commands.commands import ChargerCommand, PowerCut
from voltyard.catalogue.network_conditions import GOOD_NETWORK, NetworkConditions
from voltyard.charger import effects
from voltyard.charger.charger import Charger
from voltyard.charger.description.events import ChargerEvent, ConnectionChanged
from voltyard.charger.description.specification import ChargerSpec
from voltyard.charger.effects import Remember, Report, Transmit
from voltyard.charger.inputs import CommandReceived, Input, Tick
from voltyard.charger.snapshot import Snapshot
from voltyard.kernel import limits
from voltyard.kernel.addressing.egress import ANYWHERE, Egress
from voltyard.kernel.errors import Conflict, NotFound, Overfull
from voltyard.kernel.pace import Pace
from voltyard.kernel.time import Instant, Seconds
from voltyard.loop.turns import Turns
from voltyard.loop.wheel import Wheel
from voltyard.network.links.faulty import NetworkPath, NetworkPaths
from voltyard.ports.clock import Clock
from voltyard.ports.links import DialFailed, Dialler
from voltyard.ports.transfers import Transfers
from voltyard.quirks.quirky_charger import QuirksRemoved, QuirkyCharger
from voltyard.runtimes.host.dial_queue import DialQueue, dialling_of
from voltyard.runtimes.host.hosted_charger import ChargerCommandResult, DialledLink, HostedCharger
from voltyard.runtimes.host.logbook import Logbook
from voltyard.runtimes.host.transfer_tasks import TransferTasks
from voltyard.runtimes.parsing import NO_FAULTS, ChargerFaults

_TICK = Tick()


class HostListener(Protocol):
    """Listener to a host's chargers. Calls come in order and never wait."""

    def reported(self, key: str, event: ChargerEvent) -> None:
        """The charger reports an event."""

    def remembered(self, key: str) -> None:
        """Hear that the answer of `Host.memory` has changed; asking for it takes a while."""

    def broke(self, key: str, error: Exception) -> None:
        """The charger's machine failed, which is a bug; the host has let go of it."""


class Host:
    """Driver of chargers, each under a key of its owner's choice."""

    def __init__(
        self,
        dialler: Dialler,
        clock: Clock,
        listener: HostListener,
        *,
        transfers: Transfers | None = None,
        capacity: int | None = None,
        slack_s: Seconds = 0.0,
        after_step: Callable[[str, Charger, Instant], None] | None = None,
        turns: Turns | None = None,
    ) -> None:
        """`transfers` carries the chargers' files: without it each fails at once, and nothing is
        kept for their logs. `capacity` bounds the chargers, Overfull beyond. What is due
        within `slack_s` is done together, at most so much too late. `after_step` sees each charger
        after each of its steps: a simulation checks its invariants there. `turns` are shared with
        whoever else has links on this loop."""
        self._loop = asyncio.get_running_loop()
        self._clock = clock
        self._listener = listener
        self._capacity = capacity
        self._after_step = after_step
        self._hosted: dict[str, HostedCharger] = {}
        self.turns = turns or Turns(clock)
        self._wheel: Wheel[HostedCharger] = Wheel(clock, self._tick, slack_s)
        self._dialler = dialler
        self._dials = DialQueue()
        self._paths: NetworkPaths | None = None
        self._logbook = Logbook()
        self._notes = None if transfers is None else self._logbook.note
        self._carrier = TransferTasks(transfers, self._logbook)
        self.frames_received = 0
        self.frames_sent = 0
        self.dials_failed = 0
        self.last_failure = ""
        """Reason of the last dial's failure."""

    def __len__(self) -> int:
        return len(self._hosted)

    def __contains__(self, key: str) -> bool:
        return key in self._hosted

    def add(
        self,
        key: str,
        spec: ChargerSpec,
        memory: Snapshot | None = None,
        faults: ChargerFaults = NO_FAULTS,
        pace: Pace | None = None,
        egress: Egress = ANYWHERE,
    ) -> None:
        """Drive a new charger, or one that had this memory; without `pace` in real time. What it
        dials is held to `egress`. Conflict where the key is in use."""
        if key in self._hosted:
            raise Conflict(f"{key} is driven already", key=key)
        if self._capacity is not None and len(self._hosted) >= self._capacity:
            raise Overfull(f"this host drives {self._capacity} chargers at most", key=key)
        now = self._clock() if pace is None else pace.local_at(self._clock())
        charger = Charger(spec, now) if memory is None else Charger.restore(spec, memory, now)
        hosted = self._hosted[key] = HostedCharger(key, charger, self._clock)
        hosted.egress = egress
        if pace is not None:
            hosted.keep(pace, self._clock)
            charger.run_at(pace.rate, now, now)
        if faults is not NO_FAULTS:
            self.misbehave(key, faults)
            if memory is not None and isinstance(hosted.machine, QuirkyCharger):
                hosted.machine.recall(memory)
        if memory is None:
            self._set_timer(hosted)
        else:
            self.step(hosted, _TICK)  # it has to tell what became of what it remembers

    def remove(self, key: str) -> None:
        """Let go of a charger as it is: its link is cut, what it owed is answered with Failed.

        NotFound where there is no such charger.
        """
        hosted = self._of(key)
        del self._hosted[key]
        self._wheel.set(hosted, None)
        self._carrier.drop(key)
        hosted.leave()

    def power_off(self, key: str) -> Snapshot:
        """Take a charger's power, then let go of it; returns what its memory holds.

        NotFound where there is no such charger.
        """
        hosted = self._of(key)
        self.step(hosted, CommandReceived(PowerCut()))
        if hosted.line is not None:
            # Nobody will be there to hear the link's own word.
            hosted.line.end("power cut", abort=True)
        if not hosted.gone:
            self.remove(key)
        return hosted.machine.snapshot(hosted.clock())

    def go_at(self, key: str, pace: Pace | None) -> None:
        """Have a charger's time follow real time so from here on; None: as real time. It never
        falls back: a charger that is ahead stays so. NotFound where there is no such charger."""
        hosted = self._of(key)
        if hosted.pace == pace:
            return
        real, before = self._clock(), hosted.clock()
        if (pace.local_at(real) if pace is not None else real) < before:
            pace = Pace(1.0 if pace is None else pace.rate, real, before)
        hosted.keep(pace, self._clock)
        now = before if pace is None else pace.local_at(real)
        hosted.charger.run_at(1.0 if pace is None else pace.rate, before, max(now, before))
        self.step(hosted, _TICK)

    def confine(self, key: str, egress: Egress) -> None:
        """Hold a charger to that policy from its next dial on. NotFound where there is none."""
        self._of(key).egress = egress

    def now(self, key: str) -> Instant:
        """The moment it is for a charger. NotFound where there is no such charger."""
        return self._of(key).clock()

    def misbehave(self, key: str, faults: ChargerFaults) -> None:
        """Give a charger these faults, and no others, whether or not it is connected.

        NotFound where there is no such charger.
        """
        hosted = self._of(key)
        if isinstance(hosted.machine, QuirkyCharger) and hosted.machine.switched != faults.quirks:
            self.step(hosted, QuirksRemoved())
            hosted.machine = hosted.charger
        if faults.quirks and hosted.machine is hosted.charger:
            seed = hosted.charger.context.spec.seed
            hosted.machine = QuirkyCharger(hosted.charger, faults.quirks, seed)
        self._set_road(hosted, faults.network)
        if not hosted.gone:
            self._set_timer(hosted)

    def _set_road(self, hosted: HostedCharger, conditions: NetworkConditions) -> None:
        if hosted.path is None:
            if conditions == GOOD_NETWORK:
                return
            if self._paths is None:
                self._paths = NetworkPaths(self._clock)
            spec = hosted.charger.context.spec
            hosted.path = NetworkPath(self._paths, conditions, spec.seed, spec.identity)
        elif hosted.path.conditions != conditions:
            hosted.path.change(conditions)
        else:
            return
        if hosted.line is not None:
            hosted.line.take(hosted.path)

    def ask(self, key: str, command: ChargerCommand) -> "Future[ChargerCommandResult]":
        """Hand a command to a charger, at once and in order; the future is its one result.

        NotFound where there is no such charger, Overfull where limits.COMMAND_QUEUE are waiting.
        """
        hosted = self._of(key)
        if len(hosted.asked) >= limits.COMMAND_QUEUE:
            raise Overfull(f"{key} has {limits.COMMAND_QUEUE} commands waiting", key=key)
        hosted.ordinal += 1
        identifier = str(hosted.ordinal)
        future: Future[ChargerCommandResult] = self._loop.create_future()
        hosted.asked[identifier] = future
        self.step(hosted, CommandReceived(command, identifier))
        return future

    def charger(self, key: str) -> Charger:
        """The machine itself, to be looked at. NotFound where there is no such charger."""
        return self._of(key).charger

    def memory(self, key: str) -> Snapshot:
        """The charger's memory as it is now. NotFound where there is no such charger."""
        hosted = self._of(key)
        return hosted.machine.snapshot(hosted.clock())

    def keys(self) -> list[str]:
        """Every charger driven here, in the order they came."""
        return list(self._hosted)

    def close(self) -> None:
        """Let go of every charger, and of the dials under way."""
        for key in self.keys():
            self.remove(key)
        if self._paths is not None:
            self._paths.stop()
        self._wheel.stop()
        self._dials.close()
        self._carrier.close()

    def step(self, hosted: HostedCharger, incoming: Input) -> None:
        """Let something happen to a charger, and carry out what it wants done.

        What happens in the course of that (a listener asks, a link closes at once) waits its turn.
        """
        if hosted.gone:
            return
        if hosted.stepping:
            hosted.waiting.append(incoming)
            return
        hosted.stepping = True
        try:
            self._carry_out(hosted, incoming)
            while hosted.waiting and not hosted.gone:
                self._carry_out(hosted, hosted.waiting.pop(0))
        except Exception as error:  # one charger's bug is not to stop the others
            self.let_go(hosted, error)
        finally:
            hosted.stepping = False
        if not hosted.gone:
            self._set_timer(hosted)

    def _set_timer(self, hosted: HostedCharger) -> None:
        at, pace = hosted.machine.deadline(), hosted.pace
        if pace is not None and at is not None:
            at = pace.real_at(at)
        if at != hosted.due_at:  # an answer seldom changes it
            hosted.due_at = at
            self._wheel.set(hosted, at)

    def dial_failed(self, hosted: HostedCharger, error: DialFailed, *, wanted: bool) -> None:
        """Count it, and tell why a charger is not connected: its machine dials on and says nothing.
        A reason is told once, not with every dial."""
        self.dials_failed += 1
        self.last_failure = str(error)
        if not wanted or hosted.gone or hosted.unreached == error.message:
            return
        hosted.unreached = error.message
        event = ConnectionChanged(at=hosted.clock(), connected=False, reason=str(error))
        self._listener.reported(hosted.key, event)

    def _tick(self, hosted: HostedCharger) -> None:
        hosted.due_at = None
        self.step(hosted, _TICK)

    def let_go(self, hosted: HostedCharger, error: Exception) -> None:
        """The charger failed, which is a bug: it is driven no more, and the listener is told."""
        if not hosted.gone:
            self.remove(hosted.key)
        self._listener.broke(hosted.key, error)

    def _carry_out(self, hosted: HostedCharger, incoming: Input) -> None:
        now, key = hosted.clock(), hosted.key
        notes, listener = self._notes, self._listener
        for effect in hosted.machine.step(incoming, now):
            # Frames, their reports and what is to be stored of them are nearly all there is.
            if type(effect) is Report:
                event = effect.event
                if notes is not None:
                    notes(key, event)
                listener.reported(key, event)
            elif type(effect) is Remember:
                listener.remembered(key)
            elif type(effect) is Transmit:
                self.frames_sent += 1
                line = hosted.line
                if line is not None and line.link is not None:
                    line.link.send(effect.text)
            else:
                self._carry_out_rare(hosted, effect)
        if self._after_step is not None and not hosted.gone:
            self._after_step(key, hosted.charger, now)

    def _carry_out_rare(self, hosted: HostedCharger, effect: effects.Effect) -> None:
        match effect:
            case effects.CommandResult(identifier, outcome):
                future = hosted.asked.pop(identifier, None)
                if future is not None and not future.done():
                    future.set_result(outcome)
            case effects.Dial():
                hosted.leave_open(hosted.line)
                hosted.line = DialledLink(self, hosted)
                path = hosted.path
                dialler = self._dialler if path is None else path.over(self._dialler)
                self._dials.put(dialling_of(effect, hosted.egress), hosted.line, dialler)
            case effects.HangUp():
                self._hang_up(hosted.line, effect)
            case effects.FetchFile() | effects.SendFile():
                self._carrier.begin(hosted.key, effect, partial(self.step, hosted), hosted.egress)
            case effects.AbortTransfer(id):
                self._carrier.abort(hosted.key, id)
            case effects.PublishFile():
                self._carrier.publish(hosted.key, effect, partial(self.step, hosted))
            case effects.WithdrawFile(id):
                self._carrier.withdraw(hosted.key, id)
            case effects.DropFile(id):
                self._carrier.drop_file(hosted.key, id)
            case _:
                raise AssertionError(f"unknown effect {effect!r}")

    def _hang_up(self, line: DialledLink | None, effect: effects.HangUp) -> None:
        if line is None:
            return
        line.hung_up = True
        if line.link is None:
            self._loop.call_soon(line.end, "hung up before it was open")
        elif effect.abruptly:
            line.link.abort()
        else:
            line.link.close(effect.code, effect.reason)

    def _of(self, key: str) -> HostedCharger:
        try:
            return self._hosted[key]
        except KeyError:
            raise NotFound(f"{key} does not run here", key=key) from None
