"""The demo: a site brought to life through the REST APIs alone, as anybody's script could.

It creates a location and its chargers at the gateway, registers them at the backend, and then its
drivers arrive, plug in, show a card, charge, show it again and leave, for as long as the demo runs.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

import httpx

from voltyard.kernel.errors import Unavailable
from voltyard.kernel.seeds import stream
from voltyard.kernel.time import Seconds

SITE = "Harbour Yard"

_READY_WITHIN_S: Seconds = 20.0
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
class Place:
    """One charger of the site."""

    identity: str
    brand: str
    model: str
    connector: str
    version: str


PLACES = (
    Place("HARBOUR-01", "wallbox", "wallbox-pulsar-plus", "Type2", "OCPP1.6"),
    Place("HARBOUR-02", "alfen", "alfen-eve-single-s-line", "Type2", "OCPP1.6"),
    Place("HARBOUR-03", "schneider", "evlink-pro-ac-22kw", "Type2", "OCPP1.6"),
    Place("HARBOUR-04", "abb", "terra-184", "CCS2", "OCPP1.6"),
    Place("HARBOUR-05", "wallbox", "wallbox-pulsar-plus", "Type2", "OCPP2.0.1"),
    Place("HARBOUR-06", "alfen", "alfen-eve-single-s-line", "Type2", "OCPP2.0.1"),
    Place("HARBOUR-07", "schneider", "evlink-pro-ac-22kw", "Type2", "OCPP2.0.1"),
    Place("HARBOUR-08", "abb", "terra-184", "CCS2", "OCPP2.0.1"),
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
    """The site and its drivers. `tell` gets a line for a person whenever one does something."""

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
        self.sessions: dict[str, int] = {}
        """Sessions brought to their end, by OCPP version."""

    async def prepare(self) -> None:
        """Make the site, unless it is there from an earlier time, and wait until it is up."""
        location_id = await self._location()
        await asyncio.gather(*(self._charger(place, location_id) for place in PLACES))
        await asyncio.gather(*(self._ready(place) for place in PLACES))
        self._tell(f"{SITE}: {len(PLACES)} chargers are connected to the backend")

    async def run(self) -> None:
        """Drivers come and go at every charger until cancelled."""
        async with asyncio.TaskGroup() as drivers:
            for place in PLACES:
                drivers.create_task(self._drivers(place, stream(self._seed, place.identity)))

    async def _drivers(self, place: Place, random: Random) -> None:
        await asyncio.sleep(random.uniform(0.0, _PAUSE_S[0]))
        while True:
            await self._visit(place, random)
            await asyncio.sleep(random.uniform(*_PAUSE_S))

    async def _visit(self, place: Place, random: Random) -> None:
        vehicle = {**random.choice(VEHICLES), "soc_percent": round(random.uniform(15, 60), 1)}
        tag = f"04D1{random.randrange(100, 1000):010d}"
        self._tell(
            f"{place.identity}: a {vehicle['name']} car plugs in at {vehicle['soc_percent']} %"
        )
        await self._command(place, "plug-connector", {"vehicle": vehicle})
        await asyncio.sleep(_SETTLE_S)
        await self._command(place, "swipe", {"id_tag": tag})
        await asyncio.sleep(random.uniform(*_STAY_S))
        await self._command(place, "swipe", {"id_tag": tag})
        await asyncio.sleep(_SETTLE_S)
        await self._command(place, "unplug-connector", {})
        await self._report(place, tag)

    async def _report(self, place: Place, tag: str) -> None:
        """Tell what the backend, not the charger, made of the visit."""
        answer = await self._get(
            "/api/v1/transactions", chargeBoxId=place.identity, status="completed", limit=1
        )
        for transaction in answer["transactions"]:
            if transaction["idTag"] == tag:
                self.sessions[place.version] = self.sessions.get(place.version, 0) + 1
                self._tell(
                    f"{place.identity}: {tag} leaves with {transaction['energyDelivered']:.3f} kWh "
                    f"(transaction {transaction['transactionId']}, {place.version})"
                )

    async def _location(self) -> str:
        known = await self._get("/ocpp/locations", limit=100)
        for location in known["data"]:
            if location["name"] == SITE:
                return str(location["id"])
        made = await self._post("/ocpp/locations", {"name": SITE, **_ADDRESS})
        return str(made["id"])

    async def _charger(self, place: Place, location_id: str) -> None:
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

    async def _ready(self, place: Place) -> None:
        """Wait until the backend has accepted the charger."""
        try:
            async with asyncio.timeout(_READY_WITHIN_S):
                while True:
                    answer = await self._client.get(f"/ocpp/chargers/{place.identity}/state")
                    if answer.is_success and answer.json()["boot_status"] == "Accepted":
                        return
                    await asyncio.sleep(_POLL_S)
        except TimeoutError:
            raise Unavailable(
                f"{place.identity} did not come up within {_READY_WITHIN_S:.0f} s",
                hint=f"see its log: GET /ocpp/chargers/{place.identity}/logs",
            ) from None

    async def _command(self, place: Place, verb: str, event: Mapping[str, Any]) -> None:
        target = {"charger_id": place.identity}
        await self._post(f"/ocpp/commands/{verb}", {"target": target, "event": event})

    async def _get(self, path: str, **query: Any) -> Any:
        answer = await self._client.get(path, params=query)
        answer.raise_for_status()
        return answer.json()

    async def _post(self, path: str, body: Mapping[str, Any], *, known: int | None = None) -> Any:
        answer = await self._client.post(path, json=body)
        if answer.status_code == known:
            return None
        if answer.is_error:
            raise Unavailable(f"POST {path} answered {answer.status_code}: {answer.text}")
        return answer.json()


def summary(sessions: Mapping[str, int]) -> tuple[str, bool]:
    """What is said of the sessions brought to their end, by OCPP version; and whether each version
    had one."""
    whole = {place.version: sessions.get(place.version, 0) for place in PLACES}
    told = "whole sessions: " + ", ".join(f"{count} over {name}" for name, count in whole.items())
    complete = all(whole.values())
    return (told if complete else f"{told}; for one over each, give it more --seconds"), complete
