"""Monitors of variables in OCPP 2.0.1: functional block N."""

from collections.abc import Mapping
from typing import Any

from voltyard.csms.commands import monitors, results
from voltyard.csms.commands.results import BackendCommandResult
from voltyard.csms.dialect import NextNumber, ReportExpected, word
from voltyard.csms.requests import ChargerRequest
from voltyard.csms.translation import CommandTable, ReportTable, ResultTable, reason, report_part
from voltyard.csms.v201 import configuration_keys
from voltyard.ocpp.payload import Payload
from voltyard.ocpp.v201 import messages as m

_CRITERIA: Mapping[str, m.MonitoringCriterion] = {
    "threshold": "ThresholdMonitoring",
    "delta": "DeltaMonitoring",
    "periodic": "PeriodicMonitoring",
}


def _data(monitor: monitors.VariableMonitor) -> m.SetMonitoringData:
    component, variable = configuration_keys.address(monitor.variable)
    return m.SetMonitoringData(
        id=monitor.id,
        transaction=monitor.transaction or None,
        value=monitor.value,
        type=monitor.type,
        severity=monitor.severity,
        component=component,
        variable=variable,
    )


def _set(command: monitors.SetMonitors, number: NextNumber) -> Payload:
    data = [_data(monitor) for monitor in command.monitors]
    return m.SetVariableMonitoringRequest(set_monitoring_data=data)


def _report(command: monitors.GetMonitors, number: NextNumber) -> Payload:
    places = None
    if command.variable is not None:
        component, variable = configuration_keys.address(command.variable)
        places = [m.ComponentVariable(component=component, variable=variable)]
    return m.GetMonitoringReportRequest(
        request_id=number(),
        monitoring_criteria=None if command.kind is None else [_CRITERIA[command.kind]],
        component_variable=places,
    )


REQUESTS: CommandTable = {
    monitors.SetMonitors: _set,
    monitors.GetMonitors: _report,
    monitors.ClearMonitors: lambda c, number: m.ClearVariableMonitoringRequest(id=list(c.ids)),
    monitors.SetMonitoringBase: (
        lambda c, number: m.SetMonitoringBaseRequest(monitoring_base=c.base)
    ),
    monitors.SetMonitoringLevel: (
        lambda c, number: m.SetMonitoringLevelRequest(severity=c.severity)
    ),
}


def _was_set(
    command: monitors.SetMonitors,
    request: m.SetVariableMonitoringRequest,
    response: m.SetVariableMonitoringResponse,
) -> BackendCommandResult:
    return results.MonitorsSetResult.of(
        tuple(
            results.SetMonitorResult(
                id=one.id,
                variable=configuration_keys.name(one.component, one.variable),
                type=one.type,
                severity=one.severity,
                status=_uncapitalized(one.status),
                reason=reason(one),
            )
            for one in response.set_monitoring_result
        )
    )


def _was_cleared(
    command: monitors.ClearMonitors,
    request: m.ClearVariableMonitoringRequest,
    response: m.ClearVariableMonitoringResponse,
) -> BackendCommandResult:
    return results.MonitorsClearedResult.of(
        tuple(
            results.ClearedMonitor(id=one.id, status=word(one.status))
            for one in response.clear_monitoring_result
        )
    )


def _announced(
    command: monitors.GetMonitors,
    request: m.GetMonitoringReportRequest,
    response: m.GetMonitoringReportResponse,
) -> BackendCommandResult | ReportExpected:
    if response.status == "Accepted":
        return ReportExpected(request.request_id)
    # An empty result is a full answer; the rest is a refusal.
    status = "accepted" if response.status == "EmptyResultSet" else word(response.status)
    return results.MonitorsResult(status=status)


RESULTS: ResultTable = {
    monitors.SetMonitors: _was_set,
    monitors.GetMonitors: _announced,
    monitors.ClearMonitors: _was_cleared,
}


def _reported(items: tuple[Any, ...]) -> BackendCommandResult:
    return results.MonitorsResult(monitors=items)


REPORTS: ReportTable = {monitors.GetMonitors: _reported}


def _uncapitalized(status: str) -> str:
    return status[:1].lower() + status[1:]


def notify_monitoring_report(request: m.NotifyMonitoringReportRequest) -> ChargerRequest:
    """A NotifyMonitoringReport."""
    reported = [
        results.ReportedMonitor(
            id=one.id,
            variable=configuration_keys.name(data.component, data.variable),
            type=one.type,
            value=one.value,
            severity=one.severity,
            transaction=one.transaction,
        )
        for data in request.monitor or ()
        for one in data.variable_monitoring
    ]
    return report_part("NotifyMonitoringReport", request, reported)
