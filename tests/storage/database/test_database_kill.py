"""What was told to be committed is there after `kill -9`."""

import asyncio
import sys
from pathlib import Path

from voltyard.storage.csms.backend_records import load_contents
from voltyard.storage.database.database import Database

# Writes ever more transactions and says, for each, when it is durable; messages flow beside them.
WRITING = """
import asyncio, sys
from tests.storage import bench as rows
from voltyard.storage.csms.backend_records import csms_journal
from voltyard.storage.database.database import Database

async def main():
    database = await Database.open(sys.argv[1], alone=True)
    journal = csms_journal(database)
    told = 0

    def committed():
        nonlocal told
        told += 1
        print(told, flush=True)

    for number in range(1, 1_000_000):
        journal.write((rows.message(number),))
        journal.write((rows.transaction(number),), committed)
        while number - told > 500:  # writes of several groups are under way at any time
            await asyncio.sleep(0)

asyncio.run(main())
"""

ENOUGH = 200


async def test_what_was_told_to_be_committed_survives_a_kill(where: str | Path) -> None:
    code = f"import sys; sys.path[:0] = {sys.path!r}\n{WRITING}"
    writing = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, str(where), stdout=asyncio.subprocess.PIPE
    )
    assert writing.stdout is not None
    told = [int(await writing.stdout.readline()) for _ in range(ENOUGH)]

    writing.kill()
    told += [int(line) for line in (await writing.stdout.read()).splitlines(True) if b"\n" in line]
    await writing.wait()

    database = await Database.open(where, alone=True)
    contents = await database.read(load_contents)
    await database.close()
    stored = {row.number for row in contents.transactions}
    assert set(told) <= stored
    assert len(contents.transactions) == len(stored)
    assert told == list(range(1, len(told) + 1))
