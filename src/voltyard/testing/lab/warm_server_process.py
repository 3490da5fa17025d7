"""Process of a warm server: `python -m voltyard.testing.lab.warm_server_process DIRECTORY`.

It prints one line of JSON once it answers, and ends when its standard input does: with the process
that started it, however that one ended.
"""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Final

from voltyard.config.config import Config
from voltyard.loop import collector
from voltyard.loop.run import run
from voltyard.server.server import Server

_EVERYWHERE: Final = ("0.0.0.0/0", "::/0")
"""Each test has an organization of its own, whose chargers dial the CSMS under test: on loopback,
in a container's network, anywhere."""


async def _serve(data: Path) -> None:
    collector.tune()
    config = Config(data=data, port=0, ocpp_port=0, egress_networks=_EVERYWHERE, drain_s=0.5)
    async with Server(config) as server:
        address = {"url": server.api_url, "charger_url": server.charger_url, "key": server.key}
        print(json.dumps(address), flush=True)
        await _end_of_input()


async def _end_of_input() -> None:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    await reader.read()


if __name__ == "__main__":
    os.umask(0o077)
    run(_serve(Path(sys.argv[1])))
