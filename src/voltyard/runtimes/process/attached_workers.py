"""File of the attached workers, for which a restarted gateway waits."""

import json
from contextlib import suppress
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)


class AttachedWorkers:
    """Names of the attached workers, written down as they come and go. It begins with those who
    were there when the gateway before this one ended, however it ended."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._names = self._read()

    def names(self) -> frozenset[str]:
        """Workers that may run chargers."""
        return frozenset(self._names)

    def came(self, worker: str) -> None:
        """Note that a worker is attached."""
        if worker not in self._names:
            self._names.add(worker)
            self._write()

    def left(self, worker: str) -> None:
        """Note that a worker runs nothing any more."""
        if worker in self._names:
            self._names.remove(worker)
            self._write()

    def clear(self) -> None:
        """Note that no worker runs anything."""
        if self._names:
            self._names.clear()
            self._write()

    def _read(self) -> set[str]:
        with suppress(FileNotFoundError, ValueError, TypeError):
            return {name for name in json.loads(self._path.read_text()) if isinstance(name, str)}
        return set()

    def _write(self) -> None:
        fresh = self._path.with_suffix(".new")
        try:
            fresh.write_text(json.dumps(sorted(self._names)))
            fresh.replace(self._path)
        except OSError as error:  # a full disk must not cut the worker's link
            log.error("attendance_not_written", path=str(self._path), error=str(error))
