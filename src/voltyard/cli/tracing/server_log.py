"""Frames, events and connections of a charger, asked of a running server."""

import io
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from math import isfinite
from typing import Any, Final

from msgspec.structs import replace

from voltyard.cli.client.answers import ServerRefusal
from voltyard.cli.client.api_client import ApiClient, path_to
from voltyard.kernel import limits
from voltyard.kernel.errors import Invalid, NotFound
from voltyard.kernel.time import Instant, from_rfc3339, to_rfc3339
from voltyard.traces.formats.log_entries import (
    CONNECTION_LOST,
    CONNECTION_OPENED,
    LogContext,
    LogEntry,
    LoggedEvent,
    LoggedVersion,
)
from voltyard.traces.formats.reading import TraceLog, read_trace_log

_EVENTS: Final = 1_000
"""Rows of a page of events: the most that the gateway gives."""
_CONNECTIONS: Final = 100
"""The newest connections: as many as the backend gives at once."""


def read_server_log(api: ApiClient, charger: str, context: LogContext) -> TraceLog:
    """The yard's log of a charger, by id or identity, else the backend's. NotFound where neither
    knows it, Invalid where there is no frame of it."""
    named = replace(context, charger=charger, chargers=frozenset())
    for read in (_of_yard, _of_backend):
        try:
            return read(api, charger, named)
        except ServerRefusal as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
    raise NotFound(f"there is no file {charger}, and no charger of that id at {api.url}")


def _of_yard(api: ApiClient, charger: str, context: LogContext) -> TraceLog:
    deployment = api.get(path_to("/ocpp/chargers", charger))
    named = replace(context, charger=deployment["identity"])
    version = deployment["ocpp_version"].removeprefix("OCPP")
    told: list[LogEntry] = [LoggedVersion(charger=named.charger, version=version)]
    told += filter(named.wants, _events(api, deployment["id"], named.charger))
    path = f"{path_to('/ocpp/chargers', deployment['id'])}/logs/export"
    return _export(api, path, _part(named, "start_date", "end_date"), named, told)


def _of_backend(api: ApiClient, charger: str, context: LogContext) -> TraceLog:
    path = path_to("/api/v1/chargers", charger)
    told = list(filter(context.wants, _connections(api, path, charger)))
    return _export(api, f"{path}/messages/export", _part(context, "from", "to"), context, told)


def _export(
    api: ApiClient, path: str, query: dict[str, str], context: LogContext, told: Iterable[LogEntry]
) -> TraceLog:
    with api.exported(path, **query) as parts:
        body = io.BufferedReader(_Body(parts))
        if not body.peek(1):
            raise Invalid(f"the server has no frame of {context.charger}")
        log = read_trace_log(body, api.url, context)
    return TraceLog(log.name, log.format, (*told, *log.entries))


def _events(api: ApiClient, charger_id: str, name: str) -> Iterator[LoggedEvent]:
    """The newest events, as many as a trace has room for, in their order."""
    found: list[LoggedEvent] = []
    before: int | None = None
    while len(found) < limits.TRACE_EVENTS:
        page = api.get("/ocpp/events", charger_id=charger_id, limit=_EVENTS, before=before)
        for one in page["data"]:
            at = from_rfc3339(one["at"])
            found.append(LoggedEvent(at=at, charger=name, type=one["type"], data=one["data"]))
        if not page["has_more"] or not page["data"]:
            break
        before = page["data"][-1]["id"]
    return reversed(found)


def _connections(api: ApiClient, path: str, name: str) -> Iterator[LoggedEvent]:
    for one in reversed(api.get(f"{path}/connections", limit=_CONNECTIONS)["connections"]):
        opened_at = from_rfc3339(one["openedAt"])
        yield LoggedEvent(at=opened_at, charger=name, type=CONNECTION_OPENED)
        if one["closedAt"] is not None:
            closed_at = from_rfc3339(one["closedAt"])
            reason = " ".join(str(part) for part in (one["code"], one["reason"]) if part)
            data = {"reason": reason}
            yield LoggedEvent(at=closed_at, charger=name, type=CONNECTION_LOST, data=data)


def _part(context: LogContext, since: str, until: str) -> dict[str, str]:
    """The part of a log that is wanted, under an export's names."""
    bounds: tuple[tuple[str, Instant], ...] = ((since, context.since), (until, context.until))
    return {name: to_rfc3339(at) for name, at in bounds if at > 0.0 and isfinite(at)}


class _Body(io.RawIOBase):
    """The bytes of an answer as they come, to be read like a file."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self._parts = parts
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            part = next(self._parts, None)
            if part is None:
                return 0
            self._rest = part
        some = self._rest[: len(buffer)]
        buffer[: len(some)] = some
        self._rest = self._rest[len(some) :]
        return len(some)
