"""Provider without runtimes: records what it is asked, and answers as it is told."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, TypeAlias

import msgspec
from msgspec.structs import fields

from voltyard.catalogue import network_conditions
from voltyard.catalogue.commands.commands import BY_TAG
from voltyard.catalogue.commands.declaration import asked_by
from voltyard.catalogue.commands.settings import Configure
from voltyard.catalogue.quirks.enabled import read_all
from voltyard.charger.charger import Charger
from voltyard.charger.description.samples import ChargerSample, ConnectorSample
from voltyard.charger.effects import CommandResult, Done
from voltyard.charger.inputs import CommandReceived
from voltyard.kernel import pace
from voltyard.kernel.errors import Invalid, NotFound, VoltyardError
from voltyard.ports.runtimes import (
    CarryingOut,
    CommandCompleted,
    CommandRefused,
    LoggedFrame,
    RuntimeCommandResult,
    RuntimeListener,
    RuntimeSpec,
    SampleBatch,
)
from voltyard.runtimes import parsing
from voltyard.runtimes.inline import shown_settings

_Pending: TypeAlias = tuple["asyncio.Future[RuntimeCommandResult]", CarryingOut | None]

_IDLE: Final = ("NoError", 0, 0.0, None, 0, 0, None, None)
"""A sampled connector, after its status."""


class FakeProvider:
    """A ports.runtimes.Provider in memory.

    `asked` is everything that reached a charger, in order. A command is answered at once, unless
    its event type is in `silent`, or in `refusals` with what to answer instead. What `unavailable`
    holds is raised by the next starts, first to last.
    """

    name = "fake"

    def __init__(self, listener: RuntimeListener) -> None:
        self.listener = listener
        self.running: dict[str, RuntimeSpec] = {}
        self.snapshots: dict[str, bytes | None] = {}
        """The snapshot that each was last started with."""
        self.history: list[tuple[str, str]] = []
        """(start, stop, restart or remove; deployment id)."""
        self.asked: list[tuple[str, str, dict[str, Any]]] = []
        """(deployment id, event type, payload)."""
        self.silent: set[str] = set()
        self.refusals: dict[str, CommandRefused] = {}
        self.unavailable: list[VoltyardError] = []
        self.memory = b'{"memory":1}'
        """The memory that a stop reports; with a `transaction` in it, the charger owes the rest of
        one, with a `share` it holds one of its site's limit."""
        self.faults: dict[str, dict[str, Any]] = {}
        """Faults on purpose, of each that has ever had any."""
        self.gate: asyncio.Event | None = None
        """Starts wait for it, where there is one."""
        self._own: dict[str, Charger] = {}
        """Chargers that are never connected: they keep what settings of their own some have."""
        self._pending: dict[str, list[_Pending]] = {}
        self.times = (1.0, 2.0)
        """When a command reaches its host and when it is done, by the host's clock."""
        self._status: dict[str, str] = {}
        self.samples: dict[str, ChargerSample] = {}
        """Samples of chargers, where they are not those of an idle one."""
        self._told: dict[str, ChargerSample] = {}

    def describe(self, deployment_id: str, desired_count: int) -> dict[str, Any]:
        return {
            "provider": self.name,
            "runtime_kind": "memory",
            "service_name": deployment_id,
            "desired_count": desired_count,
            "status": "ACTIVE",
        }

    def check(self, charger: Mapping[str, Any]) -> None:
        parsing.check(charger)

    async def start(self, runtime: RuntimeSpec, snapshot: bytes | None = None) -> None:
        if self.gate is not None:
            await self.gate.wait()
        if self.unavailable:
            raise self.unavailable.pop(0)
        if "identity" not in runtime.charger:
            raise Invalid("this charger can never run: it has no identity")
        pace.read(runtime.pace)
        network_conditions.read(runtime.faults.get("network"))
        if runtime.faults:
            self.faults[runtime.deployment_id] = dict(runtime.faults)
        present = self.running.get(runtime.deployment_id)
        if present is not None and present.charger == runtime.charger:
            self.running[runtime.deployment_id] = runtime
            return
        self._refuse_pending(runtime.deployment_id)
        self.running[runtime.deployment_id] = runtime
        if runtime.charger.get("vendor_settings") or runtime.charger.get("device_model"):
            made = parsing.specification(runtime.charger)
            self._own[runtime.deployment_id] = Charger(made, 0.0)
        else:
            self._own.pop(runtime.deployment_id, None)
        self.snapshots[runtime.deployment_id] = snapshot
        self.history.append(("start", runtime.deployment_id))

    async def stop(self, deployment_id: str) -> None:
        if self.running.pop(deployment_id, None) is None:
            return
        self.listener.remembered(deployment_id, self.memory)
        self._refuse_pending(deployment_id)
        self.history.append(("stop", deployment_id))

    async def restart(self, deployment_id: str) -> None:
        if deployment_id not in self.running:
            raise NotFound(f"{deployment_id} does not run")
        self._refuse_pending(deployment_id)
        self.history.append(("restart", deployment_id))

    async def remove(self, deployment_id: str) -> None:
        await self.stop(deployment_id)
        self.history.append(("remove", deployment_id))

    def command(
        self,
        deployment_id: str,
        event_type: str,
        payload: Mapping[str, Any],
        span: CarryingOut | None = None,
    ) -> "asyncio.Future[RuntimeCommandResult]":
        if deployment_id not in self.running:
            raise NotFound(f"{deployment_id} does not run")
        _check(event_type, payload)
        self.asked.append((deployment_id, event_type, dict(payload)))
        future: asyncio.Future[RuntimeCommandResult] = asyncio.get_running_loop().create_future()
        if event_type in self.silent:
            self._pending.setdefault(deployment_id, []).append((future, span))
        elif event_type in self.refusals:
            self._give((future, span), self.refusals[event_type])
        else:
            completed = CommandCompleted(self._result(deployment_id, event_type, payload))
            self._give((future, span), completed)
        return future

    async def state(self, deployment_id: str) -> dict[str, Any] | None:
        if deployment_id not in self.running:
            return None
        count = len(self.running[deployment_id].charger.get("evses", [None]))
        status = self._status.get(deployment_id, "Available")
        return {
            "at": 1_770_732_000.0,
            "powered": True,
            "connected": False,
            "boot_status": "Unknown",
            "connectors": [_connector(number, status) for number in range(1, count + 1)],
            "faults": [],
            "queue_length": 0,
            "settings_version": 1,
        }

    async def states(self, deployment_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        found = {one: await self.state(one) for one in deployment_ids}
        return {one: state for one, state in found.items() if state is not None}

    async def sample(self) -> SampleBatch[ChargerSample]:
        now = {one: self.samples.get(one) or await self._sample(one) for one in self.running}
        before, self._told = self._told, now
        changed = {one: sample for one, sample in now.items() if before.get(one) != sample}
        return SampleBatch(changed, [one for one in before if one not in now])

    async def _sample(self, deployment_id: str) -> ChargerSample:
        state = await self.state(deployment_id)
        assert state is not None
        connectors = (
            ConnectorSample(
                one["evse_id"], 1, one["status"], "NoError", 0, 0.0, None, 0, 0, None, None
            )
            for one in state["connectors"]
        )
        return ChargerSample(state["connected"], state["boot_status"], 0, tuple(connectors))

    async def settings(self, deployment_id: str) -> dict[str, Any] | None:
        if deployment_id not in self.running:
            return None
        if deployment_id in self._own:
            return shown_settings(self._own[deployment_id])
        return {"HeartbeatInterval": {"value": "300", "readonly": False}}

    async def misbehave(self, deployment_id: str, faults: Mapping[str, Any]) -> None:
        if deployment_id not in self.running:
            raise NotFound(f"{deployment_id} does not run")
        read_all(faults.get("quirks") or ())
        network_conditions.read(faults.get("network"))
        self.faults[deployment_id] = dict(faults)
        self.running[deployment_id] = replace(self.running[deployment_id], faults=faults)

    def owes(self, snapshot: bytes) -> bool:
        return bool(msgspec.json.decode(snapshot).get("transaction"))

    def holds_share(self, snapshot: bytes) -> bool:
        return bool(msgspec.json.decode(snapshot).get("share"))

    async def close(self) -> None:
        for deployment_id in list(self.running):
            await self.stop(deployment_id)

    def report(self, deployment_id: str, frame: LoggedFrame) -> None:
        """Say that a frame went over a charger's link."""
        self.listener.framed(deployment_id, frame)

    def answer(self, deployment_id: str, outcome: RuntimeCommandResult) -> None:
        """Answer the oldest command that was left without."""
        self._give(self._pending[deployment_id].pop(0), outcome)

    def _give(self, pending: "_Pending", outcome: RuntimeCommandResult) -> None:
        future, span = pending
        if span is not None:
            span.carried_out(*self.times)
        future.set_result(outcome)

    def _result(
        self, deployment_id: str, event_type: str, payload: Mapping[str, Any]
    ) -> dict[str, Any]:
        if event_type == "configure" and deployment_id in self._own:
            asked = CommandReceived(Configure(settings=dict(payload["settings"])), "configure")
            for effect in self._own[deployment_id].step(asked, 0.0):
                if isinstance(effect, CommandResult) and isinstance(effect.outcome, Done):
                    return dict(effect.outcome.result)
        if event_type == "configure":
            return {"statuses": {name: _accepted(name) for name in payload["settings"]}}
        if event_type == "local_auth_list":
            return {"list_version": payload["version"], "entries": len(payload["entries"])}
        if event_type in ("inject_fault", "clear_fault"):
            fault = event_type == "inject_fault"
            self._status[deployment_id] = "Faulted" if fault else "Available"
        rest = asked_by(BY_TAG[event_type])
        return dict(rest.result) if rest else {}

    def _refuse_pending(self, deployment_id: str) -> None:
        for pending in self._pending.pop(deployment_id, []):
            self._give(pending, CommandRefused("unavailable", "the charger was stopped", {}))


def _accepted(name: str) -> str:
    return "Rejected" if name == "Unknown" else "Accepted"


def _check(event_type: str, payload: Mapping[str, Any]) -> None:
    if event_type not in BY_TAG:
        raise Invalid(f"there is no command {event_type!r}")
    needed = {one.name for one in fields(BY_TAG[event_type]) if one.required}
    if missing := needed - payload.keys():
        raise Invalid(f"{event_type} lacks {', '.join(sorted(missing))}")


def _connector(evse_id: int, status: str) -> dict[str, Any]:
    return {
        "evse_id": evse_id,
        "connector_id": 1,
        "status": status,
        "error_code": "NoError",
        "vehicle": None,
        "wanted_w": 0.0,
        "least_w": 0.0,
        "share_w": None,
        "power_w": 0.0,
        "current_a": 0.0,
        "energy_wh": 0.0,
        "soc_percent": None,
        "transaction": None,
    }
