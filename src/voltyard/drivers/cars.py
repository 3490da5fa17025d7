"""Mix of vehicles that drivers come with: a general one, or models of the catalogue."""

from collections.abc import Sequence
from random import Random

import msgspec
from msgspec import Struct

from voltyard.catalogue.catalogue import Catalogue
from voltyard.catalogue.vehicles import vehicle_of
from voltyard.kernel.units import WH_PER_KWH, WattHours
from voltyard.physics.vehicle import Vehicle

_LOWEST_PERCENT = 5.0


class CarMix(Struct, frozen=True):
    """A mix of vehicles, with the weight of each."""

    kinds: tuple[tuple[float, Vehicle], ...]

    def some(self, random: Random, energy_wh: WattHours) -> Vehicle:
        """One whose battery lacks so much. Where none holds that, one of the largest, empty but
        for a rest."""
        largest = max(_room_wh(car) for _, car in self.kinds)
        able = [(weight, car) for weight, car in self.kinds if _room_wh(car) >= energy_wh]
        able = able or [(weight, car) for weight, car in self.kinds if _room_wh(car) == largest]
        (car,) = random.choices([car for _, car in able], [weight for weight, _ in able])
        lacking = 100.0 * energy_wh / (car.battery_kwh * WH_PER_KWH)
        soc = max(_LOWEST_PERCENT, car.target_soc_percent - lacking)
        return msgspec.structs.replace(car, soc_percent=soc)


STREET_CARS = CarMix(
    (
        (3.0, Vehicle(name="saloon", battery_kwh=57.5, max_dc_power_w=170_000.0)),
        (2.0, Vehicle(name="crossover", battery_kwh=64.8, max_dc_power_w=80_000.0)),
        (2.0, Vehicle(name="hatchback", battery_kwh=58.0, max_dc_power_w=120_000.0)),
        (2.0, Vehicle(name="compact", battery_kwh=64.0, max_dc_power_w=77_000.0)),
        (1.0, Vehicle(name="estate", battery_kwh=58.0, max_dc_power_w=124_000.0)),
        (2.0, Vehicle(name="one-phase", battery_kwh=39.0, max_ac_power_w=6_600.0, phases=1)),
        (3.0, Vehicle(name="hybrid", battery_kwh=12.0, max_ac_power_w=3_680.0, phases=1)),
    )
)
"""The mix of no particular site."""


def cars_of(names: Sequence[str], catalogue: Catalogue) -> CarMix:
    """The mix of those vehicles of the catalogue, each as frequent as it is named; without names
    the STREET_CARS's. Invalid where the catalogue does not have one."""
    if not names:
        return STREET_CARS
    return CarMix(
        tuple((1.0, msgspec.convert(vehicle_of(name, catalogue), Vehicle)) for name in names)
    )


def _room_wh(car: Vehicle) -> WattHours:
    return (car.target_soc_percent - _LOWEST_PERCENT) / 100.0 * car.battery_kwh * WH_PER_KWH
