"""A device model from a file: components and variables as a station reports them (2.0.1 Part 1
section 4, Part 2 block B).

The file is JSON: what NotifyReport has in `reportData`, be it a list of those, one NotifyReport
with `"replaces": true` or without, or a list of NotifyReports as a station sent them.

    model = read(text)
    model.variables[("evse", "", 1, None, "power", "")].attributes
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final, Literal, TypeAlias

import msgspec
from msgspec import UNSET, Struct, UnsetType, field

from voltyard.charger.description.specification import ChargerSpec, DataType
from voltyard.charger.variables.settings import Setting
from voltyard.charger.variables.standard import BY_VARIABLE
from voltyard.charger.variables.vendor_settings import (
    LONGEST_UNIT,
    LONGEST_VALUES,
    bad,
    check_name,
    limited,
    with_value,
)
from voltyard.kernel import limits

PLACE: Final = "device_model"
"""Begins the places that errors name."""

AttributeType: TypeAlias = Literal["Actual", "Target", "MinSet", "MaxSet"]
VariableKey: TypeAlias = tuple[str, str, int | None, int | None, str, str]
"""Component, its instance, EVSE, connector, variable, its instance; names in lower case."""

_LONGEST_VALUE: Final = 2_500
"""Characters (VariableAttributeType.value)."""


# --- what is read ------------------------------------------------------------------------------


class ModelAttribute(Struct, frozen=True, kw_only=True, eq=False):
    """One value of a variable."""

    type: AttributeType
    setting: Setting
    """The setting: its first value, its limits, and its rights."""
    persistent: bool = True
    constant: bool = False


class ModelVariable(Struct, frozen=True, kw_only=True, eq=False):
    """A variable of a component."""

    place: str
    """In the file."""
    component: str
    component_instance: str | None
    evse_id: int | None
    connector_id: int | None
    variable: str
    instance: str | None
    attributes: dict[AttributeType, ModelAttribute]
    data_type: DataType
    unit: str | None
    minimum: float | None
    maximum: float | None
    values: str | None
    supports_monitoring: bool

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


class DeviceModel(Struct, frozen=True, kw_only=True, eq=False):
    """A whole file; chargers with the same share it."""

    variables: dict[VariableKey, ModelVariable] = {}
    components: frozenset[VariableKey] = frozenset()
    """Their keys, without a variable."""
    replaces: bool = False
    """The charger has these variables only; else what it has of itself is beside them."""


NO_MODEL: Final = DeviceModel()


def key_of(
    component: str,
    component_instance: str | None,
    evse_id: int | None,
    connector_id: int | None,
    variable: str = "",
    instance: str | None = None,
) -> VariableKey:
    """By which a variable is known, or without one a component: names are case-insensitive."""
    return (
        component.lower(),
        (component_instance or "").lower(),
        evse_id,
        connector_id,
        variable.lower(),
        (instance or "").lower(),
    )


def standard_of(variable: ModelVariable) -> Setting | None:
    """The standard setting that a variable of the file is."""
    if variable.component_instance or variable.evse_id is not None:
        return None
    bracketed = "" if variable.instance is None else f"[{variable.instance}]"
    return BY_VARIABLE.get(f"{variable.component}.{variable.variable}{bracketed}".lower())


def initial(model: DeviceModel) -> Iterator[tuple[ModelVariable, Setting, str]]:
    """The values that the file gives standard settings."""
    for variable in model.variables.values():
        setting = standard_of(variable)
        actual = variable.attributes.get("Actual")
        if setting is not None and actual is not None and actual.setting.default:
            yield variable, setting, actual.setting.default


def check(spec: ChargerSpec) -> None:
    """Invalid, naming the place, where the charger cannot have the device model of its file."""
    model = read(spec.device_model)
    for variable, setting, text in initial(model):
        if setting.normal(text) is None:
            raise bad(
                f"{variable.place}.variableAttribute",
                f"{setting.variable} cannot be {text[:40]!r} here",
            )
    for variable in model.variables.values():
        evse_id, connector_id = variable.evse_id, variable.connector_id
        if evse_id is None:
            continue
        if evse_id > len(spec.evses):
            raise bad(f"{variable.place}.component.evse.id", f"there are {len(spec.evses)} EVSEs")
        count = len(spec.evses[evse_id - 1].connectors)
        if connector_id is not None and connector_id > count:
            place = f"{variable.place}.component.evse.connectorId"
            raise bad(place, f"EVSE {evse_id} has {count} connectors")


# --- how it is written -------------------------------------------------------------------------


class _Evse(Struct, forbid_unknown_fields=True):
    id: int
    connector_id: int | None = field(default=None, name="connectorId")
    custom_data: Any = field(default=None, name="customData")


class _Component(Struct, forbid_unknown_fields=True):
    name: str
    instance: str | None = None
    evse: _Evse | None = None
    custom_data: Any = field(default=None, name="customData")


class _Variable(Struct, forbid_unknown_fields=True):
    name: str
    instance: str | None = None
    custom_data: Any = field(default=None, name="customData")


class _Attribute(Struct, forbid_unknown_fields=True):
    type: AttributeType = "Actual"
    value: str | int | float | bool | None = None
    mutability: Literal["ReadOnly", "WriteOnly", "ReadWrite"] = "ReadWrite"
    persistent: bool = True
    constant: bool = False
    custom_data: Any = field(default=None, name="customData")


class _Characteristics(Struct, frozen=True, forbid_unknown_fields=True):
    data_type: DataType = field(name="dataType")
    unit: str | None = None
    min_limit: float | None = field(default=None, name="minLimit")
    max_limit: float | None = field(default=None, name="maxLimit")
    values_list: str | None = field(default=None, name="valuesList")
    supports_monitoring: bool = field(default=False, name="supportsMonitoring")
    custom_data: Any = field(default=None, name="customData")


_PLAIN: Final = _Characteristics(data_type="string")


class _Entry(Struct, forbid_unknown_fields=True):
    component: _Component
    variable: _Variable
    attributes: list[_Attribute] = field(default_factory=list, name="variableAttribute")
    characteristics: _Characteristics = field(default=_PLAIN, name="variableCharacteristics")
    needs_reboot: bool = field(default=False, name="rebootRequired")
    """Ours: a change is answered with RebootRequired."""
    custom_data: Any = field(default=None, name="customData")


class _Report(Struct, forbid_unknown_fields=True):
    """NotifyReport, whole or as far as it matters."""

    data: list[Any] = field(name="reportData")
    replaces: bool | UnsetType = UNSET
    request_id: Any = field(default=None, name="requestId")
    generated_at: Any = field(default=None, name="generatedAt")
    seq_no: Any = field(default=None, name="seqNo")
    tbc: Any = None
    custom_data: Any = field(default=None, name="customData")


@lru_cache(maxsize=64)  # a fleet has few models
def read(text: str) -> DeviceModel:
    """The device model of a file; of an empty one none. Invalid, naming the place, where it is not
    as it should be."""
    if not text:
        return NO_MODEL
    if len(text) > limits.DEVICE_MODEL_CHARS:
        raise bad(PLACE, f"longer than {limits.DEVICE_MODEL_CHARS} characters")
    try:
        plain = msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise bad(PLACE, f"no JSON: {error}") from None
    entries, replaces = _entries(plain)
    if len(entries) > limits.DEVICE_MODEL_VARIABLES:
        most = limits.DEVICE_MODEL_VARIABLES
        raise bad(PLACE, f"{len(entries)} variables, and at most {most} are taken")
    variables: dict[VariableKey, ModelVariable] = {}
    for place, entry in entries:
        variable = _read(place, _convert(place, entry, _Entry))
        if variable.key in variables:
            raise bad(place, f"is {variables[variable.key].place} once more")
        variables[variable.key] = variable
    components = frozenset((*key[:4], "", "") for key in variables)
    return DeviceModel(variables=variables, components=components, replaces=replaces)


def _entries(plain: Any) -> tuple[list[tuple[str, Any]], bool]:
    """Each variable with its place, and whether they are all there is."""
    if isinstance(plain, dict):
        report = _convert(PLACE, plain, _Report)
        return _placed(f"{PLACE}.reportData", report.data), report.replaces is True
    if not isinstance(plain, list):
        raise bad(PLACE, "neither a list of variables nor a NotifyReport")
    if not any(isinstance(one, dict) and "reportData" in one for one in plain):
        return _placed(PLACE, plain), False
    entries: list[tuple[str, Any]] = []
    replaces = False
    for number, page in enumerate(plain):
        place = f"{PLACE}[{number}]"
        report = _convert(place, page, _Report)
        entries += _placed(f"{place}.reportData", report.data)
        replaces = replaces or report.replaces is True
    return entries, replaces


def _placed(place: str, entries: list[Any]) -> list[tuple[str, Any]]:
    return [(f"{place}[{number}]", entry) for number, entry in enumerate(entries)]


def _convert(place: str, plain: Any, type: Any) -> Any:
    try:
        return msgspec.convert(plain, type)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$")
        raise bad(place + where.rstrip("`"), what) from None


def _read(place: str, entry: _Entry) -> ModelVariable:
    component, variable, said = entry.component, entry.variable, entry.characteristics
    for part, name in (
        ("component.name", component.name),
        ("component.instance", component.instance),
        ("variable.name", variable.name),
        ("variable.instance", variable.instance),
    ):
        if name is not None:
            check_name(f"{place}.{part}", name)
    evse = component.evse
    for part, number in (
        ("id", None if evse is None else evse.id),
        ("connectorId", None if evse is None else evse.connector_id),
    ):
        if number is not None and number < 1:
            raise bad(f"{place}.component.evse.{part}", f"{number} is none: they begin at 1")
    _check_characteristics(f"{place}.variableCharacteristics", said)
    return ModelVariable(
        place=place,
        component=component.name,
        component_instance=component.instance,
        evse_id=None if evse is None else evse.id,
        connector_id=None if evse is None else evse.connector_id,
        variable=variable.name,
        instance=variable.instance,
        attributes=_attributes(place, entry),
        data_type=said.data_type,
        unit=said.unit,
        minimum=said.min_limit,
        maximum=said.max_limit,
        values=said.values_list,
        supports_monitoring=said.supports_monitoring,
    )


def _check_characteristics(place: str, said: _Characteristics) -> None:
    if said.unit is not None and len(said.unit) > LONGEST_UNIT:
        raise bad(f"{place}.unit", f"longer than {LONGEST_UNIT} characters")
    if said.values_list is not None and len(said.values_list) > LONGEST_VALUES:
        raise bad(f"{place}.valuesList", f"longer than {LONGEST_VALUES} characters")
    low, high = said.min_limit, said.max_limit
    if low is not None and high is not None and low > high:
        raise bad(f"{place}.maxLimit", f"{high:g} is below minLimit, {low:g}")


def _attributes(place: str, entry: _Entry) -> dict[AttributeType, ModelAttribute]:
    found: dict[AttributeType, ModelAttribute] = {}
    for number, one in enumerate(entry.attributes or [_Attribute()]):
        here = f"{place}.variableAttribute[{number}]"
        if one.type in found:
            raise bad(f"{here}.type", f"{one.type} is there already")
        found[one.type] = ModelAttribute(
            type=one.type,
            setting=with_value(_setting(entry, one), _text(one.value), f"{here}.value"),
            persistent=one.persistent,
            constant=one.constant,
        )
    return found


def _setting(entry: _Entry, one: _Attribute) -> Setting:
    said, component, evse = entry.characteristics, entry.component, entry.component.evse
    at = "" if evse is None else f"{evse.id}.{evse.connector_id or ''}"
    names = (component.name, component.instance, entry.variable.name, entry.variable.instance)
    values = tuple(part.strip() for part in (said.values_list or "").split(",") if part.strip())
    return limited(
        key=None,
        # For memory alone; "\n" is in no name, so it is no standard setting's and no vendor's.
        variable="\n".join((*(name or "" for name in names), at, one.type)),
        type=said.data_type,
        access=one.mutability,
        limits=(said.min_limit, said.max_limit),
        values=values,
        longest=_LONGEST_VALUE,
        unit=said.unit or "",
        needs_reboot=entry.needs_reboot,
    )


def _text(value: str | int | float | bool | None) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else f"{value}"
