"""A location's limit holds, with real chargers, wherever they run."""

import asyncio
import contextlib
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.server.worker_yard import Yard, csms, yard
from voltyard.storage.database.database import FILE_NAME
from voltyard.testing.processes import ServerProcess

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

LIMIT_W = 24_000.0
LOCATION = {
    "name": "Depot",
    "address": "1 Rue",
    "city": "Lyon",
    "country": "FR",
    "coordinates": {"latitude": 45.7, "longitude": 4.8},
    "max_power_w": LIMIT_W,
}
VEHICLE = {"battery_kwh": 80, "soc": 20, "max_ac_power_w": 11000, "curve": [[0, 1], [100, 1]]}


class Site:
    """A location, and everything that was ever seen of its power."""

    def __init__(self, here: Yard, id: str) -> None:
        self.here = here
        self.id = id
        self.limit_w: float | None = LIMIT_W
        self.most_w = 0.0

    async def power(self) -> Any:
        seen = await self.here.ask("GET", f"/ocpp/locations/{self.id}/power")
        if self.limit_w is not None:
            self.most_w = max(self.most_w, seen["power_w"])
            assert seen["power_w"] <= self.limit_w + 0.1, seen
            assert seen["shared_w"] <= self.limit_w + 0.1, seen
        return seen

    async def flows(self, *powers_w: float) -> None:
        """Returns once its chargers take that, each."""
        await self.here.until(
            self.power,
            lambda seen: (
                sorted(round(one["power_w"], -1) for one in seen["shares"]) == sorted(powers_w)
            ),
        )

    async def change(self, max_power_w: float | None) -> None:
        await self.here.ask("PUT", f"/ocpp/locations/{self.id}", {"max_power_w": max_power_w})


@pytest.mark.parametrize("where", [(), ("--provider", "process", "--workers", "1")])
async def test_a_limit_is_shared_and_never_exceeded(tmp_path: Path, where: tuple[str, ...]) -> None:
    server = ServerProcess(tmp_path, "a-key-for-tests-of-sites", *where)
    async with csms() as there, yard(server) as here:
        made = await here.ask("POST", "/ocpp/locations", LOCATION)
        assert made["max_power_w"] == LIMIT_W
        site = Site(here, made["id"])
        chargers = [await charger(here, f"CP-{number}", there.url, site.id) for number in range(3)]

        # One alone has all it wants, two as well, and three share.
        for number, expected in enumerate(
            ([11_000, 0, 0], [11_000, 11_000, 0], [8_000, 8_000, 8_000])
        ):
            await begin(here, chargers[number])
            await site.flows(*expected)

        # One stops, and the others have what it left.
        assert (await here.command("ev-stops-energy", chargers[0]))["status"] == "completed"
        await site.flows(0, 11_000, 11_000)
        assert (await here.command("ev-requests-energy", chargers[0]))["status"] == "completed"
        await site.flows(8_000, 8_000, 8_000)

        # The limit changes: not enough for three at 6 A, so who came last waits.
        await site.change(9_000)
        await here.until(site_seen(site), lambda seen: seen["power_w"] <= 9_000)
        site.limit_w = 9_000
        await site.flows(4_500, 4_500, 0)

        # It goes, and everybody has what he wants.
        site.limit_w = None
        await site.change(None)
        await site.flows(11_000, 11_000, 11_000)
        seen = await site.power()
        assert seen["max_power_w"] is None
        assert {one["share_w"] for one in seen["shares"]} == {None}


async def test_a_kill_before_chargers_are_told_that_a_limit_is_gone(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path, "a-key-for-tests-of-sites", "--provider", "process")
    server.arguments += ("--workers", "1")
    async with csms() as there, yard(server) as here:
        made = await here.ask("POST", "/ocpp/locations", {**LOCATION, "max_power_w": 6_000})
        site = Site(here, made["id"])
        charger_id = await charger(here, "CP-1", there.url, site.id)
        await begin(here, charger_id)
        await site.flows(6_000)

        # given that the row is written, and nothing after it; the worker runs on
        server.kill()
        with contextlib.closing(sqlite3.connect(tmp_path / FILE_NAME)) as database, database:
            database.execute("UPDATE lab_locations SET max_power_w = NULL")
        await asyncio.to_thread(server.start)

        site.limit_w = None
        await here.connected(charger_id)
        await site.flows(11_000)


def site_seen(site: Site) -> Any:
    async def look() -> Any:
        return await site.here.ask("GET", f"/ocpp/locations/{site.id}/power")

    return look


async def charger(here: Yard, identity: str, ws_url: str, location_id: str) -> str:
    body = {
        "identity": identity,
        "brand_slug": "wallbox",
        "model_slug": "wallbox-pulsar-plus",
        "connector_type": "Type2",
        "ws_url": ws_url,
        "location_id": location_id,
        "vehicle": VEHICLE,
    }
    made = str((await here.ask("POST", "/ocpp/chargers", body))["charger_id"])
    await here.connected(made)
    return made


async def begin(here: Yard, charger_id: str) -> None:
    done = await here.command("start-session", charger_id, connector_id=1, id_tag="TAG")
    assert done["status"] == "completed", done
    await asyncio.sleep(0)
