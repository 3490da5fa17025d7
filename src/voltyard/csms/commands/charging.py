"""Commands of reservations (H) and smart charging (K). Profiles are in the charger's version's own
words."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Final, Literal, TypeAlias

from voltyard.csms.commands.declaration import (
    AnswerField,
    AnswerShape,
    CommandOperation,
    WireField,
    status_answer,
)
from voltyard.csms.commands.results import CompositeScheduleResult, ReservationResult
from voltyard.csms.commands.shared import (
    AnyConnectorId,
    BackendCommand,
    ChargingProfile,
    ConnectorId,
    EvseId,
    IdTag,
    IdTagType,
    Moment,
    Natural,
    ParentIdTag,
)

RateUnit: TypeAlias = Literal["A", "W"]

LIMIT_PROFILE_IDS: Final = 90_000
"""The profile of a connector's limit has this id plus the connector's (2.x: the EVSE's) number, so
that a later limit takes its place."""

PURPOSES_201: Final[Mapping[str, str]] = {"ChargePointMaxProfile": "ChargingStationMaxProfile"}
"""Purposes that 1.6 and 2.x call differently."""

_RESERVATION: Final = status_answer("ReservationAnswer", "reservation_id")
_PROFILE_STATUS: Final = status_answer("CommandStatusAnswer")
_LIMIT: Final = status_answer(
    "ChargingLimitAnswer", "connector_id", AnswerField("limit", is_nullable=True)
)


class ReserveNow(BackendCommand, frozen=True, kw_only=True, tag="reservations"):
    """Reserve a connector.

    Without a reservationId one is made; one that is in use is replaced.

    Body: What to keep, for whom, until when. Connector 0 is any connector.

    Answer: The charger's word: accepted, faulted, occupied, rejected, unavailable.
    """

    operation: ClassVar = CommandOperation(
        name="reserve_connector",
        tag="charging",
        body="ReserveNowBody",
        example={"connectorId": 1, "idTag": "DEADBEEF", "expiryDate": "2026-02-10T15:00:00Z"},
        answer=_RESERVATION,
        subject="Reservation",
        result={"reservationId": 7},
    )
    result: ClassVar = ReservationResult

    connector_id: ConnectorId
    id_tag: IdTag
    expires_at: Annotated[Moment, WireField("expiryDate")]
    parent_id_tag: ParentIdTag = None
    reservation_id: Annotated[Natural | None, WireField("reservationId")] = None
    evse_id: EvseId = None
    id_tag_type: IdTagType = "Central"
    """2.x only: the IdToken's type."""


class CancelReservation(BackendCommand, frozen=True, kw_only=True, tag="reservations/cancel"):
    """Cancel a reservation.

    Rejected where the charger has no such reservation.

    Answer: The charger's word: accepted, faulted, occupied, rejected, unavailable.
    """

    operation: ClassVar = CommandOperation(
        name="cancel_reservation",
        path="reservations/{reservationId}",
        method="DELETE",
        tag="charging",
        answer=_RESERVATION,
        subject="Cancellation",
        result={"reservationId": 7},
    )

    reservation_id: Annotated[Natural, WireField("reservationId")]


class SetChargingProfile(BackendCommand, frozen=True, kw_only=True, tag="charging-profiles"):
    """Install a charging profile.

    One of the same id is replaced; so is, with 1.6, one of the same purpose and stack level.

    Body: A profile in the words of the charger's version; connector 0 is the whole charger.
    """

    operation: ClassVar = CommandOperation(
        name="set_charging_profile",
        tag="charging",
        body="SetProfileBody",
        example={
            "connectorId": 1,
            "chargingProfile": {
                "chargingProfileId": 1,
                "stackLevel": 0,
                "chargingProfilePurpose": "TxDefaultProfile",
                "chargingProfileKind": "Relative",
                "chargingSchedule": {
                    "chargingRateUnit": "A",
                    "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16.0}],
                },
            },
        },
        answer=_PROFILE_STATUS,
        subject="Charging profile",
    )

    connector_id: ConnectorId
    charging_profile: ChargingProfile
    evse_id: EvseId = None


class ClearChargingProfiles(
    BackendCommand, frozen=True, kw_only=True, tag="charging-profiles/clear"
):
    """Remove charging profiles.

    Those that fit everything given; with 1.6 and nothing given, all of them. Unknown where none
    fits.
    """

    operation: ClassVar = CommandOperation(
        name="clear_charging_profiles",
        path="charging-profiles",
        method="DELETE",
        tag="charging",
        answer=_PROFILE_STATUS,
        subject="Removal",
        sentences={"unknown": "Charger has no charging profile that fits"},
    )

    id: Natural | None = None
    connector_id: AnyConnectorId = None
    evse_id: EvseId = None
    purpose: (
        Literal[
            "ChargePointMaxProfile",
            "ChargingStationExternalConstraints",
            "ChargingStationMaxProfile",
            "TxDefaultProfile",
            "TxProfile",
        ]
        | None
    ) = None
    """1.6's ChargePointMaxProfile is 2.x's ChargingStationMaxProfile, either way."""
    stack_level: Annotated[Natural | None, WireField("stackLevel")] = None


class GetCompositeSchedule(
    BackendCommand, frozen=True, kw_only=True, tag="charging-profiles/composite"
):
    """Read the schedule that all profiles come to.

    As the charger reckons, from now on; with 2.x in the same words.

    Body: For how long; connector 0 is what the whole charger draws of the grid.

    Answer: The schedule, null where the charger gave none.
    """

    operation: ClassVar = CommandOperation(
        name="get_composite_schedule",
        tag="charging",
        body="CompositeScheduleBody",
        example={"connectorId": 1, "duration": 3600, "chargingRateUnit": "A"},
        answer=AnswerShape(
            "CompositeScheduleAnswer",
            "charge_box_id",
            "status",
            "connector_id",
            "start_at",
            "charging_schedule",
            "reason",
        ),
        result={
            "scheduleStart": "2026-02-10T14:00:00.000Z",
            "chargingSchedule": {
                "duration": 3600,
                "chargingRateUnit": "A",
                "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16.0}],
            },
        },
    )
    result: ClassVar = CompositeScheduleResult

    connector_id: ConnectorId
    duration_s: Annotated[Natural, WireField("duration")]
    unit: Annotated[RateUnit | None, WireField("chargingRateUnit")] = None
    evse_id: EvseId = None


class SetChargingLimit(BackendCommand, frozen=True, kw_only=True, tag="charging-limit"):
    """Limit what is charged with.

    A profile made of one number: for the whole charger its maximum (ChargePointMaxProfile), for a
    connector its transactions' default (TxDefaultProfile). A later limit takes its place.

    Body: How much, in amperes a phase or in watts. Connector 0 is the whole charger.
    """

    operation: ClassVar = CommandOperation(
        name="set_charging_limit",
        method="PUT",
        tag="charging",
        body="ChargingLimitBody",
        example={"connectorId": 1, "limit": "16A"},
        answer=_LIMIT,
        subject="Limit",
    )

    connector_id: ConnectorId
    limit: Annotated[float, WireField(kind="current_or_power")]
    unit: Annotated[RateUnit, WireField(is_asked=False)]
    since: Annotated[Moment, WireField(is_asked=False)]
    """From when; some time ago, for chargers whose clocks are behind."""
    stack_level: Annotated[Natural, WireField("stackLevel")] = 0
    """Chargers in the field refuse all others (facts: Q92)."""
    evse_id: EvseId = None


class ClearChargingLimit(BackendCommand, frozen=True, kw_only=True, tag="charging-limit/clear"):
    """Remove the limit.

    That of PUT, and no other profile. Unknown where there is none.
    """

    operation: ClassVar = CommandOperation(
        name="clear_charging_limit",
        path="charging-limit",
        method="DELETE",
        tag="charging",
        answer=_LIMIT,
        subject="Removal",
        sentences={"unknown": "Charger has no such limit"},
        result={"connectorId": 1},
    )

    connector_id: ConnectorId = 0
    evse_id: EvseId = None


def limit_profile_id(command: SetChargingLimit | ClearChargingLimit) -> int:
    """See `LIMIT_PROFILE_IDS`."""
    return LIMIT_PROFILE_IDS + target_evse_id(command.connector_id, command.evse_id)


def target_evse_id(connector_id: int, evse_id: int | None) -> int:
    """The EVSE that a connector's number means where no EVSE stands beside it."""
    return connector_id if evse_id is None else evse_id
