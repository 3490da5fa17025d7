"""Text of strangers on a terminal."""

import pytest

from voltyard.kernel.text.printable_text import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("CP-1", "CP-1"),
        ("Zoë's 電気", "Zoë's 電気"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\x9b2J", "\\x9b2J"),
        ("a\tb\r\nc", "a\\tb\\r\\nc"),
        ("abc\u202edef", "abc\\u202edef"),
        ("[red]bold[/red]", "[red]bold[/red]"),
    ],
)
def test_controls_are_shown_and_not_obeyed(text: str, shown: str) -> None:
    assert printable(text) == shown
