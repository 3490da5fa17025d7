"""A backend alone, for a test that kills it again and again.

    killed_backend.py DIRECTORY|URL PORT CHARGERS

For each line on stdin it begins a process with everything imported already, so that a start takes
little: chargers K-0, K-1, ... are registered where it does not know them, and it says its pid once
it listens.
"""

import asyncio
import os
import sys
import time
from pathlib import Path

import alembic.command  # noqa: F401 - what opening a database would import

from voltyard.csms.backend import Backend
from voltyard.csms.registry import ChargerChange
from voltyard.network.links.picows_links import PicowsDoor
from voltyard.organizations.organization import DEFAULT_ORGANIZATION_ID
from voltyard.storage.csms.backend_records import csms_journal, load_contents
from voltyard.storage.database.database import Database


async def serve(where: str, port: int, chargers: int) -> None:
    database = await Database.open(where if "://" in where else Path(where))
    backend = Backend(csms_journal(database), time.time)
    backend.load(await database.read(load_contents))
    known = {one.row.charge_box_id for one in backend.chargers(DEFAULT_ORGANIZATION_ID)}
    for number in range(chargers):
        if f"K-{number}" not in known:
            await backend.register(DEFAULT_ORGANIZATION_ID, f"K-{number}", ChargerChange())
    door = PicowsDoor()
    await door.open("127.0.0.1", port, backend.gate)
    print(os.getpid(), flush=True)
    await asyncio.Event().wait()


def main() -> None:
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            asyncio.run(serve(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
            os._exit(0)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
