"""The demo: a site brought to life through the REST APIs alone, as anybody's script could.

It creates a location and its chargers at the gateway, registers them at the backend, and then its
drivers arrive, plug in, show a card, charge, show it again and leave, for as long as the demo runs.
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

import httpx

from voltyard.kernel.errors import Unavailable
from voltyard.kernel.seeds import stream
from voltyard.kernel.time import Seconds

SITE = "Harbour Yard"

_PATIENCE_S: Seconds = 60.0
_STAY_S = (12.0, 30.0)
_PAUSE_S = (3.0, 12.0)
_SETTLE_S: Seconds = 1.5
_POLL_S: Seconds = 0.25

_ADDRESS = {
    "address": "1 Quay Street",
    "city": "Rotterdam",
    "country": "NL",
    "coordinates": {"latitude": 51.905, "longitude": 4.486},
    "timezone": "Europe/Amsterdam",
}


@dataclass(frozen=True, slots=True)
class DemoCharger:
    """One charger of the demo's site."""

    identity: str
    brand: str
    model: str
    connector: str
    version: str


DEMO_CHARGERS = (
    DemoCharger("HARBOUR-01", "wallbox", "wallbox-pulsar-plus", "Type2", "OCPP1.6"),
    DemoCharger("HARBOUR-02", "alfen", "alfen-eve-single-s-line", "Type2", "OCPP1.6"),
    DemoCharger("HARBOUR-03", "schneider", "evlink-pro-ac-22kw", "Type2", "OCPP1.6"),
    DemoCharger("HARBOUR-04", "abb", "terra-184", "CCS2", "OCPP1.6"),
    DemoCharger("HARBOUR-05", "wallbox", "wallbox-pulsar-plus", "Type2", "OCPP2.0.1"),
    DemoCharger("HARBOUR-06", "alfen", "alfen-eve-single-s-line", "Type2", "OCPP2.0.1"),
    DemoCharger("HARBOUR-07", "schneider", "evlink-pro-ac-22kw", "Type2", "OCPP2.0.1"),
    DemoCharger("HARBOUR-08", "abb", "terra-184", "CCS2", "OCPP2.0.1"),
)

VEHICLES: tuple[Mapping[str, Any], ...] = (
    {"name": "city", "battery_kwh": 40.0, "max_ac_power_w": 11_000.0, "phases": 3},
    {"name": "long-range", "battery_kwh": 77.0, "max_ac_power_w": 22_000.0, "phases": 3},
    {"name": "plug-in hybrid", "battery_kwh": 12.0, "max_ac_power_w": 3_700.0, "phases": 1},
)

# Short samples, so that something moves while one looks.
_SETTINGS = {
    "OCPP1.6": {
        "MeterValueSampleInterval": "5",
        "MeterValuesSampledData": "Energy.Active.Import.Register,Power.Active.Import,SoC",
    },
    "OCPP2.0.1": {
        "SampledDataCtrlr.TxUpdatedInterval": "5",
        "SampledDataCtrlr.TxUpdatedMeasurands": (
            "Energy.Active.Import.Register,Power.Active.Import,SoC"
        ),
    },
}


class Demo:
    """The demo's site and its drivers. `tell` gets a line for a person whenever one does
    something."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        charger_url: str,
        tell: Callable[[str], None],
        *,
        seed: int = 7,
    ) -> None:
        self._client = client
        self._charger_url = charger_url
        self._tell = tell
        self._seed = seed
        self._closing = asyncio.Event()
        self.sessions: dict[str, int] = {}
        """Sessions brought to their end, by OCPP version."""

    async def run(self, seconds: Seconds | None = None) -> None:
        """Make the site, unless it is there from an earlier time, and let drivers come and go at
        every charger, until cancelled.

        After so many `seconds` no more come, those who are there leave, and it returns.
        """
        await self._prepare()
        if seconds is not None:
            asyncio.get_running_loop().call_later(seconds, self._closing.set)
        drivers = [
            asyncio.create_task(self._drivers(place, stream(self._seed, place.identity)))
            for place in DEMO_CHARGERS
        ]
        try:
            await asyncio.gather(*drivers)
        finally:
            for driver in drivers:
                driver.cancel()
            await asyncio.gather(*drivers, return_exceptions=True)

    async def _prepare(self) -> None:
        location_id = await self._location()
        await asyncio.gather(*(self._charger(place, location_id) for place in DEMO_CHARGERS))
        await asyncio.gather(*(self._ready(place) for place in DEMO_CHARGERS))
        self._tell(f"{SITE}: {len(DEMO_CHARGERS)} chargers are connected to the backend")

    async def _drivers(self, place: DemoCharger, random: Random) -> None:
        await self._open_for(random.uniform(0.0, _PAUSE_S[0]))
        while not self._closing.is_set():
            try:
                await self._visit(place, random)
            except Unavailable as error:  # somebody may have stopped or deleted the charger
                self._tell(f"{place.identity}: the driver gives up: {error}")
            await self._open_for(random.uniform(*_PAUSE_S))

    async def _open_for(self, seconds: Seconds) -> None:
        """Return after so long, or as soon as the site closes."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._closing.wait()

    async def _visit(self, place: DemoCharger, random: Random) -> None:
        vehicle = {**random.choice(VEHICLES), "soc_percent": round(random.uniform(15, 60), 1)}
        tag = f"04D1{random.randrange(100, 1000):010d}"
        self._tell(
            f"{place.identity}: a {vehicle['name']} car plugs in, charged to "
            f"{vehicle['soc_percent']} %"
        )
        await self._command(place, "plug-connector", {"vehicle": vehicle})
        await asyncio.sleep(_SETTLE_S)
        await self._command(place, "swipe", {"id_tag": tag})
        begun = await self._transaction(place, tag, "in_progress")
        await asyncio.sleep(_SETTLE_S)
        await self._open_for(random.uniform(*_STAY_S))
        await self._command(place, "swipe", {"id_tag": tag})
        ended = await self._transaction(place, tag, "completed", begun["id"])
        await self._command(place, "unplug-connector", {})
        self.sessions[place.version] = self.sessions.get(place.version, 0) + 1
        self._tell(
            f"{place.identity}: {tag} leaves with {ended['energyDelivered']:.3f} kWh "
            f"(transaction {ended['transactionId']}, {place.version})"
        )

    async def _transaction(
        self, place: DemoCharger, tag: str, status: str, wanted: str | None = None
    ) -> dict[str, Any]:
        """The tag's newest transaction, once it is of this status as the backend, not the charger,
        has it."""
        query = {"chargeBoxId": place.identity, "status": status, "limit": 1}
        try:
            async with asyncio.timeout(_PATIENCE_S):
                while True:
                    found: list[dict[str, Any]] = (await self._get("/api/v1/transactions", query))[
                        "transactions"
                    ]
                    for one in found:
                        if one["idTag"] == tag and wanted in (None, one["id"]):
                            return one
                    await asyncio.sleep(_POLL_S)
        except TimeoutError:
            raise Unavailable(
                f"no transaction of {tag} was {status} within {_PATIENCE_S:.0f} s",
                hint=_hint(place),
            ) from None

    async def _location(self) -> str:
        known = await self._get("/ocpp/locations", {"limit": 100})
        for location in known["data"]:
            if location["name"] == SITE:
                return str(location["id"])
        made = await self._post("/ocpp/locations", {"name": SITE, **_ADDRESS})
        return str(made["id"])

    async def _charger(self, place: DemoCharger, location_id: str) -> None:
        await self._post(
            "/api/v1/chargers", {"chargeBoxId": place.identity, "location": SITE}, known=409
        )
        body = {
            "identity": place.identity,
            "brand_slug": place.brand,
            "model_slug": place.model,
            "connector_type": place.connector,
            "ocpp_version": place.version,
            "ws_url": self._charger_url,
            "location_id": location_id,
            "settings": _SETTINGS[place.version],
        }
        await self._post("/ocpp/chargers", body, known=409)

    async def _ready(self, place: DemoCharger) -> None:
        """Wait until the backend has accepted the charger."""
        try:
            async with asyncio.timeout(_PATIENCE_S):
                while True:
                    answer = await self._ask("GET", f"/ocpp/chargers/{place.identity}/state")
                    if answer.is_success and answer.json()["boot_status"] == "Accepted":
                        return
                    await asyncio.sleep(_POLL_S)
        except TimeoutError:
            raise Unavailable(
                f"{place.identity} did not come up within {_PATIENCE_S:.0f} s", hint=_hint(place)
            ) from None

    async def _command(self, place: DemoCharger, verb: str, event: Mapping[str, Any]) -> None:
        target = {"charger_id": place.identity}
        await self._post(f"/ocpp/commands/{verb}", {"target": target, "event": event})

    async def _get(self, path: str, query: Mapping[str, Any]) -> Any:
        answer = await self._ask("GET", path, params=query)
        return _content(answer, f"GET {path}")

    async def _post(self, path: str, body: Mapping[str, Any], *, known: int | None = None) -> Any:
        answer = await self._ask("POST", path, json=body)
        return None if answer.status_code == known else _content(answer, f"POST {path}")

    async def _ask(self, method: str, path: str, **what: Any) -> httpx.Response:
        try:
            return await self._client.request(method, path, timeout=_PATIENCE_S, **what)
        except httpx.HTTPError as error:
            raise Unavailable(f"{method} {path} has no answer: {error!r}") from error


def _content(answer: httpx.Response, what: str) -> Any:
    if answer.is_error:
        raise Unavailable(f"{what} answered {answer.status_code}: {answer.text}")
    return answer.json()


def _hint(place: DemoCharger) -> str:
    return f"see its log: GET /ocpp/chargers/{place.identity}/logs"


def summary(sessions: Mapping[str, int]) -> tuple[str, bool]:
    """The summary of the sessions brought to their end, by OCPP version; and True where each
    version had one."""
    whole = {place.version: sessions.get(place.version, 0) for place in DEMO_CHARGERS}
    told = "completed sessions: " + ", ".join(
        f"{count} over {name}" for name, count in whole.items()
    )
    complete = all(whole.values())
    return (
        told if complete else f"{told}; a version had none yet, which takes some seconds more"
    ), complete
