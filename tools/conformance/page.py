"""The generated blocks of docs/conformance.md."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from generated_blocks import table
from tests.conformance.verdicts import stored_verdicts
from voltyard.conformance.cases.catalogue import CASES
from voltyard.conformance.cases.published_cases import (
    LEFT_OUT_STATES,
    VERSIONS,
    PublishedCase,
    left_out_cases,
    published_cases,
)

ROLES: Final = {"csms": "CSMS", "charger": "charger"}
UNWRITTEN: Final = "not written yet"
STATES: Final = ("pass", *LEFT_OUT_STATES, UNWRITTEN)
_KINDS: Final = {
    "conformance": "",
    "compatibility": "compatibility",
    "habit": "a habit of OCTT",
}

Row = tuple[PublishedCase, str, str]
"""A published case, its state, and what is said of it."""


def blocks() -> dict[str, str]:
    """The counts, a table for each version and role, and the cases beyond OCTT. SystemExit where
    the stored verdicts are not those of the cases that there are, or a case is left out wrongly."""
    stored = stored_verdicts()
    unlike = stored.keys() ^ {case.id for case in CASES}
    _require(
        not unlike,
        f"without a stored verdict, or gone: {', '.join(sorted(unlike))}; "
        "run python tools/conformance --new",
    )
    rows = list(_rows(stored))
    tables = {
        f"{role}-{version}": _cases(
            row for row in rows if (row[0].role, row[0].version) == (role, version)
        )
        for version in VERSIONS
        for role in ROLES
    }
    return {"counts": _counts(rows, stored), **tables, "beyond": _beyond(stored)}


def _rows(stored: Mapping[str, dict[str, Any]]) -> Iterator[Row]:
    left_out = left_out_cases()
    published = published_cases()
    known = {case.id for case in published}
    for id, one in left_out.items():
        _require(id in known, f"left-out.tsv: {id} is no published case")
        _require(id not in stored, f"left-out.tsv: {id} is played: take it out of the table")
        _require(one.state in LEFT_OUT_STATES, f"left-out.tsv: {id} is {one.state!r}")
        _require(bool(one.reason), f"left-out.tsv: {id} has no reason")
    for id in stored:
        _require(id in known or id.startswith("VY_"), f"{id} is neither published nor ours (VY_)")
    for case in published:
        if row := stored.get(case.id):
            yield case, row["verdict"], "; ".join(filter(None, (_KINDS[row["kind"]], _why(row))))
        elif case.id in left_out:
            yield case, left_out[case.id].state, left_out[case.id].reason
        else:
            yield case, UNWRITTEN, ""


def _require(holds: bool, words: str) -> None:
    if not holds:
        raise SystemExit(words)


def _why(row: Mapping[str, Any]) -> str:
    return str(row.get("why", ""))


def _cases(rows: Iterator[Row]) -> str:
    return table(
        ("case", "name", "verdict"),
        ((case.id, case.name, f"{state}: {why}" if why else state) for case, state, why in rows),
    )


def _counts(rows: list[Row], stored: Mapping[str, dict[str, Any]]) -> str:
    lines = []
    for version in VERSIONS:
        for role, name in ROLES.items():
            found = Counter(
                state for case, state, _ in rows if (case.role, case.version) == (role, version)
            )
            lines.append(_line(f"OCPP {version}, {name}", found))
    lines.append(_line("**OCTT's, all**", Counter(state for _, state, _ in rows)))
    lines.append(_line("ours (`VY_`)", Counter(row["verdict"] for row in _ours(stored))))
    return table(("cases", "number", *STATES), lines)


def _line(name: str, found: Counter[str]) -> tuple[str, ...]:
    return (name, str(found.total()), *(str(found[state]) for state in STATES))


def _ours(stored: Mapping[str, dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for id, row in stored.items() if id.startswith("VY_")]


def _beyond(stored: Mapping[str, dict[str, Any]]) -> str:
    ours = _ours(stored)
    parts = []
    for version in VERSIONS:
        for role, name in ROLES.items():
            rows = [row for row in ours if (row["role"], row["version"]) == (role, version)]
            for group in dict.fromkeys(row["group"] for row in rows):
                lines = (
                    (row["id"], row["title"], row["kind"], _verdict(row))
                    for row in rows
                    if row["group"] == group
                )
                parts.append(f"**OCPP {version}, {name}: {group}**")
                parts.append(table(("case", "name", "kind", "verdict"), lines))
    return "\n\n".join(parts) or "None yet."


def _verdict(row: Mapping[str, Any]) -> str:
    return f"{row['verdict']}: {_why(row)}" if _why(row) else str(row["verdict"])
