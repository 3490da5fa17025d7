"""Frame logs of simulated chargers."""

import asyncio
from collections.abc import AsyncIterator

import msgspec

from voltyard.kernel import limits
from voltyard.kernel.paging import in_pages
from voltyard.yard.deployments.charger_service import ChargerService
from voltyard.yard.records import FrameLogged
from voltyard.yard.repositories import FrameCursor, FrameQuery, FrameRepository, Listing


class FrameLogs:
    """Reads a charger's frame log, by page or whole."""

    def __init__(self, frames: FrameRepository, chargers: ChargerService) -> None:
        self._frames = frames
        self._chargers = chargers
        self.traces_at_once = asyncio.Semaphore(limits.CHARGER_TRACES_AT_ONCE)
        """Held while a large part of a log is read into memory and made into a trace."""

    async def listed(
        self, organization_id: str, charger_id: str, query: FrameQuery
    ) -> Listing[FrameLogged]:
        """Frames both ways, the newest first. NotFound where there is no such charger."""
        deployment = await self._chargers.get(organization_id, charger_id)
        return await self._frames.listed(deployment.id, query, share=organization_id)

    async def export(
        self, organization_id: str, charger_id: str, query: FrameQuery
    ) -> AsyncIterator[list[FrameLogged]]:
        """All there are, the oldest first, limits.EXPORT_FRAMES at a time; `limit` and `offset` of
        the query do not count. NotFound where there is no such charger."""
        deployment = await self._chargers.get(organization_id, charger_id)
        # Else one that talks on would never let it end. Not our time: the charger's may be ahead.
        last = await self._frames.newest(deployment.id, share=organization_id)
        until = last if query.until is None else min(last, query.until)
        bounded = msgspec.structs.replace(query, until=until)

        async def following(
            place: FrameCursor | None, limit: int
        ) -> list[tuple[FrameCursor, FrameLogged]]:
            return await self._frames.following(
                deployment.id, bounded, place, limit, share=organization_id
            )

        return in_pages(following, limits.EXPORT_FRAMES)

    async def newest(
        self, organization_id: str, charger_id: str, query: FrameQuery, characters: int
    ) -> tuple[list[FrameLogged], bool]:
        """The newest ones, the oldest of them first, as many as `limit` of the query and the number
        of characters leave room for; true where there are more. NotFound where there is no such
        charger."""
        deployment = await self._chargers.get(organization_id, charger_id)

        async def preceding(
            place: FrameCursor | None, limit: int
        ) -> list[tuple[FrameCursor, FrameLogged]]:
            return await self._frames.preceding(
                deployment.id, query, place, limit, share=organization_id
            )

        found: list[FrameLogged] = []
        room = characters
        async for part in in_pages(preceding, limits.EXPORT_FRAMES):
            for frame in part:
                room -= len(frame.text)
                if len(found) == query.limit or room < 0:
                    return found[::-1], True
                found.append(frame)
        return found[::-1], False
