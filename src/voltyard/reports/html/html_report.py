"""The HTML file of a report: the built viewer with the report in it."""

from pathlib import Path
from typing import Final

from voltyard.reports.html.packing import pack
from voltyard.reports.verdicts import Result, RunReport
from voltyard.reports.whole_files import check_writable, write_whole
from voltyard.traces.viewer_file import fill_viewer, read_viewer

_KIND: Final = "report"
"""Built from web/src/report, into a folder beside this file."""


class HtmlReporter:
    """An HTML report, written when the run is over."""

    def __init__(self, path: Path) -> None:
        """Raises Invalid where the file cannot be written, Unavailable where there is no viewer."""
        check_writable(path)
        self._path = path
        self._viewer = built_viewer()

    def began(self, report: RunReport) -> None:
        """Nothing is written yet."""

    def running(self, case_id: str, title: str) -> None:
        """Nothing is written yet."""

    def finished(self, result: Result) -> None:
        """Nothing is written yet."""

    def ended(self, report: RunReport) -> None:
        write_whole(self._path, write_html(report, self._viewer).encode())


def write_html(report: RunReport, viewer: str) -> str:
    """The file. Its texts are those of `kept_evidence`."""
    return fill_viewer(viewer, _KIND, f"{report.title}: {report.subject}", pack(report))


def built_viewer() -> str:
    """The viewer as it was built. Unavailable where it was not."""
    return read_viewer(__package__, _KIND)
