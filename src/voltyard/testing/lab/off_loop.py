"""Calls of blocking handles from async tests: in a thread, so that the test's loop goes on."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


class OffLoop:
    """A handle whose methods are awaited: `await charger.aio.plug_in()`."""

    def __init__(self, handle: object) -> None:
        self._handle = handle

    def __getattr__(self, name: str) -> Callable[..., Coroutine[Any, Any, Any]]:
        method = getattr(self._handle, name)
        if not callable(method):
            raise AttributeError(f"{name} is no method: it needs no await")
        return self._in_thread(method)

    def __call__(self, *arguments: Any, **named: Any) -> Coroutine[Any, Any, Any]:
        if not callable(self._handle):
            raise TypeError(f"{self._handle!r} cannot be called")
        return asyncio.to_thread(self._handle, *arguments, **named)

    @staticmethod
    def _in_thread(method: Callable[..., Any]) -> Callable[..., Coroutine[Any, Any, Any]]:
        async def call(*arguments: Any, **named: Any) -> Any:
            return await asyncio.to_thread(method, *arguments, **named)

        return call
