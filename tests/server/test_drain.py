"""A server that is asked to end under load: who was answered is remembered, who was not asks again,
and each is told why its link ends."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.server.busy_charger import Busy, client_of, kept_numbers
from voltyard.network.links.picows_links import PicowsDialler
from voltyard.ports.links import Dialling
from voltyard.testing.processes import ServerProcess

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

_CHARGERS = 120


async def test_nothing_answered_is_lost_when_a_server_ends_under_load(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path)
    await asyncio.to_thread(server.start)
    try:
        busy = await _fleet(server)
        async with asyncio.timeout(120):
            await asyncio.gather(*(one.has_begun.wait() for one in busy))

        code = await asyncio.to_thread(server.stop)

        async with asyncio.timeout(120):
            await asyncio.gather(*(one.gone.wait() for one in busy))
        assert code == 0
        assert {one.closed_with for one in busy} == {(1012, "the server restarts")}
        answered = [number for one in busy for number in one.numbers]
        assert len(answered) == len(set(answered))
        await asyncio.to_thread(server.start)
        kept, ends = await kept_numbers(server), await _ends(server)
        assert set(answered) <= kept
        assert len(kept) <= len(answered) + _CHARGERS  # one each that was stored as it hung up
        assert ends == {(1012, "the server restarts")}
    finally:
        await asyncio.to_thread(server.__exit__, None, None, None)


async def _fleet(server: ServerProcess) -> list[Busy]:
    busy = [Busy() for _ in range(_CHARGERS)]
    dialler = PicowsDialler()
    async with client_of(server) as client:
        for number, one in enumerate(busy):
            response = await client.post("/chargers", json={"chargeBoxId": f"CP-{number}"})
            assert response.status_code == 201
            await dialler.dial(Dialling(f"{server.charger_url}/CP-{number}", ("ocpp1.6",)), one)
    return busy


async def _ends(server: ServerProcess) -> set[tuple[Any, Any]]:
    """How the connections of the first ten have ended."""
    ends: set[tuple[Any, Any]] = set()
    async with client_of(server) as client:
        for number in range(10):
            listed = (await client.get(f"/chargers/CP-{number}/connections")).json()
            ends |= {(one["code"], one["reason"]) for one in listed["connections"]}
    return ends
