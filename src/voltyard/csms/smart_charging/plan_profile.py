"""A plan as a charging profile, in the words of OCPP 2.x."""

from __future__ import annotations

from typing import Any, Final

from voltyard.csms.commands.charging import SetChargingProfile
from voltyard.csms.smart_charging.plan import ChargingPlan
from voltyard.kernel.time import to_rfc3339

PLAN_PROFILE_IDS: Final = 95_000
"""The profile of an EVSE's plan has this id plus the EVSE's number: a later plan takes the place of
an earlier one."""
PLAN_STACK_LEVEL: Final = 1
"""A TxProfile of an operator goes before a plan where its level is higher."""


def command_of(plan: ChargingPlan, evse_id: int, transaction_id: str) -> SetChargingProfile:
    """The command that installs a plan as the TxProfile of its transaction (K15.FR.07)."""
    period: dict[str, Any] = {"startPeriod": 0, "limit": plan.limit}
    if plan.phases is not None:
        period["numberPhases"] = plan.phases
    schedule: dict[str, Any] = {
        "id": plan.number,
        "startSchedule": to_rfc3339(float(int(plan.starts_at))),
        "chargingRateUnit": plan.unit,
        "chargingSchedulePeriod": [period],
    }
    if plan.duration_s is not None:
        schedule["duration"] = plan.duration_s
    profile = {
        "id": PLAN_PROFILE_IDS + evse_id,
        "stackLevel": PLAN_STACK_LEVEL,
        "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Absolute",
        "transactionId": transaction_id,
        "chargingSchedule": [schedule],
    }
    return SetChargingProfile(connector_id=evse_id, evse_id=evse_id, charging_profile=profile)
