"""The watch over a fleet: in place on a terminal, else a line now and then, and a verdict."""

import asyncio
import contextlib
import sys
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from voltyard.cli.display.printable import json_text
from voltyard.cli.display.progress import Progress, span
from voltyard.cli.output import is_terminal, tell
from voltyard.drivers.fleet import FleetTally
from voltyard.kernel.text.printable_text import printable
from voltyard.kernel.time import Instant, Seconds
from voltyard.kernel.units import WH_PER_KWH
from voltyard.runtimes.host.host import Host

if TYPE_CHECKING:
    from rich.table import Table

_LOOK_S: Seconds = 0.5
_LINE_EACH_S: Seconds = 5.0
_FIRST_LINE_S: Seconds = 1.0
_INSTANT_S: Seconds = 0.01


class FleetWatch:
    """The face of a fleet of so many chargers, for so many seconds, or until it is stopped."""

    def __init__(self, count: int, seconds: Seconds | None, *, is_json: bool) -> None:
        self._count = count
        self._seconds = seconds
        self._is_json = is_json
        self._began = time.monotonic()
        self._frames, self._at = 0, self._began
        self._last: dict[str, Any] = {}

    async def until(self, stopping: asyncio.Event, host: Host, tally: FleetTally) -> None:
        """Show how it goes until told to stop."""
        from rich.live import Live

        from voltyard.cli.display.tables import console

        in_place = is_terminal() and not self._is_json
        look_s = _LOOK_S if in_place else _FIRST_LINE_S
        self._began = self._at = time.monotonic()
        with (
            Live(console=console(), auto_refresh=False) if in_place else _nothing() as live,
            Progress("fleet") if self._is_unseen else _nothing() as progress,
        ):
            while not stopping.is_set():
                left_s = look_s
                if self._seconds is not None:
                    left_s = min(look_s, self._began + self._seconds - time.monotonic())
                if left_s < _INSTANT_S:
                    break
                await _until(stopping, left_s)
                self._last = self._figures(host, tally)
                if in_place:
                    live.update(self._table(host, tally), refresh=True)
                    continue
                tell(json_text(self._last) if self._is_json else self._line(host, tally))
                look_s = _LINE_EACH_S
                if progress is not None:
                    progress.at(self._last["elapsed_s"], self._seconds or 0.0, self._note())

    def conclude(self, tally: FleetTally) -> None:
        """Print what came of it."""
        if self._is_json:
            tell(json_text({**self._last, **_counts(tally), "is_over": True}))
        else:
            for name, counts in _told(tally):
                tell(f"{name}: {counts}")

    @property
    def _is_unseen(self) -> bool:
        """True where standard output is not what people read: they look at standard error."""
        on_error = sys.stderr is not None and sys.stderr.isatty()
        return self._is_json or (on_error and not is_terminal())

    def _note(self) -> str:
        seen = self._last
        return f"{seen['connected']:,} of {self._count:,} connected, {seen['charging']:,} charging"

    def _left(self) -> str:
        """The time that is left, for the end of a phrase; empty where it is open."""
        left_s = self._last["left_s"]
        return f", {span(left_s)} left" if left_s else ""

    def _left_s(self, now: Instant) -> Seconds | None:
        """The time that is left; None where it is open."""
        if self._seconds is None:
            return None
        return round(max(0.0, self._began + self._seconds - now), 3)

    def _figures(self, host: Host, tally: FleetTally) -> dict[str, Any]:
        now, total = time.monotonic(), host.frames_sent + host.frames_received
        rate = (total - self._frames) / max(now - self._at, 1e-6)
        self._frames, self._at = total, now
        return {
            "elapsed_s": round(now - self._began, 3),
            "left_s": self._left_s(now),
            "chargers": self._count,
            "connected": tally.connected,
            "accepted": len(tally.accepted),
            "charging": tally.running,
            "completed": tally.completed,
            "energy_kwh": round(tally.energy_wh / WH_PER_KWH, 3),
            "frames": total,
            "frames_per_s": round(rate, 1),
            "dials_failed": host.dials_failed,
            "last_failure": host.last_failure or None,
            **_counts(tally),
        }

    def _table(self, host: Host, tally: FleetTally) -> "Table":
        from rich.table import Table
        from rich.text import Text

        seen = self._last
        running = f"{seen['elapsed_s']:.0f} s{self._left()}"
        rows = [
            ("connected", f"{seen['connected']} of {self._count}"),
            ("accepted", f"{seen['accepted']} of {self._count}"),
            ("charging", str(seen["charging"])),
            ("completed", f"{seen['completed']}, {seen['energy_kwh']:.2f} kWh"),
            ("frames", f"{seen['frames']:,}, {seen['frames_per_s']:,.0f} a second"),
            ("running", f"{running}; Ctrl-C stops"),
        ]
        if host.last_failure:
            rows.append(("failed dials", f"{host.dials_failed:,}, last: {_plain(host)}"))
        table = Table.grid(padding=(0, 3))
        for name, value in [*rows, *_told(tally)]:
            table.add_row(name, Text(printable(value)))
        return table

    def _line(self, host: Host, tally: FleetTally) -> str:
        seen = self._last
        line = (
            f"{seen['elapsed_s']:.0f} s: {seen['connected']} of {self._count} connected, "
            f"{seen['accepted']} accepted, {seen['charging']} charging, "
            f"{seen['completed']} completed, {seen['frames_per_s']:,.0f} frames/s{self._left()}"
        )
        if host.last_failure and tally.connected < self._count:
            line += f"; {host.dials_failed} dials failed, last: {_plain(host)}"
        return "; ".join([printable(line), *(f"{name}: {value}" for name, value in _told(tally))])


def _nothing() -> Any:
    """A display that shows nothing."""
    return contextlib.nullcontext()


def _plain(host: Host) -> str:
    """The last dial's failure, in the words of this command's options."""
    failure = host.last_failure.replace("tls.ca", "--ca")
    return failure.replace(", tls.verify_hostname the check of the name", "")


def _counts(tally: FleetTally) -> dict[str, Any]:
    return {
        "refused_tags": dict(tally.refused_tags),
        "refused_starts": dict(tally.refused_starts),
        "call_errors": dict(tally.call_errors),
        "cut_short": dict(tally.cut_short),
        "refused_answers": tally.answers_refused,
        "last_refused_answer": tally.last_refusal or None,
    }


def _told(tally: FleetTally) -> Iterator[tuple[str, str]]:
    """Failures, with how often each was, and why."""
    for name, counts in (
        ("refused tags", tally.refused_tags),
        ("refused starts", tally.refused_starts),
        ("CALLERRORs", tally.call_errors),
        ("cut short by the CSMS", tally.cut_short),
    ):
        if counts:
            yield name, _listed(counts)
    if tally.answers_refused:
        last = printable(tally.last_refusal)
        yield "refused answers", f"{tally.answers_refused:,}, last: {last}"


def _listed(counts: Mapping[str, int]) -> str:
    most = sorted(counts.items(), key=lambda one: -one[1])
    reasons = ", ".join(f"{printable(reason)} {count:,}" for reason, count in most)
    return f"{sum(counts.values()):,} ({reasons})"


async def _until(stopping: asyncio.Event, seconds: Seconds) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stopping.wait()
