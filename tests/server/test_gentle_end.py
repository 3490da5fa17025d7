"""A server that is told to end hangs up on so many chargers a second, and says beforehand that it
is not ready: over real sockets, to a real process."""

import asyncio
import json
import os
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.server.busy_charger import Busy, kept_numbers
from voltyard.network.links.picows_links import PicowsDialler
from voltyard.ports.links import DialFailed, Dialling, Link
from voltyard.testing.processes import ServerProcess

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

_QUIET, _BUSY = 240, 20
_RATE = 50.0
_PATIENCE_S = 300.0
_ENDED = (1012, "the server restarts")
_UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    "Sec-WebSocket-Protocol": "ocpp1.6",
}


class Quiet:
    """A charger that has booted, and says no more; it keeps a command until it is told to
    answer."""

    def __init__(self) -> None:
        self.closed_at: float | None = None
        self.closed_with: tuple[int, str] | None = None
        self.has_booted = asyncio.Event()
        self.was_asked = asyncio.Event()
        self.gone = asyncio.Event()
        self._link: Link | None = None
        self._asked = ""

    def opened(self, link: Link) -> None:
        self._link = link
        boot = {"chargePointVendor": "ACME", "chargePointModel": "DC-50"}
        link.send(json.dumps([2, "boot", "BootNotification", boot]))

    def received(self, text: str) -> None:
        kind, id = json.loads(text)[:2]
        if kind == 3:
            self.has_booted.set()
        else:
            self._asked = id
            self.was_asked.set()

    def answer(self) -> None:
        assert self._link is not None
        self._link.send(json.dumps([3, self._asked, {"status": "Accepted"}]))

    def closed(self, code: int, reason: str) -> None:
        self.closed_at, self.closed_with = time.monotonic(), (code, reason)
        self.gone.set()


class Fleet:
    """Chargers of this process: quiet ones, and those that start one transaction after another."""

    def __init__(self, server: ServerProcess) -> None:
        self.server = server
        self.quiet: list[Quiet] = []
        self.busy: list[Busy] = []

    async def dial(self) -> None:
        """Connect all of them anew; returns once they have booted, and the busy ones are at work.
        DialFailed where one is not taken."""
        self.quiet, self.busy = [Quiet() for _ in range(_QUIET)], [Busy() for _ in range(_BUSY)]
        dialler = PicowsDialler()
        for number, one in enumerate([*self.busy, *self.quiet]):
            dialling = Dialling(f"{self.server.charger_url}/CP-{number}", ("ocpp1.6",))
            await dialler.dial(dialling, one)
        await _all([one.has_booted for one in self.quiet] + [one.has_begun for one in self.busy])

    async def register(self, client: httpx.AsyncClient) -> None:
        for number in range(_QUIET + _BUSY):
            made = await client.post("/api/v1/chargers", json={"chargeBoxId": f"CP-{number}"})
            assert made.status_code == 201

    async def gone(self) -> None:
        await _all([one.gone for one in [*self.quiet, *self.busy]])

    @property
    def answered(self) -> list[int]:
        """The numbers of the transactions that were answered."""
        return [number for one in self.busy for number in one.numbers]


async def _all(events: list[asyncio.Event]) -> None:
    async with asyncio.timeout(_PATIENCE_S):
        await asyncio.gather(*(one.wait() for one in events))


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ServerProcess]:
    one = ServerProcess(tmp_path)
    one.environment["VOLTYARD_OCPP_CLOSES_PER_S"] = str(_RATE)
    one.environment["VOLTYARD_OCPP_CLOSES_WITHIN_S"] = "600"
    one.environment["VOLTYARD_DRAIN_S"] = "600"
    await asyncio.to_thread(one.start)
    yield one
    await asyncio.to_thread(one.__exit__, None, None, None)


@pytest.fixture
async def client(server: ServerProcess) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {server.key}"}
    async with httpx.AsyncClient(base_url=server.url, headers=headers, timeout=120) as client:
        yield client


@pytest.fixture
async def fleet(server: ServerProcess, client: httpx.AsyncClient) -> Fleet:
    fleet = Fleet(server)
    await fleet.register(client)
    await fleet.dial()
    return fleet


async def test_chargers_are_hung_up_on_at_the_rate_and_the_next_server_takes_them_back(
    server: ServerProcess, client: httpx.AsyncClient, fleet: Fleet
) -> None:
    # given a charger that has been asked something
    asked = fleet.quiet[0]
    path = f"/api/v1/chargers/CP-{_BUSY}/cache/clear"
    command = asyncio.create_task(client.post(path))
    await _all([asked.was_asked])

    # when the server is told to end
    began = time.monotonic()
    os.kill(server.pid, signal.SIGTERM)
    await _all([fleet.quiet[1].gone])

    # then it has not been ready since before the first close, and says what to do
    ready = await client.get("/health/ready")
    assert ready.status_code == 503
    assert [one["code"] for one in ready.json()["problems"]] == ["ending"]
    assert (await client.get("/health/live")).status_code == 200
    assert (await client.get("/api/v1/chargers")).status_code == 200
    refused = await client.post(f"/api/v1/chargers/CP-{_BUSY + 1}/cache/clear")
    assert refused.status_code == 503
    assert "GET /health/ready" in refused.json()["error"]["message"]
    door = f"http://127.0.0.1:{server.ocpp_port}/ocpp/CP-{_BUSY + 1}"
    dialled = await client.get(door, headers=_UPGRADE)
    assert dialled.status_code == 503
    assert int(dialled.headers["Retry-After"]) > 0

    # and the command is finished, on a link that is closed after all that wait for nothing
    await _all([one.gone for one in fleet.quiet[1:]])
    assert not asked.gone.is_set()
    asked.answer()
    assert (await command).json()["status"] == "accepted"
    await fleet.gone()
    ends = [*fleet.quiet, *fleet.busy]
    assert {one.closed_with for one in ends} == {_ENDED}
    moments = sorted(one.closed_at for one in ends if one.closed_at is not None)
    assert len(moments) == len(ends)
    too_soon = [n for n, at in enumerate(moments) if at < began + n / _RATE]
    assert too_soon == []

    # and nothing that was answered is lost, and the next one takes all of them back
    await asyncio.to_thread(server.output.read)  # until it has ended
    assert await asyncio.to_thread(server.stop) == 0
    await asyncio.to_thread(server.start)
    answered = fleet.answered
    assert len(answered) == len(set(answered))
    assert set(answered) <= await kept_numbers(server)
    await fleet.dial()
    online = (await client.get("/api/v1/summary")).json()
    assert online["chargers"]["online"] == _QUIET + _BUSY
    refusals = (await client.get("/api/v1/refusals")).json()
    assert "server_busy" in str(refusals)


async def test_a_kill_amid_it_loses_nothing_that_was_answered(
    server: ServerProcess, fleet: Fleet
) -> None:
    os.kill(server.pid, signal.SIGTERM)
    await _all([fleet.quiet[0].gone])

    await asyncio.to_thread(server.kill)

    await fleet.gone()
    assert len({one.closed_with for one in fleet.quiet}) == 2  # some were cut off
    await asyncio.to_thread(server.start)
    assert set(fleet.answered) <= await kept_numbers(server)
    await fleet.dial()


async def test_a_second_signal_ends_it_at_once(server: ServerProcess, fleet: Fleet) -> None:
    os.kill(server.pid, signal.SIGTERM)
    await _all([fleet.quiet[0].gone])

    assert await asyncio.to_thread(server.stop) == -signal.SIGTERM

    await fleet.gone()
    assert len({one.closed_with for one in fleet.quiet}) == 2
    with pytest.raises(DialFailed):
        await fleet.dial()
