"""`voltyard up`: gateway, backend and page in one process."""

import asyncio
import contextlib
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from voltyard.cli.output import is_terminal, tell
from voltyard.config.config import Config
from voltyard.config.environment import from_environment, unknown_variables
from voltyard.loop.stopping import stopped_by_signals

if TYPE_CHECKING:
    from voltyard.server.server import Server


def up(
    demo: Annotated[
        bool, typer.Option("--demo", help="Start a demo site with chargers, vehicles and drivers.")
    ] = False,
    data: Annotated[
        Path | None,
        typer.Option(
            help="Directory of the database and the first key. "
            "[data; with --demo demo-data, emptied at each start]"
        ),
    ] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on. [127.0.0.1]")] = None,
    port: Annotated[int | None, typer.Option(help="Port of REST and the page. [8080]")] = None,
    ocpp_port: Annotated[int | None, typer.Option(help="Port for chargers. [9000]")] = None,
    ocpp_tls_port: Annotated[
        int | None, typer.Option(help="A second port for chargers, wss:// alone.")
    ] = None,
    provider: Annotated[
        str | None,
        typer.Option(help="Where chargers run: inline, process, ecs or kubernetes. [inline]"),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(help="Worker processes, with --provider process. [2]")
    ] = None,
    nodes: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="Nodes beside the server, each a process that takes chargers' links, too; others "
            "may join. Needs PostgreSQL.",
        ),
    ] = None,
    standby: Annotated[
        bool | None,
        typer.Option(
            "--standby", help="Wait while another server uses the database; then take over."
        ),
    ] = None,
    seconds: Annotated[
        float | None, typer.Option(min=1, help="Stop after so long; by default it stays up.")
    ] = None,
) -> None:
    """Start the gateway, the backend and the page in one process.

    It prints where they are, and the first key, and stays until Ctrl-C. With --demo there is a
    site to look at, in a directory of the demo's own; in a --data or a database that you name
    nothing is emptied.

    Each option is also an environment variable: VOLTYARD_DATA, VOLTYARD_HOST, VOLTYARD_PORT,
    VOLTYARD_OCPP_PORT, VOLTYARD_OCPP_TLS_PORT, VOLTYARD_PROVIDER, VOLTYARD_WORKERS, VOLTYARD_NODES,
    VOLTYARD_STANDBY. VOLTYARD_TOKEN is the first admin key; without it one is made and kept in the
    data directory.

    VOLTYARD_OCPP_TLS_CERTIFICATE and VOLTYARD_OCPP_TLS_KEY name PEM files with which chargers dial
    wss://, VOLTYARD_OCPP_CLIENT_CA the roots of the certificates chargers must show; with
    VOLTYARD_OCPP_TLS_PORT they dial wss:// there, and ws:// at the other port.
    VOLTYARD_REST_TLS_CERTIFICATE and VOLTYARD_REST_TLS_KEY do the same for REST, unless a proxy
    before it does: VOLTYARD_TRUSTED_PROXIES.

    VOLTYARD_DATABASE_URL puts what is kept into PostgreSQL. With --standby (VOLTYARD_STANDBY) a
    second server on the same database waits, and takes over when the first ends or falls silent:
    docs/postgresql.md. With --nodes (VOLTYARD_NODES) more processes take chargers' links, on this
    machine or others: docs/network.md. docs/settings.md has every setting.

    Ctrl-C or SIGTERM ends it, once what is in flight is done (VOLTYARD_DRAIN_S) and its chargers
    are hung up on, so many a second with VOLTYARD_OCPP_CLOSES_PER_S; a second one ends it at once.
    Nothing that was answered is lost either way.
    """
    # The other commands start without what a server needs.
    from voltyard.cli.demo.data_directory import emptied, needs_a_place

    os.umask(0o077)  # the database has secrets: passwords of chargers, of webhooks
    is_own = demo and needs_a_place(os.environ, data)
    config = from_environment(
        os.environ,
        data=data,
        host=host,
        port=port,
        ocpp_port=ocpp_port,
        ocpp_tls_port=ocpp_tls_port,
        provider=provider,
        workers=workers,
        nodes=nodes,
        standby=standby,
    )
    import structlog

    from voltyard.loop.run import run

    log = structlog.get_logger(__name__)
    for name, nearest in unknown_variables(os.environ).items():
        log.warning("unknown_variable", name=name, **({"nearest": nearest} if nearest else {}))
    if is_own:
        config = replace(config, data=emptied())
    sys.exit(run(_stay_up(config, demo, seconds)))


async def _stay_up(config: Config, demo: bool, seconds: float | None) -> int:
    from voltyard.loop import collector
    from voltyard.server.server import Server

    collector.tune()
    stopping = stopped_by_signals()
    async with contextlib.AsyncExitStack() as stack:
        server = await _started(Server(config), stack, stopping)
        if server is None:
            return 0
        # What a service manager or a container prints is kept, and read by many.
        is_own = server.key_is_new or (demo and server.key_file is not None)
        _welcome(server, shows_key=is_own and is_terminal())
        if demo:
            return await _show(server, stopping, seconds)
        await _until(stopping, seconds, server.lost)
    return 0


async def _started(
    server: "Server", stack: contextlib.AsyncExitStack, stopping: asyncio.Event
) -> "Server | None":
    """The server, once it runs; None where it was told to stop before. One that stands by may
    wait for days."""
    starting = asyncio.create_task(stack.enter_async_context(server))
    waiting = asyncio.create_task(stopping.wait())
    await asyncio.wait((starting, waiting), return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if starting.done():
        return starting.result()
    starting.cancel()
    await asyncio.wait((starting,))
    return None


async def _show(server: "Server", stopping: asyncio.Event, seconds: float | None) -> int:
    """Run the demo; 1 when it was to end by itself and a version saw no session."""
    import httpx

    from voltyard.cli.demo.demo import Demo, summary

    headers = {"Authorization": f"Bearer {server.key}"}
    async with httpx.AsyncClient(base_url=server.api_url, headers=headers) as client:
        demo = Demo(client, server.charger_url, tell)
        running = asyncio.create_task(demo.run(seconds))
        try:
            await _until(stopping, None, running, server.lost)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
    told, complete = summary(demo.sessions)
    tell(told)
    return 0 if complete or stopping.is_set() else 1


async def _until(
    stopping: asyncio.Event, seconds: float | None, *others: asyncio.Future[None]
) -> None:
    """Wait for a signal, for so long, or for one of the others to fail, which is raised."""
    waiting: asyncio.Future[Any] = asyncio.create_task(stopping.wait())
    done, _ = await asyncio.wait(
        (waiting, *others), timeout=seconds, return_when=asyncio.FIRST_COMPLETED
    )
    waiting.cancel()
    for task in done:
        task.result()


def _welcome(server: "Server", shows_key: bool) -> None:
    tell(f"page      {server.api_url}" + (f"/#key={server.key}" if shows_key else ""))
    tell(f"gateway   {server.api_url}/ocpp")
    tell(f"backend   {server.api_url}/api/v1")
    tell(f"chargers  {server.charger_url}/<chargeBoxId>")
    if server.charger_tls_url:
        tell(f"          {server.charger_tls_url}/<chargeBoxId>")
    if server.bus:
        tell(f"workers   {server.bus}")
    tell(f"key       {_about_key(server, shows_key)}")
    tell("Ctrl-C stops it.")


def _about_key(server: "Server", shows_key: bool) -> str:
    """The key itself only when it was made just now: what is printed may be kept for long."""
    if server.key_is_new and shows_key:
        return f"{server.key}  (shown once; kept in {server.key_file})"
    return f"kept in {server.key_file}" if server.key_file else "as given in VOLTYARD_TOKEN"
