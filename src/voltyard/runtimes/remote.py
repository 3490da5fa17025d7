"""What providers have in common whose chargers run in workers, at the far end of control links."""

from asyncio import Future
from collections.abc import Mapping
from typing import Any

from voltyard.ports import Admitted, Barred, Handshake, Outcome
from voltyard.runtimes import reading
from voltyard.runtimes.control.gate import ControlGate
from voltyard.runtimes.control.workers import Workers


class RemoteProvider:
    """The part of a ports.Provider that hands on what is asked of its chargers."""

    def __init__(self, workers: Workers, token: str, *, plain: bool, own_host: str) -> None:
        """`token`, `plain` and `own_host` are ControlGate's."""
        self.workers = workers
        self._gate = ControlGate(token, workers.user, plain=plain, own_host=own_host)

    def gate(self, handshake: Handshake) -> Admitted | Barred:
        """A ports.Gate for control links."""
        return self._gate(handshake)

    def open(self, endpoint: str) -> None:
        """The gate can be reached at that ws:// endpoint now: what dials it may be started."""

    def check(self, charger: Mapping[str, Any]) -> None:
        """See ports.Provider; so too the others."""
        reading.check(charger)

    def command(
        self, deployment_id: str, event_type: str, payload: Mapping[str, Any]
    ) -> "Future[Outcome]":
        return self.workers.command(deployment_id, event_type, payload)

    async def state(self, deployment_id: str) -> dict[str, Any] | None:
        return await self.workers.state(deployment_id)

    async def settings(self, deployment_id: str) -> dict[str, Any] | None:
        return await self.workers.settings(deployment_id)

    async def misbehave(self, deployment_id: str, faults: Mapping[str, Any]) -> None:
        await self.workers.misbehave(deployment_id, faults)

    def owes(self, snapshot: bytes) -> bool:
        return reading.owes(snapshot)

    def holds_share(self, snapshot: bytes) -> bool:
        return reading.holds_share(snapshot)
