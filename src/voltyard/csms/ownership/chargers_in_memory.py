"""Everything that a process has in memory of its chargers."""

from collections.abc import Sequence

from voltyard.csms.commands.outcome_tracker import MOVED, RESTARTED, OutcomeTracker
from voltyard.csms.records import CommandStored, Contents
from voltyard.csms.registry import ChargerRegistry, RegisteredCharger
from voltyard.csms.reservations import Reservations
from voltyard.csms.security.issued_certificates import IssuedCertificates
from voltyard.csms.security.passwords import Passwords
from voltyard.csms.smart_charging.charging_plans import ChargingPlans
from voltyard.csms.transactions.transactions import Transactions
from voltyard.kernel.errors import Conflict
from voltyard.kernel.quotas import Quota
from voltyard.kernel.time import Instant


class ChargersInMemory:
    """The parts that know something of chargers, for those who come and go."""

    def __init__(
        self,
        registry: ChargerRegistry,
        transactions: Transactions,
        outcomes: OutcomeTracker,
        reservations: Reservations,
        issued: IssuedCertificates,
        charging_plans: ChargingPlans,
        passwords: Passwords,
        quota: Quota,
    ) -> None:
        self._registry = registry
        self._transactions = transactions
        self._outcomes = outcomes
        self._reservations = reservations
        self._issued = issued
        self._charging_plans = charging_plans
        self._passwords = passwords
        self._quota = quota

    def load(self, contents: Contents, now: Instant) -> Sequence[CommandStored]:
        """Take over what storage holds at the start; rows of commands that end with that."""
        return self._added(contents, now, RESTARTED)

    def take(self, contents: Contents, now: Instant) -> Sequence[CommandStored]:
        """Take over some chargers at any time, with all that is theirs; what is known here of one
        that is here already is newer, and stays. Conflict where another of its name is, and then
        none is taken."""
        return self._added(self._new(contents), now, MOVED)

    def forget(self, charger: RegisteredCharger) -> None:
        """Forget a charger that has left. The server goes on knowing its certificates, and that it
        counts."""
        row = charger.row
        self._charging_plans.forget(row.id, self._transactions.ledger.ids_of(row.id))
        self._transactions.forget(row.id)
        self._reservations.forget(row.id)
        self._outcomes.forget(row.id)
        for stored in (row.password_hash, row.next_password_hash):
            if stored is not None:
                self._passwords.forget(stored)
        if self._registry.elsewhere.are_unknown:
            self._issued.forget(row.id)
            self._quota.give_back(row.organization_id)
        self._registry.remove(charger)

    def _new(self, contents: Contents) -> Contents:
        """The part of it that is of chargers which are not here."""
        rows = [row for row in contents.chargers if self._registry.by_id(row.id) is None]
        for row in rows:
            if self._registry.find(row.organization_id, row.charge_box_id) is not None:
                raise Conflict(f"another charger {row.charge_box_id} is here")
        ids = {row.id for row in rows}
        plans = [
            row
            for row in contents.charging_plans
            if self._charging_plans.get(row.transaction_id) is None
        ]
        return Contents(
            chargers=rows,
            connectors=[row for row in contents.connectors if row.charger_id in ids],
            transactions=[row for row in contents.transactions if row.charger_id in ids],
            highest_transaction_number=contents.highest_transaction_number,
            commands=[row for row in contents.commands if row.charger_id in ids],
            reservations=[row for row in contents.reservations if row.charger_id in ids],
            certificates=[row for row in contents.certificates if row.charger_id in ids],
            charging_plans=plans,
            connections=[row for row in contents.connections if row.charger_id in ids],
        )

    def _added(self, contents: Contents, now: Instant, cause: str) -> Sequence[CommandStored]:
        elsewhere = self._registry.elsewhere
        for row in contents.chargers:
            if (row.organization_id, row.charge_box_id) in elsewhere:
                elsewhere.drop(row.organization_id, row.charge_box_id)
            else:
                self._quota.load(row.organization_id)
            self._issued.forget(row.id)  # as they were known of while it was elsewhere
        self._registry.load(contents.chargers, contents.connectors, contents.connections)
        self._transactions.load(contents.transactions, contents.highest_transaction_number)
        self._reservations.load(contents.reservations)
        self._issued.load(contents.certificates)
        self._charging_plans.load(contents.charging_plans)
        return self._outcomes.load(contents.commands, now, cause)
