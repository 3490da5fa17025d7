"""Rows of the 2.0.1 device model by place, each made once and only as far as it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from voltyard.charger.v201.model_rows.variable_row import VariableRow
from voltyard.charger.variables.device_model import VariableKey

RowsOfPlace = Callable[[int | None, int | None], Iterator[VariableRow]]


class RowsByPlace:
    """Rows of one moment: nothing changes while it is asked."""

    __slots__ = ("_found", "_left", "_rows_of")

    def __init__(self, rows_of: RowsOfPlace) -> None:
        """`rows_of` makes the rows of an EVSE and connector."""
        self._rows_of = rows_of
        self._left: dict[tuple[int | None, int | None], Iterator[VariableRow]] = {}
        """The rows of a place that are still to be made."""
        self._found: dict[VariableKey, VariableRow] = {}

    def find(self, key: VariableKey) -> VariableRow | None:
        """The row of that variable; None where there is none."""
        if (row := self._found.get(key)) is not None:
            return row
        place = (key[2], key[3])
        rows = self._left.get(place)
        if rows is None:
            rows = self._left[place] = self._rows_of(*place)
        for row in rows:
            own = row.key
            self._found.setdefault(own, row)
            if own == key:
                return row
        return None
