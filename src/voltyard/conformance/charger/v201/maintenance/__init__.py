"""Upkeep of a station from afar: firmware, certificates, logs and vendors' messages (blocks L to N
and P)."""

from voltyard.conformance.charger.v201.maintenance import (
    alerts,
    certificates,
    data_transfer,
    ev_certificates,
    firmware,
    logs,
)

CASES = (
    *firmware.CASES,
    *certificates.CASES,
    *logs.CASES,
    *alerts.CASES,
    *data_transfer.CASES,
    *ev_certificates.CASES,
)
