"""Blocks that are written from the code: found exactly once, written anew, and known when stale."""

from pathlib import Path

import pytest

from generated_blocks import main, table, written

PLACE = "<!-- rooms: generated -->\n\n{}\n\n<!-- /rooms -->"
PAGE = f"before\n{PLACE}\nafter\n"


def test_a_block_is_written_anew_and_the_rest_stays() -> None:
    assert written(PAGE.format("old"), {"rooms": r"new \1"}) == PAGE.format(r"new \1")


@pytest.mark.parametrize("text", ["no place", PAGE * 2])
def test_a_place_that_is_missing_or_double_is_an_error(text: str) -> None:
    with pytest.raises(SystemExit, match="places for rooms"):
        written(text, {"rooms": "new"})


def test_a_stale_document_is_known_and_left_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    document = tmp_path / "PAGE.md"
    document.write_text(PAGE.format("old"))
    monkeypatch.setattr("sys.argv", ["rooms_table.py", "--check"])

    assert main("", document, lambda: {"rooms": "old"}) == 0
    assert main("", document, lambda: {"rooms": "new"}) == 1

    assert capsys.readouterr().err == "PAGE.md is stale: run python tools/rooms_table.py\n"
    assert document.read_text() == PAGE.format("old")


def test_a_table_is_markdown() -> None:
    assert table(("a", "b"), [("1", "")]) == "| a | b |\n| --- | --- |\n| 1 |  |"
