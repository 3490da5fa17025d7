"""The EVSEs of a charger, made as its specification says."""

from __future__ import annotations

from voltyard.charger.description.specification import ChargerSpec
from voltyard.charger.evse.evse import Evse
from voltyard.kernel.seeds import stream
from voltyard.kernel.time import Instant
from voltyard.physics.meter import IDEAL


def evses_of(spec: ChargerSpec, now: Instant) -> tuple[Evse, ...]:
    """The EVSEs, each with the state of one that has just got power."""
    evses = []
    before = 0
    for number, evse in enumerate(spec.evses, 1):
        key = 0
        if spec.meter != IDEAL:
            key = stream(spec.seed, spec.identity, "meter", number).getrandbits(63)
        evses.append(Evse(number, evse, spec.meter_start_wh, now, before, spec.meter, key))
        before += len(evse.connectors)
    return tuple(evses)
