"""Drivers' phone app, which starts and stops transactions by way of the backend."""

import asyncio
from asyncio import Future
from collections.abc import Callable
from typing import Any, Protocol

from msgspec import Struct

from voltyard.charger.effects import Done, Failed
from voltyard.csms.commands import control, results
from voltyard.csms.commands.shared import BackendCommand
from voltyard.kernel.errors import VoltyardError


class StartByApp(Struct, frozen=True, kw_only=True):
    """Wish to start a transaction remotely."""

    evse_id: int
    id_tag: str


class StopByApp(Struct, frozen=True, kw_only=True):
    """Wish to stop the transaction that runs there remotely."""

    evse_id: int


class Commander(Protocol):
    """The commands of a backend, as an app needs them."""

    async def command(
        self, organization_id: str, charge_box_id: str, command: BackendCommand
    ) -> results.BackendCommandResult: ...


class DriverApp:
    """Turns drivers' wishes into commands of the backend. A refusal or an error is a Failed."""

    def __init__(
        self,
        backend: Commander,
        organization_id: str,
        transaction_at: Callable[[str, int], str | None],
    ) -> None:
        """`transaction_at` knows the OCPP id of the transaction that runs at a charger's EVSE."""
        self._backend = backend
        self._organization_id = organization_id
        self._transaction_at = transaction_at

    def ask(self, charger: str, wish: StartByApp | StopByApp) -> "Future[Any]":
        """Ask the backend; the future is what came of it."""
        return asyncio.get_running_loop().create_task(self._ask(charger, wish))

    async def _ask(self, charger: str, wish: StartByApp | StopByApp) -> Done | Failed:
        command = self._command(charger, wish)
        if command is None:
            return Failed("not_found", "no transaction runs there")
        try:
            outcome = await self._backend.command(self._organization_id, charger, command)
        except VoltyardError as error:
            return Failed(error.code, error.message)
        if outcome.status != "accepted":
            return Failed("refused", outcome.status)
        return Done()

    def _command(self, charger: str, wish: StartByApp | StopByApp) -> BackendCommand | None:
        if isinstance(wish, StartByApp):
            # In 1.6 connector n is EVSE n.
            return control.RemoteStartTransaction(
                id_tag=wish.id_tag, connector_id=wish.evse_id, evse_id=wish.evse_id
            )
        transaction = self._transaction_at(charger, wish.evse_id)
        return (
            None
            if transaction is None
            else control.RemoteStopTransaction(transaction_id=transaction)
        )
