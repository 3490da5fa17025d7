"""The text of a subject's file, read back by YAML."""

import yaml

from voltyard.conformance.subject_file import SubjectFile


def test_what_is_written_is_read_back_whatever_it_looks_like() -> None:
    odd = {"a": "on", "b": "0123", "c": "x: y # z", "d": "", "e": "1e3", "f": "ü\n- k", "g": None}
    file = SubjectFile("Of a test")
    file.add_mapping("tags", {name: (value, "as told") for name, value in odd.items()}, "Tags")
    file.add_list("lacks", [(value, "") for value in odd.values() if value], "Not there")
    file.add("identities", ["CP-1", "no", "[x"], "Names")
    file.add("evses", 3, "How many")

    assert yaml.safe_load(file.text()) == {
        "tags": odd,
        "lacks": [value for value in odd.values() if value],
        "identities": ["CP-1", "no", "[x"],
        "evses": 3,
    }


def test_what_a_charger_calls_itself_stays_in_the_comment() -> None:
    file = SubjectFile("Vendor\nevses: 99 " + "and a long name " * 20)
    file.add("evses", 1, "As it\u2028told\rus")
    file.add_mapping("tags", {}, "None")
    file.add_list("lacks", [], "None")

    assert yaml.safe_load(file.text()) == {"evses": 1, "tags": {}, "lacks": []}
    assert max(map(len, file.text().splitlines())) <= 100
