"""docs/conformance.md names a test, or a reason, for each case; and the test is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OVER_SOCKETS = re.compile(r"^@case\(([^@]*?)\)\nasync def test_(TC_\w+?_CS)_", re.MULTILINE)


@pytest.mark.parametrize("side,cases", [("CSMS", 77), ("CS", 107)])
def test_every_case_has_a_test_or_a_reason(side: str, cases: int) -> None:
    row = re.compile(rf"^\| (TC_\d+(?:_\d+)?_{side}) \| [^|]+ \| ([^|]+) \|$", re.MULTILINE)
    rows = row.findall((ROOT / "docs/conformance.md").read_text())

    assert len({case for case, _ in rows}) == len(rows) == cases
    for case, told in rows:
        if not told.startswith("`"):
            assert told.startswith("none: "), case
            continue
        assert re.search(rf"\b(test_)?{case}\b|_{case}_", (ROOT / told.strip("`")).read_text()), (
            case
        )


def test_the_charge_point_is_played_over_sockets_as_often_as_is_said() -> None:
    found = {
        name
        for path in (ROOT / "tests/foreign").glob("test_octt16_cp_*.py")
        for how, name in OVER_SOCKETS.findall(path.read_text())
        if "sockets=True" in how
    }

    assert len(found) >= 40
    assert f" {len(found)} cases" in (ROOT / "docs/conformance.md").read_text()
