"""Negotiations of charging schedules with vehicles that speak ISO 15118 (K15, K16, K17).

A vehicle tells its needs before it charges, the CSMS is asked for a TxProfile, the vehicle chooses
a schedule within the limits, and the CSMS is told. Without a CSMS, or without its profile in time,
the limits that are there are offered.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from voltyard.charger.connection.call_purposes import NotifyEVChargingNeeds
from voltyard.charger.connection.wire import ChargerWire
from voltyard.charger.context import ChargerContext
from voltyard.charger.evse.evse import Evse
from voltyard.charger.evse.sessions import Sessions
from voltyard.charger.smart_charging.heeded_needs import heed_needs
from voltyard.charger.smart_charging.negotiation import EvSchedule, Negotiation
from voltyard.charger.smart_charging.profile_limits import ProfileLimits
from voltyard.charger.smart_charging.profiles import (
    ChargingProfile,
    ChargingRateUnit,
    ChargingSchedule,
    ChargingSchedulePeriod,
)
from voltyard.charger.smart_charging.smart_charging import SmartCharging
from voltyard.charger.transactions.outbox import TransactionOutbox
from voltyard.kernel.time import DAY_S, Instant, Seconds, earliest
from voltyard.physics.charging_needs import ChargingNeeds, battery_voltage, phase_current_a

_SECOND_S: Final[Seconds] = 1.0
_DIFFERENCE: Final = 0.05
"""Limits that are further apart are two: they are told to one decimal."""
PROFILE_WAIT_S: Final[Seconds] = 60.0
"""Time in which the CSMS sends its TxProfile after it has accepted the needs (K15.FR.08)."""


@dataclass(slots=True)
class Negotiations:
    """The negotiations at the EVSEs of one charger."""

    context: ChargerContext
    evses: tuple[Evse, ...]
    wire: ChargerWire
    outbox: TransactionOutbox
    profile_limits: ProfileLimits
    smart: SmartCharging
    sessions: Sessions

    def proceed(self) -> None:
        """Go on wherever it can go on."""
        going = False
        for evse in self.evses:
            negotiation = evse.negotiation
            if negotiation is None:
                continue
            going = True
            if negotiation.is_untold:
                self._tell(evse, negotiation)
            if negotiation.stage == "agreed" and evse.cleared and self._is_outdated(evse):
                self.agree(evse, negotiation)
            if negotiation.stage == "agreed" or not evse.cleared:
                continue
            if negotiation.give_up_at is None:
                negotiation.wait_until(self._patience_at())
            is_over = negotiation.stage == "refused" or self._is_too_late(negotiation)
            if is_over or not self.context.online:
                self.agree(evse, negotiation)
            elif negotiation.stage == "new":
                self._ask(evse, negotiation)
        self.profile_limits.note_negotiating(going)

    def deadline(self) -> Instant | None:
        """The moment at which a wait for the CSMS ends."""
        soonest = None
        for evse in self.evses:
            if evse.negotiation is not None and evse.cleared:
                soonest = earliest(soonest, evse.negotiation.give_up_at)
        return soonest

    def change_needs(self, evse: Evse, needs: ChargingNeeds) -> None:
        """The vehicle has other needs, and negotiates its schedule anew (K17)."""
        vehicle = evse.plug.vehicle
        assert vehicle is not None, "needs are a vehicle's"
        evse.settle(self.context.now)
        before = evse.negotiation
        whole = vehicle if before is None else before.vehicle
        heed_needs(self.context, self.profile_limits, evse, whole, needs)
        self.sessions.review_flow(evse)

    def limits_changed(self, evse_id: int, profile: ChargingProfile | None = None) -> None:
        """The limits of an EVSE, or with 0 of all, are others: by that profile, where it is one. A
        vehicle that waits for a TxProfile has it; one that charges negotiates (K16.FR.02)."""
        for evse in self.evses:
            negotiation = evse.negotiation
            if negotiation is None or evse_id not in (0, evse.id) or not evse.cleared:
                continue
            awaited = profile is not None and profile.purpose == "TxProfile"
            if negotiation.stage == "agreed" or (awaited and negotiation.stage != "new"):
                self.agree(evse, negotiation)

    def choice_of(self, evse_id: int, offered: tuple[ChargingSchedule, ...]) -> ChargingSchedule:
        """The one of several schedules that gives the vehicle there the most energy; the first
        where they give the same."""
        evse = self.evses[evse_id - 1]
        vehicle = evse.plug.vehicle
        volts = evse.plug.place.spec.voltage_v * (1 if vehicle is None else vehicle.phases)
        return max(offered, key=lambda schedule: _energy(schedule, volts))

    # --- its parts ------------------------------------------------------------------------------

    def _patience_at(self) -> Instant:
        return self.context.now + self.context.in_real_time(PROFILE_WAIT_S)

    def _is_too_late(self, negotiation: Negotiation) -> bool:
        return negotiation.give_up_at is not None and negotiation.give_up_at <= self.context.now

    def _is_outdated(self, evse: Evse) -> bool:
        """True where the limit is another than was agreed for now: another vehicle has come or
        gone, or an external limit has ended (K16.FR.02)."""
        negotiation = evse.negotiation
        assert negotiation is not None and negotiation.agreed is not None
        agreed = negotiation.agreed
        schedule, elapsed_s = agreed.schedule, self.context.time - agreed.time_base
        if any(abs(elapsed_s - one.start_s) < _SECOND_S for one in schedule.periods if one.start_s):
            return False  # a schedule has whole seconds
        if schedule.duration_s is not None and elapsed_s > schedule.duration_s - _SECOND_S:
            return False
        at_present = self.smart.composite((evse, evse.plug.place), 1, schedule.unit)
        if at_present is None:
            return False
        limit = round(min(at_present.periods[0].limit, _most(evse, schedule.unit)), 1)
        told = [one.limit for one in schedule.periods if one.start_s <= max(0.0, elapsed_s)]
        return abs(told[-1] - limit) > _DIFFERENCE

    def _ask(self, evse: Evse, negotiation: Negotiation) -> None:
        """Tell the CSMS the needs, once it knows all of the transaction (K15.FR.01)."""
        transaction = evse.transaction
        if transaction is not None and self.outbox.holds(transaction.id):
            return
        request = self.context.dialect.charging_needs(
            evse, negotiation.needs, self.context.offset_s
        )
        if request is None or not self.wire.call(request, NotifyEVChargingNeeds(evse.id)):
            self.agree(evse, negotiation)
            return
        negotiation.ask(self._patience_at())

    def agree(self, evse: Evse, negotiation: Negotiation) -> None:
        """The vehicle chooses its schedule within the limits, and may charge by it."""
        had_begun = negotiation.has_begun
        negotiation.agree(self._choice(evse, negotiation))
        self._tell(evse, negotiation)
        if not had_begun:
            self.sessions.review_flow(evse)

    def _tell(self, evse: Evse, negotiation: Negotiation) -> None:
        """Tell the CSMS of the schedule (K15.FR.10, K16.FR.05, K17.FR.10); offline, later."""
        assert negotiation.agreed is not None, "only what is agreed is to be told"
        if not self.context.online:
            return
        request = self.context.dialect.ev_charging_schedule(evse.id, negotiation.agreed)
        if request is None or self.wire.call(request):
            negotiation.told()

    def _choice(self, evse: Evse, negotiation: Negotiation) -> EvSchedule:
        """The most that it takes of its offer at each moment, until it departs."""
        duration_s = DAY_S
        departs_at = negotiation.needs.departs_at
        if departs_at is not None:
            duration_s = min(DAY_S, max(1.0, departs_at - self.context.now))
        unit, id = self._unit_and_id(evse)
        composite = self.smart.composite((evse, evse.plug.place), round(duration_s), unit)
        assert composite is not None, "a unit that the charger has"
        most = _most(evse, unit)
        periods = [
            ChargingSchedulePeriod(period.start_s, round(min(period.limit, most), 1), period.phases)
            for period in composite.periods
        ]
        duration = composite.duration_s
        tuples = negotiation.needs.max_schedule_tuples
        if tuples is not None and len(periods) > tuples:
            duration = periods[tuples].start_s
            periods = periods[:tuples]
        return EvSchedule(
            time_base=composite.start_at,
            schedule=ChargingSchedule(
                id=id, unit=unit, periods=_merged(periods), duration_s=duration
            ),
        )

    def _unit_and_id(self, evse: Evse) -> tuple[ChargingRateUnit, int]:
        """The unit and id of the schedule of the transaction's TxProfile, if there is one."""
        transaction = evse.transaction
        own = [
            one.profile
            for one in self.smart.installed
            if transaction is not None and one.profile.transaction == transaction.id
        ]
        if not own:
            return self.smart.rules.units[0], 1
        chosen = max(own, key=lambda profile: profile.stack_level).schedule
        return chosen.unit, chosen.id or 1


def _most(evse: Evse, unit: ChargingRateUnit) -> float:
    """The most that the vehicle takes, in that unit."""
    vehicle, spec = evse.plug.vehicle, evse.plug.place.spec
    assert vehicle is not None
    if spec.current == "DC":
        return (
            vehicle.max_dc_power_w
            if unit == "W"
            else vehicle.max_dc_power_w / battery_voltage(vehicle)
        )
    if unit == "W":
        return vehicle.max_ac_power_w
    return phase_current_a(vehicle, spec.voltage_v)


def _merged(periods: list[ChargingSchedulePeriod]) -> tuple[ChargingSchedulePeriod, ...]:
    """Without periods that say what the one before does."""
    found: list[ChargingSchedulePeriod] = []
    for period in periods:
        same = found and (found[-1].limit, found[-1].phases) == (period.limit, period.phases)
        if not same:
            found.append(period)
    return tuple(found)


def _energy(schedule: ChargingSchedule, volts: float) -> float:
    """The energy that a schedule allows in the time that it says, or in a day (Ws)."""
    end_s = DAY_S if schedule.duration_s is None else schedule.duration_s
    starts = [*(float(period.start_s) for period in schedule.periods), end_s]
    factor = 1.0 if schedule.unit == "W" else volts
    return sum(
        period.limit * factor * max(0.0, min(end_s, later) - period.start_s)
        for period, later in zip(schedule.periods, starts[1:], strict=True)
    )
