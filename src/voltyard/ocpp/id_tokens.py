"""Id tokens: the text each type allows (OCPP 2.0.1 Part 2, IdTokenEnumType).

An ISO14443 token is a card's UID of 4 or 7 bytes, an ISO15693 token one of 8 bytes, both in hex.
The other types are free text. OCPP 1.6 has texts only.
"""

import re
from collections.abc import Mapping
from typing import Final

_FITS: Final[Mapping[str, re.Pattern[str]]] = {
    "ISO14443": re.compile(r"(?:[0-9A-Fa-f]{8}|[0-9A-Fa-f]{14})", re.ASCII),
    "ISO15693": re.compile(r"[0-9A-Fa-f]{16}", re.ASCII),
}
_DUE: Final[Mapping[str, str]] = {
    "ISO14443": "8 or 14 hexadecimal characters (a UID of 4 or 7 bytes)",
    "ISO15693": "16 hexadecimal characters (a UID of 8 bytes)",
}

FREE_TEXT: Final = "Central"
"""The type of a token whose text is no card's UID, where none is given."""


def fitting_type(text: str) -> str:
    """The type of a token of which the text alone is known."""
    for kind, fits in _FITS.items():
        if fits.fullmatch(text):
            return kind
    return FREE_TEXT


def violated_rule(text: str, kind: str) -> str | None:
    """The rule that a text breaks as a token of that type; None where it breaks none."""
    fits = _FITS.get(kind)
    if fits is None or fits.fullmatch(text):
        return None
    return f"an idToken of type {kind} has {_DUE[kind]}, not {text[:40]!r}"
