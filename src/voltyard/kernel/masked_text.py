"""Masking of secrets in running text (URLs, assignments, private keys) and in printable forms."""

import re
from collections.abc import Iterator
from functools import partial
from re import Match
from typing import Any, Final
from urllib.parse import quote, unquote

from voltyard.kernel.secret_names import MASK, is_secret_name, names_none

_PRIVATE_KEY: Final = re.compile(
    r"-----BEGIN [A-Z ]{0,32}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,32}PRIVATE KEY-----|\Z)", re.S
)
_AFTER_SCHEME: Final = re.compile(r"(?<=:/)/(?:(?!://)[^\s\"'<>])+")
"""Of a URL from its second slash to its end, or to where another begins within it."""
_PARAMETER: Final = re.compile(r"([?&;#])([^\s?&;#=/\"'<>]{1,64})=([^\s&;#\"'<>]+)")
_ASSIGNED: Final = re.compile(r"(?<![\w.\-])([A-Za-z][\w.\-]{0,63})[\"']?\s{0,8}([=:])\s{0,8}")
_VALUE: Final = re.compile(r"\"[^\"]*\"|'[^']*'|(?!//)[^\s,;&\"']+")
_SLOT: Final = re.compile(r"(/files/(?:up|down)/)[^/\s?#\"'<>]+")
"""The token of one of our own URLs: whoever knows it may bring or fetch a file (ports.files)."""
_HEADER: Final = re.compile(
    r"(\bauthorization[\"']?\s{0,8}[:=]\s{0,8}[\"']?(?:bearer|basic)|\bbearer)"
    r"\s{1,8}[^\s\"']{4,}",
    re.I,
)
_ENCODED: Final = 4
"""Levels of percent-encoding in a parameter's value that are looked through; what is deeper is
blanked, for each level costs as much as all of the text."""
_QUERY_NAMES: Final = frozenset(
    {
        *("auth", "authorization", "code", "jwt", "key", "pw", "sas", "sig", "signature"),
        *("x-amz-credential", "x-amz-security-token", "x-amz-signature", "x-goog-signature"),
    }
)
"""Names of secrets in a URL, beside those that are secret everywhere."""


def may_hold_secrets(lowered: str) -> bool:
    """False where neither a name nor a URL, a parameter or an escape in a text in lower case lets a
    secret be expected; cheap, for every frame."""
    return not names_none(lowered) or "=" in lowered or "//" in lowered or "\\" in lowered


def masked_text(text: str) -> str:
    """The text with what is secret blanked: passwords in URLs, parameters and assignments by their
    names, tokens of our own file URLs, private keys."""
    return _masked(text, 0)


def _masked(text: str, depth: int) -> str:
    if "://" in text:
        text = _AFTER_SCHEME.sub(_without_user, text)
    if "/files/" in text:
        text = _SLOT.sub(rf"\g<1>{MASK}", text)
    if "=" in text:
        text = _PARAMETER.sub(partial(_parameter, depth), text)
    lowered = text.lower()
    if "bearer" in lowered or "authorization" in lowered:
        text = _HEADER.sub(rf"\g<1> {MASK}", text)
    if names_none(lowered):
        return text
    if "PRIVATE KEY" in text:
        text = _PRIVATE_KEY.sub(f"{MASK}: a private key", text)
    return "".join(_without_assigned(text))


def masked_repr(value: Any, *secrets: str) -> str:
    """A struct as its repr would have it, the fields named blanked."""
    names: tuple[str, ...] = value.__struct_fields__
    said = (
        f"{name}={MASK if name in secrets and getattr(value, name) else repr(getattr(value, name))}"
        for name in names
    )
    return f"{type(value).__name__}({', '.join(said)})"


def _without_user(match: Match[str]) -> str:
    """A URL behind its scheme; a user without a password is a token as often as a name."""
    rest = match.group()[1:]
    end = next((at for at, sign in enumerate(rest) if sign in "/?#\\"), len(rest))
    place, path = rest[:end], rest[end:]
    if "@" not in place:
        _, colon, port = place.partition(":")
        if not colon or port.isdigit() or place.startswith("[") or "@" not in path:
            return match.group()
        place, path = rest, ""  # a slash in the password
    user, _, host = place.rpartition("@")
    name, colon, _ = user.partition(":")
    return f"/{name}:{MASK}@{host}{path}" if colon else f"/{MASK}@{host}{path}"


def _parameter(depth: int, match: Match[str]) -> str:
    before, name, value = match.groups()
    plain = unquote(name) if "%" in name else name
    if plain.lower() in _QUERY_NAMES or is_secret_name(plain):
        return f"{before}{name}={MASK}"
    if "%" in value:
        within = unquote(value)
        if depth >= _ENCODED:
            return f"{before}{name}={MASK}"
        masked = _masked(within, depth + 1) if within != value else within
        if masked != within:
            return f"{before}{name}={quote(masked, safe='*')}"
    return match.group()


def _without_assigned(text: str) -> Iterator[str]:
    """Pieces of a text, the values in it that are assigned to secret names blanked."""
    end = 0
    for match in _ASSIGNED.finditer(text):
        name, sign = match.groups()
        if match.start() < end or not is_secret_name(name):
            continue
        # `pin: stuck` is a sentence; `password: x` is not.
        if sign == ":" and "pass" not in name.lower() and "pwd" not in name.lower():
            continue
        if value := _VALUE.match(text, match.end()):
            yield text[end : match.end()] + MASK
            end = value.end()
    yield text[end:]
