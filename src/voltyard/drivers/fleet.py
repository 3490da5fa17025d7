"""Fleet: chargers in real time against any CSMS, with drivers who come and go."""

from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final

import msgspec

from voltyard.charger.description.events import (
    AnswerRefused,
    Booted,
    ChargerEvent,
    ConnectionChanged,
    Framed,
    TransactionEnded,
    TransactionStarted,
)
from voltyard.charger.description.specification import ChargerSpec
from voltyard.drivers.crowd import Crowd
from voltyard.drivers.habits import LIVELY
from voltyard.drivers.tags import TagDealer
from voltyard.drivers.workload import ParkingBay, Visitors, driver_script
from voltyard.kernel import limits
from voltyard.kernel.pace import Pace
from voltyard.kernel.seeds import stream
from voltyard.kernel.time import Seconds
from voltyard.ports.clock import Clock
from voltyard.ports.links import Dialler
from voltyard.ports.transfers import Transfers
from voltyard.runtimes.host.host import Host
from voltyard.runtimes.parsing import NO_FAULTS, ChargerFaults

_BY_THE_CSMS: Final = frozenset({"DeAuthorized", "Remote", "HardReset", "SoftReset"}) | {
    "ImmediateReset"
}
"""Reasons of a transaction's end that are the CSMS's doing, in either version's words."""

_TOKEN_ANSWERS: Final = {
    "Authorize": ("idTagInfo", "idTokenInfo"),
    "StartTransaction": ("idTagInfo",),
    "TransactionEvent": ("idTokenInfo",),
}
"""Answers that tell of a token, and the field that does."""


class FleetTally:
    """Listener to a host that counts."""

    def __init__(self) -> None:
        self._connected: set[str] = set()
        self.accepted: set[str] = set()
        """Chargers whose last boot was accepted, connected or not."""
        self.running = 0
        self.completed = 0
        """Sessions that ended as their drivers had it, or their vehicles."""
        self.cut_short: Counter[str] = Counter()
        """Sessions that the CSMS ended, by the reason."""
        self.refused_tags: Counter[str] = Counter()
        """Answers to Authorize that do not accept, by their status; so too of the next."""
        self.refused_starts: Counter[str] = Counter()
        """Of StartTransaction, or of TransactionEvent."""
        self.call_errors: Counter[str] = Counter()
        """CALLERRORs of the CSMS, by action and code."""
        self.energy_wh = 0.0
        self.answers_refused = 0
        self.last_refusal = ""
        """Of the CSMS's answers: which action, where, and what is wrong there."""
        self.broken: list[str] = []
        """Failures of chargers that are driven no more."""

    @property
    def connected(self) -> int:
        """The number of chargers that have a link."""
        return len(self._connected)

    def reported(self, key: str, event: ChargerEvent) -> None:
        """Count what matters."""
        if type(event) is Framed:  # most are
            if event.direction == "csms_to_cp" and event.kind in ("result", "error"):
                self._answered(event)
            return
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
                if event.reason in _BY_THE_CSMS:
                    _count(self.cut_short, event.reason)
                else:
                    self.completed += 1
                self.energy_wh += event.meter_stop_wh - event.meter_start_wh

    def _answered(self, frame: Framed) -> None:
        """Count an answer that says no."""
        if frame.kind == "error":
            _count(self.call_errors, f"{frame.action} {_error_code(frame.text)}")
        elif frame.action in _TOKEN_ANSWERS:
            status = token_status(frame.action, frame.text)
            if status not in ("", "Accepted"):
                is_tag = frame.action == "Authorize"
                _count(self.refused_tags if is_tag else self.refused_starts, status)

    def remembered(self, key: str) -> None:
        """A fleet has no memory."""

    def broke(self, key: str, error: Exception) -> None:
        """A bug of ours, to be told at the end."""
        self.broken.append(f"{key}: {type(error).__name__}: {error}")


def _count(counts: Counter[str], reason: str) -> None:
    """Count a reason; of strangers' words no more than limits.FLEET_REASONS differ."""
    known = reason in counts or len(counts) < limits.FLEET_REASONS
    counts[reason if known else "other"] += 1


def _error_code(text: str) -> str:
    frame = _decoded(text)
    is_whole = len(frame) > 2 and isinstance(frame[2], str)
    return frame[2][: limits.FLEET_REASON_CHARACTERS] if is_whole else "without a code"


def token_status(action: str, text: str | bytes) -> str:
    """The status of a token in an answer; empty where there is none."""
    fields = _TOKEN_ANSWERS.get(action, ())
    answer = _decoded(text) if fields else []
    if len(answer) > 2 and isinstance(answer[2], dict):
        for field in fields:
            info = answer[2].get(field)
            if isinstance(info, dict) and isinstance(info.get("status"), str):
                return str(info["status"])[: limits.FLEET_REASON_CHARACTERS]
    return ""


def _decoded(text: str | bytes) -> list[Any]:
    try:
        frame = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return []
    return frame if isinstance(frame, list) else []


WATCHED = Visitors(habits=LIVELY)
"""The arrivals by default."""

SLACK_S: Seconds = 0.2
"""The time within which the due work of many chargers is done together. Woken for each of them
alone, a process finds nothing of theirs in the processor's caches, and takes twice the time."""

Watch = Callable[[Host, FleetTally], Coroutine[Any, Any, None]]


async def drive_fleet(
    specs: list[ChargerSpec],
    dialler: Dialler,
    clock: Clock,
    tags: TagDealer | None,
    watch: Watch,
    transfers: Transfers | None = None,
    visitors: Visitors = WATCHED,
    faults: Mapping[str, ChargerFaults] | None = None,
    rate: float = 1.0,
) -> FleetTally:
    """Drive chargers, with visitors who have those tags or with none, until `watch` returns.
    `faults` are those of each charger, by its OCPP version.

    The links are closed then; no task stays behind. Above 1, `rate` needs the peer's agreement.
    """
    tally = FleetTally()
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
    crowd: Crowd, specs: list[ChargerSpec], visitors: Visitors, tags: TagDealer, clock: Clock
) -> None:
    connectors = [(spec, evse) for spec in specs for evse in range(1, len(spec.evses) + 1)]
    for number, (spec, evse) in enumerate(connectors):
        random = stream(spec.seed, "drivers", spec.identity, evse)
        script = driver_script(ParkingBay(evse_id=evse), visitors, tags(number), random, clock)
        crowd.play(spec.identity, script)
