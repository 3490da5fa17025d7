"""The device model over OCPP 2.0.1: variables and reports (B05 to B08)."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from voltyard.csms.commands import device_model, results
from voltyard.csms.commands.results import BackendCommandResult
from voltyard.csms.commands.shared import BackendCommand
from voltyard.csms.dialect import NextNumber, ReportExpected, word
from voltyard.csms.translation import CommandTable, ReportTable, ResultTable, reason, reason_code
from voltyard.csms.v201 import configuration_keys
from voltyard.ocpp.payload import Payload, to_dict
from voltyard.ocpp.v201 import messages as m


def _get(command: device_model.GetVariables, number: NextNumber) -> Payload:
    data = []
    for one in command.variables:
        component, variable = configuration_keys.address(one.name)
        data.append(
            m.GetVariableData(component=component, variable=variable, attribute_type=one.attribute)
        )
    return m.GetVariablesRequest(get_variable_data=data)


def _set(command: device_model.SetVariables, number: NextNumber) -> Payload:
    data = []
    for one in command.variables:
        component, variable = configuration_keys.address(one.name)
        data.append(
            m.SetVariableData(
                component=component,
                variable=variable,
                attribute_type=one.attribute,
                attribute_value=one.value,
            )
        )
    return m.SetVariablesRequest(set_variable_data=data)


def _report(command: device_model.GetReport, number: NextNumber) -> Payload:
    if not command.names and not command.criteria:
        base = command.base or "FullInventory"
        return m.GetBaseReportRequest(request_id=number(), report_base=base)
    return m.GetReportRequest(
        request_id=number(),
        component_variable=[_wanted(name) for name in command.names] or None,
        component_criteria=list(command.criteria) or None,
    )


def _wanted(name: str) -> m.ComponentVariable:
    """A variable, or without a dot a whole component."""
    if "." in name:
        component, variable = configuration_keys.address(name)
        return m.ComponentVariable(component=component, variable=variable)
    component, _ = configuration_keys.address(f"{name}.any")
    return m.ComponentVariable(component=component)


ResultT = TypeVar("ResultT", m.GetVariableResult, m.SetVariableResult)


def by_variable(given: Iterable[ResultT]) -> Callable[[str, str], ResultT | None]:
    """Finds the result for a key and an attribute: stations may answer in another order."""
    found: dict[tuple[str, str], ResultT] = {
        (configuration_keys.name(one.component, one.variable), one.attribute_type or "Actual"): one
        for one in given
    }
    return lambda key, attribute: found.get(
        (configuration_keys.name(*configuration_keys.address(key)), attribute)
    )


def _read(
    command: device_model.GetVariables, request: Payload, response: m.GetVariablesResponse
) -> BackendCommandResult:
    result_of = by_variable(response.get_variable_result)
    rows = []
    for asked in command.variables:
        result = result_of(asked.name, asked.attribute)
        value = None if result is None else result.attribute_value
        rows.append(_row_of(asked, result, value=value))
    return results.VariablesReadResult(variables=tuple(rows))


def _written(
    command: device_model.SetVariables, request: Payload, response: m.SetVariablesResponse
) -> BackendCommandResult:
    result_of = by_variable(response.set_variable_result)
    return results.VariablesSetResult(
        variables=tuple(
            _row_of(asked, result_of(asked.name, asked.attribute)) for asked in command.variables
        )
    )


def _row_of(
    asked: device_model.ReadVariable | device_model.WrittenVariable,
    result: m.GetVariableResult | m.SetVariableResult | None,
    **more: str | None,
) -> dict[str, Any]:
    """The row of a variable; without a result the answer says nothing of it."""
    return {
        "name": asked.name,
        "attribute": asked.attribute,
        "status": "Unanswered" if result is None else result.attribute_status,
        **more,
        "reason": None if result is None else reason_code(result.attribute_status_info),
    }


def _announced(
    command: BackendCommand,
    request: m.GetBaseReportRequest | m.GetReportRequest,
    response: m.GetBaseReportResponse | m.GetReportResponse,
) -> BackendCommandResult | ReportExpected:
    if response.status == "Accepted":
        return ReportExpected(request.request_id)
    return results.ReportResult(status=word(response.status), reason=reason(response))


def _reported(items: tuple[m.ReportData, ...]) -> BackendCommandResult:
    return results.ReportResult(variables=tuple(_row(one) for one in items))


def _row(data: m.ReportData) -> dict[str, Any]:
    whole = to_dict(data)
    return {
        "name": configuration_keys.name(data.component, data.variable),
        "attributes": whole["variableAttribute"],
        "characteristics": whole.get("variableCharacteristics"),
    }


REQUESTS: CommandTable = {
    device_model.GetVariables: _get,
    device_model.SetVariables: _set,
    device_model.GetReport: _report,
}
RESULTS: ResultTable = {
    device_model.GetVariables: _read,
    device_model.SetVariables: _written,
    device_model.GetReport: _announced,
}
REPORTS: ReportTable = {device_model.GetReport: _reported}
