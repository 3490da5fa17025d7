"""Variables of a 2.0.1 charger: found, read and written (Part 2 B05, B06)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from voltyard.charger.context import ChargerContext
from voltyard.charger.description.events import SettingChanged
from voltyard.charger.evse.meter_schedule import MeterSchedule
from voltyard.charger.security.security import Security
from voltyard.charger.v201.device_model import NUMBERS, DeviceModel201, merged_row, split
from voltyard.charger.v201.model_rows.variable_row import VariableRow
from voltyard.charger.variables.device_model import key_of
from voltyard.charger.variables.settings import Setting
from voltyard.charger.variables.standard.communication import NETWORK_PRIORITY
from voltyard.charger.variables.standard.security import BASIC_AUTH_PASSWORD
from voltyard.kernel.secret_names import MASK
from voltyard.ocpp.v201 import messages as m

SetStatus: TypeAlias = Literal[
    "Accepted",
    "Rejected",
    "UnknownComponent",
    "UnknownVariable",
    "NotSupportedAttributeType",
    "RebootRequired",
]


@dataclass(slots=True)
class Variables201:
    """Variables found, read and written."""

    context: ChargerContext
    security: Security
    meter_schedule: MeterSchedule
    model: DeviceModel201

    def find(
        self, component: m.Component, variable: m.Variable
    ) -> VariableRow | Literal["UnknownComponent", "UnknownVariable"]:
        """The variable meant. One that exists with instances only is unknown without
        (B06.FR.13)."""
        model = self.context.model
        evse = component.evse
        evse_id, connector_id = (None, None) if evse is None else (evse.id, evse.connector_id)
        wanted = key_of(component.name, component.instance, evse_id, connector_id)
        key = (*wanted[:4], variable.name.lower(), (variable.instance or "").lower())
        in_file = model.variables.get(key)
        is_known = wanted in model.components
        for row in () if model.replaces and in_file is None else self.model.built_in_rows():
            if row.component.lower() != wanted[0]:  # nearly always
                continue
            found = row.key
            if found == key:
                return row if in_file is None else merged_row(row, in_file)
            is_known = is_known or found[:4] == wanted[:4]
        if in_file is not None:
            return self.model.of_file(in_file)
        return "UnknownVariable" if is_known else "UnknownComponent"

    def get(self, row: VariableRow, type: m.Attribute) -> tuple[m.GetVariableStatus, str | None]:
        """An attribute's value (B06)."""
        if type == "Actual" and row.has_actual:
            access, value = row.access, row.value
        else:
            attribute = None if row.of_file is None else row.of_file.attributes.get(type)
            if attribute is None or type == "Actual":
                return "NotSupportedAttributeType", None
            access, value = attribute.setting.access, self.context.settings.text(attribute.setting)
        return ("Rejected", None) if access == "WriteOnly" else ("Accepted", value)

    def put(self, row: VariableRow, text: str, type: m.Attribute = "Actual") -> SetStatus:
        """Change an attribute of a variable; refused, nothing changes (B05)."""
        context = self.context
        attribute = None if row.of_file is None else row.of_file.attributes.get(type)
        setting: Setting | None
        if type != "Actual":
            if attribute is None:
                return "NotSupportedAttributeType"
            setting, access = attribute.setting, attribute.setting.access
        elif not row.has_actual:
            return "NotSupportedAttributeType"
        else:
            setting, access = row.setting, row.access
        if access == "ReadOnly" or not self._may_be(row, setting, text, type):
            return "Rejected"
        if setting is None:
            if row.vendor is None or not context.settings.put_vendor(row.vendor, text):
                return "Rejected"
        elif setting is BASIC_AUTH_PASSWORD:
            if self.security.credentials.change_password(text) == "Rejected":
                return "Rejected"
        elif not context.settings.put(setting, text):
            return "Rejected"
        shown = MASK if access == "WriteOnly" else text
        context.report(SettingChanged(at=context.now, name=_name(row, type), value=shown))
        self.meter_schedule.settings_changed()
        file_says = attribute is not None and attribute.setting.needs_reboot
        reboots = file_says or (setting is not None and setting.needs_reboot)
        return "RebootRequired" if reboots else "Accepted"

    def _may_be(
        self, row: VariableRow, setting: Setting | None, text: str, type: m.Attribute
    ) -> bool:
        """True where a value holds to more than the setting's own kind: the file's limits where it
        has the variable, and what the station's other values allow."""
        if setting is NETWORK_PRIORITY:
            return self.security.credentials.refuses_priority(text) is None
        if setting is not None and setting.normal(text) is None:
            return False
        attributes = {} if row.of_file is None else row.of_file.attributes
        if type in attributes and attributes[type].setting.normal(text) is None:
            return False
        if type in ("MinSet", "MaxSet"):
            return True
        settings = self.context.settings
        for bound, is_below in (("MinSet", True), ("MaxSet", False)):
            limit = attributes.get(bound)  # type: ignore[call-overload]
            kept = "" if limit is None else settings.text(limit.setting)
            if kept and row.data_type in NUMBERS:
                value, edge = float(text), float(kept)
                if value < edge if is_below else value > edge:
                    return False
        return True

    def configure(self, name: str, text: str) -> SetStatus:
        """Change a variable by its name, `Component.Variable[instance]`."""
        component, variable, instance = split(name)
        row = self.find(m.Component(name=component), m.Variable(name=variable, instance=instance))
        return self.put(row, text) if isinstance(row, VariableRow) else row


def _name(row: VariableRow, type: m.Attribute) -> str:
    """A variable by its name, as events have it."""
    at = "" if row.evse_id is None else f" of EVSE {row.evse_id}"
    at += "" if row.connector_id is None else f", connector {row.connector_id}"
    component = row.component
    component += "" if row.component_instance is None else f"[{row.component_instance}]"
    variable = row.variable + ("" if row.instance is None else f"[{row.instance}]")
    attribute = "" if type == "Actual" else f" ({type})"
    return f"{component}.{variable}{attribute}{at}"
