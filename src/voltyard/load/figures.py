"""Figures of a load run: latencies and errors by action, refused dials, chargers over time."""

from __future__ import annotations

from collections import Counter
from typing import Final

from msgspec import Struct, field

from voltyard.kernel import limits
from voltyard.kernel.time import Seconds
from voltyard.load.histogram import LatencyHistogram

CONNECT: Final = "connect"
"""Beside OCPP's actions: a charger's way to a link, from the moment at which it was to dial."""
SESSION: Final = "session"
"""Likewise: from the moment at which a session was to begin until its transaction runs."""

MORE_REASONS: Final = "other"


def count(counts: Counter[str], reason: str) -> None:
    """Count a reason; of strangers' words no more than limits.LOAD_REASONS differ."""
    known = reason in counts or len(counts) < limits.LOAD_REASONS
    counts[reason if known else MORE_REASONS] += 1


class ActionFigures:
    """Figures of one action: its calls, their latencies, and errors by code.

    A call that was sent and not answered counts with the time for which it was waited for.
    """

    __slots__ = ("calls", "errors", "latency")

    def __init__(self) -> None:
        self.calls = 0
        self.errors: Counter[str] = Counter()
        self.latency = LatencyHistogram()

    def answered(self, latency_s: Seconds) -> None:
        """Count a call that went well."""
        self.calls += 1
        self.latency.add(latency_s)

    def failed(self, code: str, latency_s: Seconds | None = None) -> None:
        """Count a call that did not; `latency_s` where it was sent."""
        self.calls += 1
        count(self.errors, code)
        if latency_s is not None:
            self.latency.add(latency_s)

    def merge(self, other: ActionFigures) -> None:
        """Count all that another one has counted."""
        self.calls += other.calls
        for code, number in other.errors.items():
            known = code in self.errors or len(self.errors) < limits.LOAD_REASONS
            self.errors[code if known else MORE_REASONS] += number
        self.latency.merge(other.latency)


class LoadSample(Struct, frozen=True):
    """The state of a load run at one moment since its beginning."""

    at_s: Seconds
    stage: str
    wanted: int
    """Chargers that were to be connected."""
    connected: int
    """Chargers with a link whose boot is accepted."""
    calls: int
    """Of all so far."""
    errors: int
    """Likewise."""


class Timeline:
    """Samples over time, at most limits.LOAD_SAMPLES of them."""

    def __init__(self, step_s: Seconds = 1.0) -> None:
        self.step_s = step_s
        self._slack_s = step_s / 2
        self.samples: list[LoadSample] = []

    def add(self, sample: LoadSample) -> None:
        """Keep a sample if it is far enough from the last one."""
        if self.samples and sample.at_s - self.samples[-1].at_s < self.step_s - self._slack_s:
            return
        self.samples.append(sample)
        if len(self.samples) > limits.LOAD_SAMPLES:
            del self.samples[1::2]
            self.step_s *= 2


class LoadFigures(Struct, kw_only=True):
    """All that one load run has measured."""

    actions: dict[str, ActionFigures] = field(default_factory=dict)
    refused_dials: Counter[str] = field(default_factory=Counter)
    """Dials that brought no link, by reason."""
    timeline: Timeline = field(default_factory=Timeline)
    lag: LatencyHistogram = field(default_factory=LatencyHistogram)
    """Delays of the generator behind its own schedule."""
    cpu_share: float = 0.0
    """Share of one processor that the generator took."""
    wanted: int = 0
    """Chargers that were to be connected at the end of the last stage."""
    connected: int = 0
    """Chargers that were connected at the end of the last stage."""
    took_s: Seconds = 0.0
    """Length of the stages, as far as they were played."""
    is_complete: bool = False
    """False where it was stopped before the end of its stages."""
    broken: list[str] = field(default_factory=list)
    """Failures of simulated chargers, which are bugs of ours."""

    def of(self, action: str) -> ActionFigures:
        """The figures of an action, begun where there are none."""
        found = self.actions.get(action)
        if found is None:
            found = self.actions[action] = ActionFigures()
        return found

    @property
    def total(self) -> ActionFigures:
        """The figures of all OCPP's actions together."""
        total = ActionFigures()
        for action, figures in self.actions.items():
            if action not in (CONNECT, SESSION):
                total.merge(figures)
        return total

    @property
    def calls(self) -> int:
        """Calls and deeds of all kinds."""
        return sum(one.calls for one in self.actions.values())

    @property
    def errors(self) -> int:
        """Calls and deeds that failed."""
        return sum(one.errors.total() for one in self.actions.values())

    @property
    def lag_s(self) -> Seconds:
        """The generator's delay that 99 of 100 moments did not exceed."""
        return self.lag.quantile_s(0.99)

    @property
    def kept_schedule(self) -> bool:
        """True where the generator was not the bottleneck."""
        return self.lag_s <= limits.LOAD_LATE_S
