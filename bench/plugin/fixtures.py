"""The fixtures of the pytest plugin: the time until a test has a charger that its CSMS accepted."""

import asyncio
import statistics
import tempfile
import time
from pathlib import Path

from bench.figures import Figure, Options
from voltyard.testing.lab.lab import Lab
from voltyard.testing.lab.rest_client import RestConnections
from voltyard.testing.lab.warm_server import WarmServer

_TESTS = 40


async def fixtures(options: Options) -> list[Figure]:
    """Time until a test has its charger, on a warm server and on a cold one."""
    cold, warm, gone = await asyncio.to_thread(_measured)
    about = f"{_TESTS} tests one after another, in each an organization, a key and one charger"
    return [
        Figure(
            "pytest: a test has a charger, the server warm, median",
            "s",
            warm,
            None,
            "<= 0.15",
            about,
        ),
        Figure("pytest: and all of it is deleted, median", "s", gone),
        Figure("pytest: the first test of a process, the server cold", "s", cold),
    ]


def _measured() -> tuple[float, float, float]:
    """Seconds until the first charger, until one when warm, and until it is deleted."""
    made, deleted = [], []
    with tempfile.TemporaryDirectory(prefix="voltyard-bench-") as folder:
        begun = time.perf_counter()
        with WarmServer(Path(folder)) as server, RestConnections(server.url) as connections:
            for number in range(_TESTS):
                started = time.perf_counter() if number else begun
                lab = Lab(server, connections, f"test {number}", 1, 60.0)
                lab.yard.charger("CP-1", version="2.0.1" if number % 2 else "1.6")
                ready = time.perf_counter()
                lab.close()
                made.append(ready - started)
                deleted.append(time.perf_counter() - ready)
    return made[0], statistics.median(made[1:]), statistics.median(deleted)
