"""Reservations: those that chargers accepted, by whatever way they were asked for."""

from typing import Annotated, Final

from fastapi import Query
from pydantic import Field

from voltyard.api.auth import Reader
from voltyard.api.csms.context import BackendDep
from voltyard.api.csms.error_responses import error_responses
from voltyard.api.csms.fields import (
    EXAMPLE_CHARGER,
    EXAMPLE_PAGINATION,
    BackendAnswer,
    BoxId,
    MomentOut,
    PaginationInfo,
    PagingDep,
    example,
)
from voltyard.api.description.named_types import ReservationStatus
from voltyard.api.errors import BACKEND_PREFIX
from voltyard.api.routers import api_router
from voltyard.csms.reading.queries import ReservationQuery

router = api_router(prefix=BACKEND_PREFIX, tags=["charging"], responses=error_responses())

_EXAMPLE: Final = {
    "id": "rsv_4k2d8s1m0x7c9v3b",
    "reservationId": 7,
    "chargeBoxId": EXAMPLE_CHARGER,
    "connectorId": 1,
    "evseId": 1,
    "idTag": "DEADBEEF",
    "parentIdTag": None,
    "expiryDate": "2026-02-10T15:00:00.000Z",
    "status": "active",
    "createdAt": "2026-02-10T14:00:00.000Z",
    "updatedAt": "2026-02-10T14:00:00.000Z",
}


class Reservation(BackendAnswer):
    """A reservation; evseId is null where any connector will do."""

    model_config = example(**_EXAMPLE)

    id: str
    reservation_id: int = Field(serialization_alias="reservationId")
    charge_box_id: BoxId
    connector_id: int | None = Field(serialization_alias="connectorId")
    evse_id: int | None = Field(serialization_alias="evseId")
    id_tag: str = Field(serialization_alias="idTag")
    parent_id_tag: str | None = Field(serialization_alias="parentIdTag")
    expires_at: MomentOut = Field(serialization_alias="expiryDate")
    status: ReservationStatus
    created_at: MomentOut = Field(serialization_alias="createdAt")
    updated_at: MomentOut = Field(serialization_alias="updatedAt")


class ReservationList(BackendAnswer):
    """Reservations, newest first."""

    model_config = example(reservations=[_EXAMPLE], pagination=EXAMPLE_PAGINATION)

    reservations: list[Reservation]
    pagination: PaginationInfo


@router.get("/reservations", summary="List reservations")
async def list_reservations(
    here: BackendDep,
    principal: Reader,
    part: PagingDep,
    charge_box_id: Annotated[str | None, Query(alias="chargeBoxId")] = None,
    status: ReservationStatus | None = None,
) -> ReservationList:
    """Newest first, also those made by a raw call. Used: a transaction began for it."""
    page = await here.reads.reservations(
        principal.organization_id,
        ReservationQuery(charge_box_id=charge_box_id, status=status),
        part,
    )
    return ReservationList(
        reservations=[Reservation.of_record(row) for row in page.items],
        pagination=part.of(page.total),
    )
