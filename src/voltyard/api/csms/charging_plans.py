"""Charging needs of a transaction's vehicle, the plan made for it, and the schedule it chose."""

from typing import Final, Literal

from pydantic import Field

from voltyard.api.auth import Reader
from voltyard.api.csms.context import BackendDep
from voltyard.api.csms.error_responses import error_responses
from voltyard.api.csms.fields import BackendAnswer, MomentOut, example
from voltyard.api.csms.transactions import TransactionPath, found
from voltyard.api.description.named_types import ChargingRateUnit, ChosenScheduleVerdict
from voltyard.api.errors import BACKEND_PREFIX
from voltyard.api.routers import api_router
from voltyard.csms.smart_charging.charging_plans import Negotiated
from voltyard.csms.smart_charging.plan import ChosenSchedule
from voltyard.csms.transactions.ledger import ocpp_id
from voltyard.kernel.errors import NotFound
from voltyard.kernel.time import Instant

router = api_router(prefix=BACKEND_PREFIX, tags=["transactions"], responses=error_responses())

_NEEDS: Final = {
    "toldAt": "2026-02-10T14:00:00.000Z",
    "chargingRateUnit": "A",
    "least": 6.0,
    "most": 32.0,
    "phases": 3,
    "energyAmount": 20000.0,
    "departureTime": "2026-02-10T18:00:00.000Z",
}
_PLAN: Final = {
    "id": 1,
    "strategy": "even",
    "why": "the least power, all along, that is enough before departure",
    "startSchedule": "2026-02-10T14:00:00.000Z",
    "duration": 14400,
    "chargingRateUnit": "A",
    "limit": 8.1,
    "reachesEnergy": True,
}
_CHOSEN: Final = {
    "id": 1,
    "toldAt": "2026-02-10T14:00:01.000Z",
    "timeBase": "2026-02-10T14:00:00.000Z",
    "duration": 14400.0,
    "chargingRateUnit": "A",
    "chargingSchedulePeriod": [{"startPeriod": 0.0, "limit": 8.1}],
}


class ChargingNeedsAnswer(BackendAnswer):
    """Needs as the vehicle told them last. Limits are amperes in each phase of AC, or watts of
    DC; energyAmount is in Wh."""

    model_config = example(**_NEEDS)

    told_at: MomentOut = Field(serialization_alias="toldAt")
    unit: ChargingRateUnit = Field(serialization_alias="chargingRateUnit")
    least: float
    most: float
    phases: int | None
    energy_wh: float | None = Field(serialization_alias="energyAmount")
    departs_at: MomentOut = Field(serialization_alias="departureTime")


class PlannedScheduleAnswer(BackendAnswer):
    """The plan: one limit until departure. reachesEnergy is null where energy or departure is not
    told."""

    model_config = example(**_PLAN)

    id: int
    strategy: Literal["even", "full"]
    why: str
    starts_at: MomentOut = Field(serialization_alias="startSchedule")
    duration_s: int | None = Field(serialization_alias="duration")
    unit: ChargingRateUnit = Field(serialization_alias="chargingRateUnit")
    limit: float
    reaches: bool | None = Field(serialization_alias="reachesEnergy")


class ChosenPeriodAnswer(BackendAnswer):
    """A limit, from so many seconds after timeBase."""

    model_config = example(startPeriod=0.0, limit=8.1)

    start_s: float = Field(serialization_alias="startPeriod")
    limit: float


class ChosenScheduleAnswer(BackendAnswer):
    """A schedule that the vehicle has chosen, as it told it last."""

    model_config = example(**_CHOSEN)

    id: int
    told_at: MomentOut = Field(serialization_alias="toldAt")
    time_base: MomentOut = Field(serialization_alias="timeBase")
    duration_s: float | None = Field(serialization_alias="duration")
    unit: ChargingRateUnit = Field(serialization_alias="chargingRateUnit")
    periods: list[ChosenPeriodAnswer] = Field(serialization_alias="chargingSchedulePeriod")


class ChargingPlanAnswer(BackendAnswer):
    """Needs, plan and chosen schedule. `verdict` is within where the vehicle keeps to the plan,
    exceeds where it does not, and another where it follows another profile, which has won over the
    plan; null until it has chosen."""

    model_config = example(
        transactionId="6f1c2e", needs=_NEEDS, plan=_PLAN, schedule=_CHOSEN, verdict="within"
    )

    transaction_id: int | str | None = Field(serialization_alias="transactionId")
    needs: ChargingNeedsAnswer
    plan: PlannedScheduleAnswer
    schedule: ChosenScheduleAnswer | None
    verdict: ChosenScheduleVerdict | None


@router.get(
    "/transactions/{transactionId}/charging-plan",
    summary="Charging needs and schedules of a transaction",
    responses=error_responses(404),
)
async def get_charging_plan(
    transaction_id: TransactionPath, here: BackendDep, principal: Reader
) -> ChargingPlanAnswer:
    """The vehicle's needs (OCPP 2.x, ISO 15118), the schedule that was planned for it and why, and
    the one it chose. It outlasts a restart of the server, and of very many the oldest go; events of
    NotifyEVChargingNeeds and NotifyEVChargingSchedule and the commands charging-profiles stay."""
    row = await found(here, principal, transaction_id)
    known = here.backend.charging_plans.get(row.id)
    if known is None:
        raise NotFound(f"no vehicle has told its needs in transaction {transaction_id}")
    return _answer(known, ocpp_id(row))


def _answer(known: Negotiated, transaction_id: int | str | None) -> ChargingPlanAnswer:
    chosen = known.chosen
    return ChargingPlanAnswer(
        transaction_id=transaction_id,
        needs=ChargingNeedsAnswer.of_record(known.needs, told_at=known.needs_at),
        plan=PlannedScheduleAnswer.of_record(known.plan, id=known.plan.number, why=known.plan.why),
        schedule=None if chosen is None else _chosen(chosen, known.chosen_at),
        verdict=known.verdict,
    )


def _chosen(chosen: ChosenSchedule, told_at: Instant | None) -> ChosenScheduleAnswer:
    periods = [ChosenPeriodAnswer.of_record(period) for period in chosen.periods]
    return ChosenScheduleAnswer.of_record(chosen, told_at=told_at, periods=periods)
