"""Every case for a charger, played on our own, in virtual time."""

import asyncio
import time
from dataclasses import replace

import pytest

from tests.conformance.bench import results
from tests.conformance.hunt import Hunt
from tests.conformance.hunt import check_against_stored as check_hunt_against_stored
from tests.conformance.planted import PlantedFault, WrongLink
from tests.conformance.verdicts import check_against_stored
from tests.fakes.file_folders import FakeFolders
from voltyard.conformance.attendants.own import OwnChargers
from voltyard.conformance.cases.case import TLS, Case
from voltyard.conformance.cases.catalogue import CASES
from voltyard.conformance.charger.bench import ChargerBench
from voltyard.conformance.charger.reception import Reception
from voltyard.conformance.charger.tls_door import door_certificates
from voltyard.conformance.subject import Subject
from voltyard.kernel.time import from_rfc3339
from voltyard.network.links.memory import MemoryDialler, MemoryDoor, MemoryNetwork
from voltyard.network.links.picows_links import PicowsDialler
from voltyard.ports.clock import Clock
from voltyard.ports.links import Barred, GateDecision, Handshake
from voltyard.reports.verdicts import Result
from voltyard.simulation.virtual_loop import VirtualLoop, run

PATIENCE_S = 3_600.0
"""Of virtual time."""

TLS_PATIENCE_S = 60.0
"""Of real time, where nothing is wrong."""

WRONG_PATIENCE_S = 3.0
"""Of real time, where something is."""

START = from_rfc3339("2026-01-05T10:00:00Z")
OF_A_CHARGER = [case for case in CASES if case.role == "charger"]
LEAST_FAULTS = {"1.6": 180, "2.0.1": 350}
HARMLESS = {
    "1.6": {
        "answer GetCompositeSchedule: lost chargingSchedule.duration": "optional",
        "request BootNotification: lost firmwareVersion": "optional",
        "request BootNotification: other chargePointModel": "any text",
        "request BootNotification: other chargePointVendor": "any text",
        "request BootNotification: other firmwareVersion": "any text",
        "request SecurityEventNotification: lost techInfo": "optional",
        "request SecurityEventNotification: other techInfo": "any text",
        "request StatusNotification: lost info": "optional",
        "request StatusNotification: lost timestamp": "optional",
        "request StatusNotification: lost vendorErrorCode": "optional",
        "request StatusNotification: other info": "any text",
        "request StatusNotification: other vendorErrorCode": "any text",
    },
    "2.0.1": {
        "answer GetLog: other filename": "any text",
        "request BootNotification: lost chargingStation.firmwareVersion": "optional",
        "request BootNotification: other chargingStation.firmwareVersion": "any text",
        "request BootNotification: other chargingStation.model": "any text",
        "request BootNotification: other chargingStation.vendorName": "any text",
        "request NotifyMonitoringReport: lost tbc": "false where it is left out",
        "request Get15118EVCertificate: other iso15118SchemaVersion": "any text",
        "request NotifyCustomerInformation: lost tbc": "false where it is left out",
        "request NotifyDisplayMessages: lost tbc": "false where it is left out",
        "request NotifyEVChargingNeeds: lost chargingNeeds.departureTime": "optional",
        "request NotifyEVChargingSchedule: lost chargingSchedule.duration": "optional",
        "request SecurityEventNotification: lost techInfo": "optional",
        "request SecurityEventNotification: other techInfo": "any text",
        "request SignCertificate: lost certificateType": "optional",
        "request TransactionEvent: lost numberOfPhasesUsed": "optional",
        "request TransactionEvent: other numberOfPhasesUsed": "any number",
    },
}
"""Changes that leave a charger right, and why. In 2.0.1 a statusInfo is optional as well, and its
text is free."""


def play(case: Case, fault: PlantedFault | None = None) -> Result:
    """The result of a case, with a fault planted in the charger: in virtual time, but for what
    needs TLS."""
    if TLS in case.options:
        patience_s = TLS_PATIENCE_S if fault is None else WRONG_PATIENCE_S
        [result] = asyncio.run(played_over_tls(case, patience_s, fault))
    else:
        [result] = run(played(case, fault), VirtualLoop(START))
    return result


async def played(case: Case, fault: PlantedFault | None) -> list[Result]:
    """Over links in memory."""
    clock = asyncio.get_running_loop().time
    network = MemoryNetwork()
    door = MemoryDoor(network)
    files = FakeFolders(takes_s=0.2)
    attendant = OwnChargers(MemoryDialler(network), clock, transfers=files)
    url = "ws://127.0.0.1:9000/ocpp"
    bench = ChargerBench(url, Subject(), attendant, patience_s=PATIENCE_S, folders=files)
    bench.reception = FaultyReception(fault)
    await door.open("127.0.0.1", 9000, bench.reception.gate)
    return await judged(bench, attendant, case, clock)


async def played_over_tls(
    case: Case, patience_s: float = TLS_PATIENCE_S, fault: PlantedFault | None = None
) -> list[Result]:
    """Over real sockets, in real time."""
    certificates = door_certificates("127.0.0.1", time.time())
    attendant = OwnChargers(PicowsDialler(), time.time, certificates=certificates)
    bench = ChargerBench(
        "ws://127.0.0.1:9/ocpp",
        Subject(),
        attendant,
        patience_s=patience_s,
        certificates=certificates,
    )
    bench.reception = FaultyReception(fault)
    return await judged(bench, attendant, case, time.time)


class FaultyReception(Reception):
    """A reception that sees each charger with a fault."""

    def __init__(self, fault: PlantedFault | None) -> None:
        super().__init__(lambda _: Barred(503, "no case is played"))
        self._fault = fault

    def gate(self, handshake: Handshake) -> GateDecision:
        decision = super().gate(handshake)
        if self._fault is None or isinstance(decision, Barred):
            return decision
        return replace(decision, user=WrongLink(decision.user, self._fault))


async def judged(
    bench: ChargerBench, attendant: OwnChargers, case: Case, clock: Clock
) -> list[Result]:
    found = await results(bench, [case], clock)
    await attendant.close()
    assert not attendant.failures
    return found


@pytest.mark.parametrize("case", OF_A_CHARGER, ids=lambda case: case.id)
def test_case(case: Case) -> None:
    check_against_stored(case, play(case))


@pytest.mark.slow
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize(("version", "least"), LEAST_FAULTS.items())
def test_each_case_and_each_planted_fault_find_each_other(version: str, least: int) -> None:
    """A case that no fault can turn red is no case; a fault that passes everywhere is missed."""
    hunt = hunted(version)

    check_hunt_against_stored(f"charger {version}", hunt)
    assert len(hunt.red_by_fault) >= least


def hunted(version: str) -> Hunt:
    """The hunt over all cases of that version."""
    hunt = Hunt(lambda fault: _reason(version, fault))
    for case in OF_A_CHARGER:
        if case.version == version:
            for fault in hunt.faults(case, play(case)):
                hunt.judge(case, fault, play(case, fault))
    return hunt


def _reason(version: str, fault: PlantedFault) -> str:
    if fault.field.startswith("statusInfo"):
        return "optional, and its text is free"
    return HARMLESS[version].get(str(fault), "")
