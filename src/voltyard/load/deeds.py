"""Deeds of the chargers at rates that were fixed in advance (an open loop).

When the next call is due is settled before the first one is made, and what becomes of earlier ones
changes nothing about it: while a charger waits for an answer its calls queue up, and each is
measured from the moment that it was due. A CSMS that stalls for a second so shows it in all the
calls that it held up, not in one of each charger (coordinated omission).
"""

from __future__ import annotations

from asyncio import Future
from functools import partial
from typing import Any, Final

from msgspec.json import encode

from voltyard.catalogue.commands.commands import ProxyMessage, StartSession
from voltyard.charger.effects import Done, Failed
from voltyard.drivers.fleet import token_status
from voltyard.kernel import limits
from voltyard.kernel.errors import VoltyardError
from voltyard.kernel.time import Instant, Seconds
from voltyard.load.chargers import ChargerPresence, LoadCharger
from voltyard.load.figures import SESSION, LoadFigures
from voltyard.load.observer import LINK_LOST, NO_ANSWER
from voltyard.load.plans.plan import CallRate, LoadPlan, payload_of
from voltyard.loop.wheel import Wheel
from voltyard.ports.clock import Clock
from voltyard.runtimes.host.host import Host

_CODES: Final = {"no_answer": NO_ANSWER, "not_connected": LINK_LOST, "unavailable": LINK_LOST}
"""Codes of commands that failed, in the words of the figures."""


class _Timetable:
    """Deeds of one kind, of one charger: an endless row of moments."""

    __slots__ = ("call", "charger", "next_at", "period_s")

    def __init__(
        self, charger: LoadCharger, call: CallRate | None, first_at: Instant, period_s: Seconds
    ) -> None:
        self.charger = charger
        self.call = call
        self.next_at = first_at
        self.period_s = period_s


class Deeds:
    """The calls and sessions that chargers are asked for, and what comes of them."""

    def __init__(
        self,
        plan: LoadPlan,
        numbers: dict[str, int],
        host: Host,
        clock: Clock,
        figures: LoadFigures,
    ) -> None:
        """`numbers` are the chargers' places among all, from 0 on: their deeds are spread out by
        them."""
        self._plan = plan
        self._numbers = numbers
        self._host = host
        self._clock = clock
        self._figures = figures
        self._wheel: Wheel[_Timetable] = Wheel(clock, self._due)
        self._timetables: dict[str, list[_Timetable]] = {}

    def begin(self, charger: LoadCharger, at: Instant) -> None:
        """A charger is ready: its timetables begin, unless they have before."""
        if charger.key in self._timetables:
            return
        share = self._numbers[charger.key] / self._plan.chargers
        rows = [(call, self._plan.period_s(call)) for call in self._plan.calls]
        kinds: list[tuple[CallRate | None, Seconds]] = [*rows]
        if self._plan.sessions is not None:
            kinds.append((None, self._plan.sessions.every_s))
        timetables = [
            _Timetable(charger, call, at + share * period_s, period_s) for call, period_s in kinds
        ]
        self._timetables[charger.key] = timetables
        for one in timetables:
            self._wheel.set(one, one.next_at)

    def end(self, charger: LoadCharger) -> None:
        """A charger leaves."""
        for one in self._timetables.pop(charger.key, ()):
            self._wheel.set(one, None)
        self.cut_off(charger)

    def cut_off(self, charger: LoadCharger) -> None:
        """The stages take a charger's link: what waits is not sent any more, and counts with the
        time that it has waited."""
        charger.cuts += 1
        now = self._clock()
        waiting = [*charger.backlog]
        if charger.under_way is not None:
            waiting.insert(0, charger.under_way)
        charger.backlog.clear()
        charger.under_way = None
        for call, intended_at in waiting:
            self._figures.of(_name(call)).answered(now - intended_at)

    def stop(self) -> None:
        """Nothing more is due."""
        self._wheel.stop()

    def conclude(self) -> None:
        """Give up what has not been done by now."""
        now = self._clock()
        for timetables in self._timetables.values():
            if not timetables:
                continue
            charger = timetables[0].charger
            waiting = [*charger.backlog]
            if charger.under_way is not None:
                waiting.insert(0, charger.under_way)
            for call, intended_at in waiting:
                self._figures.of(_name(call)).failed(NO_ANSWER, now - intended_at)
            charger.cuts += 1  # what comes of them now is counted already

    def _due(self, one: _Timetable) -> None:
        now, intended_at = self._clock(), one.next_at
        self._figures.lag.add(now - intended_at)
        one.next_at = intended_at + one.period_s
        self._wheel.set(one, one.next_at)
        charger = one.charger
        if charger.presence is not ChargerPresence.READY:
            return  # the stages have it so
        figures = self._figures.of(_name(one.call))
        if not charger.is_linked:
            figures.failed("NotConnected")
        elif len(charger.backlog) >= limits.LOAD_BACKLOG:
            figures.failed("Overfull")
        else:
            charger.backlog.append((one.call, intended_at))
            self._proceed(charger)

    def _proceed(self, charger: LoadCharger) -> None:
        """Have the charger do what it owes, one after another."""
        while charger.under_way is None and charger.backlog:
            call, _ = charger.under_way = charger.backlog.popleft()
            try:
                outcome = self._host.ask(charger.key, self._command(charger, call))
            except VoltyardError as error:
                charger.under_way = None
                self._figures.of(_name(call)).failed(error.code)
                continue
            if outcome.done():
                self._settle(charger, outcome.result())
            else:
                outcome.add_done_callback(partial(self._done, charger, charger.cuts))

    def _command(self, charger: LoadCharger, call: CallRate | None) -> ProxyMessage | StartSession:
        if call is not None:
            payload = payload_of(call, charger.spec.version, charger.tag, self._clock)
            return ProxyMessage(action=call.action, payload=payload)
        sessions = self._plan.sessions
        assert sessions is not None, "a session is due without a plan for it"
        return StartSession(id_tag=charger.tag, duration_s=sessions.lasts_s)

    def _done(self, charger: LoadCharger, cuts: int, outcome: Future[Any]) -> None:
        if charger.cuts == cuts and not outcome.cancelled():  # else it is counted already
            self._settle(charger, outcome.result())
            self._proceed(charger)

    def _settle(self, charger: LoadCharger, outcome: Done | Failed) -> None:
        """Count the deed that is under way."""
        assert charger.under_way is not None, "an outcome of nothing"
        (call, intended_at), charger.under_way = charger.under_way, None
        figures, code = self._figures.of(_name(call)), _code(call, outcome)
        latency_s = self._clock() - intended_at
        if code:
            figures.failed(code, latency_s)
        else:
            figures.answered(latency_s)


def _name(call: CallRate | None) -> str:
    return SESSION if call is None else call.action


def _code(call: CallRate | None, outcome: Done | Failed) -> str:
    """The code of an error; empty where it went well."""
    if isinstance(outcome, Failed):
        return _CODES.get(outcome.code, outcome.code)[: limits.FLEET_REASON_CHARACTERS]
    if call is not None and call.action == "Authorize":
        status = token_status(call.action, encode([3, "", outcome.result.get("response")]))
        return "" if status in ("", "Accepted") else status
    return ""
