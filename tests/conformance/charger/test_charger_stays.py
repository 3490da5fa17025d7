"""A charger that stays from case to case: what a case leaves behind is not the next one's."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from tests.conformance.bench import results
from tests.fakes.file_folders import FakeFolders
from voltyard.conformance.attendants.own import FIXED_CABLE, OwnChargers
from voltyard.conformance.cases.case import Case, Cases
from voltyard.conformance.cases.catalogue import CASES
from voltyard.conformance.charger.bench import ChargerBench
from voltyard.conformance.charger.v16.central_system import CentralSystem
from voltyard.conformance.charger.v201.management_system import ManagementSystem
from voltyard.conformance.subject import Subject
from voltyard.conformance.wire.firmware_signing import FirmwareSigner
from voltyard.kernel.time import from_rfc3339
from voltyard.network.links.memory import MemoryDialler, MemoryDoor, MemoryNetwork
from voltyard.reports.verdicts import Result, Verdict
from voltyard.simulation.virtual_loop import VirtualLoop, run

START = from_rfc3339("2026-01-05T10:00:00Z")


URL = "ws://127.0.0.1:9000/ocpp"
FINE = (Verdict.PASS, Verdict.NOT_APPLICABLE)
OF_A_CHARGER = [case for case in CASES if case.role == "charger"]
LEAVING_MUCH = {
    "1.6": [
        *("TC_043_CS", "TC_048_3_CS", "TC_048_1_CS", "TC_046_1_CS", "TC_047_CS", "TC_037_3_CS"),
        *("TC_038_CS", "TC_005_3_CS", "TC_016_CS", "TC_002_CS", "TC_021_CS", "TC_042_2_CS"),
        *("TC_007_1_CS", "TC_001_CS", "TC_003_CS"),
    ],
    "2.0.1": [
        *("TC_B_24_CS", "TC_B_23_CS", "TC_B_02_CS", "TC_B_45_CS", "TC_B_51_CS", "TC_C_08_CS"),
        *("TC_C_39_CS", "TC_C_26_CS", "TC_D_01_CS", "TC_E_03_CS", "TC_E_25_CS", "TC_E_40_CS"),
        *("TC_A_11_CS", "TC_F_04_CS", "TC_F_14_CS", "TC_B_01_CS", "TC_E_06_CS", "TC_C_02_CS"),
    ],
}
"""Cases after which there is a list, a reservation, a fault, a cable, a transaction, ..."""


class StayingCharger(OwnChargers):
    """One simulated charger that is never taken away, as one on a wall."""

    is_fresh = False
    has_begun = False

    def lacks(self, case: Case) -> str:
        return "it is as it is" if {"spec", "evses", "password"} & case.options.keys() else ""

    def identity(self, case: Case) -> str:
        return "STAYS"

    async def begin(self, identity: str, case: Case, url: str) -> None:
        if not self.has_begun:
            self.has_begun = True
            await super().begin(identity, replace(case, options={}), url)

    async def end(self, identity: str) -> None:
        """It stays."""


@asynccontextmanager
async def opened() -> AsyncIterator[ChargerBench]:
    network = MemoryNetwork()
    door = MemoryDoor(network)
    files = FakeFolders(takes_s=0.2)
    clock = asyncio.get_running_loop().time
    attendant = StayingCharger(MemoryDialler(network), clock, transfers=files)
    subject = Subject(lacks=[FIXED_CABLE])
    bench = ChargerBench(URL, subject, attendant, patience_s=3_600.0, folders=files)
    await door.open("127.0.0.1", 9000, bench.reception.gate)
    yield bench
    await attendant.close()
    assert not attendant.failures


def played(cases: Sequence[Case]) -> list[Result]:
    """The results of those cases, one after the other, at the charger."""

    async def play() -> list[Result]:
        async with opened() as bench:
            return await results(bench, cases)

    return run(play(), VirtualLoop(START))


def wrong(found: Sequence[Result]) -> dict[str, str]:
    return {one.id: one.why or str(one.failure) for one in found if one.verdict not in FINE}


def case_named(id: str) -> Case:
    [found] = [case for case in OF_A_CHARGER if case.id == id]
    return found


@pytest.mark.parametrize("version", LEAVING_MUCH)
def test_a_case_passes_whatever_those_before_it_have_left(version: str) -> None:
    cases = [case_named(id) for id in LEAVING_MUCH[version]]
    found = played(cases)

    assert wrong(found) == {}
    assert [one.verdict for one in found].count(Verdict.PASS) >= len(cases) - 1


@pytest.mark.slow
@pytest.mark.parametrize("step", [1, -1], ids=["in order", "backwards"])
@pytest.mark.parametrize("version", LEAVING_MUCH)
def test_the_order_of_cases_does_not_matter(step: int, version: str) -> None:
    found = played([case for case in OF_A_CHARGER if case.version == version][::step])

    assert wrong(found) == {}
    assert [one.verdict for one in found].count(Verdict.PASS) >= 60


def test_a_setting_that_cannot_be_had_makes_a_case_not_applicable() -> None:
    [found] = played([case_named("TC_050_4_CS")])

    assert found.verdict is Verdict.NOT_APPLICABLE
    assert found.why == "ReserveConnectorZeroSupported cannot be 'false' at this charger"


READ_ONLY = Cases("charger", "2.0.1", "B")


@READ_ONLY.case("VY_AS_IT_IS", "No profile", settings={"SecurityCtrlr.SecurityProfile": "0"})
@READ_ONLY.case("VY_ANOTHER", "A profile", settings={"SecurityCtrlr.SecurityProfile": "1"})
async def begins(csms: ManagementSystem) -> None:
    """Begins with a variable that cannot be set."""
    await csms.booted()


def test_a_variable_that_cannot_be_set_may_have_its_value_already() -> None:
    another, as_it_is = played(READ_ONLY)

    assert another.verdict is Verdict.NOT_APPLICABLE
    assert as_it_is.verdict is Verdict.PASS


OWN = Cases("charger", "1.6", "Core")


@OWN.case("VY_SETTING", "The settings of the charger", settings={"ConnectionTimeOut": "7"})
async def changes_a_setting(central: CentralSystem) -> None:
    """Changes settings: one that the case begins with, and another."""
    await central.booted()
    await central.configure("MeterValueSampleInterval", "11")


@OWN.case("VY_NOT_THERE", "The settings after it")
async def finds_the_settings_as_they_were(central: CentralSystem) -> None:
    """Finds what the charger had before all cases."""
    await central.booted()
    for key, value in (("ConnectionTimeOut", "60"), ("MeterValueSampleInterval", "60")):
        found = await central.asks("GetConfiguration", key=[key])
        found.expect({"configurationKey.0.value": value})


@OWN.case("VY_LONG", "A long session")
async def charges_for_a_day(central: CentralSystem) -> None:
    """Charges for longer than anybody waits."""
    await central.charging()
    await central.passes(86_400.0)


@OWN.case("VY_ROOTS", "A root certificate, twice")
async def finds_no_root_and_installs_one(central: CentralSystem) -> None:
    """Installs a root where there is none."""
    await central.booted()
    kind = "ManufacturerRootCertificate"
    found = await central.asks("GetInstalledCertificateIds", certificateType=kind)
    found.expect(status="NotFound")
    root = FirmwareSigner(central.clock()).root
    installed = await central.asks("InstallCertificate", certificateType=kind, certificate=root)
    installed.expect(status="Accepted")


def test_certificates_are_removed_after_a_case() -> None:
    assert wrong(played([OWN[3], OWN[3]])) == {}


def test_settings_are_put_back_after_a_case() -> None:
    assert wrong(played([OWN[1], OWN[0], OWN[1]])) == {}


def test_ids_of_transactions_and_of_calls_are_not_used_twice() -> None:
    found = played([case_named("TC_003_CS"), case_named("TC_012_CS"), case_named("TC_003_CS")])
    frames = [json.loads(one.text) for case in found for one in case.frames if one.text]
    numbers = [one[2]["transactionId"] for one in frames if "transactionId" in one[2]]
    calls = [
        json.loads(one.text)[1]
        for case in found
        for one in case.frames
        if not one.by_charger and one.text.startswith("[2,")
    ]

    assert wrong(found) == {}
    assert len(set(numbers)) == len(numbers) == 3
    assert len(set(calls)) == len(calls) > 3


def test_what_a_case_that_was_cut_short_has_left_is_undone_before_the_next_one() -> None:
    async def play() -> list[Result]:
        async with opened() as bench:
            first = asyncio.ensure_future(results(bench, [OWN[2]]))
            await asyncio.sleep(3_600.0)
            first.cancel()
            await asyncio.wait([first])
            return await results(bench, [case_named("TC_003_CS")])

    [found] = run(play(), VirtualLoop(START))
    assert wrong([found]) == {}
