"""Standard output and error of a command whose reader may go away, as in `voltyard ... | head`."""

import contextlib
import logging
import os
import sys
from collections.abc import Callable, Iterator
from typing import Final, TextIO

from voltyard.kernel.masked_text import masked_text

_READER_GONE: Final = 1


def tell(line: str) -> None:
    """Print a line at once."""
    print(line, flush=True)


def is_terminal() -> bool:
    """True where standard output is a terminal, and no file or pipe."""
    return sys.stdout is not None and sys.stdout.isatty()


def quietly_written(text: str) -> None:
    """Write to standard error at once; what cannot be written is lost, and disturbs no work."""
    with contextlib.suppress(OSError, ValueError):
        print(text, end="", flush=True, file=sys.stderr)


def until_unread(command: Callable[[], object]) -> None:
    """Run a command; one that cannot be read any more ends with exit code 1, and without a word."""
    try:
        try:
            command()
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()
    except BrokenPipeError:
        # The interpreter flushes once more at its end, and would tell of what it could not write.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(_READER_GONE)


@contextlib.contextmanager
def errors_alone() -> Iterator[None]:
    """Have no log line below an error printed, and errors on standard error."""
    import structlog

    before = structlog.get_config()
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    try:
        yield
    finally:
        structlog.configure(
            wrapper_class=before["wrapper_class"], logger_factory=before["logger_factory"]
        )


class LogStream:
    """Standard error for log lines, which hold no secrets here: what cannot be written is lost, and
    disturbs no work."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, text: str) -> int:
        try:
            return self._file.write(masked_text(text))
        except (OSError, ValueError):  # its reader is gone, or it is closed
            return 0

    def flush(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._file.flush()
