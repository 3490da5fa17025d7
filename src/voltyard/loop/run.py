"""Running of a coroutine on the fastest event loop there is, in huge pages."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from voltyard.loop import huge_pages

Result = TypeVar("Result")


def run(main: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine to its end on the fastest event loop there is; its result."""
    is_over = huge_pages.follow()
    try:
        import uvloop
    except ImportError:  # it is not made for every platform
        return asyncio.run(main)
    else:
        return uvloop.run(main)
    finally:
        is_over.set()
