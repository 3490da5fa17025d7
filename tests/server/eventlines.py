"""A client of the stream of events, and a server to ask."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

PATIENCE_S = 120.0

CHARGER = {
    "identity": "CP-1",
    "brand_slug": "wallbox",
    "model_slug": "wallbox-pulsar-plus",
    "connector_type": "Type2",
    "ocpp_version": "OCPP1.6",
}


@dataclass(frozen=True)
class Heard:
    """One block of a stream: an event, or a mere id."""

    id: int | None
    type: str | None
    data: Any


class Listener:
    """Hears a stream block by block."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.last_id: int | None = None
        self._lines = response.aiter_lines()

    async def event(self) -> Heard:
        """The next block that is an event."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                heard = await self.block()
                if heard.type is not None:
                    return heard

    async def until(self, type: str) -> list[Heard]:
        """Events up to the first of that type, itself included."""
        heard = [await self.event()]
        while heard[-1].type != type:
            heard.append(await self.event())
        return heard

    async def rest(self) -> list[Heard]:
        """What comes until the server ends it."""
        heard = []
        async with asyncio.timeout(PATIENCE_S):
            try:
                while True:
                    block = await self.block()
                    if block.type is not None:
                        heard.append(block)
            except StopAsyncIteration:
                return heard

    async def block(self) -> Heard:
        """The next block, be it a mere id."""
        fields: dict[str, str] = {}
        while line := await anext(self._lines):
            name, _, value = line.partition(": ")
            fields[name] = value
        number = int(fields["id"]) if "id" in fields else None
        self.last_id = self.last_id if number is None else number
        data = json.loads(fields["data"]) if "data" in fields else None
        return Heard(number, fields.get("event"), data)


@asynccontextmanager
async def listening(
    url: str,
    key: str,
    after: int | None = None,
    path: str = "/ocpp/events/stream",
    **params: Any,
) -> AsyncIterator[Listener]:
    """A stream of a server; it is open once this is entered."""
    headers = {"Authorization": f"Bearer {key}"}
    if after is not None:
        headers["Last-Event-ID"] = str(after)
    timeout = httpx.Timeout(PATIENCE_S)
    async with (
        httpx.AsyncClient(base_url=url, headers=headers, timeout=timeout) as client,
        client.stream("GET", path, params=params) as response,
    ):
        yield Listener(response)
