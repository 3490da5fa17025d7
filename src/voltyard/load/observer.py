"""The observer of a load run: it measures the chargers' own calls, and their links.

A call counts from the moment at which the charger came to want it, not from when it was sent: while
one is outstanding the next one waits, and its waiting is the CSMS's doing. What a charger could not
say for want of a link counts from when it has one again.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from voltyard.charger.connection.call_purposes import ProxiedCall, TransactionMessage
from voltyard.charger.description.events import Booted, ChargerEvent, ConnectionChanged, Framed
from voltyard.drivers.fleet import token_status
from voltyard.kernel import limits
from voltyard.kernel.time import Instant, Seconds
from voltyard.load.chargers import ChargerPresence, LoadCharger, OpenCall, Ready
from voltyard.load.figures import CONNECT, LoadFigures, count
from voltyard.ocpp.rpc import INVALID_ANSWER
from voltyard.ports.links import DialFailed, Dialler, Dialling, LinkUser
from voltyard.runtimes.host.host import Host

LINK_LOST: Final = "LinkLost"
NO_ANSWER: Final = "NoAnswer"
_CALL_ERROR: Final = 4
_BROKEN_SHOWN: Final = 10


class LoadObserver:
    """Listener to the host of a load run."""

    def __init__(
        self, chargers: dict[str, LoadCharger], figures: LoadFigures, timeout_s: Seconds
    ) -> None:
        """`timeout_s` is the time after which the chargers give up a call."""
        self._chargers = chargers
        self._figures = figures
        self._timeout_s = timeout_s
        self._host: Host | None = None
        self._ready: Ready | None = None
        self.ends_at: Instant | None = None
        """Moment from which on nothing new is measured."""

    def follow(self, host: Host, ready: Ready) -> None:
        """Observe the chargers of that host; `ready` hears of each that can call from now on."""
        self._host = host
        self._ready = ready

    def reported(self, key: str, event: ChargerEvent) -> None:
        """Measure what matters."""
        charger = self._chargers[key]
        if type(event) is Framed:
            if event.direction == "cp_to_csms":
                if event.kind == "call":
                    self._called(charger, event)
            elif event.kind in ("result", "error"):
                self._answered(charger, event)
        elif type(event) is ConnectionChanged:
            self._link_changed(charger, event)
        elif type(event) is Booted:
            charger.is_accepted = event.status == "Accepted"
            if charger.is_connected:
                self._is_ready(charger, event.at)

    def remembered(self, key: str) -> None:
        """Nothing of a load run is kept."""

    def broke(self, key: str, error: Exception) -> None:
        """A bug of ours, to be told at the end."""
        if len(self._figures.broken) < _BROKEN_SHOWN:
            self._figures.broken.append(f"{key}: {type(error).__name__}: {error}")

    def conclude(self) -> None:
        """Give up what has not been answered by now."""
        for charger in self._chargers.values():
            self._give_up(charger)

    # --- links ---------------------------------------------------------------------------------

    def _link_changed(self, charger: LoadCharger, event: ConnectionChanged) -> None:
        if event.connected:
            charger.is_linked = True
            if charger.connect_from is not None:
                self._figures.of(CONNECT).answered(event.at - charger.connect_from)
                charger.connect_from = None
            if charger.is_accepted:
                self._is_ready(charger, event.at)
            return
        was_linked, charger.is_linked = charger.is_linked, False
        lost_by_csms = charger.presence is ChargerPresence.READY
        if was_linked and lost_by_csms:
            self._figures.of(CONNECT).failed(LINK_LOST)
        call, charger.open_call = charger.open_call, None
        if call is not None and self._is_measured(call.intended_at):
            waited_s = event.at - call.intended_at
            if lost_by_csms:
                self._figures.of(call.action).failed(LINK_LOST, waited_s)
            else:
                self._figures.of(call.action).answered(waited_s)  # at least so long

    def _is_ready(self, charger: LoadCharger, at: Instant) -> None:
        charger.ready_at = at
        if charger.presence is ChargerPresence.COMING:
            charger.presence = ChargerPresence.READY
            assert self._ready is not None, "a charger is observed before its host"
            self._ready(charger, at)

    # --- calls ---------------------------------------------------------------------------------

    def _called(self, charger: LoadCharger, frame: Framed) -> None:
        self._give_up(charger)  # one that were still open would not have let another one pass
        assert self._host is not None, "a charger is observed before its host"
        machine = self._host.charger(charger.key)
        call = machine.wire.rpc.outstanding
        if call is None or call.id != frame.message_id or isinstance(call.token, ProxiedCall):
            return  # the last is measured by whoever asked for it
        intended_at = call.asked_at
        head = machine.outbox.head
        if isinstance(call.token, TransactionMessage) and head is not None and head.attempts <= 1:
            intended_at = max(head.queued_at, charger.ready_at)
        charger.open_call = OpenCall(frame.action, intended_at, frame.at)

    def _give_up(self, charger: LoadCharger) -> None:
        """A call is open that was not answered in its time."""
        call, charger.open_call = charger.open_call, None
        if call is not None and self._is_measured(call.intended_at):
            waited_s = call.sent_at - call.intended_at + self._timeout_s
            self._figures.of(call.action).failed(NO_ANSWER, waited_s)

    def _answered(self, charger: LoadCharger, frame: Framed) -> None:
        call, charger.open_call = charger.open_call, None
        if call is None or not self._is_measured(call.intended_at):
            return
        refusal = _refusal(frame)
        latency_s = frame.at - call.intended_at
        if refusal:
            self._figures.of(call.action).failed(refusal, latency_s)
        else:
            self._figures.of(call.action).answered(latency_s)

    def _is_measured(self, intended_at: Instant) -> bool:
        return self.ends_at is None or intended_at <= self.ends_at


class CountingDialler:
    """A dialler that counts the dials that brought no link, by reason."""

    def __init__(self, dialler: Dialler, figures: LoadFigures) -> None:
        self._dialler = dialler
        self._figures = figures

    async def dial(self, dialling: Dialling, user: LinkUser) -> None:
        """Dial."""
        try:
            await self._dialler.dial(dialling, user)
        except DialFailed as error:
            reason = error.message[: limits.FLEET_REASON_CHARACTERS]
            count(self._figures.refused_dials, reason)
            raise


def _refusal(frame: Framed) -> str:
    """The reason for which an answer says no; empty where it does not."""
    if frame.kind == "error":
        answer = _decoded(frame.text)
        if answer and answer[0] == _CALL_ERROR and len(answer) > 2 and isinstance(answer[2], str):
            return answer[2][: limits.FLEET_REASON_CHARACTERS]
        return INVALID_ANSWER
    if frame.action == "BootNotification":
        answer = _decoded(frame.text)
        is_rejected = isinstance(answer[2], dict) and answer[2].get("status") == "Rejected"
        return "Rejected" if is_rejected else ""
    status = token_status(frame.action, frame.text)
    return "" if status in ("", "Accepted") else status


def _decoded(text: str) -> list[Any]:
    try:
        frame = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return []
    return frame if isinstance(frame, list) else []
