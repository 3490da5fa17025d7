"""Measured processes: each plays one role, and is asked by lines of JSON on its standard input.

Server and load are never in one process, so that the CPU of one is not counted for the other.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

_PATIENCE_S = 120.0
_LINE_BYTES = 1 << 20


class Role:
    """A child process in its role."""

    def __init__(self, process: asyncio.subprocess.Process, name: str) -> None:
        self._process = process
        self._name = name

    async def begin(self, **options: Any) -> None:
        """Have it start in its role."""
        await self.ask("start", **options)

    async def ask(self, command: str, **arguments: Any) -> dict[str, Any]:
        """Have it do something, and wait until it has."""
        assert self._process.stdin is not None and self._process.stdout is not None
        line = json.dumps({"command": command, "arguments": arguments}) + "\n"
        self._process.stdin.write(line.encode())
        try:
            async with asyncio.timeout(_PATIENCE_S):
                answer = await self._process.stdout.readline()
        except TimeoutError:
            raise RuntimeError(f"{self._name} did not {command} in {_PATIENCE_S:g} s") from None
        if not answer:
            raise RuntimeError(f"the {self._name} process ended while it was asked to {command}")
        result: dict[str, Any] = json.loads(answer)
        if "failure" in result:
            raise RuntimeError(f"{self._name} failed to {command}: {result['failure']}")
        return result


@asynccontextmanager
async def role(name: str) -> AsyncIterator[Role]:
    """A process in that role, idle until it is told to begin; it ends with the context."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.roles", name),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=_LINE_BYTES,
    )
    child = Role(process, name)
    try:
        yield child
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
