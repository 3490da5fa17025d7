"""Server-sent events, read without missing one: a stream that ends is taken up where it was."""

import json
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any, Final, NamedTuple

from voltyard.cli.client.api_client import ApiClient
from voltyard.kernel.errors import Unavailable
from voltyard.kernel.time import Seconds

_PAUSE_S: Final[Seconds] = 0.5
_LONGEST_PAUSE_S: Final[Seconds] = 10.0


class StreamedEvent(NamedTuple):
    """One event of a stream."""

    name: str
    data: Any


def followed(
    api: ApiClient,
    path: str,
    *,
    after: str | None = None,
    place: str = "last_event_id",
    **query: Any,
) -> Iterator[StreamedEvent]:
    """The events after that one, or from now on, for ever; `place` is the query that takes a stream
    up again.

    Where the server is not there at the beginning, that is raised; later it is waited for.
    """
    last, is_there = after, False
    pause_s = _PAUSE_S
    while True:
        try:
            with api.streamed(path, **query, **{place: last}) as lines:
                is_there = True
                block = _Block()
                for line in lines:
                    event = block.take(line)
                    if block.is_over:
                        last = block.id or last
                        pause_s = _PAUSE_S
                    if event is not None:
                        yield event
        except Unavailable:
            if not is_there:
                raise
        time.sleep(pause_s)
        pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)


async def events_of(
    api: ApiClient, path: str, *, silence_s: Seconds, **query: Any
) -> AsyncIterator[StreamedEvent]:
    """The events from now on, on an event loop, until the stream ends. Unavailable where it breaks,
    or nothing comes for so long."""
    block = _Block()
    async for line in api.streamed_lines(path, silence_s, **query):
        event = block.take(line)
        if event is not None:
            yield event


class _Block:
    """Fields of one event after another, or of a place without one."""

    def __init__(self) -> None:
        self._fields: dict[str, str] = {}
        self.is_over = False
        """The last line ended a block."""
        self.id: str | None = None
        """Of the last block that had one."""

    def take(self, line: str) -> StreamedEvent | None:
        """A line more; the event, where it ends one."""
        self.is_over = not line and bool(self._fields)
        if line:
            if not line.startswith(":"):
                name, _, value = line.partition(":")
                self._fields[name] = value.removeprefix(" ")
            return None
        ended, self._fields = self._fields, {}
        self.id = ended.get("id") or self.id
        if "data" not in ended:
            return None
        return StreamedEvent(ended.get("event", ""), json.loads(ended["data"]))
