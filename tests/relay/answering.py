"""A process that carries requests out: `python -m tests.relay.answering BUS_URL`."""

import asyncio
import sys

from tests.relay.bench import SUBJECT, House
from voltyard.bus.nats_bus import NatsBus
from voltyard.relay.request_server import RequestServer


async def main(url: str) -> None:
    bus = await NatsBus.connect(url)
    await RequestServer(House().app, bus, SUBJECT).open()
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
