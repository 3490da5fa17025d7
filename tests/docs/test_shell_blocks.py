"""Blocks for a shell can be pasted into bash and into zsh."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/**/*.md")])

_BLOCK = re.compile(r"^```(sh|bash|console)\b[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"(?:^|\s)#(?=\s)")
_HERE_DOCUMENT = re.compile(r"<<'?(\w+)'?$.*?^\1$", re.MULTILINE | re.DOTALL)
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")


def comments(document: str) -> list[str]:
    """Lines of the blocks that end in a comment."""
    lines = []
    for kind, block in _BLOCK.findall(document):
        typed = _HERE_DOCUMENT.sub("", block).splitlines()
        lines += [line for line in typed if kind != "console" or line.startswith("$ ")]
    return [line for line in lines if _COMMENT.search(_QUOTED.sub("", line))]


# An interactive zsh hands a comment to the command as its arguments.
@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_no_command_has_a_comment(document: Path) -> None:
    assert comments(document.read_text()) == []


def test_a_comment_is_found_outside_of_quotes() -> None:
    block = "```sh\nmake demo  # a site\necho 'a # b'\n# alone\ncurl localhost/#key\n```\n"

    assert comments(block) == ["make demo  # a site", "# alone"]
