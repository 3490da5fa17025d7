"""Transactions: asked for, stopped, listed, read."""

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Path, Query
from pydantic import Field
from sqlalchemy import Connection

from voltyard.api.auth import Operator, Principal, Reader
from voltyard.api.csms.commands import ask
from voltyard.api.csms.context import Csms, Here
from voltyard.api.csms.fields import (
    EXAMPLE_CHARGER,
    EXAMPLE_PAGINATION,
    Answer,
    Body,
    Box,
    BoxId,
    Evse,
    IdTag,
    Moment,
    Natural,
    Pagination,
    Part,
    Word,
    example,
    moment,
)
from voltyard.api.csms.problems import OF_A_CHARGER, problems
from voltyard.api.errors import BACKEND_PREFIX
from voltyard.csms import commands
from voltyard.csms.records import MeterValuesLogged, Sample, TransactionStatus, TransactionStored
from voltyard.kernel.errors import Conflict, NotFound
from voltyard.kernel.time import MINUTE_S
from voltyard.storage import history
from voltyard.storage.rows import Page

router = APIRouter(prefix=BACKEND_PREFIX, tags=["transactions"], responses=problems())

REMOTE_ID_TAG: Final = "REMOTE"
"""Who starts a transaction where the caller names nobody; OCPP needs somebody."""

_STARTING: Final = "The transaction is listed once the charger has begun it"
_STOPPING: Final = "The transaction is completed once the charger has ended it"

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
    "startTime": "2026-02-10T14:00:00.000Z",
    "stopTime": "2026-02-10T15:30:30.000Z",
    "stopReason": "Local",
    "remoteStarted": False,
    "ocppVersion": "1.6",
    "chargingState": None,
}

TransactionPath = Annotated[
    str,
    Path(alias="transactionId", description="The OCPP id (1.6: a number), or txn_..."),
]


class StartFields(Body):
    """What a remote start may say beside the charger."""

    connector_id: Natural | None = Field(None, alias="connectorId")
    evse_id: Evse = None
    id_tag_type: Word = Field("Central", alias="idTagType", description="OCPP 2.x: of the idToken.")
    charging_profile: dict[str, Any] | None = Field(
        None,
        alias="chargingProfile",
        description="In the words of the charger's version.",
    )


class StartBody(StartFields):
    """Where to start, and for whom."""

    model_config = example(chargeBoxId=EXAMPLE_CHARGER, connectorId=1, idTag="DEADBEEF")

    charge_box_id: Word = Field(alias="chargeBoxId")
    id_tag: IdTag = Field(REMOTE_ID_TAG, alias="idTag")


class RemoteStartBody(StartFields):
    """For whom to start."""

    model_config = example(connectorId=1, idTag="DEADBEEF")

    id_tag: IdTag = Field(alias="idTag")


class StartAnswer(Answer):
    """Whether the charger will try; `id` is the transaction to be, where it will."""

    model_config = example(
        message="Remote start accepted by charger",
        chargeBoxId=EXAMPLE_CHARGER,
        connectorId=1,
        status="accepted",
        id="txn_4k2d8s1m0x7c9v3b",
        note=_STARTING,
    )

    message: str
    charge_box_id: BoxId
    connector_id: int | None = Field(serialization_alias="connectorId")
    status: str
    id: str | None
    note: str
    reason: str | None = Field(None, exclude_if=lambda value: value is None)


class StopAnswer(Answer):
    """Whether the charger will stop it."""

    model_config = example(
        message="Remote stop accepted by charger",
        transactionId=7,
        chargeBoxId=EXAMPLE_CHARGER,
        status="stopping",
        note=_STOPPING,
    )

    message: str
    transaction_id: int | str = Field(serialization_alias="transactionId")
    charge_box_id: BoxId
    status: str
    note: str
    reason: str | None = Field(None, exclude_if=lambda value: value is None)


class CloseBody(Body):
    """What the operator read at the charger, or knows otherwise."""

    model_config = example(meterStop=15250, reason="Other")

    meter_stop_wh: Annotated[float, Field(ge=0)] | None = Field(default=None, alias="meterStop")
    reason: Word = "Other"


class TransactionAnswer(Answer):
    """A transaction. Energies of the register in Wh, energy delivered in kWh."""

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
    start_time: str | None = Field(serialization_alias="startTime")
    stop_time: str | None = Field(serialization_alias="stopTime")
    stop_reason: str | None = Field(serialization_alias="stopReason")
    remote_started: bool = Field(serialization_alias="remoteStarted")
    ocpp_version: str = Field(serialization_alias="ocppVersion")
    charging_state: str | None = Field(serialization_alias="chargingState")


class TransactionList(Answer):
    """Transactions, newest first."""

    model_config = example(transactions=[_EXAMPLE], pagination=EXAMPLE_PAGINATION)

    transactions: list[TransactionAnswer]
    pagination: Pagination


class MeterSample(Answer):
    """One value at one moment."""

    timestamp: str | None
    measurand: str
    value: float | str
    """A number, or signed data as text."""
    unit: str | None
    context: str
    phase: str | None
    location: str | None


class MeterValueList(Answer):
    """A transaction's time series, oldest first; paged by moments."""

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
    pagination: Pagination


@router.post(
    "/transactions/start",
    status_code=202,
    summary="Start a transaction remotely",
    responses=problems(*OF_A_CHARGER),
)
async def start(body: StartBody, here: Here, principal: Operator) -> StartAnswer:
    """Accepted means that the charger will try; rejected is an answer too, not an error."""
    return await _start(here, principal, body.charge_box_id, body.id_tag, body)


@router.post(
    "/chargers/{chargeBoxId}/remote-start",
    status_code=202,
    summary="Start a transaction remotely (older form)",
    responses=problems(*OF_A_CHARGER),
)
async def remote_start(
    box: Box, body: RemoteStartBody, here: Here, principal: Operator
) -> StartAnswer:
    """The same as /transactions/start."""
    return await _start(here, principal, box, body.id_tag, body)


@router.post(
    "/transactions/{transactionId}/stop",
    status_code=202,
    summary="Stop a transaction remotely",
    responses=problems(409, *OF_A_CHARGER),
)
async def stop(transaction_id: TransactionPath, here: Here, principal: Operator) -> StopAnswer:
    """Asked of the charger even where the transaction is completed here: the charger decides."""
    row = await _find(here, principal, transaction_id)
    if row.ocpp_id is None:
        raise Conflict(f"transaction {transaction_id} has not begun", hint="wait until it has")
    command = commands.RemoteStop(transaction_id=row.ocpp_id)
    outcome = await ask(here, principal, row.charge_box_id, command, commands.Answered)
    accepted = outcome.status == "accepted"
    return StopAnswer(
        message=f"Remote stop {outcome.status} by charger",
        transaction_id=_ocpp_id(row) or row.ocpp_id,
        charge_box_id=row.charge_box_id,
        status="stopping" if accepted else outcome.status,
        note=_STOPPING if accepted else "The transaction goes on as before",
        reason=outcome.reason,
    )


@router.post(
    "/transactions/{transactionId}/close",
    summary="Close a transaction whose charger is gone",
    responses=problems(404, 409),
)
async def close(
    transaction_id: TransactionPath, here: Here, principal: Operator, body: CloseBody | None = None
) -> TransactionAnswer:
    """Nothing is sent. Without meterStop the last reading counts."""
    row = await _find(here, principal, transaction_id)
    body = body or CloseBody()
    closed = await here.backend.close_transaction(
        row, meter_stop_wh=body.meter_stop_wh, reason=body.reason
    )
    return _answer(closed, here)


@router.get("/transactions/{transactionId}", summary="One transaction", responses=problems(404))
async def get_transaction(
    transaction_id: TransactionPath, here: Here, principal: Reader
) -> TransactionAnswer:
    """By its OCPP id or its own; while it runs, energy and duration are as of now."""
    return _answer(await _find(here, principal, transaction_id), here)


@router.get("/transactions", summary="List transactions")
async def list_transactions(
    here: Here,
    principal: Reader,
    part: Part,
    charge_box_id: Annotated[str | None, Query(alias="chargeBoxId")] = None,
    status: Literal["in_progress", "active", "completed", "pending"] | None = None,
    id_tag: Annotated[str | None, Query(alias="idTag")] = None,
    since: Annotated[Moment | None, Query(alias="from")] = None,
    until: Annotated[Moment | None, Query(alias="to")] = None,
) -> TransactionList:
    """Newest first. Pending ones were asked for remotely and have not begun."""
    stored: TransactionStatus | None = "in_progress" if status == "active" else status

    def read(connection: Connection) -> Page[TransactionStored]:
        return history.list_transactions(
            connection,
            principal.organization_id,
            charge_box_id=charge_box_id,
            status=stored,
            id_tag=id_tag,
            since=since,
            until=until,
            limit=part.limit,
            offset=part.offset,
        )

    await here.database.flush()
    page = await here.database.read(read)
    return TransactionList(
        transactions=[_answer(row, here) for row in page.items], pagination=part.of(page.total)
    )


@router.get(
    "/transactions/{transactionId}/meter-values",
    summary="What the meter said during a transaction",
    responses=problems(404),
)
async def list_meter_values(
    transaction_id: TransactionPath,
    here: Here,
    principal: Reader,
    part: Part,
    measurand: str | None = None,
    phase: str | None = None,
    context: str | None = None,
) -> MeterValueList:
    """Oldest first, by measurand, phase and context; limit and offset count the moments."""
    row = await _find(here, principal, transaction_id)

    def read(connection: Connection) -> Page[MeterValuesLogged]:
        return history.list_meter_values(
            connection,
            principal.organization_id,
            row.id,
            limit=part.limit,
            offset=part.offset,
        )

    await here.database.flush()
    page = await here.database.read(read)
    wanted = {"measurand": measurand, "phase": phase, "context": context}
    return MeterValueList(
        transaction_id=_ocpp_id(row),
        meter_values=[
            _sample(logged, sample)
            for logged in page.items
            for sample in logged.samples
            if all(value in (None, getattr(sample, name)) for name, value in wanted.items())
        ],
        pagination=part.of(page.total),
    )


async def _start(
    here: Csms, principal: Principal, box: str, id_tag: str, fields: StartFields
) -> StartAnswer:
    command = commands.RemoteStart(
        id_tag=id_tag,
        connector_id=fields.connector_id,
        evse_id=fields.evse_id,
        id_tag_type=fields.id_tag_type,
        charging_profile=fields.charging_profile,
    )
    outcome = await ask(here, principal, box, command, commands.RemoteStartAnswered)
    return StartAnswer(
        message=f"Remote start {outcome.status} by charger",
        charge_box_id=box,
        connector_id=fields.connector_id,
        status=outcome.status,
        id=outcome.id,
        note=_STARTING if outcome.status == "accepted" else "Nothing was started",
        reason=outcome.reason,
    )


async def _find(here: Csms, principal: Principal, transaction_id: str) -> TransactionStored:
    """From memory while it runs, for what is on its way to the database; else from there."""
    try:
        return here.backend.transaction(principal.organization_id, transaction_id)
    except NotFound:

        def find(connection: Connection) -> TransactionStored | None:
            return history.find_transaction(connection, principal.organization_id, transaction_id)

        row = await here.database.read(find)
        if row is None:
            raise
        return row


def _ocpp_id(row: TransactionStored) -> int | str | None:
    return row.number if row.number is not None else row.ocpp_id


def _answer(row: TransactionStored, here: Csms) -> TransactionAnswer:
    last_wh = row.meter_stop_wh if row.meter_stop_wh is not None else row.meter_last_wh
    end = row.stopped_at if row.status == "completed" else here.clock()
    return TransactionAnswer(
        id=row.id,
        transaction_id=_ocpp_id(row),
        charge_box_id=row.charge_box_id,
        connector_id=row.connector_id,
        evse_id=row.evse_id,
        id_tag=row.id_tag,
        status=row.status,
        meter_start=_number(row.meter_start_wh),
        meter_stop=_number(row.meter_stop_wh),
        energy_delivered=_kwh(row.meter_start_wh, last_wh),
        duration_minutes=_minutes(row.started_at, end),
        start_time=moment(row.started_at),
        stop_time=moment(row.stopped_at),
        stop_reason=row.stop_reason,
        remote_started=row.remote_started,
        ocpp_version=row.version,
        charging_state=row.charging_state,
    )


def _number(value: float | None) -> int | float | None:
    """Whole numbers without a fraction, as 1.6 has them."""
    return int(value) if value is not None and value == int(value) else value


def _kwh(first_wh: float | None, last_wh: float | None) -> float | None:
    if first_wh is None or last_wh is None:
        return None
    return round((last_wh - first_wh) / 1000, 6)


def _minutes(start: float | None, end: float | None) -> float | None:
    if start is None or end is None:
        return None
    return round(max(0.0, end - start) / MINUTE_S, 2)


def _sample(logged: MeterValuesLogged, sample: Sample) -> MeterSample:
    value: float | str = sample.value
    if not sample.signed:
        try:
            value = float(sample.value) * 10.0**sample.multiplier
        except ValueError:
            value = sample.value  # kept as the charger wrote it
    return MeterSample(
        timestamp=moment(logged.at),
        measurand=sample.measurand,
        value=value,
        unit=sample.unit,
        context=sample.context,
        phase=sample.phase,
        location=sample.location,
    )
