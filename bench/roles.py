"""The child's side of bench.processes: plays the role named on its command line."""

import asyncio
import gc
import json
import os
import resource
import sys
import time
import traceback
from typing import Any, Protocol

import structlog
import uvloop

from voltyard.loop import collector, huge_pages

_PAGE_BYTES = resource.getpagesize()


class Player(Protocol):
    """A role of a measurement. Its other public methods are commands, `start` the first of them."""

    @property
    def exchanges(self) -> int:
        """Calls that were sent, or taken, and answered."""


def used(player: Player) -> dict[str, Any]:
    """The work that this process has done so far, and the CPU it took."""
    return {"exchanges": player.exchanges, "cpu_s": time.process_time(), "at": time.time()}


def figures(player: Player) -> dict[str, Any]:
    """The same, and its memory after a collection, which takes CPU itself."""
    return {**used(player), "rss_bytes": rss_bytes()}


def rss_bytes() -> int:
    """Resident memory after a collection."""
    gc.collect()
    with open("/proc/self/statm", encoding="ascii") as statm:  # noqa: PTH123
        return int(statm.read().split()[1]) * _PAGE_BYTES


_LOOKS = {"figures": figures, "used": used}


async def play(player: Player) -> None:
    """Answer commands until standard input ends."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    out = os.fdopen(os.dup(1), "w")
    while line := await reader.readline():
        asked = json.loads(line)
        try:
            if asked["command"] in _LOOKS:
                answer = _LOOKS[asked["command"]](player)
            else:
                answer = await getattr(player, asked["command"])(**asked["arguments"]) or {}
        except Exception:
            answer = {"failure": traceback.format_exc()}
        out.write(json.dumps(answer) + "\n")
        out.flush()


def players() -> dict[str, type[Player]]:
    """The role's class by its name; modules are imported only where they are played."""
    match sys.argv[1].partition("-")[0]:
        case "our":
            from bench import ours

            return {
                "our-chargers": ours.Chargers,
                "our-backend": ours.BackendProcess,
                "our-server": ours.ServerProcess,
                "our-node": ours.NodeProcess,
            }
        case "peer":
            from bench import peers

            return {
                "peer-chargers": peers.Chargers,
                "peer-csms": peers.Csms,
                "peer-rest": peers.Rest,
            }
        case "flood":
            from bench import flooding

            return {
                "flood-charger": flooding.FloodCharger,
                "flood-csms": flooding.FloodCsms,
            }
        case _:
            from bench import load

            return {"sink": load.Sink, "load": load.Load}


def main() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard) if soft < hard else (soft, hard))
    # Standard output is for answers.
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    player = players()[sys.argv[1]]()
    if sys.argv[1].startswith("our-"):
        collector.tune()  # as `voltyard` does, and so the next
        huge_pages.follow()
    uvloop.run(play(player))
    os._exit(0)  # thousands of links need no farewell


if __name__ == "__main__":
    main()
