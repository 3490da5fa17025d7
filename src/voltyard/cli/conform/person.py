"""The person at the terminal, who does by hand what a conformance case asks for."""

from __future__ import annotations

import asyncio
import os
import sys
import termios
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Final

from voltyard.conformance.person import Reply
from voltyard.conformance.wire.endings import DriverFailed
from voltyard.kernel import limits
from voltyard.kernel.errors import Invalid
from voltyard.kernel.text.printable_text import printable

_REPLIES: Final = {"": Reply.DONE, "s": Reply.SKIPPED, "f": Reply.FAILED}
_HOW: Final = "  [Enter] done   s [Enter] skip this case   f [Enter] it could not be done > "
_READ_BYTES: Final = 4096


class TerminalPerson:
    """Asks on standard error, and reads replies from the terminal a line at a time."""

    def __init__(self) -> None:
        """Invalid where there is no terminal to read from."""
        if not sys.stdin.isatty():
            raise Invalid(
                "--driver prompt asks a person, and there is no terminal",
                hint="use http:FILE or python:MODULE where nobody can be asked",
            )
        self.paused: Callable[[], AbstractContextManager[None]] = nullcontext
        """Keeps whatever else draws on the terminal from it, while a question is open."""
        self._fd = sys.stdin.fileno()
        self._turn = asyncio.Lock()

    async def asked(self, what: str) -> Reply:
        async with self._turn:
            with self.paused():
                # A key that was pressed too often is no reply to a question not yet asked.
                termios.tcflush(self._fd, termios.TCIFLUSH)
                self._write(f"\n{printable(what)}\n{_HOW}")
                try:
                    async with asyncio.timeout(limits.CONFORMANCE_PERSON_S):
                        return await self._reply()
                except TimeoutError:
                    minutes = limits.CONFORMANCE_PERSON_S / 60
                    raise DriverFailed(f"nobody replied within {minutes:g} min: {what}") from None

    async def _reply(self) -> Reply:
        while True:
            line = (await self._line()).strip().lower()
            if line in _REPLIES:
                return _REPLIES[line]
            self._write(_HOW)

    async def _line(self) -> str:
        """The next line. The terminal hands over whole lines, and nothing once it is closed."""
        ready = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_reader(self._fd, ready.set)
        try:
            await ready.wait()
        finally:
            loop.remove_reader(self._fd)
        read = os.read(self._fd, _READ_BYTES)
        if not read:
            raise DriverFailed("the terminal was closed")
        return read.decode(errors="replace")

    def _write(self, text: str) -> None:
        print(text, end="", file=sys.stderr, flush=True)
