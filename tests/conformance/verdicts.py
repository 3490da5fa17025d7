"""The stored verdicts of all cases on our own halves: docs/conformance.md is made from them.

`python tools/conformance --play` plays the cases and stores what came of them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from voltyard.conformance.cases.case import Case
from voltyard.reports.verdicts import Result, Verdict

STORED = Path(__file__).with_name("verdicts.json")


def stored_verdicts() -> dict[str, dict[str, Any]]:
    """What is stored of each case, by its id."""
    rows: list[dict[str, Any]] = json.loads(STORED.read_text(encoding="utf-8"))
    return {row["id"]: row for row in rows}


def store(rows: dict[str, dict[str, Any]]) -> None:
    """Store the verdicts, a line each, so that a change of one is a change of one line."""
    lines = [json.dumps(row, ensure_ascii=False) for _, row in sorted(rows.items())]
    STORED.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")


def row_of(case: Case, result: Result) -> dict[str, Any]:
    """What is stored of a case."""
    row = {
        "id": case.id,
        "title": case.title,
        "role": case.role,
        "version": case.version,
        "group": case.group,
        "kind": case.kind,
        "verdict": result.verdict.value,
    }
    return {**row, "why": result.why} if result.why else row


def check_against_stored(case: Case, result: Result) -> None:
    """Fails unless the verdict is one that may be published, and the published one."""
    assert result.verdict in (Verdict.PASS, Verdict.NOT_APPLICABLE), (result.why, result.failure)
    stored = stored_verdicts().get(case.id)
    assert stored == row_of(case, result), "run: python tools/conformance --play " + case.id
