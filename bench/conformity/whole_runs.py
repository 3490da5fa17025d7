"""Runs of `voltyard conform`, as a user makes them: on a server of our own, and on our chargers."""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from bench.figures import Figure, Options
from voltyard.testing.processes import ServerProcess, free_port

_BUDGETS: Final = {"1.6": "<= 60", "2.0.1": "<= 300"}
_LONGEST_S: Final = 1_800.0


async def conformance(options: Options) -> list[Figure]:
    """Time of a whole run, for each version and role."""
    return await asyncio.to_thread(_measured)


def _measured() -> list[Figure]:
    figures = []
    with tempfile.TemporaryDirectory(prefix="voltyard-bench-") as name:
        folder = Path(name)
        with ServerProcess(folder / "data") as server:
            asked = {"VOLTYARD_URL": server.url, "VOLTYARD_TOKEN": server.key}
            for version in _BUDGETS:
                command = ["csms", "--url", server.charger_url]
                figures.append(_run("a CSMS", version, command, folder, asked))
        for version in _BUDGETS:
            listen = f"ws://127.0.0.1:{free_port()}/ocpp"
            figures.append(_run("a charger", version, ["charger", "--listen", listen], folder, {}))
    return figures


def _run(
    subject: str, version: str, command: list[str], folder: Path, asked: dict[str, str]
) -> Figure:
    """One run. RuntimeError where something did not pass: then its time says nothing."""
    report = folder / "report.json"
    conform = (sys.executable, "-m", "voltyard", "conform")
    began = time.perf_counter()
    done = subprocess.run(
        [*conform, *command, "--version", version, "--json", str(report)],
        env={**os.environ, **asked},
        capture_output=True,
        text=True,
        check=False,
        timeout=_LONGEST_S,
    )
    took_s = time.perf_counter() - began
    if done.returncode:
        raise RuntimeError(f"conform {command[0]} {version}: {done.stdout[-500:]}{done.stderr}")
    verdicts = [one["verdict"] for one in json.loads(report.read_text())["results"]]
    note = f"{verdicts.count('pass'):,} cases, four at a time, all of them passed"
    what = f"conform: every case of OCPP {version} for {subject}"
    return Figure(what, "s", took_s, None, _BUDGETS[version], note)
