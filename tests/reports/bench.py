"""Results and reports to write, read and compare."""

import json
import random
from pathlib import Path
from typing import Any

from voltyard.reports.verdicts import (
    BrokenExpectation,
    FigureTable,
    Frame,
    Result,
    RunReport,
    Step,
    Verdict,
)

BEGAN_AT = 1_767_571_200.0
"""2026-01-05T00:00:00Z."""
HOSTILE = "</script><img src=x onerror=document.title='taken'>]]>&<!--\x00\x1b[2J\u202e\ufffe\ud83d"
"""With half a sign at its end, as a careless peer cuts it."""
CALL = '[2,"7","Authorize",{"idTag":"AB"}]'
ANSWER = '[3,"7",{"idTagInfo":{"status":"Blocked"}}]'
LATENCIES = FigureTable(
    title="latency per action",
    columns=["action", "calls", "p99"],
    rows=[["Authorize", "1,200", "12 ms"], ["Heartbeat", "7", "3 ms"]],
)


def frame(text: str = CALL, *, after_s: float = 0.5, by_charger: bool = True, **more: Any) -> Frame:
    return Frame(at=BEGAN_AT + after_s, identity="CP-1", by_charger=by_charger, text=text, **more)


def passed(id: str = "TC_001", **more: Any) -> Result:
    fields: dict[str, Any] = {
        "id": id,
        "title": "Cold boot",
        "group": "Core",
        "version": "1.6",
        "verdict": Verdict.PASS,
        "began_at": BEGAN_AT,
        "took_s": 1.25,
    }
    return Result(**{**fields, **more})


def failed(id: str = "TC_003", **more: Any) -> Result:
    fields: dict[str, Any] = {
        "title": "Regular session",
        "verdict": Verdict.FAIL,
        "failure": BrokenExpectation(
            step="the tag is shown",
            expected="Authorize answered Accepted",
            came=ANSWER,
            rule="OCPP 1.6 section 4.1",
            frame=1,
        ),
        "purpose": "A session that a person begins with a card.",
        "requirements": ["OCPP 1.6 section 4.1"],
        "steps": [Step(at=BEGAN_AT + 0.4, text="show the tag AB", frame=0)],
        "frames": [frame(), frame(ANSWER, after_s=0.75, by_charger=False)],
        "seed": 42,
        "again": "voltyard conform csms --url ws://127.0.0.1:9000/ocpp --cases TC_003 --seed 42",
    }
    return passed(id, **{**fields, **more})


def report(*results: Result, **more: Any) -> RunReport:
    fields: dict[str, Any] = {
        "title": "Conformance of a CSMS",
        "subject": "ws://127.0.0.1:9000/ocpp",
        "command": "voltyard conform csms --url ws://127.0.0.1:9000/ocpp",
        "tool": "voltyard 0.1.0",
        "began_at": BEGAN_AT,
        "took_s": 2.5,
        "seed": 42,
        "is_complete": True,
        "results": list(results),
    }
    return RunReport(**{**fields, **more})


def without_case(verdict: Verdict, why: str, id: str = "TC_010") -> Result:
    return passed(id, verdict=verdict, why=why)


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def large_report() -> RunReport:
    """850 cases with 10,000 frames, whose ids and values nothing foretells."""
    draw = random.Random()
    return report(*(_case(draw, number) for number in range(850)))


def _case(draw: random.Random, number: int) -> Result:
    frames = []
    for n in range(6):
        id = f"{draw.getrandbits(128):032x}"
        payload = {
            "connectorId": n,
            "transactionId": draw.getrandbits(31),
            "meterValue": [
                {
                    "timestamp": f"2026-01-05T00:{n:02d}:{draw.randrange(60):02d}Z",
                    "sampledValue": [{"value": f"{draw.random() * 1e4:.3f}", "unit": "Wh"}] * 3,
                }
            ],
        }
        for by_charger, text in ((True, [2, id, "MeterValues", payload]), (False, [3, id, {}])):
            at = BEGAN_AT + number + n / 10 + draw.random() / 20
            written = json.dumps(text, separators=(",", ":"))
            frames.append(Frame(at=at, identity="CP-1", by_charger=by_charger, text=written))
    return failed(f"TC_{number}", frames=frames, purpose=f"Purpose of the case {number}. " * 4)
