"""The event loop of a command that needs no server."""

import asyncio
from collections.abc import Coroutine
from typing import Any


def run(main: Coroutine[Any, Any, int]) -> int:
    """Run it on the fastest loop there is; its exit code."""
    try:
        import uvloop
    except ImportError:  # it is not made for every platform
        return asyncio.run(main)
    return uvloop.run(main)
