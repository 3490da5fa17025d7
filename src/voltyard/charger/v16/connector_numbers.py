"""Connector numbers of 1.6: counted through all EVSEs, from 1; 0 is the charger itself."""

from __future__ import annotations

from collections.abc import Sequence

from voltyard.charger.evse.connector import Connector
from voltyard.charger.evse.evse import Evse


def by_number(evses: Sequence[Evse], number: int) -> tuple[Evse, Connector] | None:
    """The connector of that number, counted through all EVSEs."""
    for evse in evses:
        if evse.before < number <= evse.before + len(evse.connectors):
            return evse, evse.connectors[number - evse.before - 1]
    return None
