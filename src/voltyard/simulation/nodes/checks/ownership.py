"""Checks of who writes: at any moment one process can write of a charger, its owner."""

from collections.abc import Iterable, Sequence
from typing import Any

from voltyard.csms.records import ChargerStored, TransactionForgotten
from voltyard.csms.refusals.refusal_rows import RefusalStored
from voltyard.events.event_records import EventLogged, StagedEventTaken
from voltyard.kernel.time import Instant
from voltyard.organizations.organization import DEFAULT_ORGANIZATION_ID
from voltyard.ports.clock import Clock
from voltyard.simulation.checkers import InvariantBroken
from voltyard.simulation.nodes.machines import Machine
from voltyard.simulation.nodes.storage.database import SimulatedConnection, SimulatedDatabase

_OF_ANY_PROCESS = (RefusalStored, StagedEventTaken, EventLogged)
"""Records that the server writes, whoever has the charger."""


class OwnershipChecks:
    """InvariantBroken where a process writes of a charger that is not its own, or may not write."""

    database: SimulatedDatabase

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.moves = 0
        self._wrote_last: dict[str, str] = {}

    def committing(self, connection: SimulatedConnection, records: Sequence[Any]) -> None:
        """A commit is accepted."""
        lease = self.database.leases.get(connection.node)
        for record in records:
            if isinstance(record, _OF_ANY_PROCESS):
                continue
            charger_id = self._charger_of(record)
            if charger_id is None:
                continue
            who = connection.holder
            if lease is None or lease.holder != who:
                has = "nobody" if lease is None else lease.holder
                self._break(charger_id, f"{who} wrote {record!r}, and {has} has its lease")
            owner = self.database.tables.owner_of(charger_id)
            if owner != connection.node:
                self._break(charger_id, f"{who} wrote {record!r} of a charger of {owner!r}")
            if self._wrote_last.get(charger_id) != who:
                self._wrote_last[charger_id] = who
                self.moves += 1

    def _charger_of(self, record: Any) -> str | None:
        if isinstance(record, ChargerStored):
            return record.id
        if isinstance(record, TransactionForgotten):
            row = self.database.tables.transactions.get(record.id)
            return None if row is None else row.charger_id
        return getattr(record, "charger_id", None)

    def _break(self, charger_id: str, what: str) -> None:
        raise InvariantBroken(self._clock(), charger_id, what)


def check_settled(machines: Iterable[Machine], database: SimulatedDatabase, at: Instant) -> None:
    """All is well again: each charger is connected at one process, which owns it and may write."""
    lives = [life for machine in machines for life in machine.lives]
    for charger_id, row in database.tables.chargers.items():
        box = row.charge_box_id
        owner = database.tables.owner_of(charger_id)
        here = [life for life in lives if life.backend.is_here(DEFAULT_ORGANIZATION_ID, box)]
        names = [life.holder for life in here]
        if [life.node for life in here] != [owner]:
            raise InvariantBroken(at, box, f"it is at {names}, its owner on record is {owner!r}")
        lease = database.leases.get(owner)
        if lease is None or lease.holder != here[0].holder or not lease.connection.is_open:
            raise InvariantBroken(at, box, f"its owner {names[0]} cannot write")
        if not here[0].backend.charger(DEFAULT_ORGANIZATION_ID, box).online:
            raise InvariantBroken(at, box, f"it is not connected at its owner {names[0]}")
    links = {life.holder: life.backend.links for life in lives}
    if sum(links.values()) != len(database.tables.chargers):
        raise InvariantBroken(at, "links", f"some are left: {links}")
