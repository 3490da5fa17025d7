"""Energy that is metered and limited (blocks J and K)."""

from voltyard.conformance.charger.v201.energy import (
    charging_profile_reports,
    external_limits,
    meter_values,
    smart_charging,
)

CASES = (
    *meter_values.CASES,
    *smart_charging.CASES,
    *charging_profile_reports.CASES,
    *external_limits.CASES,
)
