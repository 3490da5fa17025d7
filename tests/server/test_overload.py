"""Answered is stored, under more load than can be stored, with a disk that is full, a database that
is gone for a while, and a server that is killed."""

import asyncio
import contextlib
import os
import resource
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import make_url

from bench.overload import Outcome, Overload
from voltyard.testing.processes import ServerProcess, free_port

OVERLOAD_S = float(os.environ.get("VOLTYARD_TEST_OVERLOAD_S", "10"))
"""How long an overload lasts; the acceptance is 60."""
KILLS = int(os.environ.get("VOLTYARD_TEST_KILLS", "4"))
"""How often a server is killed; the acceptance is 30."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@asynccontextmanager
async def overloaded(server: ServerProcess, where: str | Path) -> AsyncIterator[Overload]:
    load = Overload(server, where)
    await load.open()
    try:
        yield load
    finally:
        load.close()


def check(outcome: Outcome) -> None:
    assert outcome.answered > 0
    assert outcome.not_stored <= 0, outcome
    # What is judged here is how much may pile up, not how fast the machine is.
    assert outcome.memory_bytes <= 100_000_000, outcome


async def test_twice_what_can_be_stored_is_answered_only_where_it_is_stored(tmp_path: Path) -> None:
    with ServerProcess(tmp_path) as server:
        async with overloaded(server, tmp_path) as load:
            outcome = await load.play(OVERLOAD_S)

    check(outcome)
    assert outcome.refused == 0
    assert outcome.bystander_s


async def test_a_disk_that_fills_up_is_told_to_those_who_send_and_loses_nothing(
    tmp_path: Path,
) -> None:
    with ServerProcess(tmp_path) as server:
        async with overloaded(server, tmp_path) as load:

            async def fill_and_free() -> None:
                unbounded = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
                await asyncio.sleep(OVERLOAD_S / 4)
                full = 4096  # whatever the files have already
                resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (full, unbounded[1]))
                await asyncio.sleep(OVERLOAD_S / 2)
                resource.prlimit(server.pid, resource.RLIMIT_FSIZE, unbounded)

            outcome = await load.play(OVERLOAD_S, fill_and_free)

    check(outcome)
    assert outcome.refused > 0


class Cable:
    """What lies between the server and its database; it can be pulled out."""

    def __init__(self, host: str, port: int) -> None:
        self._to = (host, port)
        self._ends: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self.port = free_port()

    async def plug_in(self) -> None:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self.port)

    async def pull(self) -> None:
        assert self._server is not None
        self._server.close()
        for end in tuple(self._ends):
            end.transport.abort()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(*self._to)
        self._ends |= {writer, back}
        await asyncio.gather(self._pump(reader, back), self._pump(there, writer))
        self._ends -= {writer, back}

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()
        writer.close()


@pytest.mark.service
async def test_a_database_that_is_gone_for_ten_seconds_costs_nothing_that_was_answered(
    tmp_path: Path, empty_postgres: str
) -> None:
    url = make_url(empty_postgres)
    cable = Cable(url.host or "127.0.0.1", url.port or 5432)
    await cable.plug_in()
    by_cable = url.set(host="127.0.0.1", port=cable.port).render_as_string(hide_password=False)
    server = ServerProcess(tmp_path, database_url=by_cable)
    await asyncio.to_thread(server.start)
    with contextlib.ExitStack() as stack:
        stack.callback(server.kill)
        async with overloaded(server, empty_postgres) as load:

            async def pull_and_plug_in() -> None:
                await asyncio.sleep(OVERLOAD_S / 4)
                await cable.pull()
                await asyncio.sleep(10.0)
                await cable.plug_in()

            outcome = await load.play(10.0 + OVERLOAD_S, pull_and_plug_in)
    await cable.pull()

    check(outcome)


async def test_no_kill_costs_a_meter_value_that_was_answered(tmp_path: Path) -> None:
    random = Random(7)
    server = ServerProcess(tmp_path)
    load = Overload(server, tmp_path)
    for _ in range(KILLS):
        with server:
            await load.open()
            sending = asyncio.create_task(send(load))
            await asyncio.sleep(random.uniform(0.2, 1.5))
            server.kill()
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            await load.drain()

    answered = sum(one.answered for one in load.chargers)
    assert answered > 0
    assert load.stored() >= answered


async def send(load: Overload) -> None:
    """Meter values without end, without waiting for answers."""
    while True:
        for charger in load.chargers:
            while len(charger.waiting) < 30 and charger.send():
                pass
        await asyncio.sleep(0.001)
