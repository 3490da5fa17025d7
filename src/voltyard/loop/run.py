"""Running of a coroutine on the fastest event loop there is."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


def run(main: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine to its end on the fastest event loop there is; its result."""
    try:
        import uvloop
    except ImportError:  # it is not made for every platform
        return asyncio.run(main)
    return uvloop.run(main)
