"""Protocol of those that follow a run: files, lines, and the table on a terminal."""

from typing import Protocol

from voltyard.reports.verdicts import Result, RunReport


class Reporter(Protocol):
    """A follower of one run."""

    def began(self, report: RunReport) -> None:
        """The run begins; the report has the results of an earlier one where it goes on."""

    def running(self, case_id: str, title: str) -> None:
        """A case begins."""

    def finished(self, result: Result) -> None:
        """A case is over; the report has its result already."""

    def ended(self, report: RunReport) -> None:
        """The run is over, or cut short."""
