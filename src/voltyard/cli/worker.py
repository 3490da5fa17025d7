"""`voltyard worker`: a process that hosts chargers for a gateway."""

import os
import re
import socket
import sys
from pathlib import Path
from typing import Annotated

import typer

from voltyard.kernel import limits
from voltyard.kernel.errors import Invalid
from voltyard.kernel.tls import Tls

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
    from voltyard.cli.worker_service import serve
    from voltyard.loop.run import run
    from voltyard.runtimes.control.gate import check_line, check_name, read_token

    name = name or _of_this_host()
    check_name(name)
    check_line(control_url, plain=plain)
    token = read_token(os.environ.get("VOLTYARD_CONTROL_TOKEN"), token_file)
    tls = Tls(ca=_text(ca), client_certificate=_text(certificate), client_key=_text(key))
    sys.exit(run(serve(control_url, name, token, tls, away_s)))


def _of_this_host() -> str:
    return _NOT_IN_NAMES.sub("-", socket.gethostname())[:64] or "worker"


def _text(file: Path | None) -> str | None:
    if file is None:
        return None
    try:
        return file.read_text()
    except OSError as error:
        raise Invalid(f"{file} cannot be read: {os.strerror(error.errno or 0)}") from error
