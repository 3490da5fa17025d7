"""The walker types what a reader would paste."""

from pathlib import Path

import pytest

from tests.docs.walk import steps, words

ROOT = Path(__file__).parents[2]


def typed(tmp_path: Path, *lines: str) -> list[str]:
    """The commands of a document that has one block of these lines."""
    document = tmp_path / "guide.md"
    document.write_text("\n".join(("```console", *lines, "```", "")))
    return [step.command for step in steps(document)]


def test_a_command_goes_on_while_a_quotation_is_open(tmp_path: Path) -> None:
    assert typed(tmp_path, "$ ask -d '{", '$ "a": 1}\'', "{}", "$ true") == [
        "ask -d '{\n$ \"a\": 1}'",
        "true",
    ]


def test_a_continued_line_is_typed_as_it_stands(tmp_path: Path) -> None:
    [command] = typed(tmp_path, "$ ask here \\", "  -d '{}'", "{}")

    assert command == "ask here \\\n  -d '{}'"
    assert words(command) == ["ask", "here", "-d", "{}"]


def test_a_backslash_in_single_quotes_stays_there(tmp_path: Path) -> None:
    [command] = typed(tmp_path, '$ ask -d \'{"a": 1, \\', '  "b": 2}\'', "{}")

    assert words(command)[-1] == '{"a": 1, \\\n  "b": 2}'


@pytest.mark.parametrize(
    "path", [ROOT / "README.md", *(ROOT / "docs").glob("*.md")], ids=lambda path: path.name
)
def test_no_command_has_a_tab_which_a_terminal_would_complete(path: Path) -> None:
    assert [step.command for step in steps(path) if "\t" in step.command] == []
