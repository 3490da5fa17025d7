"""`voltyard node`: chargers' links in a process beside the server."""

import asyncio
import os
import re
import socket
import sys
from typing import Annotated

import typer

from voltyard.cli.output import tell
from voltyard.config.checks import check_node
from voltyard.config.config import Config
from voltyard.config.environment import from_environment

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_-]")


def node(
    name: Annotated[
        str | None,
        typer.Option(help="Its name among the server's nodes. [VOLTYARD_NODE_NAME, the host's]"),
    ] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on. [127.0.0.1]")] = None,
    port: Annotated[int | None, typer.Option(help="Port of REST. [8080]")] = None,
    ocpp_port: Annotated[int | None, typer.Option(help="Port for chargers. [9000]")] = None,
    seconds: Annotated[
        float | None, typer.Option(min=1, help="Stop after so long; by default it stays up.")
    ] = None,
    of_this_process: Annotated[
        bool, typer.Option("--of-this-process", hidden=True, help="End with the standard input.")
    ] = False,
) -> None:
    """Take chargers' links beside a server, on this or another machine.

    The server has to let nodes join: voltyard up --nodes 0 (VOLTYARD_NODES). VOLTYARD_DATABASE_URL
    is its PostgreSQL database, VOLTYARD_BUS_URL and VOLTYARD_BUS_NAME its bus. Chargers may dial
    any node or the server, and REST requests may go to any of them: each is answered by whoever has
    the charger, and all else by the server. Run the version of the server.

    SIGTERM or Ctrl-C ends it, once what is in flight is done and its chargers are hung up on, as
    many a second as VOLTYARD_OCPP_CLOSES_PER_S says: they dial the others. The exit code is 2 where
    the server has given its chargers to others, for it was silent for too long: start it again.

    For example: voltyard node --name hall-2 --ocpp-port 9001 --port 8081
    """
    from voltyard.loop.run import run
    from voltyard.nodes.messages import check_name

    os.umask(0o077)
    config = from_environment(os.environ, host=host, port=port, ocpp_port=ocpp_port, nodes=0)
    check_node(config)
    name = name or config.node_name or _of_this_host()
    check_name(name)
    sys.exit(run(_stay_up(config, name, seconds, of_this_process)))


def _of_this_host() -> str:
    return _NOT_IN_NAMES.sub("-", socket.gethostname()).strip("-")[:48] or "node"


async def _stay_up(config: Config, name: str, seconds: float | None, is_owned: bool) -> int:
    from voltyard.loop import collector
    from voltyard.loop.stopping import stopped_by_signals
    from voltyard.server.node import Node

    collector.tune()
    stopping = stopped_by_signals()
    if is_owned:
        asyncio.get_running_loop().add_reader(sys.stdin.fileno(), stopping.set)
    async with Node(config, name) as one:
        if not is_owned:
            tell(f"node      {name}")
            tell(f"REST      {one.api_url}")
            tell(f"chargers  {one.charger_url}/<chargeBoxId>")
            tell("Ctrl-C stops it.")
        waiting = asyncio.ensure_future(stopping.wait())
        done, _ = await asyncio.wait(
            (waiting, one.lost), timeout=seconds, return_when=asyncio.FIRST_COMPLETED
        )
        waiting.cancel()
        if one.lost in done:
            one.lost.result()
    return 0
