"""Commands carried out, one after the other, each with exactly one answer.

A command begins when the one before it has been answered, so what is asked in a burst while the
charger is still booting happens in its order. Two kinds wait: what needs the CSMS waits for the
first acceptance (not longer than PATIENCE_S, and not at all where network or power was taken away:
that fails at once), and what asked the CSMS waits for its word. Forces of nature (power, network,
faults, the red button) do not wait for the CSMS's word: whatever is being waited for fails or goes
on without it.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from voltyard.charger import commands
from voltyard.charger.commands import Command
from voltyard.charger.deeds import DEEDS, NotAccepted
from voltyard.charger.effects import Answer, Done, Failed
from voltyard.kernel import limits
from voltyard.kernel.errors import Overfull, VoltyardError
from voltyard.kernel.time import Instant, Seconds

if TYPE_CHECKING:
    from voltyard.charger.charger import Charger

PATIENCE_S: Seconds = 60.0
"""How long a command that needs the CSMS waits for the charger's first acceptance, in real time."""

_FORCES = (
    commands.PowerCut,
    commands.PowerRestore,
    commands.NetworkDrop,
    commands.NetworkRestore,
    commands.EmergencyStop,
    commands.InjectFault,
    commands.ClearFault,
    commands.SiteShare,
)

_NEEDS_ACCEPTANCE = (
    commands.Authorize,
    commands.Swipe,
    commands.StartTransaction,
    commands.StartSession,
    commands.ProxyMessage,
)


class Conduct:
    """The commands of one charger."""

    __slots__ = ("_charger", "_current", "_queue", "patience_at")

    def __init__(self, charger: Charger) -> None:
        self._charger = charger
        self._queue: deque[tuple[str, Command]] = deque()
        self._current: str | None = None
        """The command whose word is awaited."""
        self.patience_at: Instant | None = None
        """When the first of the queue has waited long enough for acceptance."""

    def ask(self, id: str, command: Command) -> None:
        """Take a command; it is begun by `proceed`, what a site's limit asks at once."""
        if isinstance(command, commands.SiteShare):
            self._begin(id, command)
            return
        if len(self._queue) >= limits.COMMAND_QUEUE:
            self._answer(id, Failed(Overfull.code, "too many commands wait for this charger"))
            return
        self._queue.append((id, command))

    @property
    def has_waiting(self) -> bool:
        """Commands wait to be begun."""
        return bool(self._queue)

    def proceed(self) -> None:
        """Answer what has come to its end, and begin what may begin."""
        outcomes = self._charger.core.outcomes
        while True:
            while outcomes:
                id, outcome = outcomes.pop(0)
                if id == self._current:
                    self._current = None
                self._answer(id, outcome)
            if not self._queue:
                return
            id, command = self._queue[0]
            if self._current is not None and not isinstance(command, _FORCES):
                return
            if isinstance(command, _NEEDS_ACCEPTANCE) and self._waits():
                return
            self._queue.popleft()
            self.patience_at = None
            self._begin(id, command)

    def _begin(self, id: str, command: Command) -> None:
        carry_out = DEEDS[type(command)]
        if not isinstance(command, _FORCES):
            self._current = id
        try:
            if isinstance(command, _NEEDS_ACCEPTANCE):
                self._check_reachable()
            outcome = carry_out(self._charger, command, id)
        except VoltyardError as error:
            details = dict(error.details)
            if error.advice:
                details["hint"] = error.advice
            outcome = Failed(error.code, error.message, details)
        if outcome is not None:
            self._current = None if self._current == id else self._current
            self._answer(id, outcome)

    def _answer(self, id: str, outcome: Done | Failed) -> None:
        self._charger.core.effects.append(Answer(id, outcome))

    # --- waiting for acceptance ----------------------------------------------------------------

    def change_time(self, before: Instant, now: Instant, factor: float) -> None:
        """Time was `before` and is `now`, and passes `factor` times as fast: what is still to be
        waited is as long in coming."""
        if self.patience_at is not None:
            self.patience_at = now + (self.patience_at - before) * factor

    def _waits(self) -> bool:
        """Whether the first acceptance is still to be hoped for."""
        charger = self._charger
        if charger.registration.status == "Accepted" or self._cut_off:
            return False
        if self.patience_at is None:
            self.patience_at = charger.core.now + charger.core.in_real_time(PATIENCE_S)
        return charger.core.now < self.patience_at

    def _check_reachable(self) -> None:
        """Nobody charges before the first acceptance (TxBeforeAcceptedEnabled is false)."""
        if self._charger.registration.status != "Accepted":
            raise NotAccepted("the CSMS has not accepted the charger")

    @property
    def _cut_off(self) -> bool:
        return self._charger.connection.cut or not self._charger.life.powered
