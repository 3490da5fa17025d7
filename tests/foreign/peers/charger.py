"""Connecting a foreign charger to whatever CSMS is at that URL."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from websockets.asyncio.client import connect

from .charger16 import ForeignCharger16
from .charger201 import ForeignCharger201

ForeignCharger = ForeignCharger16 | ForeignCharger201


@asynccontextmanager
async def connected(
    version: str, url: str, identity: str, password: str | None = None
) -> AsyncIterator[ForeignCharger]:
    """A charger of that version on an open link; not booted yet."""
    kind = ForeignCharger16 if version == "1.6" else ForeignCharger201
    if password is not None:
        url = url.replace("://", f"://{identity}:{password}@", 1)
    subprotocol = f"ocpp{version}"
    async with connect(f"{url}/{identity}", subprotocols=[subprotocol]) as connection:
        charger = kind(identity, connection)
        serving = asyncio.create_task(charger.run())
        try:
            yield charger
        finally:
            await connection.close()
            await serving
