"""Claims: chargers that dial here are had from the process that has them, a few at a time."""

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Protocol, TypeAlias, TypeVar

from voltyard.csms.records import Contents
from voltyard.kernel import limits
from voltyard.kernel.addressing import addresses
from voltyard.kernel.errors import Overfull
from voltyard.kernel.time import Instant
from voltyard.ports.clock import Clock

ResultT = TypeVar("ResultT")

_Name: TypeAlias = tuple[str, str]


class Claims(Protocol):
    """The other processes, asked for a charger that is not here."""

    async def look_up(self, organization_id: str, charge_box_id: str) -> Contents | None:
        """The row and the certificates of the charger of that name, as they are stored; None: there
        is no such charger anywhere. Unavailable where that cannot be told now.

        By these it is judged who knocks, before the charger is claimed: else a stranger who knows
        its name would have its link closed.
        """

    async def claim(self, organization_id: str, charge_box_id: str, remote: str) -> bool:
        """Have the charger here (`Backend.take`) for a link from that address. True: it is; False:
        there is no such charger anywhere. Unavailable where that cannot be had now, Conflict where
        its older connection lives, and is the one that stays."""


class ClaimDesk:
    """Asks for each charger once at a time, for few at a time in all and for one address, and not
    again at once for one that there is not: anybody can knock under any name."""

    def __init__(self, claims: Claims, clock: Clock, is_proxy: Callable[[str], bool]) -> None:
        """Of a proxy's address (`is_proxy`, without its port) any number may be asked for."""
        self._claims = claims
        self._clock = clock
        self._is_proxy = is_proxy
        self._asked: dict[tuple[str, _Name], asyncio.Future[Any]] = {}
        self._of_household: Counter[str] = Counter()
        self._denied: OrderedDict[_Name, Instant] = OrderedDict()
        """Names of no charger, and until when that is taken for so."""

    def __len__(self) -> int:
        return len(self._asked)

    async def look_up(self, name: _Name, remote: str) -> Contents | None:
        """See Claims; Overfull where too many are asked for."""
        now = self._clock()
        if now < self._denied.get(name, now) <= now + limits.CLAIM_DENIED_S:
            return None
        found = await self._once("look_up", name, remote, lambda: self._claims.look_up(*name))
        if found is None:
            self._deny(name)
        return found

    async def claim(self, name: _Name, remote: str) -> bool:
        """See Claims; Overfull where too many are asked for."""
        is_here = await self._once("claim", name, remote, lambda: self._claims.claim(*name, remote))
        if not is_here:
            self._deny(name)
        return is_here

    async def close(self) -> None:
        """Ask no more."""
        asked = tuple(self._asked.values())
        for task in asked:
            task.cancel()
        await asyncio.gather(*asked, return_exceptions=True)

    async def _once(
        self, what: str, name: _Name, remote: str, ask: Callable[[], Awaitable[ResultT]]
    ) -> ResultT:
        task: asyncio.Future[ResultT] | None = self._asked.get((what, name))
        if task is None:
            household = addresses.household(addresses.without_port(remote))
            self._check_room(household, remote)
            task = asyncio.ensure_future(ask())
            task.add_done_callback(partial(self._answered, what, name, household))
            self._asked[what, name] = task
            self._of_household[household] += 1
        # Whoever hangs up meanwhile does not end what others wait for, or what is half done.
        return await asyncio.shield(task)

    def _answered(
        self, what: str, name: _Name, household: str, asked: "asyncio.Future[Any]"
    ) -> None:
        del self._asked[what, name]
        self._of_household[household] -= 1
        if not self._of_household[household]:
            del self._of_household[household]
        if not asked.cancelled():
            asked.exception()  # whoever waited for it may have gone

    def _check_room(self, household: str, remote: str) -> None:
        if len(self._asked) >= limits.CLAIMS:
            raise Overfull("too many chargers are asked for at other servers")
        if self._of_household[household] >= limits.CLAIMS_EACH and not self._is_proxy(
            addresses.without_port(remote)
        ):
            raise Overfull("too many chargers of this address are asked for at other servers")

    def _deny(self, name: _Name) -> None:
        self._denied[name] = self._clock() + limits.CLAIM_DENIED_S
        self._denied.move_to_end(name)
        if len(self._denied) > limits.CLAIMS_DENIED:
            self._denied.popitem(last=False)
