"""Links that break at the worst moment, with a frame on the way.

A call lost before it arrives and an answer lost on its way back look the same to the charger, and
mean the opposite to the backend. Both happen here, as often as the seed says.
"""

from collections.abc import Callable
from random import Random

from voltyard.ports.links import Dialler, Dialling, Link, LinkUser


class BreakingDialler:
    """Dialler whose links break with one frame in so many, sent or received."""

    def __init__(self, dialler: Dialler, breaks: float, random_of: Callable[[str], Random]) -> None:
        """`breaks` is the share of frames lost with their link, and may be changed; `random_of` a
        URL's randomness, which all links to it share."""
        self._dialler = dialler
        self.breaks = breaks
        self._random_of = random_of
        self._randoms: dict[str, Random] = {}

    async def dial(self, dialling: Dialling, user: LinkUser) -> None:
        random = self._randoms.get(dialling.url)
        if random is None:
            random = self._randoms[dialling.url] = self._random_of(dialling.url)
        await self._dialler.dial(dialling, _RoughEnd(user, self, random))


class _RoughEnd:
    """The charger's end: the user of the real link, and the link of the real user."""

    __slots__ = ("_link", "_random", "_road", "_user")

    _link: Link

    def __init__(self, user: LinkUser, road: BreakingDialler, random: Random) -> None:
        self._user = user
        self._road = road
        self._random = random

    @property
    def subprotocol(self) -> str | None:
        return self._link.subprotocol

    def send(self, text: str) -> None:
        if self._random.random() < self._road.breaks:
            self._link.abort()
        else:
            self._link.send(text)

    def close(self, code: int = 1000, reason: str = "") -> None:
        self._link.close(code, reason)

    def pause(self) -> None:
        """Read no more for now."""
        self._link.pause()

    def resume(self) -> None:
        """Read on."""
        self._link.resume()

    def abort(self) -> None:
        self._link.abort()

    def probe(self, answered: Callable[[], None]) -> None:
        """Ask for a sign of life."""
        self._link.probe(answered)

    def opened(self, link: Link) -> None:
        self._link = link
        self._user.opened(self)

    def received(self, text: str) -> None:
        if self._random.random() < self._road.breaks:
            self._link.abort()
        else:
            self._user.received(text)

    def closed(self, code: int, reason: str) -> None:
        self._user.closed(code, reason)
