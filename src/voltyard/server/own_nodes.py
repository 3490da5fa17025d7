"""Own nodes: node processes that a server starts beside itself, on its machine."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Final

import structlog

from voltyard.config.config import ENVIRONMENT_PREFIX, Config
from voltyard.kernel import limits
from voltyard.kernel.time import Seconds

log = structlog.get_logger(__name__)

_FIRST_PAUSE_S: Final[Seconds] = 0.25

_OF_THE_SERVER: Final = ("token", "nodes", "standby", "provider", "workers", "port")
"""Settings that are no node's."""


class OwnNodes:
    """Keeps them running: one that ends is started again, and all end with their server, however
    that one ends."""

    def __init__(self, count: int, environment: Mapping[str, str], ends_s: Seconds) -> None:
        """Their end may take so long; beyond it, and limits.NODE_ENDS_S, they are killed."""
        self._names = [f"own-{number}" for number in range(1, count + 1)]
        self._environment = environment
        self._ends_s = ends_s
        self._tasks: list[asyncio.Task[None]] = []
        self._running: dict[str, Process] = {}
        self._is_ending = False

    def open(self) -> None:
        """Start them."""
        self._tasks = [asyncio.create_task(self._keep(name)) for name in self._names]

    def begin_end(self) -> None:
        """Have them hang up on their chargers and end; none is started again."""
        if self._is_ending:
            return  # a second signal would end them at once
        self._is_ending = True
        for task in self._tasks:
            task.cancel()
        for process in self._running.values():
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)

    async def close(self) -> None:
        """Return once they have ended."""
        self.begin_end()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(self._end(process) for process in self._running.values()))

    async def _keep(self, name: str) -> None:
        pause_s = _FIRST_PAUSE_S
        while True:
            began_at = asyncio.get_running_loop().time()
            process = self._running[name] = await self._start(name)
            log.info("node_runs", node=name, pid=process.pid)
            code = await process.wait()
            log.warning("node_ended", node=name, pid=process.pid, exit_code=code)
            lasted_s = asyncio.get_running_loop().time() - began_at
            pause_s = _FIRST_PAUSE_S if lasted_s > limits.NODE_JOINS_S else pause_s * 2
            await asyncio.sleep(min(pause_s, limits.NODE_AGAIN_S))

    async def _start(self, name: str) -> Process:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "voltyard",
            "node",
            "--name",
            name,
            "--of-this-process",
            stdin=asyncio.subprocess.PIPE,  # its end tells the node that its server has ended
            env=self._environment,
            start_new_session=True,  # Ctrl-C is the server's, which ends them
        )

    async def _end(self, process: Process) -> None:
        try:
            async with asyncio.timeout(self._ends_s + limits.NODE_ENDS_S):
                await process.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()


def told_to_own_nodes(config: Config, bus_url: str, ocpp_port: int) -> dict[str, str]:
    """The environment of the own nodes of a server whose charger socket has that port."""
    environment = dict(os.environ)
    for setting in fields(Config):
        variable = ENVIRONMENT_PREFIX + setting.name.upper()
        environment.pop(variable, None)
        value = getattr(config, setting.name)
        if setting.name not in _OF_THE_SERVER and value != setting.default:
            environment[variable] = _written(value)
    given = {"BUS_URL": bus_url, "OCPP_PORT": str(ocpp_port), "OCPP_REUSE_PORT": "on", "PORT": "0"}
    return environment | {ENVIRONMENT_PREFIX + name: value for name, value in given.items()}


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, tuple):
        return ",".join(value)
    return str(value.absolute()) if isinstance(value, Path) else str(value)
