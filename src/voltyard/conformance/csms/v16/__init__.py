"""OCPP 1.6: the tester's charging station, and the cases for a CSMS."""

from voltyard.conformance.csms.v16 import (
    beyond,
    files,
    local_list,
    offline,
    remote_control,
    reservation,
    security,
    sessions,
    smart_charging,
)

CASES = (
    *sessions.CASES,
    *offline.CASES,
    *remote_control.CASES,
    *local_list.CASES,
    *reservation.CASES,
    *files.CASES,
    *smart_charging.CASES,
    *security.CASES,
    *beyond.CASES,
)
