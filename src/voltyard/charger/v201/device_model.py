"""The 2.0.1 device model: settings and physical facts as variables (Part 1 section 4, block B).

Rows are made when somebody asks; nothing of the model is kept. What a file adds
(variables/device_model.py) is laid over what the charger has of itself: of a variable that both
have, the charger knows the value, and the file says the rights and limits of a setting.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from msgspec.structs import replace

from voltyard.catalogue.faults import COMPONENTS
from voltyard.charger.authorization.local_authorization import LocalAuthorization
from voltyard.charger.context import ChargerContext
from voltyard.charger.display.display import Display
from voltyard.charger.evse.connector import Connector
from voltyard.charger.evse.evse import Evse
from voltyard.charger.evse.statuses import Statuses
from voltyard.charger.security.security import Security
from voltyard.charger.smart_charging.smart_charging import SmartCharging
from voltyard.charger.v201.model_rows.rows_by_place import RowsByPlace
from voltyard.charger.v201.model_rows.sensor_rows import sensor_rows
from voltyard.charger.v201.model_rows.variable_row import VariableRow
from voltyard.charger.variables.access import access_of, text_of
from voltyard.charger.variables.device_model import ModelVariable, VariableKey
from voltyard.charger.variables.settings import TEXT_LENGTH, Access, Setting
from voltyard.charger.variables.standard import BY_VARIABLE
from voltyard.charger.variables.standard.authorization import LOCAL_LIST_MAX
from voltyard.charger.variables.standard.iso15118 import ISO15118_ENABLED
from voltyard.charger.variables.standard.security import CERTIFICATE_ENTRIES_MAX
from voltyard.charger.variables.standard.smart_charging import RATE_UNITS
from voltyard.kernel import limits
from voltyard.kernel.time import to_rfc3339
from voltyard.ocpp.v201 import messages as m

_DATA_TYPES: dict[str, m.Data] = {
    "boolean": "boolean",
    "integer": "integer",
    "decimal": "decimal",
    "text": "string",
    "list": "MemberList",
    "sequence": "SequenceList",
    "option": "OptionList",
    "moment": "dateTime",
}

NUMBERS = ("integer", "decimal")

_CONNECTOR_TYPES: dict[str, str] = {
    "type1": "cType1",
    "type2": "cType2",
    "ccs1": "cCCS1",
    "ccs2": "cCCS2",
    "chademo": "cG105",
    "tesla": "cTesla",
    "schuko": "sCEE-7-7",
}


_AVAILABLE = (
    "LocalAuthListCtrlr",
    "AuthCacheCtrlr",
    "SampledDataCtrlr",
    "AlignedDataCtrlr",
    "ReservationCtrlr",
    "SmartChargingCtrlr",
    "MonitoringCtrlr",
    "DisplayMessageCtrlr",
)
"""Controllers whose function is there."""


@dataclass(slots=True)
class DeviceModel201:
    """The device model of one charger: its rows, made when somebody asks."""

    context: ChargerContext
    evses: tuple[Evse, ...]
    security: Security
    authorization: LocalAuthorization
    statuses: Statuses
    smart: SmartCharging
    display: Display

    def rows(self) -> Iterator[VariableRow]:
        """Every variable the charger has, with its value of this moment."""
        model = self.context.model
        if not model.variables:
            yield from self.built_in_rows()
            return
        met = set()
        for row in self.built_in_rows():
            variable = model.variables.get(row.key)
            if variable is not None:
                met.add(row.key)
                yield merged_row(row, variable)
            elif not model.replaces:
                yield row
        for key, variable in model.variables.items():
            if key not in met:
                yield self.of_file(variable)

    def of_file(self, variable: ModelVariable) -> VariableRow:
        """A variable that a file alone has."""
        actual = variable.attributes.get("Actual")
        setting = None if actual is None else actual.setting
        return VariableRow(
            component=variable.component,
            component_instance=variable.component_instance,
            evse_id=variable.evse_id,
            connector_id=variable.connector_id,
            variable=variable.variable,
            instance=variable.instance,
            value="" if setting is None else self.context.settings.text(setting),
            data_type=variable.data_type,
            access="ReadOnly" if setting is None else setting.access,
            unit=variable.unit,
            minimum=variable.minimum,
            maximum=variable.maximum,
            values=variable.values,
            setting=setting,
            has_actual=setting is not None,
            of_file=variable,
            summary=variable.variable in ("AvailabilityState", "Problem"),
        )

    def rows_by_place(self) -> RowsByPlace:
        """The rows of this moment, but for settings."""
        return RowsByPlace(self._physical_rows)

    def built_in_row(self, key: VariableKey, rows: RowsByPlace) -> VariableRow | None:
        """One of the variables that the charger has without a file, the quick way: None where it
        may be one of those that it has no standard for."""
        component, component_instance, evse_id, _, variable, instance = key
        if component_instance:
            return None
        if evse_id is None:
            bracketed = f"[{instance}]" if instance else ""
            setting = BY_VARIABLE.get(f"{component}.{variable}{bracketed}")
            if setting is not None and setting is not RATE_UNITS:
                text = text_of(self.context.settings, self.evses, setting)
                return _of_setting(setting, text, access_of(self.evses, setting))
        return rows.find(key)

    def _physical_rows(
        self, evse_id: int | None, connector_id: int | None
    ) -> Iterator[VariableRow]:
        """Variables of a place, but for settings."""
        if evse_id is None:
            yield from self._station()
            yield from _parts("station", [each for evse in self.evses for each in evse.connectors])
            yield from self._computed()
            has_iso15118 = self.context.settings.flag(ISO15118_ENABLED)
            yield _flag("ISO15118Ctrlr", "Available", has_iso15118, None, None)
            return
        for evse in self.evses[evse_id - 1 : evse_id]:
            if connector_id is None:
                yield from self._evse(evse)
                yield from _parts("evse", evse.connectors, evse.id)
                return
            for connector in evse.connectors[connector_id - 1 : connector_id]:
                yield from self._connector(evse, connector)
                yield from _parts("connector", (connector,), evse.id, connector.id)

    def built_in_rows(self) -> Iterator[VariableRow]:
        """The variables that the charger has without a file."""
        yield from self._physical_rows(None, None)
        for evse in self.evses:
            yield from self._physical_rows(evse.id, None)
            for connector in evse.connectors:
                yield from self._physical_rows(evse.id, connector.id)
        for setting in BY_VARIABLE.values():
            text = text_of(self.context.settings, self.evses, setting)
            if setting is RATE_UNITS:
                text = ",".join(self.smart.rules.units)
            yield _of_setting(setting, text, access_of(self.evses, setting))
        for setting in self.context.settings.own.settings:
            yield _of_setting(setting, self.context.settings.text(setting), setting.access)
        for name, text in self.context.settings.vendor().items():
            yield _of_vendor(name, text)

    def _station(self) -> Iterator[VariableRow]:
        name = "ChargingStation"
        spec = self.context.spec
        state = "Available" if self.statuses.operative else "Unavailable"
        yield _state(name, state, None, None)
        yield _flag(name, "Available", True, None, None)
        yield VariableRow(
            component=name, variable="SupplyPhases", value=self._phases(), data_type="integer"
        )
        yield VariableRow(component=name, variable="Model", value=spec.model, data_type="string")
        yield VariableRow(
            component=name, variable="VendorName", value=spec.vendor, data_type="string"
        )

    def _phases(self) -> str:
        return str(max(c.spec.phases for evse in self.evses for c in evse.connectors))

    def _evse(self, evse: Evse) -> Iterator[VariableRow]:
        rating_w = max(connector.spec.max_power_w for connector in evse.connectors)
        words = {self.context.dialect.status_word(evse, each) for each in evse.connectors}
        state = next(
            (word for word in ("Faulted", "Occupied", "Reserved", "Unavailable") if word in words),
            "Available",
        )
        yield _state("EVSE", state, evse.id, None)
        yield _flag("EVSE", "Available", True, evse.id, None)
        yield _flag("EVSE", "AllowReset", self.context.spec.resets_evses, evse.id, None)
        yield VariableRow(
            component="EVSE",
            variable="Power",
            value=f"{evse.flow().power_w:.1f}",
            data_type="decimal",
            evse_id=evse.id,
            unit="W",
            maximum=rating_w,
        )
        yield VariableRow(
            component="EVSE",
            variable="SupplyPhases",
            value=str(max(connector.spec.phases for connector in evse.connectors)),
            data_type="integer",
            evse_id=evse.id,
        )
        yield from sensor_rows(evse, self.context.now)

    def _connector(self, evse: Evse, connector: Connector) -> Iterator[VariableRow]:
        name = "Connector"
        word = self.context.dialect.status_word(evse, connector)
        yield _state(name, word, evse.id, connector.id)
        yield _flag(name, "Available", True, evse.id, connector.id)
        yield _flag(name, "Problem", connector.faulted, evse.id, connector.id, summary=True)
        yield VariableRow(
            component=name,
            variable="ConnectorType",
            value=_wire_type(connector),
            data_type="string",
            evse_id=evse.id,
            connector_id=connector.id,
        )
        yield VariableRow(
            component=name,
            variable="SupplyPhases",
            value=str(connector.spec.phases),
            data_type="integer",
            evse_id=evse.id,
            connector_id=connector.id,
        )

    def _entries(self) -> Iterator[VariableRow]:
        yield VariableRow(
            component="SmartChargingCtrlr",
            variable="Entries",
            instance="ChargingProfiles",
            value=str(len(self.smart.installed)),
            data_type="integer",
            maximum=self.smart.rules.profiles,
        )
        yield VariableRow(
            component="DisplayMessageCtrlr",
            variable="DisplayMessages",
            value=str(len(self.display.messages())),
            data_type="integer",
            maximum=limits.DISPLAY_MESSAGES,
        )

    def _computed(self) -> Iterator[VariableRow]:
        context = self.context
        yield VariableRow(
            component="ClockCtrlr",
            variable="DateTime",
            value=to_rfc3339(context.time),
            data_type="dateTime",
        )
        yield VariableRow(
            component="SecurityCtrlr",
            variable="Identity",
            value=context.spec.identity,
            data_type="string",
        )
        yield VariableRow(
            component="SecurityCtrlr",
            variable="SecurityProfile",
            value=str(self.security.credentials.now.profile),
            data_type="integer",
        )
        yield VariableRow(
            component="LocalAuthListCtrlr",
            variable="Entries",
            value=str(self.authorization.listed),
            data_type="integer",
            maximum=context.settings.number(LOCAL_LIST_MAX),
        )
        yield VariableRow(
            component="OCPPCommCtrlr",
            variable="ActiveNetworkProfile",
            value=str(self.security.credentials.now.slot),
            data_type="integer",
        )
        yield VariableRow(
            component="SecurityCtrlr",
            variable="CertificateEntries",
            value=str(len(self.security.installed)),
            data_type="integer",
            maximum=context.settings.number(CERTIFICATE_ENTRIES_MAX),
        )
        yield from self._entries()
        for name in _AVAILABLE:
            yield _flag(name, "Available", True, None, None)


def merged_row(row: VariableRow, variable: ModelVariable) -> VariableRow:
    """A variable that the charger has of itself, and a file too."""
    actual = variable.attributes.get("Actual")
    if row.setting is None or actual is None:
        return replace(row, of_file=variable)
    return replace(
        row,
        of_file=variable,
        access=actual.setting.access,
        unit=variable.unit or row.unit,
        minimum=row.minimum if variable.minimum is None else variable.minimum,
        maximum=row.maximum if variable.maximum is None else variable.maximum,
        values=variable.values or row.values,
    )


def _of_vendor(name: str, text: str) -> VariableRow:
    """A setting that no standard knows, `Component.Variable[instance]` by its name."""
    component, variable, instance = split(name)
    return VariableRow(
        component=component[:50],
        variable=variable[:50],
        instance=None if instance is None else instance[:50],
        value=text,
        data_type="string",
        access="ReadWrite",
        vendor=name,
    )


def _of_setting(setting: Setting, text: str, access: Access) -> VariableRow:
    component, variable, instance = split(setting.variable or "")
    longest = setting.longest if setting.longest < TEXT_LENGTH else None
    return VariableRow(
        component=component,
        variable=variable,
        instance=instance,
        value=text,
        data_type=_DATA_TYPES[setting.kind],
        access=access,
        unit=setting.unit or None,
        minimum=setting.minimum if setting.kind in NUMBERS else None,
        maximum=setting.maximum if setting.kind in NUMBERS else longest,
        values=",".join(setting.values) or None,
        setting=setting,
    )


def _wire_type(connector: Connector) -> str:
    return _CONNECTOR_TYPES.get(connector.spec.type.lower(), "Unknown")


def type_named(evses: tuple[Evse, ...], name: str | None) -> str | None:
    """The type, as specifications have it, of the connectors that the wire calls so; one that no
    connector has stays as it is."""
    for evse in evses:
        for connector in evse.connectors:
            if _wire_type(connector) == name:
                return connector.spec.type.lower()
    return name


def _parts(
    tier: str,
    connectors: Iterable[Connector],
    evse_id: int | None = None,
    connector_id: int | None = None,
) -> Iterator[VariableRow]:
    """The physical components that faults are told of."""
    faults = {one.fault for connector in connectors for one in connector.broken}
    told = {(fault.component, fault.variable) for fault in faults}
    for component, variable, belongs in COMPONENTS:
        if belongs == tier and component != "Connector":
            broken = (component, variable) in told
            summary = broken and variable == "Problem"
            yield _flag(component, variable, broken, evse_id, connector_id, summary=summary)


def _flag(
    component: str,
    variable: str,
    value: bool,
    evse_id: int | None,
    connector_id: int | None,
    *,
    summary: bool = False,
) -> VariableRow:
    return VariableRow(
        component=component,
        variable=variable,
        value="true" if value else "false",
        data_type="boolean",
        evse_id=evse_id,
        connector_id=connector_id,
        summary=summary,
    )


def _state(component: str, word: str, evse_id: int | None, connector_id: int | None) -> VariableRow:
    return VariableRow(
        component=component,
        variable="AvailabilityState",
        value=word,
        data_type="OptionList",
        values="Available,Occupied,Reserved,Unavailable,Faulted",
        evse_id=evse_id,
        connector_id=connector_id,
        summary=True,
    )


def split(name: str) -> tuple[str, str, str | None]:
    """`Component.Variable[instance]` taken apart; a name without a dot is of component Vendor."""
    component, dot, variable = name.partition(".")
    if not dot:
        component, variable = "Vendor", name
    variable, bracket, instance = variable.partition("[")
    return component, variable, instance.rstrip("]") if bracket else None


def same(one: str | None, other: str | None) -> bool:
    """Names are case-insensitive."""
    return (one or "").lower() == (other or "").lower()
