"""OCPP 1.6: the tester's CSMS, and the cases for a charger."""

from voltyard.conformance.charger.v16 import (
    beyond,
    files,
    local_list,
    outages,
    remote_control,
    reservation,
    security,
    sessions,
    smart_charging,
)

CASES = (
    *sessions.CASES,
    *outages.CASES,
    *remote_control.CASES,
    *local_list.CASES,
    *reservation.CASES,
    *files.CASES,
    *smart_charging.CASES,
    *security.CASES,
    *beyond.CASES,
)
