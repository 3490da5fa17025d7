"""Monitoring reports of 2.0.1: the monitors they hold, and their pages (N02)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from voltyard.charger.context import ChargerContext
from voltyard.charger.monitoring.monitor import Monitor, WatchedVariable
from voltyard.charger.v201.reports import ENVELOPE_BYTES, is_wanted
from voltyard.charger.variables.standard.station import BYTES_GET_REPORT, ITEMS_GET_REPORT
from voltyard.ocpp.payload import Payload, to_json
from voltyard.ocpp.timestamps import Timestamp
from voltyard.ocpp.v201 import messages as m

_TYPES: dict[m.MonitoringCriterion, tuple[m.Monitor, ...]] = {
    "ThresholdMonitoring": ("UpperThreshold", "LowerThreshold"),
    "DeltaMonitoring": ("Delta",),
    "PeriodicMonitoring": ("Periodic", "PeriodicClockAligned"),
}


def chosen(
    monitors: Iterable[Monitor],
    wanted: tuple[m.ComponentVariable, ...],
    criteria: tuple[m.MonitoringCriterion, ...],
) -> list[Monitor]:
    """The monitors at the named variables, of types that meet one of the criteria (N02.FR.05 to
    FR.17)."""
    types = {type for criterion in criteria for type in _TYPES[criterion]}
    return [
        monitor
        for monitor in monitors
        if (not criteria or monitor.type in types)
        and (not wanted or any(is_wanted(monitor.watched, one) for one in wanted))
    ]


def pages(context: ChargerContext, request_id: int, found: list[Monitor]) -> Iterator[Payload]:
    """NotifyMonitoringReports, each with as many variables, and as long, as the charger says."""
    most = max(context.settings.number(ITEMS_GET_REPORT), 1)
    longest = context.settings.number(BYTES_GET_REPORT) - ENVELOPE_BYTES
    page: list[m.MonitoringData] = []
    length = number = 0
    for data in _by_variable(found):
        more = len(to_json(data).encode()) + 1
        if page and (len(page) == most or length + more > longest):
            yield _page(context, request_id, number, page, tbc=True)
            page, length, number = [], 0, number + 1
        page.append(data)
        length += more
    yield _page(context, request_id, number, page, tbc=False)


def _page(
    context: ChargerContext,
    request_id: int,
    number: int,
    data: list[m.MonitoringData],
    *,
    tbc: bool,
) -> Payload:
    return m.NotifyMonitoringReportRequest(
        request_id=request_id,
        generated_at=Timestamp.of(context.time),
        seq_no=number,
        tbc=tbc,
        monitor=data,
    )


def _by_variable(found: list[Monitor]) -> list[m.MonitoringData]:
    grouped: dict[WatchedVariable, list[m.VariableMonitoring]] = {}
    for monitor in found:
        told = m.VariableMonitoring(
            id=monitor.id,
            transaction=monitor.needs_transaction,
            value=monitor.value,
            type=monitor.type,
            severity=monitor.severity,
        )
        grouped.setdefault(monitor.watched, []).append(told)
    return [
        m.MonitoringData(
            component=wire_component(watched),
            variable=m.Variable(name=watched.variable, instance=watched.instance),
            variable_monitoring=monitors,
        )
        for watched, monitors in grouped.items()
    ]


def wire_component(watched: WatchedVariable) -> m.Component:
    """The component of a watched variable on the wire."""
    evse = None
    if watched.evse_id is not None:
        evse = m.EVSE(id=watched.evse_id, connector_id=watched.connector_id)
    return m.Component(name=watched.component, instance=watched.component_instance, evse=evse)
