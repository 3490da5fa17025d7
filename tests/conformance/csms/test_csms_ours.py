"""Every case for a CSMS, played on our own backend."""

import asyncio
from collections.abc import Mapping

import pytest

from tests.conformance.bench import bench_of, results
from tests.conformance.verdicts import check_against_stored
from voltyard.conformance.cases.case import Case
from voltyard.conformance.cases.catalogue import CASES
from voltyard.reports.verdicts import Result

pytestmark = pytest.mark.timeout(900)
OF_A_CSMS = [case for case in CASES if case.role == "csms"]


@pytest.fixture(scope="module")
def played(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, Result]:
    """The results of those cases that are collected, played on one backend for each bench."""
    asked_for = {item.name for item in request.session.items}
    cases = [case for case in OF_A_CSMS if f"test_case[{case.id}]" in asked_for]

    async def play() -> list[Result]:
        found = []
        for bench_is in {bench_of(case): None for case in cases}:
            async with bench_is(tmp_path_factory.mktemp("csms")) as bench:
                of_it = [case for case in cases if bench_of(case) is bench_is]
                found += await results(bench, of_it)
        return found

    return {result.id: result for result in asyncio.run(play())}


@pytest.mark.parametrize("case", OF_A_CSMS, ids=lambda case: case.id)
def test_case(case: Case, played: Mapping[str, Result]) -> None:
    check_against_stored(case, played[case.id])
