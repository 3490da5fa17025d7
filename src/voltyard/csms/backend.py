"""The backend: every charger's link, and what may be asked of them. One object a process."""

from collections.abc import Callable
from random import Random
from typing import Any

from voltyard.csms.commands import Command, Outcome
from voltyard.csms.events import BackendEvent
from voltyard.csms.records import (
    Contents,
    Record,
    SettingsStored,
    TransactionStored,
)
from voltyard.csms.registry import Charger, ChargerChange
from voltyard.kernel import ids
from voltyard.kernel.time import Instant, Seconds
from voltyard.ports import Admitted, Barred, Clock, Handshake, Journal


class Backend:
    """Drives the sessions of all chargers. Everything here runs on one thread, that of the loop."""

    def __init__(
        self,
        journal: Journal[Record],
        clock: Clock,
        *,
        random: Random = ids.SYSTEM,
        report: Callable[[BackendEvent], None] = lambda event: None,
        wake: Callable[[Instant | None], None] = lambda deadline: None,
        default_organization_id: str = "org_default",
    ) -> None: ...

    # the life of it
    def load(self, contents: Contents) -> None: ...
    def gate(self, handshake: Handshake) -> Admitted | Barred: ...
    def deadline(self) -> Instant | None: ...
    def tick(self, now: Instant) -> None: ...
    async def close(self, code: int = 1001, reason: str = "") -> None: ...

    # the registry; changes return once they are durable
    async def register(
        self, organization_id: str, charge_box_id: str, change: ChargerChange
    ) -> Charger: ...
    def charger(self, organization_id: str, charge_box_id: str) -> Charger: ...
    def chargers(self, organization_id: str, *, online: bool | None = None) -> list[Charger]: ...
    async def update(
        self, organization_id: str, charge_box_id: str, change: ChargerChange
    ) -> Charger: ...
    async def delete(self, organization_id: str, charge_box_id: str) -> None: ...
    def connection_path(self, charger: Charger) -> str: ...

    # settings
    def settings(self, organization_id: str) -> SettingsStored: ...
    async def change_settings(self, organization_id: str, **changes: Any) -> SettingsStored: ...

    # transactions held in memory: pending, in progress, lately completed
    def transaction(self, organization_id: str, transaction_id: str) -> TransactionStored: ...
    async def close_transaction(
        self, row: TransactionStored, *, meter_stop_wh: float | None, reason: str | None
    ) -> TransactionStored: ...

    # commands
    async def command(
        self,
        organization_id: str,
        charge_box_id: str,
        command: Command,
        timeout_s: Seconds | None = None,
    ) -> Outcome: ...
