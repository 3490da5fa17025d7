"""Text of strangers, made safe to print: no terminal takes anything in it for an order."""

import re
from typing import Final

# Controls (C0, DEL, C1), what turns the direction of writing, and separators of lines.
_UNSAFE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)


def printable(text: str) -> str:
    """The text on one line, with what is no sign to be seen as an escape."""
    return _UNSAFE.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    number = ord(found[0])
    known = {9: "\\t", 10: "\\n", 13: "\\r"}.get(number)
    return known or (f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}")
