"""Energy that is metered, limited and paid for (blocks I, J and K)."""

from voltyard.conformance.charger.v201.energy import (
    charging_profile_reports,
    external_limits,
    meter_values,
    negotiated_schedules,
    smart_charging,
    tariff,
)

CASES = (
    *tariff.CASES,
    *meter_values.CASES,
    *smart_charging.CASES,
    *charging_profile_reports.CASES,
    *external_limits.CASES,
    *negotiated_schedules.CASES,
)
