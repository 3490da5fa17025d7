"""`voltyard worker`: a process that hosts chargers for a gateway."""

import asyncio
import os
import re
import signal
import socket
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import structlog
import typer
from structlog.typing import EventDict

from voltyard.kernel import limits
from voltyard.kernel.errors import Invalid
from voltyard.kernel.time import Seconds
from voltyard.kernel.tls import Tls
from voltyard.loop import collector
from voltyard.loop.preload import preload
from voltyard.loop.run import run
from voltyard.network.transfers.transfers import NetworkTransfers
from voltyard.runtimes import file_descriptors
from voltyard.runtimes.control.gate import check_line, check_name, read_token
from voltyard.runtimes.control.worker import Worker

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]")


def worker(
    control_url: Annotated[
        str,
        typer.Option(
            envvar="VOLTYARD_CONTROL_URL",
            help="The gateway's charger socket: ws://host:port or wss://host:port.",
        ),
    ],
    name: Annotated[
        str | None,
        typer.Option(
            envvar="VOLTYARD_WORKER_NAME",
            help="Its own among the gateway's workers, and the same when it is started again. "
            "[the host's]",
        ),
    ] = None,
    token_file: Annotated[
        Path | None,
        typer.Option(
            envvar="VOLTYARD_CONTROL_TOKEN_FILE",
            help="Where the control token is, in place of VOLTYARD_CONTROL_TOKEN.",
        ),
    ] = None,
    plain: Annotated[
        bool,
        typer.Option(
            "--plain",
            envvar="VOLTYARD_CONTROL_PLAIN",
            help="Dial ws:// on other machines too: the network is trusted.",
        ),
    ] = False,
    ca: Annotated[
        Path | None,
        typer.Option(envvar="VOLTYARD_CONTROL_CA", help="PEM file: roots to trust. [the system's]"),
    ] = None,
    certificate: Annotated[
        Path | None,
        typer.Option(envvar="VOLTYARD_CONTROL_CERTIFICATE", help="PEM file: its own certificate."),
    ] = None,
    key: Annotated[
        Path | None,
        typer.Option(envvar="VOLTYARD_CONTROL_KEY", help="PEM file: that certificate's key."),
    ] = None,
    away_s: Annotated[
        float,
        typer.Option(
            min=0,
            envvar="VOLTYARD_WORKER_AWAY_S",
            help="How long it drives its chargers without its gateway before it ends.",
        ),
    ] = limits.WORKER_AWAY_S,
) -> None:
    """Host chargers for a gateway that runs elsewhere.

    Elsewhere is another process or another machine. VOLTYARD_CONTROL_TOKEN is what the gateway
    keeps in the file control-token of its data directory. As many chargers fit as the hard limit of
    open files allows. SIGTERM stops the chargers and ends the worker; the exit code is 1 where the
    gateway stayed away.

    For example: voltyard worker --name hall-2 --control-url wss://yard.example:9000
    """
    name = name or _of_this_host()
    check_name(name)
    check_line(control_url, plain=plain)
    token = read_token(os.environ.get("VOLTYARD_CONTROL_TOKEN"), token_file)
    tls = Tls(ca=_text(ca), client_certificate=_text(certificate), client_key=_text(key))
    sys.exit(run(_serve(control_url, name, token, tls, away_s)))


async def _serve(url: str, name: str, token: str, tls: Tls, away_s: Seconds) -> int:
    from voltyard.network.links.picows_links import PicowsDialler

    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    transfers = NetworkTransfers()
    here = Worker(
        name,
        url,
        token,
        PicowsDialler(),
        time.time,
        capacity=file_descriptors.capacity(file_descriptors.raise_limit()),
        away_s=away_s,
        tls=tls,
        transfers=transfers,
    )
    _log_at_the_gateway(here)
    collector.tune()
    ahead = preload()
    try:
        return 0 if await here.run(stopping) else 1
    finally:
        ahead.cancel()
        await transfers.close()


def _log_at_the_gateway(here: Worker) -> None:
    """Every line is also one of the gateway's log; the gateway's own workers say it there alone."""
    is_quiet = bool(os.environ.get("VOLTYARD_WORKER_QUIET"))

    def tell(logger: Any, level: str, line: EventDict) -> EventDict:
        whole = structlog.processors.format_exc_info(logger, level, {**line})
        event = str(whole.pop("event", ""))
        whole["at"] = datetime.now(UTC).isoformat(timespec="milliseconds")  # it may arrive late
        here.logged(level, event, {key: str(value) for key, value in whole.items()})
        if is_quiet:
            raise structlog.DropEvent
        return line

    structlog.configure(processors=[tell, *structlog.get_config()["processors"]])


def _of_this_host() -> str:
    return _NOT_IN_NAMES.sub("-", socket.gethostname())[:64] or "worker"


def _text(file: Path | None) -> str | None:
    if file is None:
        return None
    try:
        return file.read_text()
    except OSError as error:
        raise Invalid(f"{file} cannot be read: {os.strerror(error.errno or 0)}") from error
