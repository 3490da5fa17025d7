"""Figures of samples: the server's CPU for a client that follows 5,000 chargers, and for a summary.

The chargers are real machines without links: what they do themselves is no part of these figures.
What is measured goes from the physics to the bytes that the web server is handed.
"""

import asyncio
import time
from collections.abc import Sequence
from typing import Any, Final, cast

from bench.figures import Figure, Options
from tests.charger.bench import TAG, Bench
from voltyard.api.sse import EventStream
from voltyard.catalogue.commands.commands import PlugIn, Swipe
from voltyard.charger.charger import Charger
from voltyard.charger.description.samples import ChargerSample
from voltyard.charger.description.specification import ChargerSpec, EvseSpec
from voltyard.events.event_query import EventQuery
from voltyard.events.followers import Followers
from voltyard.kernel.time import Instant
from voltyard.physics.vehicle import Vehicle
from voltyard.ports.runtimes import Provider, SampleBatch
from voltyard.runtimes.host.sampled_chargers import SampledChargers
from voltyard.yard.events.event_writer import EventWriter
from voltyard.yard.repositories import Repositories
from voltyard.yard.samples.sample_followers import SampleFollowers
from voltyard.yard.samples.sampler import Sampler
from voltyard.yard.samples.summary import Summaries

_CHARGERS: Final = 5_000
_CHARGING: Final = 2_000
"""Chargers through which power flows: each is sampled every two seconds, 1,000 changes a second."""
_CLIENTS: Final = 5
_ORGANIZATION: Final = "org_default"


async def samples(options: Options) -> list[Figure]:
    """CPU of following samples, by one client and by each further one, and of a summary."""
    site = _Site()
    alone = await site.followed_by(1, options.seconds)
    several = await site.followed_by(_CLIENTS, options.seconds)
    further = (several.cpu_s - alone.cpu_s) / (_CLIENTS - 1)
    summary_ms = await site.summary_ms()
    many = f"{_CHARGERS:,} chargers, {alone.changes_a_second:,.0f} changes a second, "
    return [
        Figure(
            "samples on the event stream, CPU for a client",
            "% of a core",
            100 * alone.cpu_s / alone.elapsed_s,
            budget="< 5",
            note=f"{many}{alone.traffic_kb:,.0f} kB/s in {alone.frames_a_second:.1f} frames; "
            "physics, differences and JSON included",
        ),
        Figure(
            "samples on the event stream, CPU for each further client",
            "% of a core",
            100 * max(0.0, further) / several.elapsed_s,
            budget="< 5",
            note=f"{_CLIENTS} clients of one organization",
        ),
        Figure(
            "summary, CPU an answer",
            "ms",
            summary_ms,
            budget="<= 10",
            note=f"{_CHARGERS:,} chargers in one process, one of which has changed; without the "
            "counting of rows in the database",
        ),
    ]


class _Used:
    """CPU, and what came of it."""

    def __init__(self, cpu_s: float, elapsed_s: float, client: "_Client") -> None:
        self.cpu_s = cpu_s
        self.elapsed_s = elapsed_s
        self.traffic_kb = client.bytes / 1_000 / elapsed_s
        self.frames_a_second = client.frames / elapsed_s
        self.changes_a_second = client.changes / elapsed_s


class _Client:
    """A client that takes what it is sent: the `send` of an application."""

    def __init__(self) -> None:
        self.is_whole = asyncio.Event()
        self.bytes = self.frames = self.changes = 0

    async def send(self, message: Any) -> None:
        body = message.get("body", b"")
        if b"event: samples" in body:
            self.is_whole.set()
        self.bytes += len(body)
        self.frames += body.count(b"event: samples")
        self.changes += body.count(b'"dep-')

    async def receive(self) -> Any:
        await asyncio.Event().wait()

    def begin(self) -> None:
        self.bytes = self.frames = self.changes = 0


class _Site:
    """Chargers of one organization, and all that samples them."""

    def __init__(self) -> None:
        began_at = asyncio.get_running_loop().time()
        self._ahead_s: dict[str, float] = {}
        """Between the loop's time and each charger's."""
        self._chargers: dict[str, Charger] = {}
        for number in range(_CHARGERS):
            key = f"dep-{number:016}"
            if number < _CHARGING:
                bench = Bench(evses=1)
                bench.ask(PlugIn(vehicle=Vehicle(battery_kwh=1_000.0, soc_percent=10.0)))
                bench.ask(Swipe(id_tag=TAG))
                self._chargers[key], now = bench.charger, bench.now
            else:
                spec = ChargerSpec(identity=key, evses=(EvseSpec(),))
                self._chargers[key], now = Charger(spec, 0.0), 0.0
            self._ahead_s[key] = now - began_at
        loop = asyncio.get_running_loop()
        self._sampled = SampledChargers(loop.time, self._look_up)
        for key in self._chargers:
            self._sampled.stepped(key)
        sampler = Sampler(cast(Provider, self), cast(EventWriter, self))
        writer = cast(EventWriter, self)
        self._samples = SampleFollowers(sampler, writer, time.time)
        self._followers: Followers[Any] = Followers(cast(Any, None))
        repositories = cast(Repositories, _Rows())
        self._summaries = Summaries(repositories, sampler, writer, time.time)

    async def followed_by(self, clients: int, seconds: float) -> _Used:
        """CPU of that many clients, once each has its first frame."""
        everybody = [_Client() for _ in range(clients)]
        streams = [asyncio.create_task(self._stream(client)) for client in everybody]
        for client in everybody:
            await client.is_whole.wait()
        # What began at once is sampled at once; it takes turns from then on.
        await asyncio.sleep(3.0)
        for client in everybody:
            client.begin()
        began, cpu_s = time.monotonic(), time.process_time()
        await asyncio.sleep(seconds)
        used = _Used(time.process_time() - cpu_s, time.monotonic() - began, everybody[0])
        for stream in streams:
            stream.cancel()
        await asyncio.gather(*streams, return_exceptions=True)
        return used

    async def summary_ms(self) -> float:
        """CPU of one summary."""
        rounds = 50
        await self._summaries.summary(_ORGANIZATION)
        cpu_s = time.process_time()
        for _ in range(rounds):
            self._sampled.stepped(next(reversed(self._chargers)))
            await self._summaries.summary(_ORGANIZATION)
        return 1_000 * (time.process_time() - cpu_s) / rounds

    async def _stream(self, client: _Client) -> None:
        query = EventQuery(organization_id=_ORGANIZATION)
        following = self._followers.follow(query, None)
        following.accompany(self._samples.follow(query, following.wake))
        stream = EventStream(following, lambda event: b"", lambda: None)
        await stream({}, client.receive, client.send)

    def _look_up(self, key: str) -> tuple[Charger, Instant]:
        now = asyncio.get_running_loop().time()
        return self._chargers[key], now + self._ahead_s[key]

    # --- what the sampler asks -----------------------------------------------------------------

    async def sample(self) -> SampleBatch[ChargerSample]:
        return self._sampled.next()

    def __len__(self) -> int:
        return len(self._chargers)

    def organization_of(self, _deployment_id: str) -> str:
        return _ORGANIZATION

    def location_of(self, _deployment_id: str) -> None:
        return None

    def of_organization(self, _organization_id: str) -> Sequence[str]:
        return list(self._chargers)

    def on_moved(self, _heard: Any) -> None:
        """None moves."""


class _Rows:
    """Repositories without rows."""

    def __init__(self) -> None:
        self.deployments = self.locations = self

    async def names(self, _organization_id: str) -> list[Any]:
        return []

    async def tally(self, _organization_id: str) -> list[Any]:
        return []
