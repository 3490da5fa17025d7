"""A strict CSMS: `ocpp-rpc` of npm, which checks every frame of ours against OCA's schemas."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import httpx
import pytest

from tests.foreign.peers.npm import strict_csms
from tests.payloads import full, minimal
from voltyard.charger.description.specification import ChargerSpec, EvseSpec
from voltyard.drivers.fleet import FleetTally, drive_fleet
from voltyard.drivers.tags import TagMix, drivers_named, tag_dealer
from voltyard.network.links.picows_links import PicowsDialler
from voltyard.ocpp.versions import Version, by_name
from voltyard.runtimes.host.host import Host

pytestmark = pytest.mark.service

RATE = 90.0
"""Seconds of the chargers' time in each real one."""
HOUR = 3600.0
CHARGERS = 8
ASKED = "YARD-00001"
"""The one that is asked everything a CSMS may ask."""


@dataclass
class StrictCsms:
    """The program's HTTP API."""

    api: httpx.AsyncClient

    async def knows(self, identities: Sequence[str], tags: Sequence[str]) -> None:
        """Tell it of chargers and of accepted tags."""
        for identity in identities:
            await self.api.put(f"/stations/{identity}", json={})
        for tag in tags:
            await self.api.put(f"/tags/{tag}", json={"status": "Accepted"})

    async def told(self) -> dict[str, Any]:
        """What came, and what broke a schema."""
        told: dict[str, Any] = (await self.api.get("/failures")).json()
        return told

    async def booted(self, count: int) -> None:
        """Wait until so many chargers have."""
        while True:
            if (await self.told())["calls"].get("BootNotification", 0) >= count:
                return
            await asyncio.sleep(0.1)

    async def ask(self, identity: str, action: str, payload: dict[str, Any]) -> None:
        """Have a charger asked; a CALLERROR is an answer, and so is one that never comes."""
        await self.api.post(f"/stations/{identity}/{action}", json=payload)


def of_csms(version: Version) -> list[tuple[str, dict[str, Any]]]:
    """Each request of a CSMS, with as little as it needs and with all that it may have. Reset is
    left out: it would leave the rest without a charger to answer."""
    asked = [one for one in version.actions.values() if one.sender != "charger"]
    return [
        (one.name, _with_urls(made(one.request)))
        for one in asked
        if one.name != "Reset"
        for made in (minimal, full)
    ]


def _with_urls(value: Any, name: str = "") -> Any:
    """The payload with URLs where 1.6's schemas ask for them."""
    if isinstance(value, dict):
        return {key: _with_urls(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_urls(item) for item in value]
    return "ftp://127.0.0.1/there" if name.lower().endswith("location") else value


@pytest.mark.timeout(900)
@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
async def test_an_hour_of_drivers_and_every_request_break_no_schema(
    version: Literal["1.6", "2.0.1"],
) -> None:
    tags = drivers_named(2 * CHARGERS)
    with strict_csms() as (url, api):
        specs = [
            ChargerSpec(
                identity=f"YARD-{number:05d}",
                version=version,
                csms_url=url,
                evses=(EvseSpec(), EvseSpec()),
                seed=7,
            )
            for number in range(1, CHARGERS + 1)
        ]
        async with httpx.AsyncClient(base_url=api, timeout=120) as client:
            csms = StrictCsms(client)
            await csms.knows([spec.identity for spec in specs], tags)

            async def watch(host: Host, tally: FleetTally) -> None:
                end = asyncio.get_running_loop().time() + HOUR / RATE
                await csms.booted(CHARGERS)
                for action, payload in of_csms(by_name(version)):
                    await csms.ask(ASKED, action, payload)
                await asyncio.sleep(end - asyncio.get_running_loop().time())

            dealer = tag_dealer(TagMix(tags=tags))
            dialler = PicowsDialler()
            tally = await drive_fleet(specs, dialler, time.time, dealer, watch, rate=RATE)
            told = await csms.told()

    assert told["failures"] == []
    assert not tally.call_errors
    assert not tally.answers_refused
    assert not tally.broken
    assert tally.completed > CHARGERS
    assert told["calls"]["StatusNotification"] > CHARGERS
