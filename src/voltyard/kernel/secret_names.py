"""Names of secrets: fields, settings and parameters whose values are not to be read."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

MASK: Final = "***"

_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
"""Of a name, however it joins them: `simPin`, `APNPassword`, `basic_auth_password`."""

_PARTS: Final = (
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "passkey",
    "secret",
    "credential",
    "authorizationkey",
    "authkey",
    "apikey",
    "accesskey",
    "privatekey",
    "clientkey",
    "sharedkey",
    "encryptionkey",
    "accesstoken",
    "authtoken",
    "apitoken",
    "bearertoken",
    "refreshtoken",
    "sessiontoken",
    "securitytoken",
    "controltoken",
)
"""Within a name whose words are joined."""
_WORDS: Final = frozenset({"pass", "pin", "pincode", "puk", "psk", "pwd", "token"})
_ENDS: Final = ("pass", "pwd", "pin")
"""Of one word in lower case, as in `wifipass`."""
_OTHER_WORDS: Final = frozenset({"bypass", "compass", "trespass", "spin", "hairpin"})
_OF_ID_TOKENS: Final = frozenset({"id", "group", "uid"})
"""Beside these a token is an id tag's."""
_ABOUT: Final = frozenset(
    {
        *("attempts", "count", "enabled", "expiry", "interval", "length", "max", "min", "policy"),
        *("required", "supported", "timeout", "type"),
    }
)
"""Last words of names that say something about a secret: `PasswordLength`."""
_OTHERS: Final = ("masterpassgroupid",)
"""A group of id tokens (OCPP 2.0.1, AuthCtrlr), and as much a secret as these: none."""

_NAME_CHARACTERS: Final = 255

_HINTS: Final = tuple(
    re.compile(pattern).search
    for pattern in (
        "p(?:ass|wd|in|uk|sk)",
        "k(?:ey|(?<=tok)en(?<!idtoken))",
        "c(?:ret|redential)",
    )
)
"""Every secret name in lower case has one of these. A pattern that begins with a letter is looked
for several times faster than so many words: every frame is."""


def is_secret_name(name: str) -> bool:
    """True for the name of a password, a PIN, a key or a token; the tests have a table of cases."""
    return _is_secret(name[:_NAME_CHARACTERS])


@lru_cache(4_096)
def _is_secret(name: str) -> bool:
    words = [word.lower() for word in _WORD.findall(name)]
    joined = "".join(words)
    if (
        not words
        or words[-1] in _ABOUT
        or joined.endswith(_OTHERS)
        or joined.startswith("passthrough")
    ):
        return False
    if any(part in joined for part in _PARTS):
        return True
    return any(_is_secret_word(word, words) for word in words)


def names_none(lowered: str) -> bool:
    """True where a text in lower case names no secret; cheap, and not sure where it is false."""
    for search in _HINTS:  # noqa: SIM110  a generator costs more than a search
        if search(lowered):
            return False
    return True


def secret_names_in(text: str) -> Iterator[str]:
    """The secret names in a text that cannot be read any better."""
    return (name for name in re.findall(r"[A-Za-z][A-Za-z_]*", text) if is_secret_name(name))


def _is_secret_word(word: str, words: list[str]) -> bool:
    if word == "token":
        return _OF_ID_TOKENS.isdisjoint(words)
    return word in _WORDS or (word.endswith(_ENDS) and word not in _OTHER_WORDS)
