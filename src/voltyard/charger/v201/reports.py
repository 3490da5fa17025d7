"""Reports of the 2.0.1 device model: the variables they hold, and their pages (B07, B08)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from voltyard.charger.context import ChargerContext
from voltyard.charger.monitoring.monitor import WatchedVariable
from voltyard.charger.v201.device_model import same
from voltyard.charger.v201.model_rows.variable_row import VariableRow
from voltyard.charger.variables.device_model import ModelAttribute
from voltyard.charger.variables.settings import ChargerSettings
from voltyard.charger.variables.standard.station import BYTES_GET_REPORT, ITEMS_GET_REPORT
from voltyard.ocpp.payload import Payload, to_json
from voltyard.ocpp.timestamps import Timestamp
from voltyard.ocpp.v201 import messages as m

ENVELOPE_BYTES = 500
"""Of a page, beside what it reports."""


# --- pages -------------------------------------------------------------------------------------


def pages(context: ChargerContext, request_id: int, found: list[VariableRow]) -> Iterator[Payload]:
    """NotifyReports, each with as many variables, and as long, as the charger says (B07.FR.08)."""
    most = max(context.settings.number(ITEMS_GET_REPORT), 1)
    longest = context.settings.number(BYTES_GET_REPORT) - ENVELOPE_BYTES
    page: list[m.ReportData] = []
    length = number = 0
    for row in found:
        data = report_data(context.settings, row)
        more = len(to_json(data).encode()) + 1
        if page and (len(page) == most or length + more > longest):
            yield _page(context, request_id, number, page, tbc=True)
            page, length, number = [], 0, number + 1
        page.append(data)
        length += more
    yield _page(context, request_id, number, page, tbc=False)


def _page(
    context: ChargerContext, request_id: int, number: int, data: list[m.ReportData], *, tbc: bool
) -> Payload:
    return m.NotifyReportRequest(
        request_id=request_id,
        generated_at=Timestamp.of(context.time),
        seq_no=number,
        tbc=tbc,
        report_data=data,
    )


def report_data(settings: ChargerSettings, row: VariableRow) -> m.ReportData:
    """A row as NotifyReport shows it."""
    of_file = row.of_file
    others = () if of_file is None else of_file.attributes.values()
    actual = None if of_file is None else of_file.attributes.get("Actual")
    attributes = [_attribute(settings, one) for one in others if one.type != "Actual"]
    if row.has_actual:
        shown = m.VariableAttribute(
            type="Actual",
            value=None if row.access == "WriteOnly" else row.value,
            mutability=row.access,
            persistent=True if actual is None else actual.persistent,
            constant=False if actual is None else actual.constant,
        )
        attributes.insert(0, shown)
    return m.ReportData(
        component=row.wire_component(),
        variable=row.wire_variable(),
        variable_attribute=attributes,
        variable_characteristics=m.VariableCharacteristics(
            unit=row.unit,
            data_type=row.data_type,
            min_limit=row.minimum,
            max_limit=row.maximum,
            values_list=row.values,
            supports_monitoring=row.supports_monitoring,
        ),
    )


def _attribute(settings: ChargerSettings, one: ModelAttribute) -> m.VariableAttribute:
    access = one.setting.access
    return m.VariableAttribute(
        type=one.type,
        value=None if access == "WriteOnly" else settings.text(one.setting),
        mutability=access,
        persistent=one.persistent,
        constant=one.constant,
    )


# --- which -------------------------------------------------------------------------------------


def base_report(rows: Iterable[VariableRow], base: m.ReportBase) -> list[VariableRow]:
    """The rows of a base report (B07, B08)."""
    match base:
        case "ConfigurationInventory":
            return [row for row in rows if _is_mutable(row)]
        case "SummaryInventory":
            return [row for row in rows if row.summary]
        case _:
            return list(rows)


def _is_mutable(row: VariableRow) -> bool:
    others = () if row.of_file is None else row.of_file.attributes.values()
    return (row.has_actual and row.access != "ReadOnly") or any(
        one.type != "Actual" and one.setting.access != "ReadOnly" for one in others
    )


def custom_report(
    rows: Iterable[VariableRow],
    wanted: tuple[m.ComponentVariable, ...],
    criteria: tuple[m.ComponentCriterion, ...],
) -> list[VariableRow]:
    """The rows that are named, of components that meet one of the criteria (B08.FR.05 to FR.11)."""
    everything = list(rows)
    chosen = everything
    if wanted:
        named: dict[str, list[m.ComponentVariable]] = {}
        for one in wanted:
            named.setdefault(one.component.name.lower(), []).append(one)
        chosen = [
            row
            for row in chosen
            if any(is_wanted(row, one) for one in named.get(row.component.lower(), ()))
        ]
    if criteria:
        told = _criteria_told(everything)
        chosen = [row for row in chosen if _meets(told.get(row.key[:4], {}), criteria)]
    return chosen


def is_wanted(row: VariableRow | WatchedVariable, one: m.ComponentVariable) -> bool:
    """True where a variable is meant: what is not named is any (B08.FR.12, N02.FR.15 to FR.17)."""
    component, variable = one.component, one.variable
    if row.component.lower() != component.name.lower():
        return False
    if component.instance is not None and not same(row.component_instance, component.instance):
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


_CRITERIA = ("Active", "Available", "Enabled", "Problem")


def _criteria_told(everything: list[VariableRow]) -> dict[tuple[object, ...], dict[str, bool]]:
    """By component: the variables that criteria go by, and whether each is true."""
    told: dict[tuple[object, ...], dict[str, bool]] = {}
    for row in everything:
        if row.variable in _CRITERIA:
            of_component = told.setdefault(row.key[:4], {})
            before = of_component.get(row.variable, False)
            of_component[row.variable] = before or row.value == "true"
    return told


def _meets(told: dict[str, bool], criteria: tuple[m.ComponentCriterion, ...]) -> bool:
    """A component without the variable of a criterion meets it, but for Problem (B08.FR.07,
    FR.10)."""
    return any(told.get(criterion, criterion != "Problem") for criterion in criteria)
