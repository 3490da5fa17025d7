"""Random faults by seed: broken hardware, bad networks and chargers with quirks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from random import Random

from voltyard.catalogue.commands.commands import InjectFault
from voltyard.catalogue.faults import FAULTS
from voltyard.catalogue.network_conditions import NetworkConditions
from voltyard.catalogue.quirks.enabled import EnabledQuirk, read
from voltyard.catalogue.quirks.table import QUIRKS
from voltyard.charger.description.specification import ChargerSpec
from voltyard.drivers.crowd import Script, WaitUntil
from voltyard.kernel.seeds import stream
from voltyard.kernel.time import DAY_S, HOUR_S, Instant
from voltyard.runtimes.parsing import NO_FAULTS, ChargerFaults

QUIRKY_SHARE = 0.3
"""Share of the chargers that have quirks."""

BREAKDOWNS_PER_DAY = 1.0
"""Of each charger."""


def random_faults(specs: Sequence[ChargerSpec], seed: int) -> dict[str, ChargerFaults]:
    """Random faults of each charger, by its identity: a network for each, quirks for some."""
    return {spec.identity: _misfortune(spec, seed) for spec in specs}


def over_breaking_links(
    faults: Mapping[str, ChargerFaults], identities: Sequence[str], share: float
) -> Mapping[str, ChargerFaults]:
    """The faults of all those chargers, whose links break with that share of the frames besides.

    A call lost before it arrives and an answer lost on its way back look the same to the charger,
    and mean the opposite to the backend.
    """
    if not share:
        return faults
    return {
        identity: ChargerFaults(quirks=known.quirks, network=replace(known.network, breaks=share))
        for identity in identities
        for known in (faults.get(identity, NO_FAULTS),)
    }


def _misfortune(spec: ChargerSpec, seed: int) -> ChargerFaults:
    random = stream(seed, "misfortune", spec.identity)
    quirks = _quirks(spec, random) if random.random() < QUIRKY_SHARE else ()
    return ChargerFaults(quirks=quirks, network=_network(random))


def _quirks(spec: ChargerSpec, random: Random) -> tuple[EnabledQuirk, ...]:
    """One to three, in any of their variants, acting sometimes or always."""
    known = [quirk for quirk in QUIRKS if spec.version in quirk.versions]
    chosen = []
    for quirk in random.sample(known, random.randint(1, 3)):
        choices = {one.name: random.choice(one.choices) for one in quirk.parameters if one.choices}
        probability = random.choice((1.0, 0.5, 0.1))
        chosen.append(read({"name": quirk.name, "probability": probability, "parameters": choices}))
    return tuple(chosen)


def _network(random: Random) -> NetworkConditions:
    """Bad, but such that a message gets through within its attempts."""
    return NetworkConditions(
        latency_ms=random.choice((0.0, 30.0, 300.0)),
        jitter_ms=random.choice((0.0, 50.0, 500.0)),
        loss=random.choice((0.0, 0.0002)),
        duplicate=random.choice((0.0, 0.002)),
        bytes_per_s=random.choice((0.0, 2_000.0)),
        reads_per_s=random.choice((0.0, 20.0)),
        cut_every_s=random.choice((0.0, 6 * HOUR_S)),
        storm_every_s=random.choice((0.0, 8 * HOUR_S)),
        half_open_after_s=random.choice((0.0, 3 * HOUR_S)),
        half_open_for_s=45.0,
    )


def breakdowns(spec: ChargerSpec, random: Random, clock: Callable[[], Instant]) -> Script:
    """Hardware that breaks and mends by itself, for ever."""
    names = list(FAULTS)
    while True:
        yield WaitUntil(clock() + random.expovariate(BREAKDOWNS_PER_DAY / DAY_S))
        yield InjectFault(
            evse_id=random.randint(1, len(spec.evses)),
            fault_type=random.choice(names),
            recover_after_s=random.uniform(60.0, HOUR_S),
        )
