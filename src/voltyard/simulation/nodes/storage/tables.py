"""Tables of a simulated database that a server and its nodes share."""

from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Any

from msgspec.structs import replace

from voltyard.csms.records import (
    ChargerSeen,
    ChargerStored,
    CommandStored,
    ConnectionStored,
    ConnectorStored,
    Contents,
    ReservationStored,
    SettingsStored,
    TransactionForgotten,
    TransactionStored,
)
from voltyard.events.event_records import EventLogged, EventStaged, StagedEventTaken
from voltyard.kernel import limits
from voltyard.kernel.time import Instant

SERVERS = ""
"""The owner of a charger that no node owns."""


class Owned:
    """A charger that a node owns: `nodes.owner_store.ChargerOwner`."""

    __slots__ = ("charge_box_id", "charger_id", "node", "organization_id")

    def __init__(
        self, charger_id: str, organization_id: str, charge_box_id: str, node: str
    ) -> None:
        self.charger_id = charger_id
        self.organization_id = organization_id
        self.charge_box_id = charge_box_id
        self.node = node


class Tables:
    """Rows by their keys. Records of kinds that it has no table for are only told of."""

    def __init__(
        self,
        settings: SettingsStored,
        chargers: Iterable[ChargerStored],
        stored: Callable[[Any], None] = lambda record: None,
        owned: Callable[[str, str], None] = lambda charger_id, node: None,
    ) -> None:
        """`stored` is told of each record once it is committed, `owned` of each new owner."""
        self.settings = settings
        self.chargers = {row.id: row for row in chargers}
        self.connections: dict[str, ConnectionStored] = {}
        self.connectors: dict[tuple[str, int, int], ConnectorStored] = {}
        self.transactions: dict[str, TransactionStored] = {}
        self.commands: dict[str, CommandStored] = {}
        self.reservations: dict[str, ReservationStored] = {}
        self.staged: dict[int, EventStaged] = {}
        self.events: dict[int, EventLogged] = {}
        self.owners: dict[str, Owned] = {}
        self.blocks: dict[str, int] = {}
        self.highest_transaction_number = 0
        self._stored = stored
        self._owned = owned

    def store(self, record: Any, staged_number: int = 0) -> None:
        """Write a record; `staged_number` is that of a staged event."""
        match record:
            case ChargerStored():
                self.chargers[record.id] = record
            case ChargerSeen():
                self.chargers[record.charger_id] = replace(
                    self.chargers[record.charger_id],
                    last_seen_at=record.last_seen_at,
                    last_heartbeat_at=record.last_heartbeat_at,
                )
            case ConnectionStored():
                self.connections[record.id] = record
            case ConnectorStored():
                place = (record.charger_id, record.evse_id, record.connector_id)
                self.connectors[place] = record
            case TransactionStored():
                self.transactions[record.id] = record
                number = record.number or 0
                self.highest_transaction_number = max(self.highest_transaction_number, number)
            case TransactionForgotten():
                self.transactions.pop(record.id, None)
            case CommandStored():
                self.commands[record.id] = record
            case ReservationStored():
                self.reservations[record.id] = record
            case EventStaged():
                self.staged[staged_number] = record
            case StagedEventTaken():
                self.staged.pop(record.number, None)
            case EventLogged():
                assert record.number not in self.events, f"event {record.number} is there twice"
                self.events[record.number] = record
        self._stored(record)

    def owner_of(self, charger_id: str) -> str:
        """The node that owns a charger, or SERVERS."""
        owned = self.owners.get(charger_id)
        return SERVERS if owned is None else owned.node

    def give(self, owned: Owned) -> None:
        """Have a charger be that node's, or the server's."""
        if owned.node == SERVERS:
            self.owners.pop(owned.charger_id, None)
        else:
            self.owners[owned.charger_id] = owned
        self._owned(owned.charger_id, owned.node)

    def take_from(self, node: str) -> list[Owned]:
        """Have all chargers of a node be the server's; which they were."""
        taken = self.of_node(node)
        for one in taken:
            self.give(Owned(one.charger_id, one.organization_id, one.charge_box_id, SERVERS))
        return taken

    def find(self, organization_id: str, charge_box_id: str) -> tuple[str | None, str]:
        """See `nodes.owner_store.OwnerStore.find`."""
        for row in self.chargers.values():
            if (row.organization_id, row.charge_box_id) == (organization_id, charge_box_id):
                return row.id, self.owner_of(row.id)
        return None, SERVERS

    def of_node(self, node: str) -> list[Owned]:
        """The chargers of a node."""
        return [owned for owned in self.owners.values() if owned.node == node]

    def take_block(self, name: str, size: int, at_least: int) -> range:
        """Numbers that none is given again."""
        begin = max(self.blocks.get(name, 1), at_least + 1)
        self.blocks[name] = begin + size
        return range(begin, begin + size)

    def contents_of(self, charger_ids: Sequence[str]) -> Contents:
        """All that belongs to these chargers, as `storage.nodes.node_contents` reads it."""
        ids = [id for id in dict.fromkeys(charger_ids) if id in self.chargers]
        rows = [row for row in self.transactions.values() if row.charger_id in ids]
        lately: list[TransactionStored] = []
        for id in ids:
            closed = [r for r in rows if r.charger_id == id and r.status == "completed"]
            closed.sort(key=attrgetter("created_at", "id"), reverse=True)
            lately += closed[: limits.CLOSED_TRANSACTIONS_EACH]
        transactions = [*(row for row in rows if row.status != "completed"), *lately]
        return Contents(
            chargers=sorted(
                (self.chargers[id] for id in ids), key=attrgetter("registered_at", "id")
            ),
            connectors=[row for row in self.connectors.values() if row.charger_id in ids],
            transactions=sorted(transactions, key=attrgetter("created_at", "id")),
            commands=[
                row
                for row in self.commands.values()
                if row.charger_id in ids and row.due_at is not None
            ],
            reservations=[
                row
                for row in self.reservations.values()
                if row.charger_id in ids and row.status == "active"
            ],
        )

    def contents_of_server(self) -> Contents:
        """All that a server starts from, as `storage.csms.backend_records` reads it."""
        mine = self.contents_of([id for id in self.chargers if self.owner_of(id) == SERVERS])
        return Contents(
            settings=(self.settings,),
            chargers=mine.chargers,
            connectors=mine.connectors,
            transactions=mine.transactions,
            commands=mine.commands,
            reservations=mine.reservations,
            highest_transaction_number=self.highest_transaction_number,
            highest_event_number=max(self.events, default=0),
        )

    def shared_contents(self) -> Contents:
        """Contents of organizations."""
        return Contents(settings=(self.settings,))

    def end_connections(self, charger_ids: Iterable[str], now: Instant) -> None:
        """Have no connection of these chargers on record as open."""
        ids = set(charger_ids)
        for id, row in self.connections.items():
            if row.charger_id in ids and row.closed_at is None:
                self.connections[id] = replace(row, closed_at=now, code=1006, reason="it ended")

    def is_charging_elsewhere(self, node: str, organization_id: str, id_tag: str) -> bool:
        """True where a tag charges at a charger that another process owns."""
        return any(
            row.status == "in_progress"
            and row.organization_id == organization_id
            and (row.id_tag or "").lower() == id_tag.lower()
            and self.owner_of(row.charger_id) != node
            for row in self.transactions.values()
        )
