"""The 2.0.1 device model: settings and physical facts as components and variables (Part 1 section
4, Part 2 block B).

Rows are made when somebody asks; nothing of the model is kept. What a file adds
(variables/device_model.py) is laid over what the charger has of itself: of a variable that both
have, the charger knows the value, and the file says the rights and limits of a setting.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from voltyard.charger import standard
from voltyard.charger.connector import Connector
from voltyard.charger.dialects.rights import access_of, text_of
from voltyard.charger.evse import Evse
from voltyard.charger.settings import TEXT_LENGTH, Access, Setting
from voltyard.charger.variables.device_model import Key, Variable, key_of
from voltyard.kernel.time import to_rfc3339
from voltyard.ocpp.faults import COMPONENTS
from voltyard.ocpp.v201 import messages as m

if TYPE_CHECKING:
    from voltyard.charger.charger import Charger

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
)
"""Controllers whose function is there."""


class Row(Struct, frozen=True, kw_only=True):
    """One variable of one component."""

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
    of_file: Variable | None = None
    """Where a file has the variable: its other attributes."""
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
    def key(self) -> Key:
        """By which it is known."""
        return key_of(
            self.component,
            self.component_instance,
            self.evse_id,
            self.connector_id,
            self.variable,
            self.instance,
        )


def rows(charger: Charger) -> Iterator[Row]:
    """Every variable the charger has, with its value of this moment."""
    model = charger.core.model
    if not model.variables:
        yield from of_itself(charger)
        return
    met = set()
    for row in of_itself(charger):
        variable = model.variables.get(row.key)
        if variable is not None:
            met.add(row.key)
            yield laid_over(row, variable)
        elif not model.replaces:
            yield row
    for key, variable in model.variables.items():
        if key not in met:
            yield of_file(charger, variable)


def laid_over(row: Row, variable: Variable) -> Row:
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


def of_file(charger: Charger, variable: Variable) -> Row:
    """A variable that a file alone has."""
    actual = variable.attributes.get("Actual")
    setting = None if actual is None else actual.setting
    return Row(
        component=variable.component,
        component_instance=variable.component_instance,
        evse_id=variable.evse_id,
        connector_id=variable.connector_id,
        variable=variable.variable,
        instance=variable.instance,
        value="" if setting is None else charger.core.settings.text(setting),
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


def of_itself(charger: Charger) -> Iterator[Row]:
    """What the charger has without a file."""
    yield from _station(charger)
    yield from _parts("station", [each for evse in charger.evses for each in evse.connectors])
    for evse in charger.evses:
        yield from _evse(charger, evse)
        yield from _parts("evse", evse.connectors, evse.id)
        for connector in evse.connectors:
            yield from _connector(charger, evse, connector)
            yield from _parts("connector", (connector,), evse.id, connector.id)
    yield from _computed(charger)
    for setting in standard.BY_VARIABLE.values():
        text = text_of(charger, setting)
        if setting is standard.RATE_UNITS:
            text = ",".join(charger.smart.rules.units)
        yield _of_setting(setting, text, access_of(charger, setting))
    for setting in charger.core.settings.own.settings:
        yield _of_setting(setting, charger.core.settings.text(setting), setting.access)
    for name, text in charger.core.settings.vendor().items():
        yield _of_vendor(name, text)


def _of_vendor(name: str, text: str) -> Row:
    """A setting that no standard knows, `Component.Variable[instance]` by its name."""
    component, variable, instance = split(name)
    return Row(
        component=component[:50],
        variable=variable[:50],
        instance=None if instance is None else instance[:50],
        value=text,
        data_type="string",
        access="ReadWrite",
        vendor=name,
    )


def _of_setting(setting: Setting, text: str, access: Access) -> Row:
    component, variable, instance = split(setting.variable or "")
    longest = setting.longest if setting.longest < TEXT_LENGTH else None
    return Row(
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


def _station(charger: Charger) -> Iterator[Row]:
    name = "ChargingStation"
    spec = charger.core.spec
    state = "Available" if charger.statuses.operative else "Unavailable"
    yield _state(name, state, None, None)
    yield _flag(name, "Available", True, None, None)
    yield Row(component=name, variable="SupplyPhases", value=_phases(charger), data_type="integer")
    yield Row(component=name, variable="Model", value=spec.model, data_type="string")
    yield Row(component=name, variable="VendorName", value=spec.vendor, data_type="string")


def _phases(charger: Charger) -> str:
    return str(max(c.spec.phases for evse in charger.evses for c in evse.connectors))


def _evse(charger: Charger, evse: Evse) -> Iterator[Row]:
    rating_w = max(connector.spec.max_power_w for connector in evse.connectors)
    words = {charger.core.dialect.status_word(evse, each) for each in evse.connectors}
    state = next(
        (word for word in ("Faulted", "Occupied", "Reserved", "Unavailable") if word in words),
        "Available",
    )
    yield _state("EVSE", state, evse.id, None)
    yield _flag("EVSE", "Available", True, evse.id, None)
    yield _flag("EVSE", "AllowReset", False, evse.id, None)
    yield Row(
        component="EVSE",
        variable="Power",
        value=f"{evse.flow().power_w:.1f}",
        data_type="decimal",
        evse_id=evse.id,
        unit="W",
        maximum=rating_w,
    )
    yield Row(
        component="EVSE",
        variable="SupplyPhases",
        value=str(max(connector.spec.phases for connector in evse.connectors)),
        data_type="integer",
        evse_id=evse.id,
    )


def _connector(charger: Charger, evse: Evse, connector: Connector) -> Iterator[Row]:
    name = "Connector"
    word = charger.core.dialect.status_word(evse, connector)
    yield _state(name, word, evse.id, connector.id)
    yield _flag(name, "Available", True, evse.id, connector.id)
    yield _flag(name, "Problem", connector.faulted, evse.id, connector.id, summary=True)
    yield Row(
        component=name,
        variable="ConnectorType",
        value=_wire_type(connector),
        data_type="string",
        evse_id=evse.id,
        connector_id=connector.id,
    )
    yield Row(
        component=name,
        variable="SupplyPhases",
        value=str(connector.spec.phases),
        data_type="integer",
        evse_id=evse.id,
        connector_id=connector.id,
    )


def _wire_type(connector: Connector) -> str:
    return _CONNECTOR_TYPES.get(connector.spec.type.lower(), "Unknown")


def type_named(charger: Charger, name: str | None) -> str | None:
    """The type, as specifications have it, of the connectors that the wire calls so; one that no
    connector has stays as it is."""
    for evse in charger.evses:
        for connector in evse.connectors:
            if _wire_type(connector) == name:
                return connector.spec.type.lower()
    return name


def _parts(
    tier: str,
    connectors: Iterable[Connector],
    evse_id: int | None = None,
    connector_id: int | None = None,
) -> Iterator[Row]:
    """The physical components that faults are told of."""
    faults = {one.fault for connector in connectors for one in connector.broken}
    told = {(fault.component, fault.variable) for fault in faults}
    for component, variable, belongs in COMPONENTS:
        if belongs == tier and component != "Connector":
            broken = (component, variable) in told
            summary = broken and variable == "Problem"
            yield _flag(component, variable, broken, evse_id, connector_id, summary=summary)


def _computed(charger: Charger) -> Iterator[Row]:
    core = charger.core
    yield Row(
        component="ClockCtrlr",
        variable="DateTime",
        value=to_rfc3339(core.time),
        data_type="dateTime",
    )
    yield Row(
        component="SecurityCtrlr", variable="Identity", value=core.spec.identity, data_type="string"
    )
    yield Row(
        component="SecurityCtrlr",
        variable="SecurityProfile",
        value=str(charger.security.credentials.now.profile),
        data_type="integer",
    )
    yield Row(
        component="LocalAuthListCtrlr",
        variable="Entries",
        value=str(charger.authorization.listed),
        data_type="integer",
        maximum=core.settings.number(standard.LOCAL_LIST_MAX),
    )
    yield Row(
        component="OCPPCommCtrlr",
        variable="ActiveNetworkProfile",
        value=str(charger.security.credentials.now.slot),
        data_type="integer",
    )
    yield Row(
        component="SecurityCtrlr",
        variable="CertificateEntries",
        value=str(len(charger.security.store)),
        data_type="integer",
        maximum=core.settings.number(standard.CERTIFICATE_ENTRIES_MAX),
    )
    yield Row(
        component="SmartChargingCtrlr",
        variable="Entries",
        instance="ChargingProfiles",
        value=str(len(charger.smart.installed)),
        data_type="integer",
        maximum=charger.smart.rules.profiles,
    )
    for name in _AVAILABLE:
        yield _flag(name, "Available", True, None, None)


def _flag(
    component: str,
    variable: str,
    value: bool,
    evse_id: int | None,
    connector_id: int | None,
    *,
    summary: bool = False,
) -> Row:
    return Row(
        component=component,
        variable=variable,
        value="true" if value else "false",
        data_type="boolean",
        evse_id=evse_id,
        connector_id=connector_id,
        summary=summary,
    )


def _state(component: str, word: str, evse_id: int | None, connector_id: int | None) -> Row:
    return Row(
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
