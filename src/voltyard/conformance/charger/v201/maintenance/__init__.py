"""Upkeep of a station from afar: firmware, certificates, logs and vendors' messages (blocks L to N
and P)."""

from voltyard.conformance.charger.v201.maintenance import (
    alerts,
    certificates,
    data_transfer,
    ev_certificates,
    firmware,
    logs,
    monitor_events,
    monitor_settings,
    monitoring_reports,
)

CASES = (
    *firmware.CASES,
    *certificates.CASES,
    *logs.CASES,
    *monitoring_reports.CASES,
    *monitor_settings.CASES,
    *monitor_events.CASES,
    *alerts.CASES,
    *data_transfer.CASES,
    *ev_certificates.CASES,
)
