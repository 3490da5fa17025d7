"""Names and bounds of what failed tests leave."""

import re

import pytest

from voltyard.kernel import limits
from voltyard.testing.lab.artifacts import newest, safe_name


@pytest.mark.parametrize(
    "text", ["", "..", "../../etc/passwd", "a\0b", "CON", "C:\\x", "x" * 10_000, "\ud800", "ß/é"]
)
def test_a_name_is_safe_whatever_a_test_is_called(text: str) -> None:
    name = safe_name(text)

    assert re.fullmatch(r"[A-Za-z0-9_-]+-[0-9a-f]{8}", name)
    assert len(name) <= limits.ARTIFACT_NAME_CHARS + 9


def test_two_tests_whose_names_are_written_alike_do_not_meet() -> None:
    assert safe_name("test_a[1/2]") != safe_name("test_a[1.2]")


def test_the_newest_lines_are_kept_by_number_and_by_length() -> None:
    lines = [str(number) * 10 for number in range(9)]

    assert newest(lines, most=3, most_bytes=1_000) == lines[-3:]
    assert newest(lines, most=9, most_bytes=25) == lines[-2:]
    assert newest(["x" * 100], most=9, most_bytes=25) == []
    assert newest([], most=9, most_bytes=25) == []
