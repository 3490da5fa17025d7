"""The playing of cases on our own halves, for their verdicts."""

import asyncio
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.conformance.bench import bench_of, results
from tests.conformance.charger.test_charger_ours import play as play_at_charger
from tests.conformance.verdicts import row_of, store, stored_verdicts
from voltyard.conformance.cases.case import Case
from voltyard.conformance.cases.catalogue import CASES
from voltyard.reports.verdicts import Result, Verdict

_PUBLISHED = (Verdict.PASS, Verdict.NOT_APPLICABLE)


def play(beginnings: Sequence[str] | None) -> int:
    """Play the cases whose ids begin so, all if there are none, and store their verdicts; None: the
    cases without one. The number of those that neither passed nor were not applicable."""
    known = {case.id for case in CASES}
    stored = {id: row for id, row in stored_verdicts().items() if id in known}
    cases = [
        case
        for case in CASES
        if (case.id not in stored if beginnings is None else case.id.startswith(tuple(beginnings)))
        or beginnings == []
    ]
    failed = 0
    for case, result in _played(cases):
        print(f"{result.verdict.upper():14} {case.id} ({result.took_s:.2f} s)", file=sys.stderr)
        if result.verdict in _PUBLISHED:
            stored[case.id] = row_of(case, result)
        else:
            failed += 1
            stored.pop(case.id, None)
            print(f"  {result.failure or result.why}", file=sys.stderr)
    store(stored)
    return failed


def _played(cases: Iterable[Case]) -> Iterable[tuple[Case, Result]]:
    of_a_csms = [case for case in cases if case.role == "csms"]
    if of_a_csms:
        found = {result.id: result for result in asyncio.run(_on_our_csms(of_a_csms))}
        for case in of_a_csms:
            yield case, found[case.id]
    for case in cases:
        if case.role == "charger":
            yield case, play_at_charger(case)


async def _on_our_csms(cases: Sequence[Case]) -> list[Result]:
    found = []
    for bench_is in {bench_of(case): None for case in cases}:
        of_it = [case for case in cases if bench_of(case) is bench_is]
        with tempfile.TemporaryDirectory() as folder:
            async with bench_is(Path(folder)) as bench:
                found += await results(bench, of_it)
    return found
