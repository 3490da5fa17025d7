"""A CSMS that knows its chargers: the cases leave each of them as it was."""

from pathlib import Path

import msgspec
import pytest

from tests.conformance.bench import PASSWORD, PATIENCE_S, prepared, results
from tests.foreign.desk import TOKEN, open_desk
from voltyard.conformance.cases.catalogue import chosen
from voltyard.conformance.operators.http import HttpOperator
from voltyard.conformance.operators.operator import DELETE, REGISTER
from voltyard.conformance.operators.ready_drivers import ready_mapping
from voltyard.conformance.subject import Subject
from voltyard.reports.verdicts import Verdict


@pytest.mark.parametrize("ids", [("TC_073_CSMS", "TC_085_CSMS"), ("TC_A_09_CSMS", "TC_A_01_CSMS")])
async def test_a_password_that_a_case_changes_is_put_back(
    ids: tuple[str, str], tmp_path: Path
) -> None:
    ready = ready_mapping("voltyard")
    known = {name: one for name, one in ready.operations.items() if name not in (REGISTER, DELETE)}
    first, then = (chosen("csms", ids=[id]) for id in ids)

    async with open_desk(tmp_path) as desk:
        await desk.register("CP-1", password=PASSWORD)
        operator = HttpOperator(
            msgspec.structs.replace(ready, operations=known),
            {"VOLTYARD_URL": "http://desk", "VOLTYARD_TOKEN": TOKEN},
            time_out_s=PATIENCE_S,
            transport=desk.transport,
        )
        subject = Subject(identities=["CP-1"], password=PASSWORD)
        async with prepared(desk.charger_url, subject, operator, None, PATIENCE_S) as bench:
            played = [*await results(bench, first), *await results(bench, then)]

    assert [one.verdict for one in played] == [Verdict.PASS] * 2, [one.failure for one in played]
