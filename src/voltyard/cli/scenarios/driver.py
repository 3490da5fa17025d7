"""The driver of `voltyard run`: a driver of `voltyard conform`, as scenarios ask by it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from voltyard.kernel.errors import Invalid, PeerError

if TYPE_CHECKING:
    from voltyard.conformance.operators.operator import Operator


class OperatorDriver:
    """Has an operator ask, and tells its failures as a scenario knows them."""

    def __init__(self, operator: Operator) -> None:
        self._operator = operator

    def can(self, operation: str) -> bool:
        return self._operator.can(operation)

    async def ask(self, operation: str, identity: str, fields: Mapping[str, Any]) -> None:
        from voltyard.conformance.wire.endings import CaseEnded

        try:
            await self._operator.ask(operation, identity, fields)
        except CaseEnded as failed:
            raise PeerError(str(failed)) from None


def driver_named(name: str) -> Callable[[], AbstractAsyncContextManager[OperatorDriver]]:
    """A maker of that driver, for each row. Invalid where there is none of that name."""
    if name == "prompt":
        raise Invalid("--driver prompt is for conform", hint="a scenario asks a program")
    _operator(name)

    @asynccontextmanager
    async def opened() -> AsyncIterator[OperatorDriver]:
        operator = _operator(name)
        try:
            yield OperatorDriver(operator)
        finally:
            await operator.close()

    return opened


def _operator(name: str) -> Operator:
    from voltyard.cli.conform.drivers import DriverWish, new_run, operator_of
    from voltyard.conformance.subject import Subject

    return operator_of(
        DriverWish(name=name, subject=Subject(), jobs=1, paused=nullcontext, run=new_run())
    )
