"""Inline provider: runtimes in the server's own process, all of them in one host."""

from asyncio import Future, Handle, get_running_loop
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import structlog

from voltyard.charger.charger import Charger
from voltyard.charger.description.events import ChargerEvent, Framed
from voltyard.charger.description.samples import ChargerSample
from voltyard.charger.description.specification import ChargerSpec
from voltyard.charger.effects import Done
from voltyard.charger.snapshot import Snapshot
from voltyard.charger.variables.standard import ALL
from voltyard.kernel.addressing.egress import Egress
from voltyard.kernel.errors import Overfull, Unavailable
from voltyard.kernel.pace import Pace
from voltyard.kernel.pace import read as read_pace
from voltyard.kernel.time import Instant
from voltyard.loop.turns import Turns
from voltyard.ports.clock import Clock
from voltyard.ports.links import Dialler
from voltyard.ports.runtimes import (
    CarryingOut,
    CommandCompleted,
    CommandRefused,
    RuntimeCommandResult,
    RuntimeListener,
    RuntimeSpec,
    SampleBatch,
)
from voltyard.ports.transfers import Transfers
from voltyard.runtimes import file_descriptors, parsing
from voltyard.runtimes.host import hosted_charger
from voltyard.runtimes.host.host import Host
from voltyard.runtimes.host.sampled_chargers import SampledChargers
from voltyard.runtimes.parsing import NO_FAULTS, ChargerFaults, not_running

log = structlog.get_logger(__name__)

_NO_ROOM = "stop other chargers, " + file_descriptors.WORKERS_HINT.format(workers="N")

_encode = msgspec.json.Encoder().encode


class InlineProvider:
    """Provider whose runtimes are chargers of one host in this process.

    Stopping one is a power cut: what a charger's memory holds stays, and open transactions are
    ended with reason PowerLoss once it runs again. Must be made inside the running loop.
    """

    name = "inline"

    def __init__(
        self,
        dialler: Dialler,
        clock: Clock,
        listener: RuntimeListener,
        *,
        transfers: Transfers | None = None,
        capacity: int | None = None,
        turns: Turns | None = None,
    ) -> None:
        """`transfers` carries the chargers' files; without it none gets through. At most
        `capacity` chargers run; `start` is Unavailable beyond. `turns` are shared with whoever else
        has links on this loop."""
        self._clock = clock
        self._listener = listener
        self._specs: dict[str, ChargerSpec] = {}
        self._faults: dict[str, ChargerFaults] = {}
        """Of those that have any."""
        self._paces: dict[str, Pace] = {}
        """Of those that do not run in real time."""
        self._egress: dict[str, Egress] = {}
        self._changed: dict[str, None] = {}
        self._handing_on: Handle | None = None
        self._sampled = SampledChargers(get_running_loop().time, self._looked_up)
        self._host = Host(
            dialler,
            clock,
            self,
            transfers=transfers,
            capacity=capacity,
            turns=turns,
            after_step=self._sampled.stepped,
        )

    def describe(self, deployment_id: str, desired_count: int) -> dict[str, Any]:
        return {
            "provider": self.name,
            "runtime_kind": "in_process",
            "service_name": deployment_id,
            "desired_count": desired_count,
            "status": "ACTIVE",
        }

    def check(self, charger: Mapping[str, Any]) -> None:
        parsing.check(charger)

    async def start(self, runtime: RuntimeSpec, snapshot: bytes | None = None) -> None:
        identifier = runtime.deployment_id
        spec = parsing.specification(runtime.charger)
        faults = parsing.faults(runtime.faults, spec.version)
        pace = read_pace(runtime.pace)
        if self._specs.get(identifier) == spec:
            self._misbehave(identifier, faults)
            self._go_at(identifier, pace)
            self._host.confine(identifier, runtime.egress)
            self._egress[identifier] = runtime.egress
            return
        runs = identifier in self._specs
        memory = self._power_off(identifier) if runs else parsing.memory(snapshot)
        self._power_on(identifier, spec, memory, faults, pace, runtime.egress)

    async def stop(self, deployment_id: str) -> None:
        if deployment_id in self._specs:
            self._power_off(deployment_id)

    async def restart(self, deployment_id: str) -> None:
        spec = self._specs.get(deployment_id)
        if spec is None:
            raise not_running(deployment_id)
        faults = self._faults.get(deployment_id, NO_FAULTS)
        pace = self._paces.get(deployment_id)
        egress = self._egress[deployment_id]
        memory = self._power_off(deployment_id)
        self._power_on(deployment_id, spec, memory, faults, pace, egress)

    async def remove(self, deployment_id: str) -> None:
        await self.stop(deployment_id)

    def command(
        self,
        deployment_id: str,
        event_type: str,
        payload: Mapping[str, Any],
        span: CarryingOut | None = None,
    ) -> "Future[RuntimeCommandResult]":
        if deployment_id not in self._specs:
            raise not_running(deployment_id)
        command = parsing.command(event_type, payload, self._specs[deployment_id].version)
        answer: Future[RuntimeCommandResult] = get_running_loop().create_future()
        got_at = 0.0 if span is None else self._clock()

        def hand_over(asked: "Future[hosted_charger.ChargerCommandResult]") -> None:
            if span is not None:
                span.carried_out(got_at, self._clock())
            if not answer.done():
                answer.set_result(_outcome(asked.result()))

        self._host.ask(deployment_id, command).add_done_callback(hand_over)
        return answer

    async def state(self, deployment_id: str) -> dict[str, Any] | None:
        if deployment_id not in self._specs:
            return None
        state: dict[str, Any] = msgspec.to_builtins(
            self._host.charger(deployment_id).state(self._host.now(deployment_id))
        )
        return state

    async def states(self, deployment_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        found = {one: await self.state(one) for one in deployment_ids}
        return {one: state for one, state in found.items() if state is not None}

    async def sample(self) -> SampleBatch[ChargerSample]:
        return self._sampled.next()

    def sample_anew(self) -> None:
        """Have the next `sample` take all for changed, as for an asker who has just come."""
        self._sampled.begin_anew()

    async def settings(self, deployment_id: str) -> dict[str, Any] | None:
        if deployment_id not in self._specs:
            return None
        return shown_settings(self._host.charger(deployment_id))

    async def misbehave(self, deployment_id: str, faults: Mapping[str, Any]) -> None:
        spec = self._specs.get(deployment_id)
        if spec is None:
            raise not_running(deployment_id)
        self._misbehave(deployment_id, parsing.faults(faults, spec.version))

    def owes(self, snapshot: bytes) -> bool:
        return parsing.owes(snapshot)

    def holds_share(self, snapshot: bytes) -> bool:
        return parsing.holds_share(snapshot)

    async def close(self) -> None:
        for deployment_id in list(self._specs):
            self._power_off(deployment_id)
        if self._handing_on is not None:
            self._handing_on.cancel()
            self._handing_on = None
        self._host.close()

    def running(self) -> list[str]:
        """The deployments that run."""
        return list(self._specs)

    def remind(self) -> None:
        """Hand on the memory of every charger anew, as for a listener who has just come."""
        for deployment_id in self._specs:
            self.remembered(deployment_id)

    # --- what the host reports -----------------------------------------------------------------

    def reported(self, key: str, event: ChargerEvent) -> None:
        """A charger's event: frames as they are, everything else as plain data."""
        if type(event) is Framed:
            self._listener.framed(key, event)
        else:
            self._listener.happened(key, msgspec.to_builtins(event))

    def remembered(self, key: str) -> None:
        """A charger's memory has changed: it is handed on in the loop's next turn.

        That is before any answer to what the charger has just sent can be: whoever keeps memories
        and answers chargers by one journal never knows more of a charger than it does itself.
        """
        self._changed[key] = None
        if self._handing_on is None:
            self._handing_on = get_running_loop().call_soon(self._hand_on)

    def broke(self, key: str, error: Exception) -> None:
        """A charger failed, which is a bug: it runs no more, and the listener is told."""
        self._specs.pop(key, None)
        self._faults.pop(key, None)
        self._paces.pop(key, None)
        self._egress.pop(key, None)
        self._changed.pop(key, None)
        self._sampled.ended(key)
        log.error("charger_broke", deployment=key, exc_info=error)
        self._listener.broke(key, f"{type(error).__name__}: {error}")

    def _power_on(
        self,
        identifier: str,
        spec: ChargerSpec,
        memory: Snapshot | None,
        faults: ChargerFaults,
        pace: Pace | None,
        egress: Egress,
    ) -> None:
        try:
            self._host.add(identifier, spec, memory, faults, pace, egress)
        except Overfull as full:
            raise Unavailable(full.message, hint=_NO_ROOM) from full
        self._specs[identifier] = spec
        self._egress[identifier] = egress
        if identifier in self._host:
            self._sampled.stepped(identifier)
        self._keep_faults(identifier, faults)
        self._keep_pace(identifier, pace)

    def _misbehave(self, identifier: str, faults: ChargerFaults) -> None:
        if self._faults.get(identifier, NO_FAULTS) != faults:
            self._host.misbehave(identifier, faults)
            self._keep_faults(identifier, faults)

    def _go_at(self, identifier: str, pace: Pace | None) -> None:
        if self._paces.get(identifier) != pace:
            self._host.go_at(identifier, pace)
            self._keep_pace(identifier, pace)

    def _keep_pace(self, identifier: str, pace: Pace | None) -> None:
        if pace is None:
            self._paces.pop(identifier, None)
        else:
            self._paces[identifier] = pace

    def _keep_faults(self, identifier: str, faults: ChargerFaults) -> None:
        if faults == NO_FAULTS:
            self._faults.pop(identifier, None)
        else:
            self._faults[identifier] = faults

    def _power_off(self, identifier: str) -> Snapshot:
        memory = self._host.power_off(identifier)
        self._specs.pop(identifier, None)
        self._faults.pop(identifier, None)
        self._paces.pop(identifier, None)
        self._egress.pop(identifier, None)
        self._changed.pop(identifier, None)
        self._sampled.ended(identifier)
        self._listener.remembered(identifier, _encode(memory))
        return memory

    def _looked_up(self, key: str) -> tuple[Charger, Instant]:
        return self._host.charger(key), self._host.now(key)

    def _hand_on(self) -> None:
        self._handing_on = None
        changed, self._changed = self._changed, {}
        for key in changed:
            self._listener.remembered(key, _encode(self._host.memory(key)))


def _outcome(outcome: hosted_charger.ChargerCommandResult) -> RuntimeCommandResult:
    if isinstance(outcome, Done):
        return CommandCompleted(outcome.result)
    return CommandRefused(outcome.code, outcome.message, outcome.details)


def shown_settings(charger: Charger) -> dict[str, Any]:
    """The settings by the names of the charger's version; a secret has no value."""
    settings = charger.context.settings
    is_16 = charger.context.spec.version == "1.6"
    shown: dict[str, Any] = {}
    for setting in (*ALL, *settings.own.settings):
        name = setting.key if is_16 else setting.variable
        if name is not None:
            secret = setting.access == "WriteOnly"
            value = None if secret else settings.text(setting)
            shown[name] = {"value": value, "readonly": setting.access == "ReadOnly"}
    for name, value in settings.vendor().items():
        shown[name] = {"value": value, "readonly": False}
    if not is_16:
        _show_file(charger, shown)
    return shown


def _show_file(charger: Charger, shown: dict[str, Any]) -> None:
    """Of a device model from a file, what is the station's own: settings by their names."""
    for variable in charger.context.model.variables.values():
        actual = variable.attributes.get("Actual")
        if actual is None or variable.evse_id is not None or variable.component_instance:
            continue
        setting = actual.setting
        name = f"{variable.component}.{variable.variable}"
        name += "" if variable.instance is None else f"[{variable.instance}]"
        known = shown.get(name, {"value": charger.context.settings.text(setting)})
        value = None if setting.access == "WriteOnly" else known["value"]
        shown[name] = {"value": value, "readonly": setting.access == "ReadOnly"}
