"""NotifyEVChargingNeeds of OCPP 2.0.1: a vehicle's needs as its EVSE tells them (K15.FR.06)."""

from __future__ import annotations

from typing import Final

from voltyard.charger.evse.evse import Evse
from voltyard.kernel.time import Seconds
from voltyard.kernel.units import WH_PER_KWH
from voltyard.ocpp.timestamps import Timestamp
from voltyard.ocpp.v201 import messages as m
from voltyard.physics.charging_needs import (
    ChargingNeeds,
    battery_voltage,
    energy_wanted_wh,
    phase_current_a,
)

_AC: Final[dict[int, m.EnergyTransferMode]] = {
    1: "AC_single_phase",
    2: "AC_two_phase",
    3: "AC_three_phase",
}
_BULK_PERCENT: Final = 80
"""State of charge up to which a vehicle charges fast."""


def needs_request(
    evse: Evse, needs: ChargingNeeds, offset_s: Seconds
) -> m.NotifyEVChargingNeedsRequest:
    """The needs of the vehicle that is plugged in; `offset_s` is the charger's clock minus true
    time."""
    vehicle, spec = evse.plug.vehicle, evse.plug.place.spec
    assert vehicle is not None, "the needs are a vehicle's"
    energy_wh = energy_wanted_wh(vehicle, needs, evse.plug.soc_percent)
    ac = dc = None
    mode: m.EnergyTransferMode = "DC"
    if spec.current == "DC":
        volts = battery_voltage(vehicle)
        dc = m.DCChargingParameters(
            ev_max_current=round(vehicle.max_dc_power_w / volts),
            ev_max_voltage=round(volts),
            energy_amount=round(energy_wh),
            ev_max_power=round(vehicle.max_dc_power_w),
            state_of_charge=round(evse.plug.soc_percent),
            ev_energy_capacity=round(vehicle.battery_kwh * WH_PER_KWH),
            full_soc=round(vehicle.target_soc_percent),
            bulk_soc=min(_BULK_PERCENT, round(vehicle.target_soc_percent)),
        )
    else:
        mode = _AC[min(3, evse.plug.used_phases(evse.plug.place, spec.phases))]
        ac = m.ACChargingParameters(
            energy_amount=round(energy_wh),
            ev_min_current=round(needs.min_current_a),
            ev_max_current=round(phase_current_a(vehicle, spec.voltage_v)),
            ev_max_voltage=round(spec.voltage_v),
        )
    departs_at = needs.departs_at
    return m.NotifyEVChargingNeedsRequest(
        evse_id=evse.id,
        max_schedule_tuples=needs.max_schedule_tuples,
        charging_needs=m.ChargingNeeds(
            requested_energy_transfer=mode,
            departure_time=None if departs_at is None else Timestamp.of(departs_at + offset_s),
            ac_charging_parameters=ac,
            dc_charging_parameters=dc,
        ),
    )
