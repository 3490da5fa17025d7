"""Streams of server-sent events end when their client leaves, whatever they are doing then."""

import asyncio
from typing import Any, cast

from voltyard.api.sse import EventStream
from voltyard.events.event_query import EventQuery
from voltyard.events.followers import Follower

PATIENCE_S = 60.0


class Store:
    """A log without events."""

    async def oldest(self) -> int:
        return 1


class Client:
    """Takes the first bytes of the stream, and leaves at that very moment."""

    def __init__(self) -> None:
        self.takes = asyncio.Event()
        self.taken = asyncio.Event()
        self.gone = asyncio.Event()

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.body":
            self.takes.set()
            await self.taken.wait()

    async def receive(self) -> dict[str, str]:
        await self.gone.wait()
        return {"type": "http.disconnect"}


async def test_a_client_that_leaves_while_it_takes_a_part_is_followed_no_more() -> None:
    left: list[Any] = []
    query = EventQuery(organization_id="org_default")
    following = Follower(query, None, cast(Any, Store()), newest=lambda: 0, left=left.append)
    client = Client()
    stream = EventStream(following, lambda event: b"", lambda: None)
    async with asyncio.timeout(PATIENCE_S):
        told = asyncio.create_task(
            stream({"type": "http"}, client.receive, client.send)  # type: ignore[arg-type]
        )
        await client.takes.wait()
        client.gone.set()
        await asyncio.sleep(0)  # so that the part is taken while the stream is told to end
        client.taken.set()
        await told

    assert left == [following]
