"""The backend is killed again and again under load; whatever it has answered is there, once."""

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests.server.stubborn_charger import StubbornCharger
from voltyard.kernel.seeds import stream
from voltyard.testing.processes import free_port

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_800)]

KILLS = 80
CHARGERS = 6
MOST_STARTS = 2
"""Transactions of one charger that begin in one life of the backend, at most."""
LAST_MOMENTS_S = 0.02


class Killed:
    """killed_backend.py, one process after the other on the same data."""

    def __init__(self, zygote: asyncio.subprocess.Process, port: int) -> None:
        self._zygote = zygote
        self._pid = 0
        self.charger_url = f"ws://127.0.0.1:{port}/ocpp"

    async def start(self) -> None:
        assert self._zygote.stdin is not None and self._zygote.stdout is not None
        self._zygote.stdin.write(b"go\n")
        async with asyncio.timeout(120):
            line = await self._zygote.stdout.readline()
        assert line, "the backend ended while starting"
        self._pid = int(line)

    def kill(self) -> None:
        if self._pid:
            os.kill(self._pid, signal.SIGKILL)
        self._pid = 0


def url_of(where: str | Path) -> str:
    return where if isinstance(where, str) else f"sqlite:///{where / 'kills.db'}"


@pytest.fixture
async def killed(where: str | Path) -> AsyncIterator[Killed]:
    port = free_port()
    program = str(Path(__file__).with_name("killed_backend.py"))
    zygote = await asyncio.create_subprocess_exec(
        sys.executable,
        program,
        url_of(where),
        str(port),
        str(CHARGERS),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    killed = Killed(zygote, port)
    yield killed
    killed.kill()
    assert zygote.stdin is not None
    zygote.stdin.close()
    await zygote.wait()


def stored(where: str | Path) -> dict[tuple[str, int], list[str]]:
    """The statuses of each transaction, by charger and number: of one there must be but one."""
    engine = create_engine(url_of(where).replace("postgresql://", "postgresql+psycopg://"))
    try:
        with engine.connect() as connection:
            rows = connection.execute(
                text("SELECT charge_box_id, number, meter_start_wh, status FROM transactions")
            ).all()
    finally:
        engine.dispose()
    begun = Counter((box, meter) for box, _, meter, _ in rows)
    assert not [twice for twice, times in begun.items() if times > 1]
    found: dict[tuple[str, int], list[str]] = {}
    for box, number, _, status in rows:
        found.setdefault((box, number), []).append(status)
    return found


def check(chargers: list[StubbornCharger], found: dict[tuple[str, int], list[str]]) -> None:
    for charger in chargers:
        for number in charger.starts:
            statuses = found.get((charger.box, number), [])
            assert len(statuses) == 1, (charger.box, number, statuses)
            if number in charger.stopped:
                assert statuses == ["completed"], (charger.box, number)


async def until_begun(chargers: list[StubbornCharger], more: int) -> None:
    """Wait until the first of them has had so many more answers, however slow the machine."""
    first = chargers[0]
    goal = len(first.starts) + more
    async with asyncio.timeout(120):
        while len(first.starts) < goal:
            first.answered.clear()
            await first.answered.wait()


async def test_what_was_answered_is_there_once(killed: Killed, where: str | Path) -> None:
    chargers = [StubbornCharger(number, "K") for number in range(CHARGERS)]
    random = stream(7, "kills")
    for _ in range(KILLS):
        await killed.start()
        charging = [asyncio.create_task(one.charge(killed.charger_url)) for one in chargers]
        await until_begun(chargers, random.randint(0, MOST_STARTS))
        await asyncio.sleep(random.uniform(0.0, LAST_MOMENTS_S))
        killed.kill()
        await asyncio.gather(*charging)
        check(chargers, await asyncio.to_thread(stored, where))

    await killed.start()
    await asyncio.gather(*(one.charge(killed.charger_url, 2) for one in chargers))
    found = await asyncio.to_thread(stored, where)
    check(chargers, found)
    assert len(found) == sum(len(one.starts) for one in chargers) > KILLS
