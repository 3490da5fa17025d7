"""Values of the variables that monitors watch, read one by one (2.0.1 N07, N08)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from voltyard.charger.context import ChargerContext
from voltyard.charger.evse.evse import Evse
from voltyard.charger.monitoring.monitor import WatchedValue, WatchedVariable
from voltyard.charger.monitoring.monitoring import Monitoring, ReadVariable
from voltyard.charger.security.security import Security
from voltyard.charger.sensors.drift import Sensed
from voltyard.charger.sensors.sensors import is_drifting
from voltyard.charger.v201.device_model import NUMBERS, DeviceModel201
from voltyard.charger.v201.model_rows.rows_by_place import RowsByPlace
from voltyard.charger.v201.model_rows.variable_row import VariableRow
from voltyard.charger.v201.places import evse_of
from voltyard.charger.v201.variables import Variables201
from voltyard.charger.variables.standard.security import BASIC_AUTH_PASSWORD
from voltyard.ocpp.v201 import messages as m

_FOLLOW_POWER: Final = frozenset({"power", "temperature", "energyimportregister"})
"""Variables of an EVSE that move while energy flows."""

_SENSED: Final[Mapping[str, Sensed]] = {"temperature": "temperature", "acvoltage": "voltage"}


@dataclass(slots=True)
class MonitoredValues201:
    """The values of monitored variables."""

    context: ChargerContext
    evses: tuple[Evse, ...]
    security: Security
    model: DeviceModel201
    variables: Variables201

    def reader(self) -> ReadVariable:
        """The way to read the values of this moment; None where a variable is not there any
        more."""
        rows = self.model.rows_by_place()
        return lambda watched: self._read(watched, rows)

    def _read(self, watched: WatchedVariable, rows: RowsByPlace) -> WatchedValue | None:
        evse = None if watched.evse_id is None else evse_of(self.evses, watched.evse_id)
        now, name = self.context.now, watched.variable.lower()
        moves = False
        if evse is not None:
            flows = evse.go_on(now).power_w > 0.0
            sensed = _SENSED.get(name)
            moves = flows and name in _FOLLOW_POWER
            moves = moves or (sensed is not None and is_drifting(evse, sensed, now))
        row = self._row(watched, rows)
        if row is None or not row.has_actual:
            return None
        return WatchedValue(
            text=self._text(row),
            is_number=row.data_type in NUMBERS,
            is_shown=row.access != "WriteOnly",
            is_moving=moves,
        )

    def _text(self, row: VariableRow) -> str:
        """The value; of the password, which is kept apart from the settings, a digest of it."""
        if row.setting is not BASIC_AUTH_PASSWORD:
            return row.value
        password = self.security.credentials.now.password or ""
        return sha256(password.encode()).hexdigest()

    def _row(self, watched: WatchedVariable, rows: RowsByPlace) -> VariableRow | None:
        """Its row: of its place alone, where it is one of those that the charger has of itself."""
        if not self.context.model.variables:
            row = self.model.built_in_row(watched.key, rows)
            if row is not None:
                return row
        found = self.variables.find(
            m.Component(
                name=watched.component,
                instance=watched.component_instance,
                evse=_place(watched),
            ),
            m.Variable(name=watched.variable, instance=watched.instance),
        )
        return found if isinstance(found, VariableRow) else None


def _place(watched: WatchedVariable) -> m.EVSE | None:
    if watched.evse_id is None:
        return None
    return m.EVSE(id=watched.evse_id, connector_id=watched.connector_id)


@dataclass(slots=True)
class MonitoringRound201:
    """A round in which all monitors are compared with what they watch."""

    monitoring: Monitoring
    values: MonitoredValues201

    def happen(self) -> None:
        """Compare them."""
        self.monitoring.review(self.values.reader())
