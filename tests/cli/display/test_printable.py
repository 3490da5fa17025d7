"""Text of strangers on a terminal."""

import json

import pytest

from voltyard.cli.display.printable import cell, fields, json_text


@pytest.mark.parametrize("text", ["\x1b]0;x\x07", "\x9b2J", "\u202ex", "é", '"\\', "\ud800"])
def test_json_means_the_same_and_has_no_control(text: str) -> None:
    written = json_text({"name": text})

    assert json.loads(written) == {"name": text}
    assert all(sign.isprintable() for sign in written)


def test_values_are_short() -> None:
    values = [None, True, False, 7.0, 0.12345, 3, [], ["a", "b"], {"a": 1}]

    assert [cell(one) for one in values] == [
        *("", "yes", "no", "7", "0.123", "3", "", "a, b", '{"a": 1}'),
    ]


def test_fields_within_fields_have_the_name_before_them() -> None:
    record = {"a": 1, "b": {"c": None, "d": {}}, "e": [{"f": 2}]}

    assert fields(record) == [("a", "1"), ("b.c", ""), ("b.d", "{}"), ("e.1.f", "2")]
