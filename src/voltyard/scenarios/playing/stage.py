"""Stages on which scenarios are played: our own backend in virtual time, or a CSMS over sockets."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

import msgspec
from msgspec import Struct

from voltyard.catalogue.vehicles import vehicle_of
from voltyard.charger.description.specification import ChargerSpec
from voltyard.csms.authorization.authorizer import AuthorizationRequest
from voltyard.csms.authorization.decisions import TagDecision
from voltyard.csms.backend import Backend
from voltyard.csms.commands.shared import BackendCommand
from voltyard.csms.events import BackendEvent
from voltyard.csms.records import Contents, SettingsStored
from voltyard.csms.registry import ChargerChange
from voltyard.kernel import limits
from voltyard.kernel.errors import Invalid
from voltyard.kernel.pace import Pace
from voltyard.kernel.seeds import stream
from voltyard.kernel.tls import SYSTEM_TRUST, Tls
from voltyard.network.links.memory import MemoryDialler, MemoryDoor, MemoryNetwork
from voltyard.organizations.organization import DEFAULT_ORGANIZATION_ID
from voltyard.ports.clock import Clock
from voltyard.ports.links import Dialler
from voltyard.ports.transfers import Transfers
from voltyard.runtimes import parsing
from voltyard.scenarios.form.commands import catalogue, csms_command
from voltyard.scenarios.form.durations import duration_s
from voltyard.scenarios.form.form import Csms, Scenario
from voltyard.scenarios.form.rows import ScenarioRow
from voltyard.scenarios.playing.driver_asker import CsmsDriver
from voltyard.simulation.virtual_journal import VirtualJournal

VIRTUAL_URL = "ws://csms:9000/ocpp"
_SPEC_FIELDS = frozenset(one.name for one in msgspec.structs.fields(ChargerSpec))
_OURS = frozenset({"identity", "version", "csms_url", "seed"})


class Asker(Protocol):
    """The CSMS's side, as far as it can be asked to act."""

    async def ask(
        self, identity: str, command: str, arguments: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """The charger's answer, as plain data. VoltyardError where there is none."""


class Peer(Struct, frozen=True, kw_only=True):
    """A CSMS over sockets, and how its chargers come to it."""

    url: str
    passwords: tuple[str, ...] = ()
    """Of the chargers, in their order."""
    tls: Tls = SYSTEM_TRUST
    speed: float = 1.0
    """Seconds of the chargers' time in each real one."""
    identity: str | None = None
    """A pattern of identities in place of the scenario's."""
    driver: Callable[[], AbstractAsyncContextManager[CsmsDriver]] | None = None
    """Opened for each row. None: the CSMS cannot be asked."""


class Stage(Struct, frozen=True, kw_only=True):
    """The surroundings of a host for one row."""

    dialler: Dialler
    clock: Clock
    url: str
    pace: Pace | None = None
    transfers: Transfers | None = None
    asker: Asker | None = None
    """Of a stage without a driver. None there: the CSMS cannot be asked."""
    driver: CsmsDriver | None = None
    peer: Peer | None = None


class OwnCsms:
    """Our own backend in memory, as a scenario needs it."""

    def __init__(self, needs: Csms, clock: Clock, seed: int) -> None:
        self._needs = needs
        self._network = MemoryNetwork()
        self._door = MemoryDoor(self._network)
        self.backend = Backend(
            VirtualJournal(),
            clock,
            random=stream(seed, "backend"),
            judge=self._judge,
            report=self._reported,
        )
        self.backend.load(
            Contents(
                settings=(
                    SettingsStored(
                        organization_id=DEFAULT_ORGANIZATION_ID,
                        heartbeat_interval_s=int(duration_s(needs.heartbeat)),
                        validation=needs.validation,
                        boot_policy=needs.boot,
                    ),
                )
            )
        )

    async def open(self, specs: list[ChargerSpec]) -> Dialler:
        """Let these chargers in; the dialler that leads there."""
        for spec in specs:
            password = self._needs.passwords.get(spec.identity)
            change = ChargerChange(
                password=password, allow_concurrent_transactions=self._needs.concurrent
            )
            await self.backend.register(DEFAULT_ORGANIZATION_ID, spec.identity, change)
        await self._door.open("csms", 9000, self.backend.gate)
        return MemoryDialler(self._network)

    async def close(self) -> None:
        """Let the chargers go."""
        await self.backend.close()
        await self._door.close()

    async def ask(
        self, identity: str, command: str, arguments: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """Ask a charger by way of the backend."""
        asked: BackendCommand = csms_command(command, arguments)
        result = await self.backend.command(DEFAULT_ORGANIZATION_ID, identity, asked)
        plain: dict[str, Any] = msgspec.to_builtins(result)
        return plain

    def _judge(self, request: AuthorizationRequest) -> TagDecision:
        word = self._needs.tags.get(request.id_tag, "accepted")
        return TagDecision(word, parent=self._needs.groups.get(request.id_tag))

    def _reported(self, event: BackendEvent) -> None:
        """Of its events the chargers' side shows all that matters."""


def specs_of(row: ScenarioRow, url: str, seed: int, peer: Peer | None = None) -> list[ChargerSpec]:
    """The chargers of a row. Invalid where there can be none like that."""
    scenario = row.scenario
    count = scenario.chargers.count
    if not isinstance(count, int) or not 1 <= count <= limits.SCENARIO_CHARGERS:
        raise Invalid(f"a scenario has 1 to {limits.SCENARIO_CHARGERS} chargers, not {count}")
    if peer is not None and peer.passwords and len(peer.passwords) < count:
        raise Invalid(f"there are {len(peer.passwords)} passwords for {count} chargers")
    plain = _plain_spec(scenario)
    pattern = peer.identity if peer and peer.identity else scenario.chargers.identity
    specs = []
    for number in range(1, count + 1):
        own = {
            "identity": pattern.format(n=number),
            "version": row.version,
            "csms_url": url,
            "seed": seed,
        }
        spec = parsing.specification(plain | own)
        if peer is not None:
            password = peer.passwords[number - 1] if peer.passwords else spec.password
            spec = msgspec.structs.replace(spec, password=password, tls=peer.tls)
        specs.append(spec)
    if len({spec.identity for spec in specs}) < count:
        raise Invalid(f"the identities {pattern!r} of {count} chargers are not apart: use {{n}}")
    parsing.check(msgspec.to_builtins(specs[0]))
    return specs


def _plain_spec(scenario: Scenario) -> dict[str, Any]:
    chargers = scenario.chargers
    for name in chargers.spec:
        if name not in _SPEC_FIELDS or name in _OURS:
            known = ", ".join(sorted(_SPEC_FIELDS - _OURS))
            raise Invalid(f"chargers.spec has no {name!r}; there are {known}")
    plain: dict[str, Any] = {"settings": dict(chargers.settings)}
    connector: dict[str, Any] = {}
    evses = chargers.evses
    if chargers.model is not None:
        brand_slug, _, model_slug = chargers.model.partition("/")
        model = catalogue().model(brand_slug, model_slug)
        connector = {
            "type": model.connector_types[0],
            "current": model.current_type.upper(),
            "phases": model.phases,
            "voltage_v": model.voltage_v,
            "max_current_a": model.max_current_a,
            "max_power_w": model.max_power_w,
            "has_lock": model.cable_lock,
        }
        plain["vendor"] = catalogue().brand(brand_slug).boot_vendor(model)
        plain["model"] = model.boot_model
        evses = model.connector_count if evses is None else evses
    if not isinstance(evses, int | None):
        raise Invalid(f"chargers.evses is a number, not {evses!r}")
    plain["evses"] = [{"connectors": [connector]} for _ in range(evses or 1)]
    if chargers.vehicle is not None:
        plain["vehicle"] = vehicle_of(chargers.vehicle, catalogue())
    return plain | chargers.spec
