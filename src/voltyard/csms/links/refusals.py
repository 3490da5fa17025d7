"""Refused handshakes, told as an event for each charger and a line of the log, once a minute."""

from collections.abc import Callable

import structlog

from voltyard.csms.events import ChargerRefused
from voltyard.csms.registry import RegisteredCharger
from voltyard.kernel import limits
from voltyard.kernel.counting.tally import Count, Tally
from voltyard.kernel.time import Instant

log = structlog.get_logger(__name__)

_ALL = ""


class Refusals:
    """Counts refusals of chargers that are registered, and of those that are not."""

    def __init__(
        self, tell: Callable[[ChargerRefused], None], wake: Callable[[Instant | None], None]
    ) -> None:
        """`wake` has `told` called at a moment."""
        self._tell = tell
        self._wake = wake
        self._of_charger: Tally[tuple[str, str, str]] = Tally(
            limits.REFUSALS_EVERY_S, limits.REFUSALS_TOLD
        )
        self._of_all: Tally[str] = Tally(limits.REFUSALS_EVERY_S, 1)
        self.count = 0
        """Refusals so far."""

    def note(
        self, charger: RegisteredCharger | None, address: str, reason: str, now: Instant
    ) -> None:
        """A handshake was refused; the charger is None where none of that name is registered."""
        self.count += 1
        if charger is not None:
            row = charger.row
            key = row.organization_id, row.id, row.charge_box_id
            told = self._of_charger.note(key, address, reason, now)
            if told is not None:
                self._event(key, told, now)
        line = self._of_all.note(_ALL, address, reason, now)
        if line is not None:
            _log(line)
        self._wake(self._next())

    def told(self, now: Instant) -> None:
        """Tell what is due."""
        for key, count in self._of_charger.due(now):
            self._event(key, count, now)
        for _, count in self._of_all.due(now):
            _log(count)
        self._wake(self._next())

    def _next(self) -> Instant | None:
        moments = [self._of_charger.next_at(), self._of_all.next_at()]
        return min((moment for moment in moments if moment is not None), default=None)

    def _event(self, key: tuple[str, str, str], count: Count, now: Instant) -> None:
        organization_id, charger_id, charge_box_id = key
        self._tell(
            ChargerRefused(
                organization_id=organization_id,
                charger_id=charger_id,
                charge_box_id=charge_box_id,
                at=now,
                count=count.count,
                addresses=tuple(count.sources),
                reason=count.reason,
            )
        )


def _log(count: Count) -> None:
    log.warning("chargers_refused", count=count.count, addresses=count.sources, reason=count.reason)
