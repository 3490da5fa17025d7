"""Local worker processes: started, restarted, and found again after a kill of the server.

A worker holds a lock on a file of its name for as long as it lives, which it inherits and knows
nothing of. So the next server finds out who survived, and is not deceived by a number that another
process has by now.
"""

import asyncio
import fcntl
import os
import signal
import sys
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

import structlog

from voltyard.config.config import Config
from voltyard.kernel import limits
from voltyard.kernel.time import Seconds
from voltyard.runtimes.process.provider import ProcessProvider

log = structlog.get_logger(__name__)

_NAME: Final = "local-"
_LOOK_S: Final[Seconds] = 0.25
_FIRST_PAUSE_S: Final[Seconds] = 0.1
_WITHHELD: Final = frozenset(
    {
        "VOLTYARD_BUS_URL",
        "VOLTYARD_BUS_URL_FILE",
        "VOLTYARD_DATABASE_URL",
        "VOLTYARD_TOKEN",
    }
)
"""The server's secrets are no worker's, and the bus it is given is the one."""


class LocalWorkers:
    """A WorkerSupervisor of local workers, whose files are in `directory`."""

    def __init__(self, count: int, directory: Path, environment: Mapping[str, str]) -> None:
        """`environment` is what they are told beside the server's own; the directory is there."""
        self._names = tuple(f"{_NAME}{number}" for number in range(1, count + 1))
        self._directory = directory
        self._environment = {**environment, "VOLTYARD_WORKER_QUIET": "true"}
        self._running: dict[str, _Process] = {}
        self._given_up: set[str] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._provider: ProcessProvider | None = None

    def open(self, provider: ProcessProvider) -> None:
        self._provider = provider
        for lock in sorted(self._directory.glob("*.lock")):
            if (survivor := _survivor(lock)) is not None:
                self._running[lock.stem] = survivor
        names = dict.fromkeys((*self._names, *self._running))
        self._tasks = [
            asyncio.create_task(self._keep(name) if self.keeps(name) else self._see_off(name))
            for name in names
        ]

    def keeps(self, worker: str) -> bool:
        return worker in self._names

    def expected(self) -> bool:
        assert self._provider is not None
        return any(
            name not in self._given_up and not self._provider.workers.is_attached(name)
            for name in self._names
        )

    def survivors(self) -> frozenset[str]:
        return frozenset(name for name, one in self._running.items() if not one.is_ours)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(_end(name, one) for name, one in self._running.items()))
        self._running.clear()

    async def _keep(self, name: str) -> None:
        """Have it running, as often as it ends; given up for a while where that is too often."""
        assert self._provider is not None
        loop = asyncio.get_running_loop()
        ends: deque[float] = deque()
        while True:
            await self._run_once(name)
            now = loop.time()
            ends.append(now)
            while now - ends[0] > limits.WORKER_RESTARTS_WITHIN_S:
                ends.popleft()
            if len(ends) > limits.WORKER_RESTARTS:
                log.error("worker_given_up", worker=name, ends=len(ends))
                self._given_up.add(name)
                self._provider.given_up(name, f"its worker {name} ended {len(ends)} times")
                await asyncio.sleep(limits.WORKER_RESTARTS_WITHIN_S)
                self._given_up.discard(name)
                ends.clear()
            else:
                await asyncio.sleep(_FIRST_PAUSE_S * 2 ** (len(ends) - 1))

    async def _run_once(self, name: str) -> None:
        """Start it, unless it has survived, and return once it has ended."""
        if name not in self._running:
            try:
                self._running[name] = await self._spawn(name)
            except OSError as error:
                log.error("worker_not_started", worker=name, error=str(error))
                return
        one = self._running[name]
        log.info("worker_runs", worker=name, pid=one.pid, survived=not one.is_ours)
        code = await self._until_ended(name, one)
        del self._running[name]
        log.warning("worker_ended", worker=name, pid=one.pid, exit_code=code)

    async def _until_ended(self, name: str, one: "_Process") -> int | None:
        """Its exit code, where that is known. One that is away for too long is killed."""
        assert self._provider is not None
        loop = asyncio.get_running_loop()
        ending = asyncio.create_task(one.ended())
        there_at = loop.time()
        try:
            while not ending.done():
                await asyncio.wait((ending,), timeout=_LOOK_S)
                if self._provider.workers.is_attached(name):
                    there_at = loop.time()
                elif loop.time() - there_at > limits.WORKER_ATTACH_S:
                    log.error("worker_not_attached", worker=name, pid=one.pid)
                    one.send(signal.SIGKILL)
                    there_at = loop.time()
            return ending.result()
        finally:
            ending.cancel()

    async def _see_off(self, name: str) -> None:
        """See a surplus worker off: it ends as soon as its gateway has heard what it runs."""
        assert self._provider is not None
        with suppress(TimeoutError):
            async with asyncio.timeout(limits.WORKER_RETURN_S):
                while not self._provider.workers.is_attached(name):
                    await self._provider.workers.changed(limits.WORKER_RETURN_S)
        await _end(name, self._running[name])
        del self._running[name]

    async def _spawn(self, name: str) -> "_Child":
        lock = os.open(self._lock(name), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(lock, 0)
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "voltyard", "worker"),
                env=self._environment_of(name),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                pass_fds=(lock,),
                start_new_session=True,  # Ctrl-C is for the server, which ends them in order
            )
            os.pwrite(lock, str(process.pid).encode(), 0)
            return _Child(process)
        finally:
            os.close(lock)

    def _environment_of(self, name: str) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if key not in _WITHHELD}
        return {**kept, **self._environment, "VOLTYARD_WORKER_NAME": name}

    def _lock(self, name: str) -> Path:
        return self._directory / f"{name}.lock"


def end_survivors(directory: Path) -> None:
    """Ask the workers of a former server to end, where this one has no use for workers."""
    for lock in directory.glob("*.lock"):
        if (survivor := _survivor(lock)) is not None:
            log.warning("worker_told_to_end", worker=lock.stem, pid=survivor.pid)
            survivor.send(signal.SIGTERM)


class _Process(Protocol):
    """A worker that was running when it was last looked at."""

    is_ours: bool
    """True where this server has started it."""

    @property
    def pid(self) -> int: ...

    async def ended(self) -> int | None:
        """Return once it has; its exit code, where that is known."""

    def send(self, number: signal.Signals) -> None:
        """Nothing happens where it has ended."""


class _Child:
    is_ours = True

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        return self._process.pid

    async def ended(self) -> int | None:
        return await self._process.wait()

    def send(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            self._process.send_signal(number)


class _Survivor:
    is_ours = False

    def __init__(self, lock: Path, pid: int) -> None:
        self._lock = lock
        self.pid = pid

    async def ended(self) -> int | None:
        while _is_held(self._lock):  # noqa: ASYNC110  # nobody tells of a stranger's end
            await asyncio.sleep(_LOOK_S)
        return None

    def send(self, number: signal.Signals) -> None:
        if self.pid and _is_held(self._lock):
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)


def _survivor(lock: Path) -> _Survivor | None:
    if not _is_held(lock):
        return None
    text = lock.read_text()
    # Without a number its server was killed while it was starting it: it ends by itself.
    return _Survivor(lock, int(text) if text.isdecimal() else 0)


def _is_held(lock: Path) -> bool:
    try:
        descriptor = os.open(lock, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


async def _end(name: str, one: _Process) -> None:
    """Ask it to end; kill it where it does not."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        one.send(number)
        with suppress(TimeoutError):
            async with asyncio.timeout(limits.WORKER_STOP_S):
                await one.ended()
            return
        log.error("worker_does_not_end", worker=name, pid=one.pid, signal=number.name)


def told_to_own_workers(config: Config, bus_url: str) -> dict[str, str]:
    """The settings that workers of the server's own are given."""
    files = {
        "VOLTYARD_BUS_CA": config.bus_ca,
        "VOLTYARD_BUS_CERTIFICATE": config.bus_certificate,
        "VOLTYARD_BUS_KEY": config.bus_key,
    }
    return {
        "VOLTYARD_BUS_URL": bus_url,
        "VOLTYARD_BUS_NAME": config.bus_name,
        "VOLTYARD_BUS_PLAIN": str(config.bus_plain),
        "VOLTYARD_PUBLISH_HOST": config.publish_host or config.host,
        "VOLTYARD_WORKER_MOVE_S": "0",  # one that ends is started again, or the server ends too
        **{name: str(file) for name, file in files.items() if file is not None},
    }
