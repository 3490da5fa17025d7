"""A hunt for what planted faults turn red, and its stored results: docs/planted-faults.md is made
from them.

`python tools/conformance --planted` plants all faults anew and stores what came of them.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.conformance.planted import PlantedFault, faults_of
from voltyard.conformance.cases.case import Case
from voltyard.reports.verdicts import Result, Verdict

STORED = Path(__file__).with_name("planted.json")


class Hunt:
    """The faults that turn each case red, and the cases that each fault turns red; as few of them
    as show it: a fault that was found is planted again only in a case that has found none."""

    def __init__(self, reason: Callable[[PlantedFault], str]) -> None:
        """`reason` says why a change leaves the subject right; empty where it does not."""
        self.red_by_case: dict[str, set[PlantedFault]] = {}
        self.red_by_fault: dict[PlantedFault, set[str]] = defaultdict(set)
        self._reason = reason

    def faults(self, case: Case, right: Result) -> Iterator[PlantedFault]:
        """The faults to plant in a case that a right subject passes."""
        if right.verdict is Verdict.NOT_APPLICABLE:
            return
        assert right.verdict is Verdict.PASS, (case.id, right.failure or right.why)
        red = self.red_by_case.setdefault(case.id, set())
        for fault in dict.fromkeys(faults_of(right.frames, of_charger=case.role == "charger")):
            is_known = bool(self.red_by_fault[fault]) or bool(self._reason(fault))
            if not (is_known and red):
                yield fault

    def judge(self, case: Case, fault: PlantedFault, result: Result) -> None:
        """Note what came of a case with that fault planted."""
        if result.verdict is Verdict.FAIL:
            self.red_by_fault[fault].add(case.id)
            self.red_by_case[case.id].add(fault)

    def check(self) -> None:
        """Fails where a case found no fault, or a fault that is not harmless was not found."""
        assert [id for id, faults in self.red_by_case.items() if not faults] == []
        missed = [fault for fault, cases in self.red_by_fault.items() if not cases]
        unexplained = sorted(str(fault) for fault in missed if not self._reason(fault))
        assert unexplained == [], unexplained

    def table(self) -> dict[str, Any]:
        """What is stored of the hunt."""
        harmless = {
            str(fault): reason for fault in self.red_by_fault if (reason := self._reason(fault))
        }
        return {
            "planted": len(self.red_by_fault) - len(harmless),
            "harmless": dict(sorted(harmless.items())),
            "kills": {id: len(faults) for id, faults in self.red_by_case.items()},
        }


def stored_hunts() -> dict[str, dict[str, Any]]:
    """What is stored, by role and version: `csms 1.6`."""
    found: dict[str, dict[str, Any]] = json.loads(STORED.read_text(encoding="utf-8"))
    return found


def check_against_stored(name: str, hunt: Hunt) -> None:
    """Fails unless the hunt found everything, in the cases and nearly as many faults as are
    published: a heartbeat more or less in a conversation adds some."""
    hunt.check()
    found, stored = hunt.table(), stored_hunts()[name]
    assert found["kills"].keys() == stored["kills"].keys(), (
        "run: python tools/conformance --planted"
    )
    few = found["planted"] < 0.95 * stored["planted"]
    assert not few, (found["planted"], "run: python tools/conformance --planted")


def store(name: str, hunt: Hunt) -> None:
    """Store what came of a hunt in which everything was found."""
    hunt.check()
    hunts = {**stored_hunts(), name: hunt.table()}
    text = json.dumps(dict(sorted(hunts.items())), indent=1, ensure_ascii=False)
    STORED.write_text(text + "\n", encoding="utf-8")
