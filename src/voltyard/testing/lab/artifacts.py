"""Artefacts of a failed test: the frames of its chargers, its seed, and the trace of all of it."""

import io
import json
import re
import shutil
import time
from collections import deque
from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

from voltyard.kernel import limits
from voltyard.kernel.errors import VoltyardError
from voltyard.kernel.time import Seconds
from voltyard.testing.lab.lab import Lab
from voltyard.testing.lab.rest_client import path_to
from voltyard.traces.formats.log_entries import LogContext, LogEntry, LoggedVersion
from voltyard.traces.formats.reading import TraceLog, read_trace_log
from voltyard.traces.html import built_viewer, write_html
from voltyard.traces.trace import trace_of

ABOUT: Final = "about.json"
TRACE: Final = "trace.html"
_LOGGED_WITHIN_S: Final[Seconds] = 0.3
"""Frames are in the logs within a quarter of a second: the last ones tell most of a failure."""
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9_-]+")


def safe_name(text: str) -> str:
    """A name of a file for any text: no two texts have the same, on any system."""
    readable = _UNSAFE.sub("-", text).strip("-")[-limits.ARTIFACT_NAME_CHARS :].strip("-")
    digest = blake2b(text.encode(errors="surrogatepass"), digest_size=4).hexdigest()
    return f"{readable or 'test'}-{digest}"


class Artifacts:
    """Artefacts of failed tests, each test's in a directory of its own under `directory`."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._left = 0

    def directory_of(self, test: str) -> Path:
        """The directory of a test, by its id."""
        return self._directory / safe_name(test)

    def leave(self, test: str, phase: str, lab: Lab) -> list[str]:
        """Write what is known of a test; lines that tell a reader where it is."""
        self._left += 1
        if self._left > limits.ARTIFACT_TESTS:
            return [f"no frames are left: {limits.ARTIFACT_TESTS} tests have left theirs"]
        directory = self.directory_of(test)
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
        time.sleep(_LOGGED_WITHIN_S)
        logs, told = self._frames(directory, lab)
        about = {"test": test, "phase": phase, "seed": lab.seed, "chargers": lab.description()}
        (directory / ABOUT).write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
        told.append(f"seed    {lab.seed} (repeat it with --voltyard-seed={lab.seed})")
        told.append(_trace(directory / TRACE, logs, test))
        return told

    def _frames(self, directory: Path, lab: Lab) -> tuple[list[TraceLog], list[str]]:
        sources = _sources(lab)[: limits.ARTIFACT_CHARGERS]
        logs, told = [], []
        for one in sources:
            lines = newest(
                lab.organization.api.lines(one.path),
                limits.ARTIFACT_FRAMES // len(sources),
                limits.ARTIFACT_BYTES // len(sources),
            )
            if not lines:
                told.append(f"frames  of {one.identity}: none")
                continue
            file = directory / f"{safe_name(one.identity)}.jsonl"
            text = "".join(f"{line}\n" for line in lines)
            file.write_text(text, encoding="utf-8", newline="\n")
            told.append(f"frames  {_shown(file)}")
            logs.append(_log(one, text))
        return logs, told


class _Source:
    """A log of one charger's frames: the yard's, or the backend's of a charger that is not ours."""

    def __init__(self, identity: str, path: str, version: str | None) -> None:
        self.identity = identity
        self.path = path
        self.version = version


def _sources(lab: Lab) -> list[_Source]:
    api = lab.organization.api
    of_yard = [
        _Source(
            one["identity"],
            path_to("/ocpp/chargers", one["id"], "logs", "export"),
            one["ocpp_version"].removeprefix("OCPP"),
        )
        for one in api.get("/ocpp/chargers", limit=limits.ARTIFACT_CHARGERS)["data"]
    ]
    simulated = {one.identity for one in of_yard}
    others: list[dict[str, Any]] = api.get("/api/v1/chargers", limit=limits.ARTIFACT_CHARGERS)[
        "chargers"
    ]
    return of_yard + [
        _Source(name, path_to("/api/v1/chargers", name, "messages", "export"), None)
        for one in others
        if (name := one["chargeBoxId"]) not in simulated
    ]


def newest(lines: Iterable[str], most: int, most_bytes: int) -> list[str]:
    """The last lines, at most so many and so long together."""
    kept: deque[str] = deque()
    length = 0
    for line in lines:
        kept.append(line)
        length += len(line)
        while len(kept) > most or length > most_bytes:
            length -= len(kept.popleft())
    return list(kept)


def _log(source: _Source, text: str) -> TraceLog:
    context = LogContext(charger=source.identity)
    log = read_trace_log(io.BytesIO(text.encode()), source.identity, context)
    if source.version is None:
        return log
    version: LogEntry = LoggedVersion(charger=source.identity, version=source.version)
    return TraceLog(log.name, log.format, (version, *log.entries))


def _shown(file: Path) -> str:
    """A path as a reader types it where pytest runs."""
    here = Path.cwd()
    return str(file.relative_to(here) if file.is_relative_to(here) else file)


def _trace(file: Path, logs: list[TraceLog], title: str) -> str:
    if not logs:
        return "trace   none: there is no frame"
    try:
        html = write_html(trace_of(logs, title), built_viewer())
    except VoltyardError as error:
        return f"trace   none: {error}"
    file.write_text(html, encoding="utf-8", newline="\n")
    return f"trace   {_shown(file)}"
