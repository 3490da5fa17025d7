"""The command queue: commands are carried out in order, each with exactly one result.

A command begins when the one before it has been answered, so what is asked in a burst while the
charger is still booting happens in its order. Two kinds wait: what needs the CSMS waits for the
first acceptance (not longer than PATIENCE_S, and not at all where network or power was taken away:
that fails at once), and what asked the CSMS waits for its word. Forces of nature (power, network,
faults, the red button) do not wait for the CSMS's word: whatever is being waited for fails or goes
on without it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from voltyard.catalogue.commands import commands
from voltyard.catalogue.commands.commands import ChargerCommand
from voltyard.charger.commands.outcome import CommandOutcome, NotAccepted
from voltyard.charger.connection.connection import CsmsConnection
from voltyard.charger.connection.power_and_reset import PowerAndReset
from voltyard.charger.connection.registration import Registration
from voltyard.charger.context import ChargerContext
from voltyard.charger.effects import CommandResult, Done, Failed
from voltyard.kernel import limits
from voltyard.kernel.errors import Overfull, VoltyardError
from voltyard.kernel.time import Instant, Seconds

PATIENCE_S: Seconds = 60.0
"""Time for which a command that needs the CSMS waits for the charger's first acceptance, in real
time."""

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
    commands.AuthorizeTag,
    commands.Swipe,
    commands.BeginTransaction,
    commands.StartSession,
    commands.ProxyMessage,
)


@dataclass(slots=True, eq=False, repr=False)
class CommandQueue:
    """The commands of one charger: the one under way, and those that wait."""

    _context: ChargerContext
    _connection: CsmsConnection
    _registration: Registration
    _power: PowerAndReset
    _carry_out: Callable[[ChargerCommand, str], CommandOutcome]
    """Has a command's handler do it."""
    _queue: list[tuple[str, ChargerCommand]] = field(default_factory=list)
    _current: str | None = None
    """The command whose word is awaited."""
    patience_at: Instant | None = None
    """Moment when the first of the queue has waited long enough for acceptance."""

    def ask(self, id: str, command: ChargerCommand) -> None:
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
        outcomes = self._context.outcomes
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
            self._queue.pop(0)
            self.patience_at = None
            self._begin(id, command)

    def _begin(self, id: str, command: ChargerCommand) -> None:
        if not isinstance(command, _FORCES):
            self._current = id
        try:
            if isinstance(command, _NEEDS_ACCEPTANCE):
                self._check_reachable()
            outcome = self._carry_out(command, id)
        except VoltyardError as error:
            details = dict(error.details)
            if error.advice:
                details["hint"] = error.advice
            outcome = Failed(error.code, error.message, details)
        if outcome is not None:
            self._current = None if self._current == id else self._current
            self._answer(id, outcome)

    def _answer(self, id: str, outcome: Done | Failed) -> None:
        self._context.effects.append(CommandResult(id, outcome))

    # --- waiting for acceptance ----------------------------------------------------------------

    def change_time(self, before: Instant, now: Instant, factor: float) -> None:
        """Time was `before` and is `now`, and passes `factor` times as fast: what is still to be
        waited is as long in coming."""
        if self.patience_at is not None:
            self.patience_at = now + (self.patience_at - before) * factor

    def _waits(self) -> bool:
        """True while the first acceptance is still to be hoped for."""
        context = self._context
        if self._registration.status == "Accepted" or self._cut_off:
            return False
        if self.patience_at is None:
            self.patience_at = context.now + context.in_real_time(PATIENCE_S)
        return context.now < self.patience_at

    def _check_reachable(self) -> None:
        """Refuse to charge before the first acceptance (TxBeforeAcceptedEnabled is false)."""
        if self._registration.status != "Accepted":
            raise NotAccepted("the CSMS has not accepted the charger")

    @property
    def _cut_off(self) -> bool:
        return self._connection.cut or not self._power.powered
