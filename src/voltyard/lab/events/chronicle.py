"""The chronicle: numbers what happens, has it stored, and tells it once it is.

An event is told after its commit, in the order of the numbers. So whatever anybody was told is
there after a kill -9, and what is told of a command can be read of it.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any, TypeAlias

from voltyard.following import Followers, Following
from voltyard.kernel.time import Instant
from voltyard.lab.events.event import json_text
from voltyard.lab.events.kinds import KINDS
from voltyard.lab.records import EventLogged, LabRecord
from voltyard.lab.repositories import EventQuery, Events
from voltyard.ports import Journal

EventFollowing: TypeAlias = Following[EventQuery, EventLogged]


class Chronicle:
    """Every event of the lab, and who follows them."""

    def __init__(self, journal: Journal[LabRecord], events: Events) -> None:
        self._journal = journal
        self._events = events
        self._number: int | None = None
        self._followers: Followers[EventQuery, EventLogged] = Followers(events)

    async def load(self) -> None:
        """Go on after the highest number that is stored; nothing is taken before."""
        if self._number is not None:
            return
        self._number = await self._events.newest()
        self._followers.load(self._number)

    def write(
        self,
        kind: str,
        at: Instant,
        organization_id: str,
        data: Mapping[str, Any],
        *,
        deployment_id: str | None = None,
        identity: str | None = None,
        location_id: str | None = None,
    ) -> None:
        """Take an event of one of KINDS; never waits."""
        stored = KINDS[kind].stored
        if not stored and not self._is_wanted(organization_id, kind):
            return
        event = EventLogged(
            number=self._next() if stored else 0,
            at=round(at, 3),
            organization_id=organization_id,
            deployment_id=deployment_id,
            identity=identity,
            location_id=location_id,
            type=kind,
            data=json_text(data),
        )
        if stored:
            self._journal.write([event], partial(self._tell, event))
        else:
            self._tell(event)

    def follow(self, query: EventQuery, after: int | None) -> EventFollowing:
        """See Followers.follow."""
        return self._followers.follow(query, after)

    def close(self) -> None:
        """Let every stream end after what it was told; no further one begins."""
        self._followers.close()

    def _next(self) -> int:
        assert self._number is not None, "load comes first"
        self._number += 1
        return self._number

    def _tell(self, event: EventLogged) -> None:
        self._followers.tell(event)

    def _is_wanted(self, organization_id: str, kind: str) -> bool:
        followings = self._followers.of(organization_id)
        return any(kind in (following.query.types or ()) for following in followings)
