"""Routes of reservations, charging profiles and limits."""

import re
from typing import Annotated, Any, Final, Literal

from fastapi import Path, Query
from pydantic import AfterValidator, Field

from voltyard.api.auth import Operator
from voltyard.api.csms.commands.command_route import (
    BEGUN_RESPONSE,
    ChargerStatusAnswer,
    CommandDep,
    CommandRoute,
    ask,
    status_sentence,
)
from voltyard.api.csms.error_responses import OF_A_CHARGER, error_responses
from voltyard.api.csms.fields import (
    EXAMPLE_CHARGER,
    LARGEST_INT,
    BackendAnswer,
    BackendBody,
    Box,
    BoxId,
    Connector,
    Evse,
    IdTag,
    IdTagType,
    Moment,
    Natural,
    Reason,
    example,
    moment,
)
from voltyard.api.error_models import answers
from voltyard.api.errors import BACKEND_PREFIX
from voltyard.api.routers import api_router
from voltyard.csms.commands import charging, commands
from voltyard.kernel.time import DAY_S

router = api_router(
    prefix=BACKEND_PREFIX + "/chargers/{chargeBoxId}",
    tags=["charging"],
    responses=error_responses(*OF_A_CHARGER) | BEGUN_RESPONSE,
    route_class=CommandRoute,
)

_NOTHING_FITS: Final = {"unknown": "Charger has no charging profile that fits"}
_NO_LIMIT: Final = {"unknown": "Charger has no such limit"}

ProfileQuery = Annotated[Natural | None, Query()]
EvseQuery = Annotated[Natural | None, Query(alias="evseId", description="OCPP 2.x: which EVSE.")]


class StatusAnswer(ChargerStatusAnswer):
    """The charger's word."""

    model_config = example(
        message="Charging profile accepted by charger",
        chargeBoxId=EXAMPLE_CHARGER,
        status="accepted",
    )


# --- reservations ---------------------------------------------------------------------------------


class ReserveBody(BackendBody):
    """What to keep, for whom, until when. Connector 0 is any connector."""

    model_config = example(connectorId=1, idTag="DEADBEEF", expiryDate="2026-02-10T15:00:00Z")

    connector_id: Connector
    id_tag: IdTag = Field(alias="idTag")
    expires_at: Moment = Field(alias="expiryDate")
    parent_id_tag: IdTag | None = Field(None, alias="parentIdTag")
    reservation_id: Natural | None = Field(None, alias="reservationId")
    evse_id: Evse = None
    id_tag_type: IdTagType = None


class ReservationAnswer(BackendAnswer):
    """The charger's word: accepted, faulted, occupied, rejected, unavailable."""

    model_config = example(
        message="Reservation accepted by charger",
        chargeBoxId=EXAMPLE_CHARGER,
        reservationId=7,
        status="accepted",
    )

    message: str
    charge_box_id: BoxId
    reservation_id: int = Field(serialization_alias="reservationId")
    status: str
    reason: Reason = None


@router.post("/reservations", summary="Reserve a connector")
async def reserve(
    box: Box, body: ReserveBody, here: CommandDep, principal: Operator
) -> ReservationAnswer:
    """Without a reservationId one is made; one that is in use is replaced."""
    command = charging.ReserveNow(
        connector_id=body.connector_id,
        id_tag=body.id_tag,
        expires_at=body.expires_at,
        parent_id_tag=body.parent_id_tag,
        reservation_id=body.reservation_id,
        evse_id=body.evse_id,
        id_tag_type=here.token_type(principal.organization_id, body.id_tag, body.id_tag_type),
    )
    outcome = await ask(here, principal, box, command, charging.ReservationResult)
    return ReservationAnswer(
        message=status_sentence("Reservation", outcome.status),
        charge_box_id=box,
        reservation_id=outcome.reservation_id,
        status=outcome.status,
        reason=outcome.reason,
    )


@router.delete(
    "/reservations/{reservationId}",
    summary="Cancel a reservation",
    responses={
        200: answers(
            {
                "message": "Cancellation accepted by charger",
                "chargeBoxId": EXAMPLE_CHARGER,
                "reservationId": 7,
                "status": "accepted",
            }
        )
    },
)
async def cancel_reservation(
    box: Box,
    reservation_id: Annotated[int, Path(alias="reservationId", ge=0, le=LARGEST_INT)],
    here: CommandDep,
    principal: Operator,
) -> ReservationAnswer:
    """Rejected where the charger has no such reservation."""
    command = charging.CancelReservation(reservation_id=reservation_id)
    outcome = await ask(here, principal, box, command, commands.StatusResult)
    return ReservationAnswer(
        message=status_sentence("Cancellation", outcome.status),
        charge_box_id=box,
        reservation_id=reservation_id,
        status=outcome.status,
        reason=outcome.reason,
    )


# --- charging profiles ----------------------------------------------------------------------------


class SetProfileBody(BackendBody):
    """A profile in the words of the charger's version; connector 0 is the whole charger."""

    model_config = example(
        connectorId=1,
        chargingProfile={
            "chargingProfileId": 1,
            "stackLevel": 0,
            "chargingProfilePurpose": "TxDefaultProfile",
            "chargingProfileKind": "Relative",
            "chargingSchedule": {
                "chargingRateUnit": "A",
                "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16.0}],
            },
        },
    )

    connector_id: Connector
    charging_profile: dict[str, Any] = Field(alias="chargingProfile")
    evse_id: Evse = None


@router.post("/charging-profiles", summary="Install a charging profile")
async def set_profile(
    box: Box, body: SetProfileBody, here: CommandDep, principal: Operator
) -> StatusAnswer:
    """One of the same id is replaced; so is, with 1.6, one of the same purpose and stack level."""
    command = charging.SetChargingProfile(
        connector_id=body.connector_id,
        charging_profile=body.charging_profile,
        evse_id=body.evse_id,
    )
    outcome = await ask(here, principal, box, command, commands.StatusResult)
    return StatusAnswer.of(box, "Charging profile", outcome)


@router.delete(
    "/charging-profiles",
    summary="Remove charging profiles",
    responses={
        200: answers(
            {
                "message": "Removal accepted by charger",
                "chargeBoxId": EXAMPLE_CHARGER,
                "status": "accepted",
            }
        )
    },
)
async def clear_profiles(
    box: Box,
    here: CommandDep,
    principal: Operator,
    id: ProfileQuery = None,
    connector_id: Annotated[Natural | None, Query(alias="connectorId")] = None,
    evse_id: EvseQuery = None,
    purpose: Annotated[
        Literal[
            "ChargePointMaxProfile",
            "ChargingStationExternalConstraints",
            "ChargingStationMaxProfile",
            "TxDefaultProfile",
            "TxProfile",
        ]
        | None,
        Query(),
    ] = None,
    stack_level: Annotated[Natural | None, Query(alias="stackLevel")] = None,
) -> StatusAnswer:
    """Those that fit everything given; with 1.6 and nothing given, all of them. Unknown where none
    fits."""
    command = charging.ClearChargingProfiles(
        id=id,
        connector_id=connector_id,
        evse_id=evse_id,
        purpose=purpose,
        stack_level=stack_level,
    )
    outcome = await ask(here, principal, box, command, commands.StatusResult)
    return StatusAnswer.of(box, "Removal", outcome, _NOTHING_FITS)


class CompositeBody(BackendBody):
    """For how long; connector 0 is what the whole charger draws of the grid."""

    model_config = example(connectorId=1, duration=3600, chargingRateUnit="A")

    connector_id: Connector
    duration_s: Natural = Field(alias="duration")
    unit: Literal["A", "W"] | None = Field(None, alias="chargingRateUnit")
    evse_id: Evse = None


class CompositeAnswer(BackendAnswer):
    """The schedule, null where the charger gave none."""

    model_config = example(
        chargeBoxId=EXAMPLE_CHARGER,
        status="accepted",
        connectorId=1,
        scheduleStart="2026-02-10T14:00:00.000Z",
        chargingSchedule={
            "duration": 3600,
            "chargingRateUnit": "A",
            "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16.0}],
        },
    )

    charge_box_id: BoxId
    status: str
    connector_id: int | None = Field(serialization_alias="connectorId")
    schedule_start: str | None = Field(serialization_alias="scheduleStart")
    charging_schedule: dict[str, Any] | None = Field(serialization_alias="chargingSchedule")
    reason: Reason = None


@router.post("/charging-profiles/composite", summary="What all profiles come to")
async def composite(
    box: Box, body: CompositeBody, here: CommandDep, principal: Operator
) -> CompositeAnswer:
    """As the charger reckons, from now on; with 2.x in the same words."""
    command = charging.GetCompositeSchedule(
        connector_id=body.connector_id,
        duration_s=body.duration_s,
        unit=body.unit,
        evse_id=body.evse_id,
    )
    outcome = await ask(here, principal, box, command, charging.CompositeScheduleResult)
    return CompositeAnswer(
        charge_box_id=box,
        status=outcome.status,
        connector_id=outcome.connector_id,
        schedule_start=moment(outcome.start_at),
        charging_schedule=outcome.charging_schedule,
        reason=outcome.reason,
    )


# --- one limit ------------------------------------------------------------------------------------

_LIMIT: Final = re.compile(r"([0-9]{1,9}(?:\.[0-9])?) ?(A|W)")


def _limit(value: str) -> str:
    if _LIMIT.fullmatch(value) is None:
        raise ValueError("must be a number of amperes or watts, such as 16A or 11000W")
    return value


class LimitBody(BackendBody):
    """How much, in amperes a phase or in watts. Connector 0 is the whole charger."""

    model_config = example(connectorId=1, limit="16A")

    connector_id: Connector
    limit: Annotated[
        str,
        Field(json_schema_extra={"pattern": f"^{_LIMIT.pattern}$"}),
        AfterValidator(_limit),
    ]
    stack_level: Natural = Field(0, alias="stackLevel")
    evse_id: Evse = None


class LimitAnswer(BackendAnswer):
    """The charger's word."""

    model_config = example(
        message="Limit accepted by charger",
        chargeBoxId=EXAMPLE_CHARGER,
        connectorId=1,
        limit="16A",
        status="accepted",
    )

    message: str
    charge_box_id: BoxId
    connector_id: int = Field(serialization_alias="connectorId")
    limit: str | None
    status: str
    reason: Reason = None


@router.put("/charging-limit", summary="Limit what is charged with")
async def limit(box: Box, body: LimitBody, here: CommandDep, principal: Operator) -> LimitAnswer:
    """A profile made of one number: for the whole charger its maximum (ChargePointMaxProfile), for
    a connector its transactions' default (TxDefaultProfile). A later limit takes its place."""
    match = _LIMIT.fullmatch(body.limit)
    assert match is not None
    command = charging.SetChargingLimit(
        connector_id=body.connector_id,
        limit=float(match[1]),
        unit="A" if match[2] == "A" else "W",
        since=here.clock() - DAY_S,
        stack_level=body.stack_level,
        evse_id=body.evse_id,
    )
    outcome = await ask(here, principal, box, command, commands.StatusResult)
    return LimitAnswer(
        message=status_sentence("Limit", outcome.status),
        charge_box_id=box,
        connector_id=body.connector_id,
        limit=body.limit,
        status=outcome.status,
        reason=outcome.reason,
    )


@router.delete(
    "/charging-limit",
    summary="Remove the limit",
    responses={
        200: answers(
            {
                "message": "Removal accepted by charger",
                "chargeBoxId": EXAMPLE_CHARGER,
                "connectorId": 1,
                "limit": None,
                "status": "accepted",
            }
        )
    },
)
async def unlimit(
    box: Box,
    here: CommandDep,
    principal: Operator,
    connector_id: Annotated[Natural, Query(alias="connectorId")] = 0,
    evse_id: EvseQuery = None,
) -> LimitAnswer:
    """That of PUT, and no other profile. Unknown where there is none."""
    command = charging.ClearChargingLimit(connector_id=connector_id, evse_id=evse_id)
    outcome = await ask(here, principal, box, command, commands.StatusResult)
    return LimitAnswer(
        message=status_sentence("Removal", outcome.status, _NO_LIMIT),
        charge_box_id=box,
        connector_id=connector_id,
        limit=None,
        status=outcome.status,
        reason=outcome.reason,
    )
