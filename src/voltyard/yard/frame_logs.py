"""Frame logs of simulated chargers."""

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
