"""The HTML file of a trace: the built viewer with the trace in it, which opens offline."""

from typing import Final

from voltyard.traces.packing import pack
from voltyard.traces.trace import Trace
from voltyard.traces.viewer_file import fill_viewer, read_viewer

_KIND: Final = "trace"
"""Built from web/src/trace, into a folder beside this file."""


def write_html(trace: Trace, viewer: str) -> str:
    """The file."""
    return fill_viewer(viewer, _KIND, trace.title, pack(trace))


def built_viewer() -> str:
    """The viewer as it was built. Unavailable where it was not."""
    return read_viewer(__package__, _KIND)
