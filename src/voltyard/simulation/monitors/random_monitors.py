"""Random monitors by seed: set, replaced and cleared, while what they watch moves."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from random import Random
from typing import Final

from msgspec import Struct

from voltyard.catalogue.commands.commands import DriftSensor, InjectFault, Reboot
from voltyard.charger.description.specification import ChargerSpec
from voltyard.csms.commands.monitors import ClearMonitors, SetMonitors, VariableMonitor
from voltyard.csms.commands.results import BackendCommandResult, MonitorsSetResult, MonitorType
from voltyard.csms.commands.shared import BackendCommand
from voltyard.drivers.crowd import Script, WaitUntil
from voltyard.kernel.errors import VoltyardError
from voltyard.kernel.time import DAY_S, HOUR_S, MINUTE_S, Instant, Seconds

MONITORS_EVERY_S: Seconds = 45 * MINUTE_S
"""Between two commands of the operator to one charger, on average."""

MONITORS_AT_ONCE: Final = 12
"""Of one charger; the operator clears one before another is set."""

DRIFTS_EVERY_S: Seconds = 90 * MINUTE_S
"""Of each EVSE, on average."""

REBOOTS_PER_DAY: Final = 3.0
"""Of each charger."""

_PERIODS_S: Final = (300.0, 600.0, 900.0, 3_600.0)
_SENSED_FAULTS: Final = ("HighTemperature", "OverVoltage", "UnderVoltage")

AskCharger = Callable[[BackendCommand], Awaitable[BackendCommandResult]]


class _Watchable(Struct, frozen=True):
    """A variable of an EVSE, with the range of its thresholds and of its differences."""

    name: str
    thresholds: tuple[float, float] | None
    differences: tuple[float, float] = (0.0, 0.0)


_WATCHABLE: Final = (
    _Watchable("TemperatureSensor@{}.Temperature", (21.0, 100.0), (2.0, 20.0)),
    _Watchable("ElectricalFeed@{}.ACVoltage", (195.0, 265.0), (5.0, 30.0)),
    _Watchable("EVSE@{}.Power", (100.0, 22_000.0), (500.0, 5_000.0)),
    _Watchable("FiscalMetering@{}.EnergyImportRegister", (0.0, 60_000.0), (500.0, 9_000.0)),
    _Watchable("Connector@{}/1.AvailabilityState", None),
)
_TYPES: Final[tuple[MonitorType, ...]] = (
    "UpperThreshold",
    "LowerThreshold",
    "Delta",
    "Periodic",
    "PeriodicClockAligned",
)


async def operate_monitors(spec: ChargerSpec, ask: AskCharger, random: Random) -> None:
    """Have a charger watch variables, other values of them, and less of them, for ever."""
    known: dict[int, VariableMonitor] = {}
    while True:
        await asyncio.sleep(random.expovariate(1.0 / MONITORS_EVERY_S))
        command = _command(spec, known, random)
        try:
            result = await ask(command)
        except VoltyardError:  # it is offline, or the link went before its answer
            continue
        if isinstance(command, ClearMonitors):
            for id in command.ids:
                known.pop(id, None)
        elif isinstance(command, SetMonitors) and isinstance(result, MonitorsSetResult):
            for wanted, one in zip(command.monitors, result.results, strict=True):
                if one.id is not None and one.status == "accepted":
                    known[one.id] = wanted


def _command(
    spec: ChargerSpec, known: Mapping[int, VariableMonitor], random: Random
) -> BackendCommand:
    if known and (len(known) >= MONITORS_AT_ONCE or random.random() < 0.25):
        return ClearMonitors(ids=tuple(random.sample(list(known), random.randint(1, len(known)))))
    if known and random.random() < 0.25:
        id = random.choice(list(known))
        return SetMonitors(monitors=(_replaced(id, known[id], random),))
    wanted = [_monitor(spec, random) for _ in range(random.randint(1, 4))]
    return SetMonitors(monitors=tuple(wanted))


def _monitor(spec: ChargerSpec, random: Random) -> VariableMonitor:
    one = random.choice(_WATCHABLE)
    types = _TYPES if one.thresholds is not None else _TYPES[2:]
    type = random.choice(types)
    return VariableMonitor(
        variable=one.name.format(random.randint(1, len(spec.evses))),
        type=type,
        value=_value(one, type, random),
        severity=random.randint(0, 9),
        transaction=random.random() < 0.2,
    )


def _replaced(id: int, before: VariableMonitor, random: Random) -> VariableMonitor:
    """The same monitor with another value."""
    name = before.variable.partition("@")[0]
    [one] = [one for one in _WATCHABLE if one.name.startswith(f"{name}@")]
    return VariableMonitor(
        id=id,
        variable=before.variable,
        type=before.type,
        value=_value(one, before.type, random),
        severity=before.severity,
        transaction=before.transaction,
    )


def _value(one: _Watchable, type: MonitorType, random: Random) -> float:
    if type.startswith("Periodic"):
        return random.choice(_PERIODS_S)
    if type == "Delta":
        return round(random.uniform(*one.differences), 2)
    assert one.thresholds is not None, "it is a number"
    return round(random.uniform(*one.thresholds), 2)


def moving_values(evse_id: int, random: Random, clock: Callable[[], Instant]) -> Script:
    """Sensors of an EVSE that drift and come back, and faults that show in them, for ever."""
    while True:
        yield WaitUntil(clock() + random.expovariate(1.0 / DRIFTS_EVERY_S))
        duration_s = random.choice((0.0, 60.0, 600.0, 1_800.0))
        match random.randrange(5):
            case 0:
                to = random.uniform(25.0, 110.0)
                yield DriftSensor(
                    evse_id=evse_id, sensed="temperature", to=to, duration_s=duration_s
                )
            case 1:
                to = random.uniform(180.0, 280.0)
                yield DriftSensor(evse_id=evse_id, sensed="voltage", to=to, duration_s=duration_s)
            case 2:
                yield DriftSensor(evse_id=evse_id, sensed="temperature", duration_s=duration_s)
            case 3:
                yield DriftSensor(evse_id=evse_id, sensed="voltage", duration_s=duration_s)
            case _:
                yield InjectFault(
                    evse_id=evse_id,
                    fault_type=random.choice(_SENSED_FAULTS),
                    recover_after_s=random.uniform(60.0, HOUR_S),
                )


def reboots(random: Random, clock: Callable[[], Instant]) -> Script:
    """Restarts of a charger, for ever."""
    while True:
        yield WaitUntil(clock() + random.expovariate(REBOOTS_PER_DAY / DAY_S))
        yield Reboot(hard=random.random() < 0.5)
