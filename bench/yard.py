"""Figures of the gateway: chargers in bulk, a command to a whole location, REST under load."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from bench.figures import Figure, Options, milliseconds
from bench.http import steadily
from bench.processes import Role, role
from tests import postgres

_MODEL = {
    "brand_slug": "wallbox",
    "model_slug": "wallbox-pulsar-plus",
    "connector_type": "Type2",
    "ocpp_version": "OCPP1.6",
    "identity_prefix": "BENCH-",
}
_LOCATION = {
    "name": "Bench",
    "address": "1 Loop Street",
    "city": "Loopback",
    "country": "XX",
    "coordinates": {"latitude": 0.0, "longitude": 0.0},
}
_POLL_S = 0.1
_POLLS = 600
_REQUESTS_A_SECOND = 500


async def gateway(options: Options) -> list[Figure]:
    """A location of chargers over REST: made in bulk, plugged in together, asked about."""
    async with role("sink") as csms, role("our-server") as server:
        await csms.begin()
        await server.begin()
        where = await server.ask("where")
        async with client_of(where["api"], where["key"]) as client:
            yard = Yard(client, csms, options.chargers)
            made = await yard.make()
            plugged = await yard.plug()
            await yard.charge()
            ours = await _asked(where, await yard.paths(), options)
    peer = await _peer(options)
    on_postgresql = await _made_on_postgresql(options)
    return [
        Figure(
            f"{options.chargers:,} chargers made in bulk, from the request to READY",
            "s",
            made.ready_s,
            budget="1,000 in <= 20",
            note="one durable step a charger, SQLite",
        ),
        Figure(
            "... and from the request to all connected and Available",
            "s",
            made.available_s,
            peer.available_s,
            "<= 30",
            "the peer's only connect: nothing is asked for over REST or kept",
        ),
        *on_postgresql,
        Figure(
            f"plug-connector to a location of {options.chargers:,}, the answer 202",
            "ms",
            plugged.answered_s * 1000,
            budget="<= 500",
        ),
        Figure(
            "... until every StatusNotification was on the wire",
            "s",
            plugged.told_s,
            peer.plugged_s,
            "<= 2",
            "the peer is told by nobody: its chargers send of themselves, and store nothing",
        ),
        *_latencies(ours, peer.latencies),
    ]


async def _made_on_postgresql(options: Options) -> list[Figure]:
    """Nothing where there is no PostgreSQL at hand."""
    if postgres.why_missing():
        return []
    async with role("sink") as csms, role("our-server") as server:
        await csms.begin()
        with postgres.fresh_database() as url:
            await server.begin(database_url=url)
            where = await server.ask("where")
            async with client_of(where["api"], where["key"]) as client:
                made = await Yard(client, csms, options.chargers).make()
    return [
        Figure(
            "... from the request to READY on PostgreSQL, on the same machine",
            "s",
            made.ready_s,
            budget="1,000 in <= 20",
        )
    ]


def _latencies(ours: Sequence[float], peer: Sequence[float]) -> list[Figure]:
    what = f"{_REQUESTS_A_SECOND} gateway requests/s beside chargers that charge"
    return [
        Figure(f"{what}, p50", "ms", *milliseconds(ours, peer, 50)),
        Figure(
            f"{what}, p99",
            "ms",
            *milliseconds(ours, peer, 99),
            budget="<= 50",
            note="reading chargers, their status and state, locations and commands; "
            "the peer is the framework alone, one route, no chargers",
        ),
    ]


@dataclass(frozen=True)
class _Made:
    ready_s: float
    available_s: float


@dataclass(frozen=True)
class _Plugged:
    answered_s: float
    told_s: float


@dataclass(frozen=True)
class _Peer:
    available_s: float
    plugged_s: float
    latencies: Sequence[float]


class Yard:
    """A location of the gateway under measurement."""

    def __init__(self, client: httpx.AsyncClient, csms: Role, count: int) -> None:
        self._client = client
        self._csms = csms
        self._count = count
        self._location = ""

    async def make(self) -> _Made:
        """Make the chargers, and wait until the CSMS knows each as Available."""
        url = (await self._csms.ask("where"))["url"]
        self._location = (await self._post("/ocpp/locations", _LOCATION))["id"]
        group = {"template": {**_MODEL, "ws_url": url}, "chargers_number": self._count}
        begun = time.time()
        path = f"/ocpp/locations/{self._location}/chargers"
        job = await self._post(path, [group])
        await self._settled(job["status_url"])
        ready = time.time()
        available = await self._csms.ask("told", status="Available", count=self._count)
        return _Made(ready - begun, available["at"] - begun)

    async def _settled(self, status_url: str) -> None:
        for _ in range(_POLLS):
            if (await self._get(status_url))["status"] in ("READY", "FAILED"):
                return
            await asyncio.sleep(_POLL_S)
        raise RuntimeError("the bulk creation did not end")

    async def plug(self) -> _Plugged:
        """Plug in everywhere."""
        begun = time.time()
        telling = asyncio.create_task(self._csms.ask("told", status="Preparing", count=self._count))
        await self._command("plug-connector", {})
        answered = time.time()
        return _Plugged(answered - begun, (await telling)["at"] - begun)

    async def charge(self) -> None:
        """Have every one charge."""
        telling = asyncio.create_task(self._csms.ask("told", status="Charging", count=self._count))
        await self._command("swipe", {"id_tag": "04A1B2C3"})
        await telling

    async def paths(self) -> list[str]:
        """Paths that clients ask for while they watch."""
        chargers = (await self._get(f"/ocpp/chargers?location_id={self._location}"))["data"]
        commands = (await self._get("/ocpp/commands"))["data"]
        paths = [f"/ocpp/locations/{self._location}", "/ocpp/locations", "/ocpp/catalog/brands"]
        for charger in chargers:
            own = f"/ocpp/chargers/{charger['id']}"
            paths += [own, f"{own}/status", f"{own}/state"]
        return paths + [f"/ocpp/commands/{command['id']}" for command in commands]

    async def _command(self, verb: str, event: dict[str, Any]) -> None:
        body = {"target": {"location_id": self._location}, "event": event}
        answer = await self._post(f"/ocpp/commands/{verb}", body)
        if answer["queued_count"] != self._count:
            raise RuntimeError(f"{verb}: {answer['failed_count']} could not be queued")

    async def _post(self, path: str, body: Any) -> Any:
        answer = await self._client.post(path, json=body)
        answer.raise_for_status()
        return answer.json()

    async def _get(self, path: str) -> Any:
        answer = await self._client.get(path)
        answer.raise_for_status()
        return answer.json()


async def _peer(options: Options) -> _Peer:
    async with role("sink") as csms, role("peer-chargers") as chargers:
        await csms.begin()
        await chargers.begin(url=(await csms.ask("where"))["url"], sample_interval_s=60)
        available = await chargers.ask("power_on", count=options.chargers)
        plugged = await chargers.ask("plug")
    async with role("peer-rest") as rest:
        await rest.begin()
        where = {**await rest.ask("where"), "key": "none"}
        latencies = await _asked(where, ["/a", "/b"], options)
    return _Peer(available["seconds"], plugged["seconds"], latencies)


async def _asked(where: dict[str, Any], paths: Sequence[str], options: Options) -> Sequence[float]:
    return await steadily(where["api"], where["key"], paths, _REQUESTS_A_SECOND, options.seconds)


def client_of(url: str, key: str) -> httpx.AsyncClient:
    headers = {"X-API-Key": key}
    return httpx.AsyncClient(base_url=url, headers=headers, timeout=60, trust_env=False)
