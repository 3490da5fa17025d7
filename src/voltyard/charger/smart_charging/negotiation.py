"""The negotiation of a charging schedule between a vehicle and its EVSE (ISO 15118; K15 to K17)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from msgspec import Struct

from voltyard.charger.smart_charging.profiles import ChargingSchedule
from voltyard.kernel.time import Instant
from voltyard.physics.charging_needs import ChargingNeeds
from voltyard.physics.vehicle import Vehicle

NegotiationStage: TypeAlias = Literal["new", "asked", "awaiting", "refused", "agreed"]
"""Needs to be told, told, accepted with a TxProfile to come, not accepted, or a schedule agreed."""


class EvSchedule(Struct, frozen=True, kw_only=True):
    """The schedule that a vehicle has chosen within the limits it was offered."""

    time_base: Instant
    """By the charger's clock: its periods count from here."""
    schedule: ChargingSchedule


@dataclass(slots=True, eq=False)
class Negotiation:
    """The negotiation with the vehicle that is plugged in."""

    needs: ChargingNeeds
    vehicle: Vehicle
    """The vehicle as it was plugged in, before its needs limit it."""
    stage: NegotiationStage = "new"
    has_begun: bool = False
    """A schedule was agreed since the driver was authorized: the power path may close."""
    give_up_at: Instant | None = None
    """Moment after which the charger no longer waits for the CSMS."""
    agreed: EvSchedule | None = None
    is_untold: bool = False
    """The CSMS has yet to be told of the schedule agreed."""

    def change_needs(self, needs: ChargingNeeds) -> None:
        """The vehicle has other needs, which are to be told."""
        self.needs = needs
        self.stage, self.give_up_at = "new", None

    def join_late(self) -> None:
        """The vehicle charges already, and negotiates only now."""
        self.has_begun = True

    def wait_until(self, at: Instant) -> None:
        """Wait for the CSMS until then."""
        self.give_up_at = at

    def ask(self, until: Instant) -> None:
        """The CSMS has been sent the needs."""
        self.stage, self.give_up_at = "asked", until

    def answered(self, status: str) -> None:
        """The CSMS has answered the needs: Accepted, Rejected or Processing (K15.FR.03 to 05); or
        it will not. After Processing a profile may still come, and is negotiated then."""
        if self.stage == "asked":
            self.stage = "awaiting" if status == "Accepted" else "refused"
            self.give_up_at = None

    def agree(self, schedule: EvSchedule) -> None:
        """The vehicle has chosen its schedule."""
        self.stage, self.give_up_at = "agreed", None
        self.agreed, self.is_untold, self.has_begun = schedule, True, True

    def told(self) -> None:
        """The CSMS knows of the schedule."""
        self.is_untold = False

    def start_over(self) -> None:
        """The use is over: whoever charges next with the vehicle negotiates anew."""
        self.stage, self.give_up_at, self.agreed = "new", None, None
        self.is_untold = self.has_begun = False
