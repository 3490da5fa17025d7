"""A fleet as large as one process may have open files for."""

import asyncio
import os
import resource
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from voltyard.runtimes import file_descriptors

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_000)]

_CHARGERS = 19_000
_PATIENCE_S = 900.0
"""It takes half a minute on two idle cores."""


def _room() -> int:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _CHARGERS if hard == resource.RLIM_INFINITY else file_descriptors.capacity(hard)


def _ports() -> int:
    """How many links this machine can have to one address."""
    span = Path("/proc/sys/net/ipv4/ip_local_port_range")
    if not span.exists():
        return 0
    first, last = map(int, span.read_text().split())
    return last - first


@pytest.fixture
async def acceptor() -> AsyncIterator[int]:
    """The port of a CSMS in a process of its own."""
    process = await _python(str(Path(__file__).with_name("acceptor.py")))
    assert process.stdout is not None
    port = int(await process.stdout.readline())
    yield port
    process.kill()
    await process.wait()


@pytest.mark.skipif(_room() < _CHARGERS, reason="the hard limit of open files is below 20,000")
@pytest.mark.skipif(_ports() < _CHARGERS, reason="too few local ports for so many links")
async def test_nineteen_thousand_chargers_run_in_one_process(acceptor: int) -> None:
    fleet = await _python(
        *("-m", "voltyard", "fleet", "--url", f"ws://127.0.0.1:{acceptor}/ocpp"),
        *("--count", str(_CHARGERS), "--idle"),
    )
    assert fleet.stdout is not None

    told = ""
    async with asyncio.timeout(_PATIENCE_S):
        async for line in fleet.stdout:
            told = line.decode()
            if f"{_CHARGERS} of {_CHARGERS} connected, {_CHARGERS} accepted" in told:
                break
        fleet.send_signal(signal.SIGINT)
        await fleet.stdout.read()
        code = await fleet.wait()

    assert f"{_CHARGERS} of {_CHARGERS} connected, {_CHARGERS} accepted" in told
    assert code == 0


async def _python(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
