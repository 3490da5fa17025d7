"""The log of a simulated charger's frames."""

from collections.abc import AsyncIterator

import msgspec

from voltyard.kernel import limits
from voltyard.kernel.parts import in_parts
from voltyard.lab.chargers import Chargers
from voltyard.lab.records import FrameLogged
from voltyard.lab.repositories import Frames, Listing, LogPlace, LogQuery


class Logs:
    """Reads it, a page or all."""

    def __init__(self, frames: Frames, chargers: Chargers) -> None:
        self._frames = frames
        self._chargers = chargers

    async def listed(
        self, organization_id: str, charger_id: str, query: LogQuery
    ) -> Listing[FrameLogged]:
        """Frames both ways, the newest first. NotFound where there is no such charger."""
        deployment = await self._chargers.get(organization_id, charger_id)
        return await self._frames.listed(deployment.id, query, share=organization_id)

    async def export(
        self, organization_id: str, charger_id: str, query: LogQuery
    ) -> AsyncIterator[list[FrameLogged]]:
        """All there are, the oldest first, limits.EXPORT_FRAMES at a time; `limit` and `offset` of
        the query do not count. NotFound where there is no such charger."""
        deployment = await self._chargers.get(organization_id, charger_id)
        # Else one that talks on would never let it end. Not our time: the charger's may be ahead.
        last = await self._frames.newest(deployment.id, share=organization_id)
        until = last if query.until is None else min(last, query.until)
        bounded = msgspec.structs.replace(query, until=until)

        async def following(
            place: LogPlace | None, limit: int
        ) -> list[tuple[LogPlace, FrameLogged]]:
            return await self._frames.following(
                deployment.id, bounded, place, limit, share=organization_id
            )

        return in_parts(following, limits.EXPORT_FRAMES)
