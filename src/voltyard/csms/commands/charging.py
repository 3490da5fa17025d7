"""Commands of reservations (H) and smart charging (K).

As in `csms.commands.commands`, only shapes are checked. Profiles are in the charger's version's own
words."""

from collections.abc import Mapping
from typing import Any, Final, Literal, TypeAlias

from msgspec import Struct

from voltyard.kernel.time import Instant

RateUnit: TypeAlias = Literal["A", "W"]

LIMIT_PROFILE_IDS: Final = 90_000
"""The profile of a connector's limit has this id plus the connector's (2.x: the EVSE's) number, so
that a later limit takes its place."""

PURPOSES_201: Final[Mapping[str, str]] = {"ChargePointMaxProfile": "ChargingStationMaxProfile"}
"""Purposes that 1.6 and 2.x call differently."""


class ReserveNow(Struct, frozen=True, kw_only=True, tag="reservations", tag_field="command"):
    """Keep a connector for a driver; connector 0 is any of them. -> `ReservationResult`"""

    connector_id: int
    id_tag: str
    expires_at: Instant
    parent_id_tag: str | None = None
    reservation_id: int | None = None
    """None: one is made. The same again replaces a reservation."""
    evse_id: int | None = None
    id_tag_type: str = "Central"
    """2.x only: the IdToken's type."""


class CancelReservation(
    Struct, frozen=True, kw_only=True, tag="reservations/cancel", tag_field="command"
):
    """Keep it no longer. -> `StatusResult`"""

    reservation_id: int


class SetChargingProfile(
    Struct, frozen=True, kw_only=True, tag="charging-profiles", tag_field="command"
):
    """Install a profile, or replace the one of the same id. -> `StatusResult`"""

    connector_id: int
    charging_profile: Mapping[str, Any]
    evse_id: int | None = None


class ClearChargingProfiles(
    Struct, frozen=True, kw_only=True, tag="charging-profiles/clear", tag_field="command"
):
    """Remove the profiles that fit all that is given; 1.6 with nothing given: every one.
    -> `StatusResult`"""

    id: int | None = None
    connector_id: int | None = None
    evse_id: int | None = None
    purpose: str | None = None
    """1.6's ChargePointMaxProfile is 2.x's ChargingStationMaxProfile, either way."""
    stack_level: int | None = None


class GetCompositeSchedule(
    Struct, frozen=True, kw_only=True, tag="charging-profiles/composite", tag_field="command"
):
    """Read the schedule composed of all profiles, from now on. -> `CompositeScheduleResult`"""

    connector_id: int
    duration_s: int
    unit: RateUnit | None = None
    evse_id: int | None = None


class SetChargingLimit(
    Struct, frozen=True, kw_only=True, tag="charging-limit", tag_field="command"
):
    """One limit, as a profile: of the whole charger (connector 0, ChargePointMaxProfile) or of what
    charges at a connector without a profile of its own (TxDefaultProfile). -> `StatusResult`"""

    connector_id: int
    limit: float
    unit: RateUnit
    since: Instant
    """From when; some time ago, for chargers whose clocks are behind."""
    stack_level: int = 0
    """Chargers in the field refuse all others (facts: Q92)."""
    evse_id: int | None = None


class ClearChargingLimit(
    Struct, frozen=True, kw_only=True, tag="charging-limit/clear", tag_field="command"
):
    """Remove that limit. -> `StatusResult`"""

    connector_id: int
    evse_id: int | None = None


class ReservationResult(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The status of ReserveNow, and the reservation's id."""

    status: str
    reservation_id: int
    reason: str | None = None


class CompositeScheduleResult(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The composite schedule in 1.6's words, which 2.x shares; None where it was refused."""

    status: str
    connector_id: int | None = None
    """2.x: the EVSE's."""
    start_at: Instant | None = None
    charging_schedule: dict[str, Any] | None = None
    reason: str | None = None


def limit_profile_id(command: SetChargingLimit | ClearChargingLimit) -> int:
    """See `LIMIT_PROFILE_IDS`."""
    return LIMIT_PROFILE_IDS + target_evse_id(command.connector_id, command.evse_id)


def target_evse_id(connector_id: int, evse_id: int | None) -> int:
    """The EVSE that a connector's number means where no EVSE stands beside it."""
    return connector_id if evse_id is None else evse_id
