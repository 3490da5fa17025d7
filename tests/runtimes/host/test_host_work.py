"""The work of a host for a charger that charges: functions called, which no other load changes."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, Literal

import pytest

import voltyard
from tests.runtimes.host.bench import Desk, Heard, open_desk
from voltyard.catalogue.commands.commands import StartSession
from voltyard.charger.description.specification import ChargerSpec, EvseSpec
from voltyard.charger.effects import Done
from voltyard.network.links.memory import MemoryDialler, MemoryNetwork
from voltyard.physics.vehicle import Vehicle
from voltyard.runtimes.host.host import Host
from voltyard.simulation.virtual_loop import VirtualLoop, run

START = 1_767_571_200.0

MOST_CALLS = 115
"""Functions called for one meter value that is told and answered; there were 145 once in 1.6, and
155 in 2.0.1. One more for each is paid for by every simulated charger."""

MEASURANDS = "Energy.Active.Import.Register,Power.Active.Import"
SETTINGS: dict[str, dict[str, str]] = {
    "1.6": {"MeterValueSampleInterval": "1", "MeterValuesSampledData": MEASURANDS},
    "2.0.1": {
        "SampledDataCtrlr.TxUpdatedInterval": "1",
        "SampledDataCtrlr.TxUpdatedMeasurands": MEASURANDS,
    },
}
ROOMS = ("charger", "kernel", "loop", "ocpp", "physics", "runtimes")


class Counter:
    """Calls of functions in the rooms of a charger and its host."""

    def __init__(self) -> None:
        source = Path(voltyard.__file__).parent
        self._folders = tuple(f"{source / room}/" for room in ROOMS)
        self.calls = 0

    def __call__(self, frame: FrameType, event: str, argument: Any) -> None:
        code = frame.f_code
        # Python 3.12 makes no calls of comprehensions any more.
        if event == "call" and code.co_filename.startswith(self._folders):
            self.calls += not code.co_name.startswith("<")

    @contextmanager
    def counting(self) -> Iterator[None]:
        before = sys.getprofile()
        sys.setprofile(self)
        try:
            yield
        finally:
            sys.setprofile(before)


class Desk201(Desk):
    """A desk for 2.0.1."""

    def _usual(self, action: str) -> dict[str, Any]:
        if action == "Authorize":
            return {"idTokenInfo": {"status": "Accepted"}}
        return super()._usual(action)


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_a_steady_meter_value_takes_few_calls_of_functions(
    version: Literal["1.6", "2.0.1"],
) -> None:
    async def charge() -> float:
        network, heard = MemoryNetwork(), Heard()
        desk = Desk() if version == "1.6" else Desk201()
        await open_desk(network, desk, f"ocpp{version}")
        host = Host(MemoryDialler(network), loop.time, heard, slack_s=0.2)
        spec = ChargerSpec(
            identity="CP-1",
            version=version,
            csms_url="ws://csms/ocpp",
            evses=(EvseSpec(),) * 2,
            vehicle=Vehicle(battery_kwh=10_000.0),
            settings=SETTINGS[version],
        )
        host.add("CP-1", spec)
        begun = [host.ask("CP-1", StartSession(evse_id=n, id_tag="TAG")) for n in (1, 2)]
        outcomes = await asyncio.gather(*begun)
        assert all(isinstance(outcome, Done) for outcome in outcomes)
        await asyncio.sleep(10.0)
        told, counter = len(desk.asked), Counter()

        with counter.counting():
            await asyncio.sleep(60.0)

        told = len(desk.asked) - told
        assert told >= 2 * 59, "two EVSEs, a value a second"
        host.close()
        return counter.calls / told

    loop = VirtualLoop(START)

    calls = run(charge(), loop)

    assert calls <= MOST_CALLS, calls
