"""Chargers that other processes of the backend have."""

from collections import Counter
from typing import NamedTuple


class ChargerElsewhere(NamedTuple):
    """The place of a charger that another process has."""

    node: str
    """Its name; empty: the server's."""
    charger_id: str
    """chg_..."""


class ChargersElsewhere:
    """The nodes that have chargers, by organization and chargeBoxId; none where there are no nodes.

    A node keeps no list: whoever is not registered there may be anywhere else, and the server,
    whose name is empty, knows.
    """

    def __init__(self, *, are_unknown: bool = False) -> None:
        """`are_unknown` at a node."""
        self.are_unknown = are_unknown
        self._places: dict[tuple[str, str], ChargerElsewhere] = {}
        self._counts: Counter[tuple[str, str]] = Counter()
        """Chargers by organization and node."""

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, name: tuple[str, str]) -> bool:
        """True where it is on the list."""
        return name in self._places

    def set(self, organization_id: str, charge_box_id: str, node: str, charger_id: str) -> None:
        """Have it on the list, as that node's."""
        self.drop(organization_id, charge_box_id)
        self._places[organization_id, charge_box_id] = ChargerElsewhere(node, charger_id)
        self._counts[organization_id, node] += 1

    def drop(self, organization_id: str, charge_box_id: str) -> None:
        """Take it off the list; nothing happens where it is not on it."""
        place = self._places.pop((organization_id, charge_box_id), None)
        if place is not None:
            self._counts[organization_id, place.node] -= 1

    def count(self, organization_id: str, node: str) -> int:
        """The number of an organization's chargers that a node has."""
        return self._counts[organization_id, node]

    def find(self, organization_id: str, charge_box_id: str) -> ChargerElsewhere | None:
        """Its entry on the list; None where it has none."""
        return self._places.get((organization_id, charge_box_id))

    def node_of(self, organization_id: str, charge_box_id: str) -> str | None:
        """The node that has one which is not registered here; None: it is nowhere else."""
        place = self._places.get((organization_id, charge_box_id))
        if place is not None:
            return place.node
        return "" if self.are_unknown else None

    def of_node(self, node: str) -> list[tuple[str, str]]:
        """Organization and chargeBoxId of the chargers of a node."""
        return [name for name, place in self._places.items() if place.node == node]

    def node_with(self, charger_id: str) -> str | None:
        """The node that has the charger of that id; None: none has."""
        found = (place.node for place in self._places.values() if place.charger_id == charger_id)
        return next(found, None)
