"""A row of the 2.0.1 device model: one variable of one component, with its value of a moment."""

from __future__ import annotations

from msgspec import Struct

from voltyard.charger.variables.device_model import ModelVariable, VariableKey, key_of
from voltyard.charger.variables.settings import Access, Setting
from voltyard.ocpp.v201 import messages as m


class VariableRow(Struct, frozen=True, kw_only=True):
    """One variable of one component, with its value of this moment."""

    component: str
    variable: str
    value: str
    data_type: m.Data
    component_instance: str | None = None
    instance: str | None = None
    """Of the variable."""
    evse_id: int | None = None
    connector_id: int | None = None
    access: Access = "ReadOnly"
    unit: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    values: str | None = None
    setting: Setting | None = None
    vendor: str | None = None
    """The name of a setting that no standard knows."""
    """Of the Actual value."""
    has_actual: bool = True
    of_file: ModelVariable | None = None
    """Its other attributes, where a file has the variable."""
    summary: bool = False
    """Part of the SummaryInventory (B07.FR.09): availability and problems."""

    def wire_component(self) -> m.Component:
        """The component on the wire."""
        evse = None
        if self.evse_id is not None:
            evse = m.EVSE(id=self.evse_id, connector_id=self.connector_id)
        return m.Component(name=self.component, instance=self.component_instance, evse=evse)

    def wire_variable(self) -> m.Variable:
        """The variable on the wire."""
        return m.Variable(name=self.variable, instance=self.instance)

    @property
    def supports_monitoring(self) -> bool:
        """True where monitors may watch it; a file says so of its own variables."""
        return self.of_file is None or self.of_file.supports_monitoring

    @property
    def key(self) -> VariableKey:
        """By which it is known."""
        return key_of(
            self.component,
            self.component_instance,
            self.evse_id,
            self.connector_id,
            self.variable,
            self.instance,
        )
