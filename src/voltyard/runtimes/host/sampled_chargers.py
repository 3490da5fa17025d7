"""Samples of a host's chargers: taken of those that have changed, a bounded number at a time."""

from collections.abc import Callable
from typing import TypeAlias

from voltyard.charger.charger import Charger
from voltyard.charger.description.samples import ChargerSample, sample_of
from voltyard.kernel import limits
from voltyard.kernel.time import Instant
from voltyard.ports.clock import Clock
from voltyard.ports.runtimes import SampleBatch

LookUp: TypeAlias = Callable[[str], tuple[Charger, Instant]]
"""A charger by its key, and the moment it is for it."""


class SampledChargers:
    """Chargers of which samples are asked for, by key.

    A charger changes when it takes a step, or when power flows through it. Those that took a step
    are sampled with the next question, those through which power flows once in
    limits.SAMPLE_AGE_S as far as there is room for them, and in limits.SAMPLE_OLDEST_S in any case.
    All that is kept is one entry a charger.
    """

    def __init__(self, clock: Clock, look_up: LookUp) -> None:
        """`clock` never goes back."""
        self._clock = clock
        self._look_up = look_up
        self._stepped: dict[str, None] = {}
        self._flowing: dict[str, Instant] = {}
        """Moments when those through which power flows were sampled; the longest ago first."""
        self._told: dict[str, ChargerSample] = {}
        self._ended: dict[str, None] = {}

    def stepped(self, key: str, _charger: Charger | None = None, _now: Instant = 0.0) -> None:
        """Note that a charger runs, or has taken a step."""
        self._stepped[key] = None

    def ended(self, key: str) -> None:
        """Note that a charger runs no more."""
        self._stepped.pop(key, None)
        self._flowing.pop(key, None)
        if self._told.pop(key, None) is not None:
            self._ended[key] = None

    def begin_anew(self) -> None:
        """Take all for changed, as for an asker who knows nothing."""
        self._stepped = dict.fromkeys([*self._told, *self._stepped])
        self._told.clear()
        self._ended.clear()

    def next(self) -> SampleBatch[ChargerSample]:
        """The samples of the next limits.SAMPLES_ASKED, of which those that have not changed are
        left out."""
        now = self._clock()
        keys = list(self._stepped)[: limits.SAMPLES_ASKED]
        left = limits.SAMPLES_ASKED - len(keys)
        for key, at in self._flowing.items():
            if left <= 0 or now - at < limits.SAMPLE_AGE_S:
                break
            if key not in self._stepped:
                keys.append(key)
                left -= 1
        samples: dict[str, ChargerSample] = {}
        for key in keys:
            sample = self._sample(key, now)
            if self._told.get(key) != sample:
                samples[key] = self._told[key] = sample
        ended, self._ended = [key for key in self._ended if key not in self._told], {}
        oldest_at = next(iter(self._flowing.values()), now)
        is_late = now - oldest_at >= limits.SAMPLE_OLDEST_S
        return SampleBatch(samples, ended, has_more=bool(self._stepped) or is_late)

    def _sample(self, key: str, now: Instant) -> ChargerSample:
        charger, moment = self._look_up(key)
        sample = sample_of(charger, moment)
        self._stepped.pop(key, None)
        self._flowing.pop(key, None)
        if sample.power_w:
            self._flowing[key] = now
        return sample
