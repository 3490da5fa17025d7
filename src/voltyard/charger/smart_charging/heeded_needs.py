"""Needs of a vehicle that is plugged in, heeded by it and by its EVSE."""

from __future__ import annotations

from voltyard.charger.context import ChargerContext
from voltyard.charger.evse.evse import Evse
from voltyard.charger.smart_charging.negotiation import Negotiation
from voltyard.charger.smart_charging.profile_limits import ProfileLimits
from voltyard.charger.variables.standard.iso15118 import ISO15118_ENABLED
from voltyard.physics.charging_needs import ChargingNeeds, limited
from voltyard.physics.vehicle import Vehicle


def heed_needs(
    context: ChargerContext,
    limits: ProfileLimits,
    evse: Evse,
    vehicle: Vehicle,
    needs: ChargingNeeds,
) -> None:
    """The vehicle keeps to the limits of its needs. Where both speak ISO 15118 it tells them, and
    negotiates a schedule; one that charges already goes on meanwhile."""
    charges = evse.energised
    evse.plug.limit_vehicle(limited(vehicle, needs, evse.plug.place.spec.voltage_v))
    if evse.negotiation is not None:
        evse.negotiation.change_needs(needs)
    elif context.dialect.negotiates_schedules and context.settings.flag(ISO15118_ENABLED):
        negotiation = Negotiation(needs, vehicle)
        if charges:
            negotiation.join_late()
        evse.negotiate(negotiation)
        limits.note_negotiating(True)
