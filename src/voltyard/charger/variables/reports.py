"""Device model reports: pages of NotifyReport, sent one after another (2.0.1 B07, B08)."""

from __future__ import annotations

from collections.abc import Iterator

from voltyard.charger.connection.call_purposes import NOTIFY_REPORT
from voltyard.charger.connection.wire import ChargerWire
from voltyard.kernel import limits
from voltyard.ocpp.payload import Payload


class DeviceModelReports:
    """The device model reports of one charger that are under way."""

    __slots__ = ("_awaits", "_pages", "_wire")

    def __init__(self, wire: ChargerWire) -> None:
        self._wire = wire
        self._pages: list[Iterator[Payload]] = []
        self._awaits = False
        """A page is under way."""

    @property
    def full(self) -> bool:
        """True where no further report is taken."""
        return len(self._pages) >= limits.DEVICE_MODEL_REPORTS

    def begin(self, pages: Iterator[Payload]) -> None:
        """Send a report, after those that were begun before."""
        self._pages.append(pages)
        if not self._awaits:
            self.proceed()

    def proceed(self) -> None:
        """The page that was under way is settled, answered or not: send the next."""
        self._awaits = False
        while self._pages:
            page = next(self._pages[0], None)
            if page is None:
                self._pages.pop(0)
            elif self._wire.call(page, NOTIFY_REPORT):
                self._awaits = True
                return
            else:
                self._pages.pop(0)  # no link, or too many calls wait: as ever, it is given up

    def disconnected(self) -> None:
        """The link is gone, and the reports with it."""
        self._pages.clear()
        self._awaits = False
