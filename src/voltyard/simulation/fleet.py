"""A fleet: chargers in real time against whatever CSMS there is, with drivers who come and go."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from voltyard.charger.events import (
    AnswerRefused,
    Booted,
    ConnectionChanged,
    Event,
    TransactionEnded,
    TransactionStarted,
)
from voltyard.charger.specification import ChargerSpec
from voltyard.kernel.pace import Pace
from voltyard.kernel.seeds import stream
from voltyard.kernel.time import Seconds
from voltyard.ports import Clock, Dialler, Transfers
from voltyard.runtimes.host import Host
from voltyard.runtimes.reading import NO_FAULTS, Faults
from voltyard.simulation.crowd import Crowd
from voltyard.simulation.habits import LIVELY
from voltyard.simulation.tags import Dealt
from voltyard.simulation.workload import Place, Visitors, drivers


class Tally:
    """A host's listener that counts."""

    def __init__(self) -> None:
        self._connected: set[str] = set()
        self.accepted: set[str] = set()
        """Those whose last boot was accepted, connected or not."""
        self.running = 0
        self.ended = 0
        self.energy_wh = 0.0
        self.answers_refused = 0
        self.last_refusal = ""
        """Of the CSMS's answers: which action, where, and what is wrong there."""
        self.broken: list[str] = []
        """What went wrong in chargers that are driven no more."""

    @property
    def connected(self) -> int:
        """How many have a link."""
        return len(self._connected)

    def reported(self, key: str, event: Event) -> None:
        """Count what matters."""
        match event:
            case ConnectionChanged(connected=connected):
                if connected:
                    self._connected.add(key)
                else:
                    self._connected.discard(key)
            case AnswerRefused():
                self.answers_refused += 1
                self.last_refusal = f"{event.action}, {event.field}: {event.message}"
            case Booted(status="Accepted"):
                self.accepted.add(key)
            case Booted():
                self.accepted.discard(key)
            case TransactionStarted():
                self.running += 1
            case TransactionEnded():
                self.running -= 1
                self.ended += 1
                self.energy_wh += event.meter_stop_wh - event.meter_start_wh

    def remembered(self, key: str) -> None:
        """A fleet has no memory."""

    def broke(self, key: str, error: Exception) -> None:
        """A bug of ours, to be told at the end."""
        self.broken.append(f"{key}: {type(error).__name__}: {error}")


WATCHED = Visitors(habits=LIVELY)
"""Who comes where nobody says otherwise."""

SLACK_S: Seconds = 0.2
"""What many chargers have to do within so long is done together. Woken for each of them alone, a
process finds nothing of theirs in the processor's caches, and takes twice the time."""

Watch = Callable[[Host, Tally], Coroutine[Any, Any, None]]


async def drive(
    specs: list[ChargerSpec],
    dialler: Dialler,
    clock: Clock,
    tags: Dealt | None,
    watch: Watch,
    transfers: Transfers | None = None,
    visitors: Visitors = WATCHED,
    faults: Mapping[str, Faults] | None = None,
    rate: float = 1.0,
) -> Tally:
    """Drive chargers, with visitors who have those tags or with none, until `watch` returns.
    `faults` are those of each charger, by its OCPP version.

    The links are closed then; no task stays behind. Above 1, `rate` needs the peer's agreement.
    """
    tally = Tally()
    host = Host(dialler, clock, tally, transfers=transfers, slack_s=SLACK_S / rate)
    now = clock()
    pace = None if rate == 1.0 else Pace(rate, now, now)
    crowd = Crowd(host.ask, clock, pace)
    try:
        for spec in specs:
            wrong = (faults or {}).get(spec.version, NO_FAULTS)
            host.add(spec.identity, spec, faults=wrong, pace=pace)
        if tags is not None:
            own = clock if pace is None else lambda: pace.local_at(clock())
            _invite(crowd, specs, visitors, tags, own)
        await watch(host, tally)
    finally:
        crowd.dismiss()
        host.close()
    return tally


def _invite(
    crowd: Crowd, specs: list[ChargerSpec], visitors: Visitors, tags: Dealt, clock: Clock
) -> None:
    connectors = [(spec, evse) for spec in specs for evse in range(1, len(spec.evses) + 1)]
    for number, (spec, evse) in enumerate(connectors):
        random = stream(spec.seed, "drivers", spec.identity, evse)
        script = drivers(Place(evse_id=evse), visitors, tags(number), random, clock)
        crowd.play(spec.identity, script)
