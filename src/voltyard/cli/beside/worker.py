"""`voltyard worker`: a process that hosts chargers for a gateway."""

import os
import re
import socket
import sys
from pathlib import Path
from typing import Annotated

import typer

from voltyard.files.tls_files import read_setting, read_tls
from voltyard.kernel import limits
from voltyard.kernel.errors import Invalid

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]")


def worker(
    bus_url_file: Annotated[
        Path | None,
        typer.Option(
            envvar="VOLTYARD_BUS_URL_FILE",
            help="Where the URL of the bus is, in place of VOLTYARD_BUS_URL.",
        ),
    ] = None,
    bus_name: Annotated[
        str,
        typer.Option(envvar="VOLTYARD_BUS_NAME", help="The gateway's name on the bus."),
    ] = "voltyard",
    name: Annotated[
        str | None,
        typer.Option(
            envvar="VOLTYARD_WORKER_NAME",
            help="Its own among the gateway's workers, and the same when it is started again. "
            "[the host's]",
        ),
    ] = None,
    plain: Annotated[
        bool,
        typer.Option(
            "--plain",
            envvar="VOLTYARD_BUS_PLAIN",
            help="Dial nats:// on other machines too: the network is trusted.",
        ),
    ] = False,
    ca: Annotated[
        Path | None,
        typer.Option(envvar="VOLTYARD_BUS_CA", help="PEM file: roots to trust. [the system's]"),
    ] = None,
    certificate: Annotated[
        Path | None,
        typer.Option(envvar="VOLTYARD_BUS_CERTIFICATE", help="PEM file: its own certificate."),
    ] = None,
    key: Annotated[
        Path | None,
        typer.Option(envvar="VOLTYARD_BUS_KEY", help="PEM file: that certificate's key."),
    ] = None,
    away_s: Annotated[
        float,
        typer.Option(
            min=0,
            envvar="VOLTYARD_WORKER_AWAY_S",
            help="How long it drives its chargers without its gateway before it ends.",
        ),
    ] = limits.WORKER_AWAY_S,
    move_s: Annotated[
        float,
        typer.Option(
            min=0,
            envvar="VOLTYARD_WORKER_MOVE_S",
            help="How long its end waits while the gateway moves its chargers to other workers. "
            "0: they are stopped at once.",
        ),
    ] = limits.WORKER_MOVE_S,
    publish_host: Annotated[
        str,
        typer.Option(
            envvar="VOLTYARD_PUBLISH_HOST",
            help="Address at which its local controllers serve the firmware that they publish, "
            "and the host in its URLs.",
        ),
    ] = "127.0.0.1",
) -> None:
    """Host chargers for a gateway that runs elsewhere.

    Elsewhere is another process or another machine. VOLTYARD_BUS_URL is the bus that the gateway is
    on, with user and password; for a bus of the gateway's own it is in the file bus/worker-url of
    its data directory. As many chargers fit as the hard limit of open files allows. At SIGTERM the
    gateway moves the chargers to other workers, as many a second as its worker_moves_per_s says;
    then the worker stops those that are left and ends. A second SIGTERM ends it at once. The exit
    code is 1 where the gateway stayed away.

    For example: voltyard worker --name hall-2 --bus-url-file data/bus/worker-url
    """
    from voltyard.cli.beside.worker_service import serve
    from voltyard.kernel.addressing.bus_url import check_bus_url
    from voltyard.loop.run import run
    from voltyard.runtimes.control.messages import check_name

    name = name or _of_this_host()
    check_name(name)
    url = "" if bus_url_file is None else read_setting(bus_url_file, "bus_url").strip()
    url = url or os.environ.get("VOLTYARD_BUS_URL", "").strip()
    if not url:
        raise Invalid(
            "a worker needs the bus",
            hint="set VOLTYARD_BUS_URL, or say where it is with --bus-url-file",
            param="bus_url",
        )
    check_bus_url(url, plain=plain)
    tls = read_tls(ca, certificate, key, "bus_")
    sys.exit(run(serve(url, bus_name, name, tls, away_s, move_s, publish_host)))


def _of_this_host() -> str:
    return _NOT_IN_NAMES.sub("-", socket.gethostname())[:64] or "worker"
