"""The handler of limits that a charger keeps to by itself (2.0.1 E06.FR.08)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from voltyard.catalogue.commands import commands
from voltyard.charger.commands.checks import place_of
from voltyard.charger.commands.outcome import CommandOutcome
from voltyard.charger.context import ChargerContext
from voltyard.charger.effects import Done
from voltyard.charger.evse.evse import Evse
from voltyard.charger.evse.session_ends import SessionEnd
from voltyard.charger.evse.sessions import Sessions
from voltyard.charger.tariff_cost.driver_cost import decimal_of
from voltyard.charger.transactions.transaction import Transaction
from voltyard.kernel.errors import WrongState


@dataclass(slots=True)
class TransactionLimitCommands:
    """Limits of transactions."""

    context: ChargerContext
    evses: tuple[Evse, ...]
    sessions: Sessions

    def set(self, command: commands.SetTransactionLimit, id: str) -> CommandOutcome:
        """The running transaction has these limits, and no others; one that is reached already
        ends it at once. The end that its driver wants stays."""
        evse, connector = place_of(self.context, self.evses, command)
        running = evse.transaction
        if running is None or running.connector_id != connector.id or evse.authorization.finished:
            raise WrongState(
                "no transaction charges there", hint="start-session begins one", evse_id=evse.id
            )
        limits = tuple(self._limits(command, running))
        evse.settle(self.context.now)
        evse.set_ends((*(end for end in evse.ends.all if not end.is_limit), *limits))
        evse.foresee()
        self.sessions.heed_ends(evse)
        return Done({"limits": len(limits)})

    def _limits(
        self, command: commands.SetTransactionLimit, running: Transaction
    ) -> Iterator[SessionEnd]:
        if (energy_wh := command.max_energy_wh) is not None:
            yield SessionEnd(
                register_wh=running.meter_start_wh + energy_wh,
                trigger="EnergyLimitReached",
                reason="EnergyLimitReached",
            )
        if (duration_s := command.max_duration_s) is not None:
            gone_s = self.context.time - running.started_at
            yield SessionEnd(
                at=self.context.now + max(0.0, duration_s - gone_s),
                trigger="TimeLimitReached",
                reason="TimeLimitReached",
            )
        # 2.0.1 has a stoppedReason for these two, and no triggerReason of their own.
        if command.max_soc_percent is not None:
            yield SessionEnd(
                soc_percent=command.max_soc_percent,
                trigger="ChargingStateChanged",
                reason="SOCLimitReached",
            )
        if command.max_cost is not None:
            yield SessionEnd(
                cost=decimal_of(command.max_cost),
                trigger="ChargingStateChanged",
                reason="LocalOutOfCredit",
            )
