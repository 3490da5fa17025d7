"""The inline provider: runtimes in the server's own process, all of them in one host."""

from asyncio import Future, Handle, get_running_loop
from collections.abc import Mapping
from typing import Any

import msgspec
import structlog

from voltyard.charger import standard
from voltyard.charger.charger import Charger
from voltyard.charger.commands import Command, ProxyMessage
from voltyard.charger.effects import Done
from voltyard.charger.events import Event, Framed
from voltyard.charger.snapshot import Snapshot
from voltyard.charger.specification import ChargerSpec
from voltyard.kernel.errors import Invalid, NotFound, Overfull, Unavailable
from voltyard.ocpp.spelling import on_the_wire
from voltyard.ocpp.versions import by_name
from voltyard.ports import (
    Clock,
    Completed,
    Dialler,
    Outcome,
    Refused,
    RuntimeListener,
    RuntimeSpec,
)
from voltyard.runtimes import host
from voltyard.runtimes.host import Host

log = structlog.get_logger(__name__)

_encode = msgspec.json.Encoder().encode
_decode_memory = msgspec.json.Decoder(Snapshot).decode


class InlineProvider:
    """A ports.Provider whose runtimes are chargers of one host in this process.

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
        capacity: int | None = None,
    ) -> None:
        """At most `capacity` chargers run; `start` is Unavailable beyond."""
        self._clock = clock
        self._listener = listener
        self._specs: dict[str, ChargerSpec] = {}
        self._changed: dict[str, None] = {}
        self._handing_on: Handle | None = None
        self._host = Host(dialler, clock, self, capacity=capacity)

    def describe(self, deployment_id: str, desired_count: int) -> dict[str, Any]:
        """See ports.Provider."""
        return {
            "provider": self.name,
            "runtime_kind": "in_process",
            "service_name": deployment_id,
            "desired_count": desired_count,
            "status": "ACTIVE",
        }

    async def start(self, runtime: RuntimeSpec, snapshot: bytes | None = None) -> None:
        """See ports.Provider."""
        identifier = runtime.deployment_id
        spec = _specification(runtime.charger)
        if self._specs.get(identifier) == spec:
            return
        runs = identifier in self._specs
        memory = self._power_off(identifier) if runs else _memory(snapshot)
        self._power_on(identifier, spec, memory)

    async def stop(self, deployment_id: str) -> None:
        """See ports.Provider."""
        if deployment_id in self._specs:
            self._power_off(deployment_id)

    async def restart(self, deployment_id: str) -> None:
        """See ports.Provider."""
        spec = self._specs.get(deployment_id)
        if spec is None:
            raise _not_running(deployment_id)
        self._power_on(deployment_id, spec, self._power_off(deployment_id))

    async def remove(self, deployment_id: str) -> None:
        """See ports.Provider."""
        await self.stop(deployment_id)

    def command(
        self, deployment_id: str, event_type: str, payload: Mapping[str, Any]
    ) -> "Future[Outcome]":
        """See ports.Provider."""
        if deployment_id not in self._specs:
            raise _not_running(deployment_id)
        command = _command(event_type, payload)
        if isinstance(command, ProxyMessage):
            command = _on_the_wire(command, self._specs[deployment_id].version)
        answer: Future[Outcome] = get_running_loop().create_future()

        def hand_over(asked: "Future[host.Outcome]") -> None:
            if not answer.done():
                answer.set_result(_outcome(asked.result()))

        self._host.ask(deployment_id, command).add_done_callback(hand_over)
        return answer

    async def state(self, deployment_id: str) -> dict[str, Any] | None:
        """See ports.Provider."""
        if deployment_id not in self._specs:
            return None
        state: dict[str, Any] = msgspec.to_builtins(
            self._host.charger(deployment_id).state(self._clock())
        )
        return state

    async def settings(self, deployment_id: str) -> dict[str, Any] | None:
        """See ports.Provider."""
        if deployment_id not in self._specs:
            return None
        return _settings(self._host.charger(deployment_id))

    async def close(self) -> None:
        """See ports.Provider."""
        for deployment_id in list(self._specs):
            self._power_off(deployment_id)
        if self._handing_on is not None:
            self._handing_on.cancel()
            self._handing_on = None
        self._host.close()

    # --- what the host reports -----------------------------------------------------------------

    def reported(self, key: str, event: Event) -> None:
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
        self._changed.pop(key, None)
        log.error("charger_broke", deployment=key, exc_info=error)
        self._listener.broke(key, f"{type(error).__name__}: {error}")

    def _power_on(self, identifier: str, spec: ChargerSpec, memory: Snapshot | None) -> None:
        try:
            self._host.add(identifier, spec, memory)
        except Overfull as full:
            raise Unavailable(full.message, hint="stop other chargers first") from full
        self._specs[identifier] = spec

    def _power_off(self, identifier: str) -> Snapshot:
        memory = self._host.power_off(identifier)
        self._specs.pop(identifier, None)
        self._changed.pop(identifier, None)
        self._listener.remembered(identifier, _encode(memory))
        return memory

    def _hand_on(self) -> None:
        self._handing_on = None
        changed, self._changed = self._changed, {}
        for key in changed:
            self._listener.remembered(key, _encode(self._host.memory(key)))


def _specification(plain: Mapping[str, Any]) -> ChargerSpec:
    try:
        return msgspec.convert(dict(plain), ChargerSpec)
    except msgspec.ValidationError as error:
        raise Invalid(f"this charger can never run: {error}") from error


def _memory(snapshot: bytes | None) -> Snapshot | None:
    if snapshot is None:
        return None
    try:
        return _decode_memory(snapshot)
    except msgspec.MsgspecError as error:
        raise Invalid(
            f"the charger's memory cannot be read: {error}", hint="start it without its memory"
        ) from error


def _command(event_type: str, payload: Mapping[str, Any]) -> Command:
    try:
        command: Command = msgspec.convert({**payload, "type": event_type}, Command)
    except msgspec.ValidationError as error:
        raise Invalid(f"{event_type} cannot be asked so: {error}") from error
    return command


def _on_the_wire(message: ProxyMessage, version: str) -> ProxyMessage:
    """Callers may spell a message in snake_case; the wire has names of its own."""
    action, payload = on_the_wire(by_name(version), message.action, message.payload)
    return ProxyMessage(action=action, payload=payload)


def _outcome(outcome: host.Outcome) -> Outcome:
    if isinstance(outcome, Done):
        return Completed(outcome.result)
    return Refused(outcome.code, outcome.message, outcome.details)


def _not_running(deployment_id: str) -> NotFound:
    return NotFound(
        f"{deployment_id} does not run", hint="start it first", deployment_id=deployment_id
    )


def _settings(charger: Charger) -> dict[str, Any]:
    """The settings by the names of the charger's version; a secret has no value."""
    settings = charger.core.settings
    is_16 = charger.core.spec.version == "1.6"
    shown: dict[str, Any] = {}
    for setting in standard.ALL:
        name = setting.key if is_16 else setting.variable
        if name is not None:
            secret = setting.access == "WriteOnly"
            value = None if secret else settings.text(setting)
            shown[name] = {"value": value, "readonly": setting.access == "ReadOnly"}
    for name, value in settings.vendor().items():
        shown[name] = {"value": value, "readonly": False}
    return shown
