"""Limits over time, from the charging profiles that the CSMS sets and clears.

They are what the profiles allow an EVSE, by the same arithmetic as the simulated charger's, as if
it had the whole station's limit to itself. A profile that comes with a remote start is not
followed.
"""

from __future__ import annotations

from bisect import bisect_right
from math import inf, isfinite

from msgspec import Struct

from voltyard.charger.smart_charging import schedule
from voltyard.charger.smart_charging.profiles import (
    ChargingProfile,
    ChargingRateUnit,
    InstalledProfile,
)
from voltyard.charger.v16.smart_charging import read_profile as read_profile_16
from voltyard.charger.v201.smart_charging import read_profile as read_profile_201
from voltyard.kernel import limits
from voltyard.kernel.time import Instant
from voltyard.ocpp.v16 import messages as v16
from voltyard.ocpp.v201 import messages as v201
from voltyard.traces.conversation import TraceFrame
from voltyard.traces.lanes.transactions import TraceTransaction

_PURPOSE_16 = {"ChargePointMaxProfile": "ChargingStationMaxProfile"}


class LimitStep(Struct, frozen=True):
    """A limit from that moment on; None: there is none."""

    at: Instant
    limit: float | None
    profile: int | None = None
    """The id of the profile that sets it."""


class LimitSeries(Struct):
    """The limit of an EVSE over time, in amperes a phase or in watts."""

    evse: int
    unit: ChargingRateUnit
    steps: list[LimitStep]


class _Change(Struct, frozen=True):
    at: Instant
    installed: tuple[InstalledProfile, ...]


class ProfileLimitsOverTime:
    """The charging profiles of one charger."""

    def __init__(self) -> None:
        self._changes: list[_Change] = []

    def answered(self, call: TraceFrame, answer: TraceFrame) -> None:
        """An answer of the charger to its CSMS."""
        if getattr(answer.payload, "status", None) != "Accepted":
            return
        installed = self._changes[-1].installed if self._changes else ()
        match call.payload:
            case v16.SetChargingProfileRequest() as request:
                wire = request.cs_charging_profiles
                transaction = None if wire.transaction_id is None else str(wire.transaction_id)
                if wire.charging_profile_purpose != "TxProfile":
                    transaction = None
                profile = read_profile_16(wire, transaction)
                installed = _with(installed, profile, request.connector_id, answer.at)
            case v201.SetChargingProfileRequest() as request:
                wire_201 = request.charging_profile
                read = read_profile_201(wire_201, wire_201.transaction_id)
                if isinstance(read, ChargingProfile):
                    installed = _with(installed, read, request.evse_id, answer.at)
            case v16.ClearChargingProfileRequest() | v201.ClearChargingProfileRequest() as request:
                installed = tuple(one for one in installed if not _is_meant(one, request))
            case _:
                return
        self._changes.append(_Change(answer.at, installed))

    def series(
        self, evses: list[int], transactions: list[TraceTransaction], end: Instant
    ) -> list[LimitSeries]:
        """The limits of these EVSEs until then."""
        if not self._changes:
            return []
        found = []
        for evse in evses:
            own = [one for one in transactions if one.evse == evse]
            for unit in ("A", "W"):
                steps = self._steps(evse, own, unit, end)
                if any(step.limit is not None for step in steps):
                    found.append(LimitSeries(evse, unit, steps))
        return found

    def _steps(
        self, evse: int, transactions: list[TraceTransaction], unit: str, end: Instant
    ) -> list[LimitStep]:
        moments = {change.at for change in self._changes}
        moments.update(one.began_at for one in transactions if one.began_at is not None)
        moments.update(one.ended_at for one in transactions if one.ended_at is not None)
        pending = sorted(at for at in moments if self._changes[0].at <= at <= end)
        steps: list[LimitStep] = []
        looked = 0
        for at, following in zip(pending, [*pending[1:], end], strict=True):
            moment: Instant | None = at
            while moment is not None and moment <= following:
                if looked == limits.TRACE_STEPS:
                    return [*steps, LimitStep(moment, None)]
                looked += 1
                step, moment = self._step(evse, transactions, unit, moment)
                if not steps or (steps[-1].limit, steps[-1].profile) != (step.limit, step.profile):
                    steps.append(step)
        return steps

    def _step(
        self, evse: int, transactions: list[TraceTransaction], unit: str, at: Instant
    ) -> tuple[LimitStep, Instant | None]:
        """The limit of a moment, and when the profiles may say something else."""
        installed = self._changes[bisect_right(self._changes, at, key=_moment) - 1].installed
        running = next((one for one in transactions if _runs(one, at)), None)
        since = None if running is None else running.began_at
        id = None if running is None else running.id
        later = at + schedule.ROUNDING_S
        own = schedule.place_cap(installed, evse, 0, id, later, since)
        caps = [cap for cap in (own, schedule.station_cap(installed, later)) if cap is not None]
        cap = min(caps, key=lambda cap: _limit(cap, unit), default=schedule.Cap())
        limit = _limit(cap, unit)
        following = [schedule.next_after(one.profile, later, since) for one in installed]
        step = (
            LimitStep(at, limit, None if cap.profile is None else cap.profile.id)
            if isfinite(limit)
            else LimitStep(at, None)
        )
        return step, min((one for one in following if one is not None), default=None)


def _moment(change: _Change) -> Instant:
    return change.at


def _limit(cap: schedule.Cap, unit: str) -> float:
    return cap.amperes if unit == "A" else cap.watts


def _runs(transaction: TraceTransaction, at: Instant) -> bool:
    began_at = transaction.began_at
    ended_at = inf if transaction.ended_at is None else transaction.ended_at
    return (began_at is None or began_at <= at) and at < ended_at


def _with(
    installed: tuple[InstalledProfile, ...], profile: ChargingProfile, evse: int, at: Instant
) -> tuple[InstalledProfile, ...]:
    """The installed profiles with a new one, in place of that of its id, or of its purpose, level
    and place."""
    kept = tuple(
        one
        for one in installed
        if one.profile.id != profile.id
        and (one.evse_id, one.profile.purpose, one.profile.stack_level, one.profile.transaction)
        != (evse, profile.purpose, profile.stack_level, profile.transaction)
    )
    starts = [period.start_s for period in profile.schedule.periods]
    if len(kept) >= limits.CHARGING_PROFILES or starts[:1] != [0] or starts != sorted(starts):
        return kept
    return (*kept, InstalledProfile(evse_id=evse, installed_at=at, profile=profile))


def _is_meant(
    one: InstalledProfile,
    request: v16.ClearChargingProfileRequest | v201.ClearChargingProfileRequest,
) -> bool:
    """True for a profile that an accepted request clears: by its id alone, or by all criteria."""
    if isinstance(request, v16.ClearChargingProfileRequest):
        id, evse, level = request.id, request.connector_id, request.stack_level
        purpose = _PURPOSE_16.get(
            request.charging_profile_purpose or "", request.charging_profile_purpose
        )
    else:
        criteria = request.charging_profile_criteria
        id = request.charging_profile_id
        if id is None and criteria is None:
            return False
        evse = None if criteria is None else criteria.evse_id
        level = None if criteria is None else criteria.stack_level
        purpose = None if criteria is None else criteria.charging_profile_purpose
    if id is not None:
        return one.profile.id == id
    return (
        evse in (None, one.evse_id)
        and level in (None, one.profile.stack_level)
        and purpose in (None, one.profile.purpose)
    )
