"""Each case for a CSMS turns red by a planted fault, and each planted fault turns a case red."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conformance.bench import bench_of, results
from tests.conformance.hunt import Hunt, check_against_stored
from tests.conformance.planted import PlantedDialler
from voltyard.conformance.cases.case import Case
from voltyard.conformance.cases.catalogue import CASES
from voltyard.conformance.runner import Bench
from voltyard.network.links.picows_links import PicowsDialler
from voltyard.reports.verdicts import Result

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_800)]

HARMLESS = {
    "1.6": {
        "answer Authorize: lost idTagInfo.expiryDate": "optional",
        "answer Authorize: other idTagInfo.parentIdTag": "any text, the same for both tags",
        "answer StartTransaction: lost idTagInfo.expiryDate": "optional",
        "answer StartTransaction: lost idTagInfo.parentIdTag": "optional",
        "answer StartTransaction: other idTagInfo.parentIdTag": "any text",
        "answer StartTransaction: other transactionId": "any number",
        "answer StopTransaction: lost idTagInfo": "optional",
        "answer StopTransaction: lost idTagInfo.parentIdTag": "optional",
        "answer StopTransaction: other idTagInfo.parentIdTag": "any text",
        "request GetLog: other requestId": "any number",
        "request ReserveNow: other reservationId": "any number",
        "request SendLocalList: other listVersion": "the CSMS numbers its lists",
        "request SignedUpdateFirmware: other requestId": "any number",
    },
    "2.0.1": {
        "answer Authorize: lost idTokenInfo.cacheExpiryDateTime": "optional",
        "answer TransactionEvent: lost idTokenInfo.cacheExpiryDateTime": "optional",
        "answer TransactionEvent: lost idTokenInfo.groupIdToken": "optional",
        "request CertificateSigned: lost certificateType": "the station's, by default",
        "request CustomerInformation: other requestId": "any number",
        "request GetBaseReport: other requestId": "any number",
        "request GetChargingProfiles: other requestId": "any number",
        "request GetDisplayMessages: other requestId": "any number",
        "request GetLog: other requestId": "any number",
        "request GetMonitoringReport: other requestId": "any number",
        "request GetReport: other requestId": "any number",
        "request PublishFirmware: other requestId": "any number",
        "request RequestStartTransaction: other chargingProfile.id": "any number",
        "request RequestStartTransaction: other remoteStartId": "any number",
        "request ReserveNow: other id": "any number",
        "request SetChargingProfile: other chargingProfile.id": "any number, the same again",
        "request SetDisplayMessage: other message.id": "any number, the same again",
        "request UpdateFirmware: other requestId": "any number",
    },
}
"""Changes that leave a CSMS right, by version, and why."""
LEAST_FAULTS = {"1.6": 200, "2.0.1": 130}
PATIENCE_S = 1.5
CASES_AT_A_TIME = 8
"""Most of the time is spent on waiting for what does not come."""


@pytest.mark.parametrize("version", HARMLESS)
async def test_each_case_and_each_planted_fault_find_each_other(
    version: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A case that no fault can turn red is no case; a fault that passes everywhere is missed."""
    hunt = await hunted(version, lambda: tmp_path_factory.mktemp("csms"))

    check_against_stored(f"csms {version}", hunt)
    assert len(hunt.red_by_fault) >= LEAST_FAULTS[version]


async def hunted(version: str, folder: Callable[[], Path]) -> Hunt:
    """The hunt over all cases of that version; each call of `folder` gives a new one."""
    cases = [case for case in CASES if (case.role, case.version) == ("csms", version)]
    hunt = Hunt(lambda fault: HARMLESS[version].get(str(fault), ""))
    for bench_is in {bench_of(case): None for case in cases}:
        played = [case for case in cases if bench_of(case) is bench_is]
        async with bench_is(folder()) as bench:
            right = {one.id: one for one in await results(bench, played)}
        dialler = PlantedDialler(PicowsDialler())
        turns = asyncio.Semaphore(CASES_AT_A_TIME)
        async with (
            bench_is(folder(), dialler, patience_s=PATIENCE_S) as bench,
            asyncio.TaskGroup() as group,
        ):
            for case in played:
                group.create_task(_hunt_in(case, right[case.id], hunt, bench, dialler, turns))
    return hunt


async def _hunt_in(
    case: Case,
    right: Result,
    hunt: Hunt,
    bench: Bench,
    dialler: PlantedDialler,
    turns: asyncio.Semaphore,
) -> None:
    async with turns:
        for fault in hunt.faults(case, right):
            dialler.plant(fault)
            [result] = await results(bench, [case])
            hunt.judge(case, fault, result)
