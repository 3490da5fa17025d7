"""Monitoring requests of 2.0.1: monitors set, cleared and reported (N02 to N06)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from voltyard.charger.context import ChargerContext
from voltyard.charger.monitoring.monitor import (
    PERIODIC,
    SEVERITIES,
    THRESHOLDS,
    Monitor,
    WatchedVariable,
)
from voltyard.charger.monitoring.monitoring import Monitoring
from voltyard.charger.v201.device_model import NUMBERS
from voltyard.charger.v201.echoed_names import echoed
from voltyard.charger.v201.model_rows.variable_row import VariableRow
from voltyard.charger.v201.monitoring.reports import chosen, pages
from voltyard.charger.v201.status_info import reason
from voltyard.charger.v201.variables import Variables201
from voltyard.charger.variables.reports import DeviceModelReports
from voltyard.charger.variables.settings import Setting
from voltyard.charger.variables.standard.monitoring import (
    BYTES_CLEAR_MONITORING,
    BYTES_SET_MONITORING,
    ITEMS_CLEAR_MONITORING,
    ITEMS_SET_MONITORING,
)
from voltyard.charger.versions.dialect import Refusal
from voltyard.charger.versions.handler_groups import RequestHandler
from voltyard.ocpp.payload import Payload, to_json
from voltyard.ocpp.v201 import messages as m
from voltyard.ocpp.violations import Kind

_SHORTEST_PERIOD_S: Final = 1.0
_LONGEST_PERIOD_S: Final = 31_536_000.0


@dataclass(slots=True)
class Monitoring201:
    """Monitors set, cleared and reported."""

    context: ChargerContext
    monitoring: Monitoring
    reports: DeviceModelReports
    variables: Variables201

    # --- set -----------------------------------------------------------------------------------

    def set_monitors(self, request: m.SetVariableMonitoringRequest) -> Iterator[Payload | Refusal]:
        """N04: a result for each element, whatever becomes of the others (N04.FR.01)."""
        refusal = self._excess(
            request, len(request.set_monitoring_data), ITEMS_SET_MONITORING, BYTES_SET_MONITORING
        )
        yield refusal or m.SetVariableMonitoringResponse(
            set_monitoring_result=[self._set(data) for data in request.set_monitoring_data]
        )

    def _excess(
        self, request: Payload, items: int, most: Setting, longest: Setting
    ) -> Refusal | None:
        """The CALLERROR for a request with more than the charger takes (N06.FR.06, FR.07)."""
        limit = self.context.settings.number(most)
        if items > limit:
            return Refusal(Kind.BAD_COUNT, f"{items} elements, and at most {limit} are taken")
        limit = self.context.settings.number(longest)
        if len(to_json(request).encode()) > limit:
            return Refusal(Kind.NOT_OBJECT, f"longer than {limit} bytes")
        return None

    def _set(self, data: m.SetMonitoringData) -> m.SetMonitoringResult:
        status, id, why = self._put(data)
        return m.SetMonitoringResult(
            id=id,
            status=status,
            status_info=None if why is None else reason("InvalidValue", why),
            type=data.type,
            component=echoed(data.component),
            variable=echoed(data.variable),
            severity=data.severity,
        )

    def _put(
        self, data: m.SetMonitoringData
    ) -> tuple[m.SetMonitoringStatus, int | None, str | None]:
        """The status, the id of the monitor, and a reason where that says more."""
        row = self.variables.find(data.component, data.variable)
        if not isinstance(row, VariableRow):
            return row, data.id, None
        watched = _watched(row)
        monitoring = self.monitoring
        if data.id is not None:
            before = monitoring.find(data.id)
            if before is None:
                return "Rejected", data.id, f"there is no monitor {data.id}"
            if before.origin == "HardWiredMonitor":
                return "Rejected", data.id, f"monitor {data.id} is hard-wired"
            if before.watched.key != watched.key:
                return "Rejected", data.id, f"monitor {data.id} watches another variable"
        if not _supports(row, data.type):
            return "UnsupportedMonitorType", data.id, None
        flaw = _flaw(row, data)
        if flaw is not None:
            return "Rejected", data.id, flaw
        monitor = Monitor(
            id=data.id or 0,
            watched=watched,
            type=data.type,
            value=data.value,
            severity=data.severity,
            needs_transaction=bool(data.transaction),
        )
        if monitoring.duplicate_of(monitor) is not None:
            return "Duplicate", data.id, None
        if data.id is None:
            if monitoring.full:
                return "Rejected", None, "there is no place for a further monitor"
            monitor = replace(monitor, id=monitoring.next_id())
        monitoring.put(monitor)
        return "Accepted", monitor.id, None

    # --- clear, base and level -----------------------------------------------------------------

    def clear(self, request: m.ClearVariableMonitoringRequest) -> Iterator[Payload | Refusal]:
        """N06: a result for each id (N06.FR.05)."""
        refusal = self._excess(
            request, len(request.id), ITEMS_CLEAR_MONITORING, BYTES_CLEAR_MONITORING
        )
        yield refusal or m.ClearVariableMonitoringResponse(
            clear_monitoring_result=[
                m.ClearMonitoringResult(id=id, status=self.monitoring.clear(id))
                for id in request.id
            ]
        )

    def set_base(self, request: m.SetMonitoringBaseRequest) -> Iterator[Payload]:
        """N03."""
        self.monitoring.set_base(request.monitoring_base)
        yield m.SetMonitoringBaseResponse(status="Accepted")

    def set_level(self, request: m.SetMonitoringLevelRequest) -> Iterator[Payload]:
        """N05."""
        if request.severity not in SEVERITIES:
            yield m.SetMonitoringLevelResponse(
                status="Rejected", status_info=reason("ValueOutOfRange")
            )
            return
        self.monitoring.set_level(request.severity)
        yield m.SetMonitoringLevelResponse(status="Accepted")

    # --- report --------------------------------------------------------------------------------

    def report(self, request: m.GetMonitoringReportRequest) -> Iterator[Payload]:
        """N02."""
        if self.reports.full:
            yield m.GetMonitoringReportResponse(status="Rejected", status_info=reason("Busy"))
            return
        found = chosen(
            self.monitoring.monitors(),
            tuple(request.component_variable or ()),
            tuple(request.monitoring_criteria or ()),
        )
        if not found:
            yield m.GetMonitoringReportResponse(status="EmptyResultSet")
            return
        yield m.GetMonitoringReportResponse(status="Accepted")
        self.reports.begin(pages(self.context, request.request_id, found))


def _watched(row: VariableRow) -> WatchedVariable:
    return WatchedVariable(
        component=row.component,
        component_instance=row.component_instance,
        evse_id=row.evse_id,
        connector_id=row.connector_id,
        variable=row.variable,
        instance=row.instance,
    )


def _supports(row: VariableRow, type: m.Monitor) -> bool:
    """True where a monitor of that type can watch a variable (N04.FR.05): a threshold a number, a
    difference anything but the time."""
    if not row.has_actual or not row.supports_monitoring:
        return False
    if type in THRESHOLDS:
        return row.data_type in NUMBERS
    return type in PERIODIC or row.data_type != "dateTime"


def _flaw(row: VariableRow, data: m.SetMonitoringData) -> str | None:
    """The reason why a monitor's severity or value cannot be (N04.FR.06, FR.14)."""
    if data.severity not in SEVERITIES:
        return "a severity is 0 to 9"
    if data.type in THRESHOLDS:
        low, high = row.minimum, row.maximum
        if (low is not None and data.value < low) or (high is not None and data.value > high):
            return "the threshold is out of the variable's range"
    elif data.type in PERIODIC:
        if not _SHORTEST_PERIOD_S <= data.value <= _LONGEST_PERIOD_S:
            return f"a period is {_SHORTEST_PERIOD_S:g} to {_LONGEST_PERIOD_S:g} s"
    elif data.value < 0:
        return "a difference is not below 0"
    return None


HANDLERS: dict[type[Payload], RequestHandler] = {
    m.ClearVariableMonitoringRequest: (Monitoring201, Monitoring201.clear),
    m.GetMonitoringReportRequest: (Monitoring201, Monitoring201.report),
    m.SetMonitoringBaseRequest: (Monitoring201, Monitoring201.set_base),
    m.SetMonitoringLevelRequest: (Monitoring201, Monitoring201.set_level),
    m.SetVariableMonitoringRequest: (Monitoring201, Monitoring201.set_monitors),
}
"""The handler of each monitoring request."""
