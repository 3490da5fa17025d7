"""Transactions: listed, read, and closed by hand."""

import math
from typing import Annotated, Final, Literal

from fastapi import Path, Query
from pydantic import Field

from voltyard.api.auth import Operator, Reader
from voltyard.api.csms.commands.command_route import CommandRoute
from voltyard.api.csms.context import BackendContext, BackendDep
from voltyard.api.csms.error_responses import error_responses
from voltyard.api.csms.fields import (
    EXAMPLE_CHARGER,
    EXAMPLE_PAGINATION,
    BackendAnswer,
    BackendBody,
    BoxId,
    Moment,
    MomentOut,
    PaginationInfo,
    PagingDep,
    Word,
    example,
)
from voltyard.api.description.named_types import TransactionStatus
from voltyard.api.errors import BACKEND_PREFIX
from voltyard.api.routers import api_router
from voltyard.csms.reading.queries import SampleQuery, TransactionQuery
from voltyard.csms.records import AnomalyKind, SampledValue, TransactionStored
from voltyard.csms.tariffs.amounts import amounts_of
from voltyard.csms.transactions.ledger import (
    duration_minutes,
    energy_delivered_kwh,
    ocpp_id,
    power_average_w,
    power_peak_w,
    register,
)
from voltyard.kernel.errors import NotFound
from voltyard.kernel.time import Instant
from voltyard.organizations.scopes import Principal

router = api_router(
    prefix=BACKEND_PREFIX,
    tags=["transactions"],
    responses=error_responses(),
    route_class=CommandRoute,
)

_EXAMPLE: Final = {
    "id": "txn_4k2d8s1m0x7c9v3b",
    "transactionId": 7,
    "chargeBoxId": EXAMPLE_CHARGER,
    "connectorId": 1,
    "evseId": 1,
    "idTag": "DEADBEEF",
    "status": "completed",
    "meterStart": 1000,
    "meterStop": 15250,
    "energyDelivered": 14.25,
    "durationMinutes": 90.5,
    "averagePower": 9447.5,
    "peakPower": 11040.0,
    "startTime": "2026-02-10T14:00:00.000Z",
    "stopTime": "2026-02-10T15:30:30.000Z",
    "stopReason": "Local",
    "remoteStarted": False,
    "ocppVersion": "1.6",
    "chargingState": None,
    "anomalies": [
        {
            "kind": "register_zero",
            "at": "2026-02-10T14:30:00.000Z",
            "detail": "0 Wh after 5750 Wh",
            "count": 2,
        }
    ],
    "cost": {
        "tariffId": "tar_4k2d8s1m0x7c9v3b",
        "currency": "EUR",
        "total": "8.05",
        "net": "6.76",
        "tax": "1.29",
        "startFee": "0.35",
        "energy": "6.41",
        "chargingTime": "0.00",
        "idleTime": "0.00",
        "isFinal": True,
    },
}

TransactionPath = Annotated[
    str,
    Path(alias="transactionId", description="The OCPP id (1.6: a number), or txn_..."),
]


class CloseTransactionBody(BackendBody):
    """The end of a transaction, as the operator read it at the charger or knows it otherwise."""

    model_config = example(meterStop=15250, reason="Other")

    meter_stop_wh: Annotated[float, Field(ge=0)] | None = Field(default=None, alias="meterStop")
    reason: Word = "Other"


class AnomalyAnswer(BackendAnswer):
    """Something that cannot be as the charger told it: a register that fell, dropped to 0, jumped,
    or counts from the start of the session; kWh labelled Wh; kW labelled W; a stop that named no
    transaction, and was matched to this one or stands alone; an operator's closing, and the
    charger's own stop after it."""

    kind: AnomalyKind
    at: MomentOut
    """Moment when it was first noticed, by the charger's clock."""
    detail: str
    count: int


class TransactionCostAnswer(BackendAnswer):
    """The cost of a transaction by its tariff as it was when it began, in decimal text. The total
    is net and tax; parts are rounded each by itself, and before minCost and maxCost."""

    tariff_id: str = Field(serialization_alias="tariffId")
    currency: str
    total: str
    net: str
    tax: str
    start_fee: str = Field(serialization_alias="startFee")
    energy: str
    charging_time: str = Field(serialization_alias="chargingTime")
    idle_time: str = Field(serialization_alias="idleTime")
    is_final: bool = Field(serialization_alias="isFinal")


class TransactionAnswer(BackendAnswer):
    """A transaction. Energies of the register in Wh, energy delivered in kWh, power in W.

    energyDelivered is meterStop less meterStart, or while it runs the last reading less meterStart.
    Where those do not fit together it is what the readings gained as long as they did, and
    `anomalies` says what was noticed; nothing that does not fit is added up.
    """

    model_config = example(**_EXAMPLE)

    id: str
    transaction_id: int | str | None = Field(serialization_alias="transactionId")
    charge_box_id: BoxId
    connector_id: int | None = Field(serialization_alias="connectorId")
    evse_id: int | None = Field(serialization_alias="evseId")
    id_tag: str | None = Field(serialization_alias="idTag")
    status: TransactionStatus
    meter_start: int | float | None = Field(serialization_alias="meterStart")
    meter_stop: int | float | None = Field(serialization_alias="meterStop")
    energy_delivered: float | None = Field(serialization_alias="energyDelivered")
    duration_minutes: float | None = Field(serialization_alias="durationMinutes")
    average_power: float | None = Field(
        serialization_alias="averagePower",
        description="Of the power samples; where there are none, energy over time.",
    )
    peak_power: float | None = Field(
        serialization_alias="peakPower",
        description="Of the power samples; where there are none, between two registers.",
    )
    started_at: MomentOut = Field(serialization_alias="startTime")
    stopped_at: MomentOut = Field(serialization_alias="stopTime")
    stop_reason: str | None = Field(serialization_alias="stopReason")
    remote_started: bool = Field(serialization_alias="remoteStarted")
    version: str = Field(serialization_alias="ocppVersion")
    charging_state: str | None = Field(serialization_alias="chargingState")
    anomalies: list[AnomalyAnswer]
    cost: TransactionCostAnswer | None


class TransactionList(BackendAnswer):
    """Transactions, newest first."""

    model_config = example(transactions=[_EXAMPLE], pagination=EXAMPLE_PAGINATION)

    transactions: list[TransactionAnswer]
    pagination: PaginationInfo


class MeterSample(BackendAnswer):
    """One value at one moment."""

    timestamp: MomentOut
    measurand: str
    value: float | str
    """A number, or signed data as text."""
    unit: str | None
    context: str
    phase: str | None
    location: str | None


class MeterValueList(BackendAnswer):
    """A transaction's time series, oldest first."""

    model_config = example(
        transactionId=7,
        meterValues=[
            {
                "timestamp": "2026-02-10T14:01:00.000Z",
                "measurand": "Energy.Active.Import.Register",
                "value": 1100.0,
                "unit": "Wh",
                "context": "Sample.Periodic",
                "phase": None,
                "location": None,
            }
        ],
        pagination=EXAMPLE_PAGINATION,
    )

    transaction_id: int | str | None = Field(serialization_alias="transactionId")
    meter_values: list[MeterSample] = Field(serialization_alias="meterValues")
    pagination: PaginationInfo


@router.post(
    "/transactions/{transactionId}/close",
    summary="Close a transaction whose charger is gone",
    responses=error_responses(404, 409),
)
async def close_transaction(
    transaction_id: TransactionPath,
    here: BackendDep,
    principal: Operator,
    body: CloseTransactionBody | None = None,
) -> TransactionAnswer:
    """Nothing is sent. Without meterStop the last reading counts. Should the charger come back and
    send its own stop, that counts."""
    row = await found(here, principal, transaction_id)
    body = body or CloseTransactionBody()
    closed = await here.backend.close_transaction(
        row, meter_stop_wh=body.meter_stop_wh, reason=body.reason
    )
    return _answer(closed, here)


@router.get(
    "/transactions/{transactionId}", summary="One transaction", responses=error_responses(404)
)
async def get_transaction(
    transaction_id: TransactionPath, here: BackendDep, principal: Reader
) -> TransactionAnswer:
    """By its OCPP id or its own; while it runs, energy and duration are as of now."""
    return _answer(await found(here, principal, transaction_id), here)


@router.get("/transactions", summary="List transactions")
async def list_transactions(
    here: BackendDep,
    principal: Reader,
    part: PagingDep,
    charge_box_id: Annotated[str | None, Query(alias="chargeBoxId")] = None,
    status: Literal["in_progress", "active", "completed", "pending"] | None = None,
    id_tag: Annotated[str | None, Query(alias="idTag")] = None,
    since: Annotated[Moment | None, Query(alias="from")] = None,
    until: Annotated[Moment | None, Query(alias="to")] = None,
) -> TransactionList:
    """Newest first. Pending ones were asked for remotely and have not begun."""
    stored: TransactionStatus | None = "in_progress" if status == "active" else status

    page = await here.reads.transactions(
        principal.organization_id,
        TransactionQuery(
            charge_box_id=charge_box_id, status=stored, id_tag=id_tag, since=since, until=until
        ),
        part,
    )
    return TransactionList(
        transactions=[_answer(row, here) for row in page.items], pagination=part.of(page.total)
    )


@router.get(
    "/transactions/{transactionId}/meter-values",
    summary="What the meter said during a transaction",
    responses=error_responses(404),
)
async def list_meter_values(
    transaction_id: TransactionPath,
    here: BackendDep,
    principal: Reader,
    part: PagingDep,
    measurand: str | None = None,
    phase: str | None = None,
    context: str | None = None,
    location: str | None = None,
    unit: str | None = None,
    since: Annotated[Moment | None, Query(alias="from")] = None,
    until: Annotated[Moment | None, Query(alias="to")] = None,
) -> MeterValueList:
    """Oldest first, as the charger told them; limit and offset count the samples asked for."""
    row = await found(here, principal, transaction_id)
    query = SampleQuery(
        measurand=measurand,
        phase=phase,
        context=context,
        location=location,
        unit=unit,
        since=since,
        until=until,
    )

    page = await here.reads.samples(principal.organization_id, row.id, query, part)
    return MeterValueList(
        transaction_id=ocpp_id(row),
        meter_values=[_sample(at, sample) for at, sample in page.items],
        pagination=part.of(page.total),
    )


async def found(
    here: BackendContext, principal: Principal, transaction_id: str
) -> TransactionStored:
    """From memory while it runs, for what is on its way to the database; else from there. Then its
    charger may be elsewhere, where memory has it: HeldElsewhere."""
    try:
        return here.backend.transaction(principal.organization_id, transaction_id)
    except NotFound:
        row = await here.reads.transaction(principal.organization_id, transaction_id)
        if row is None:
            raise
        here.backend.owner_check(row.organization_id, row.charge_box_id)
        return row


def _answer(row: TransactionStored, here: BackendContext) -> TransactionAnswer:
    return TransactionAnswer.of_record(
        row,
        transaction_id=ocpp_id(row),
        meter_start=register(row.meter_start_wh),
        meter_stop=register(row.meter_stop_wh),
        energy_delivered=energy_delivered_kwh(row),
        duration_minutes=duration_minutes(row, here.clock()),
        average_power=power_average_w(row, here.clock()),
        peak_power=power_peak_w(row),
        anomalies=[AnomalyAnswer.of_record(one) for one in row.anomalies],
        cost=_cost(row),
    )


def _cost(row: TransactionStored) -> TransactionCostAnswer | None:
    if not row.cost:
        return None
    (cost,) = row.cost
    amounts = amounts_of(cost)
    return TransactionCostAnswer(
        tariff_id=cost.tariff_id,
        currency=cost.terms.currency,
        total=str(amounts.total),
        net=str(amounts.net),
        tax=str(amounts.tax),
        start_fee=str(amounts.start_fee),
        energy=str(amounts.energy),
        charging_time=str(amounts.charging_time),
        idle_time=str(amounts.idle_time),
        is_final=row.status == "completed",
    )


def _sample(at: Instant, sample: SampledValue) -> MeterSample:
    value: float | str = sample.value
    if not sample.signed:
        try:
            number = float(sample.value) * 10.0**sample.multiplier
        except (ValueError, OverflowError):
            number = math.nan
        # What is no number, or beyond all, is kept as the charger wrote it.
        value = number if math.isfinite(number) else sample.value
    return MeterSample.of_record(sample, timestamp=at, value=value)
