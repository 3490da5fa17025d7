"""The 2.0.1 device model: settings and physical facts as components and variables (Part 1 section
4, Part 2 block B).

Rows are made when somebody asks; nothing of the model is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Literal, TypeAlias

from msgspec import Struct

from voltyard.charger import standard
from voltyard.charger.connector import Connector
from voltyard.charger.dialects.rights import access_of, text_of
from voltyard.charger.events import SettingChanged
from voltyard.charger.evse import Evse
from voltyard.charger.settings import Access, Setting
from voltyard.kernel.secrets import MASK
from voltyard.kernel.time import to_rfc3339
from voltyard.ocpp.faults import COMPONENTS
from voltyard.ocpp.v201 import messages as m

if TYPE_CHECKING:
    from voltyard.charger.charger import Charger

SetStatus: TypeAlias = Literal[
    "Accepted",
    "Rejected",
    "UnknownComponent",
    "UnknownVariable",
    "NotSupportedAttributeType",
    "RebootRequired",
]

_DATA_TYPES: dict[str, m.Data] = {
    "boolean": "boolean",
    "integer": "integer",
    "decimal": "decimal",
    "text": "string",
    "list": "MemberList",
    "sequence": "SequenceList",
}

_NUMBERS = ("integer", "decimal")

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
    summary: bool = False
    """Part of the SummaryInventory (B07.FR.09): availability and problems."""

    def wire_component(self) -> m.Component:
        """The component on the wire."""
        evse = None
        if self.evse_id is not None:
            evse = m.EVSE(id=self.evse_id, connector_id=self.connector_id)
        return m.Component(name=self.component, evse=evse)

    def wire_variable(self) -> m.Variable:
        """The variable on the wire."""
        return m.Variable(name=self.variable, instance=self.instance)


def rows(charger: Charger) -> Iterator[Row]:
    """Every variable the charger has, with its value of this moment."""
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
    for name, text in charger.core.settings.vendor().items():
        component, dot, variable = name.partition(".")
        yield Row(
            component=(component if dot else "Vendor")[:50],
            variable=(variable or name)[:50],
            value=text,
            data_type="string",
            access="ReadWrite",
        )


def _of_setting(setting: Setting, text: str, access: Access) -> Row:
    component, variable, instance = split(setting.variable or "")
    return Row(
        component=component,
        variable=variable,
        instance=instance,
        value=text,
        data_type=_DATA_TYPES[setting.kind],
        access=access,
        unit=setting.unit or None,
        minimum=setting.minimum if setting.kind in _NUMBERS else None,
        maximum=setting.maximum if setting.kind in _NUMBERS else None,
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
    """`Component.Variable[instance]` taken apart."""
    component, _, variable = name.partition(".")
    variable, bracket, instance = variable.partition("[")
    return component, variable, instance.rstrip("]") if bracket else None


# --- finding -----------------------------------------------------------------------------------


def find(
    charger: Charger, component: m.Component, variable: m.Variable
) -> Row | Literal["UnknownComponent", "UnknownVariable"]:
    """The variable meant. One that exists with instances only is unknown without (B06.FR.13)."""
    component_known = False
    for row in rows(charger):
        if not is_component(row, component) or component.instance is not None:
            continue
        component_known = True
        if row.variable.lower() == variable.name.lower() and same(row.instance, variable.instance):
            return row
    return "UnknownVariable" if component_known else "UnknownComponent"


def is_component(row: Row, component: m.Component) -> bool:
    """Whether a row belongs to exactly that component."""
    evse = component.evse
    return (
        row.component.lower() == component.name.lower()
        and row.evse_id == (None if evse is None else evse.id)
        and row.connector_id == (None if evse is None else evse.connector_id)
    )


def same(one: str | None, other: str | None) -> bool:
    """Names are case-insensitive."""
    return (one or "").lower() == (other or "").lower()


# --- setting -----------------------------------------------------------------------------------


def put(charger: Charger, row: Row, text: str) -> SetStatus:
    """Change a variable; refused, nothing changes (B05)."""
    core = charger.core
    if row.access == "ReadOnly":
        return "Rejected"
    if row.setting is None:
        name = f"{row.component}.{row.variable}"
        if not core.settings.put_vendor(name, text):
            return "Rejected"
    elif row.setting is standard.BASIC_AUTH_PASSWORD:
        name = row.setting.variable or ""
        if charger.security.credentials.change_password(text) == "Rejected":
            return "Rejected"
        text = MASK
    else:
        name = row.setting.variable or ""
        if row.setting is standard.NETWORK_PRIORITY and (
            charger.security.credentials.refuses_priority(text) is not None
        ):
            return "Rejected"
        if not core.settings.put(row.setting, text):
            return "Rejected"
    core.report(SettingChanged(at=core.now, name=name, value=text))
    charger.settings_changed()
    reboots = row.setting is not None and row.setting.needs_reboot
    return "RebootRequired" if reboots else "Accepted"


def configure(charger: Charger, name: str, text: str) -> SetStatus:
    """Change a variable by its name, `Component.Variable[instance]`."""
    component, variable, instance = split(name)
    row = find(charger, m.Component(name=component), m.Variable(name=variable, instance=instance))
    return put(charger, row, text) if isinstance(row, Row) else row


# --- reports -----------------------------------------------------------------------------------


def report_data(row: Row) -> m.ReportData:
    """A row as NotifyReport shows it."""
    return m.ReportData(
        component=row.wire_component(),
        variable=row.wire_variable(),
        variable_attribute=[
            m.VariableAttribute(
                value=None if row.access == "WriteOnly" else row.value,
                mutability=row.access,
                persistent=True,
                constant=False,
            )
        ],
        variable_characteristics=m.VariableCharacteristics(
            unit=row.unit,
            data_type=row.data_type,
            min_limit=row.minimum,
            max_limit=row.maximum,
            values_list=row.values,
            supports_monitoring=False,
        ),
    )


def base_report(charger: Charger, base: m.ReportBase) -> list[Row]:
    """The rows of a base report (B07, B08)."""
    match base:
        case "ConfigurationInventory":
            return [row for row in rows(charger) if row.access != "ReadOnly"]
        case "SummaryInventory":
            return [row for row in rows(charger) if row.summary]
        case _:
            return list(rows(charger))


def custom_report(
    charger: Charger,
    wanted: tuple[m.ComponentVariable, ...],
    criteria: tuple[m.ComponentCriterion, ...],
) -> list[Row]:
    """The rows that are named, of components that meet one of the criteria (B08.FR.05 to FR.11)."""
    everything = list(rows(charger))
    chosen = everything
    if wanted:
        chosen = [row for row in chosen if any(_is_wanted(row, one) for one in wanted)]
    if criteria:
        chosen = [row for row in chosen if _meets(row, everything, criteria)]
    return chosen


def _is_wanted(row: Row, one: m.ComponentVariable) -> bool:
    component, variable = one.component, one.variable
    if row.component.lower() != component.name.lower() or component.instance is not None:
        return False
    evse = component.evse
    if evse is not None and row.evse_id != evse.id:
        return False
    if evse is not None and evse.connector_id not in (None, row.connector_id):
        return False
    if variable is None:
        return True
    if row.variable.lower() != variable.name.lower():
        return False
    return variable.instance is None or same(row.instance, variable.instance)


def _meets(row: Row, everything: list[Row], criteria: tuple[m.ComponentCriterion, ...]) -> bool:
    """A component without the variable of a criterion meets it, but for Problem (B08.FR.07,
    FR.10)."""
    for criterion in criteria:
        values = [
            other.value
            for other in everything
            if other.variable == criterion
            and (other.component, other.evse_id, other.connector_id)
            == (row.component, row.evse_id, row.connector_id)
        ]
        if "true" in values or (not values and criterion != "Problem"):
            return True
    return False
