"""A server that kills itself with SIGKILL at a given moment of its workflows: a program.

    python deadly_server.py <data> <key> <charger socket's port> [<database URL>]

It prints its two URLs. A number on its standard input arms it: the next run that is begun passes
moments, counted from 1 (before and after it is begun; before a step, between its work and the note
of it, and after the note), and the server is gone at the moment of that number. It prints `ended`
where that run comes to its end.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from voltyard.config.config import Config
from voltyard.kernel.time import Instant
from voltyard.loop.run import run
from voltyard.ports.workflows import Retry, StepFailure, StepRunner, Work, Workflow
from voltyard.server.server import Server
from voltyard.workflows.dbos_engine import DbosEngine


class Deadly:
    """A ports.workflows.WorkflowEngine that passes everything on to another, moment by moment."""

    def __init__(self, engine: DbosEngine) -> None:
        self._engine = engine
        self._left = 0
        self._run_id: str | None = ""

    def arm(self, moment: int) -> None:
        self._left = moment
        self._run_id = None

    def pass_moment(self, run_id: str) -> None:
        if self._run_id != run_id:
            return
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def define(self, name: str, workflow: Workflow) -> None:
        async def watched(run_id: str, argument: Mapping[str, Any], step: StepRunner) -> None:
            await workflow(run_id, argument, _Steps(self, run_id, step))

        self._engine.define(name, watched)

    async def start(self) -> None:
        await self._engine.start()

    async def begin(
        self, name: str, run_id: str, argument: Mapping[str, Any]
    ) -> "asyncio.Future[bool]":
        if self._run_id is None:
            self._run_id = run_id
        self.pass_moment(run_id)
        end = await self._engine.begin(name, run_id, argument)
        self.pass_moment(run_id)
        if run_id == self._run_id:
            end.add_done_callback(lambda _: print("ended", flush=True))
        return end

    async def prune(self, before: Instant) -> int:
        return await self._engine.prune(before)

    async def close(self) -> None:
        await self._engine.close()


class _Steps:
    def __init__(self, deadly: Deadly, run_id: str, step: StepRunner) -> None:
        self._pass_moment = partial(deadly.pass_moment, run_id)
        self._step = step

    def __call__(
        self,
        name: str,
        work: Work,
        retry: Retry = Retry(),  # noqa: B008
    ) -> Awaitable[StepFailure | None]:
        async def watched() -> None:
            self._pass_moment()
            await work()
            self._pass_moment()

        step = self._step(name, watched, retry)

        async def noted() -> StepFailure | None:
            failure = await step
            self._pass_moment()
            return failure

        return noted()


async def main(data: Path, key: str, ocpp_port: int, database_url: str | None) -> None:
    engine = Deadly(DbosEngine(database_url or f"sqlite:///{data / 'workflows.db'}"))
    config = Config(data=data, port=0, ocpp_port=ocpp_port, token=key, database_url=database_url)
    async with Server(config, engine=engine) as server:
        print(server.api_url, server.charger_url, flush=True)
        loop = asyncio.get_running_loop()
        ended = asyncio.Event()

        def read() -> None:
            line = sys.stdin.readline()
            if line:
                engine.arm(int(line))
                print("armed", flush=True)
            else:
                ended.set()

        loop.add_reader(sys.stdin, read)
        await ended.wait()


if __name__ == "__main__":
    # What it is asked to say is alone on its standard output.
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    directory, admin_key, port, *url = sys.argv[1:]
    run(main(Path(directory), admin_key, int(port), url[0] if url else None))
