"""Masking of secrets in logged messages, in settings, and in whatever else is JSON."""

from typing import Any, Final

import msgspec

from voltyard.kernel.masked_text import masked_text, may_hold_secrets
from voltyard.kernel.secret_names import MASK, is_secret_name, secret_names_in

_CHARGER_PASSWORD: Final = frozenset({"authorizationkey", "securityctrlr.basicauthpassword"})
"""In lower case: names of settings are the same in either (1.6 CiString, 2.x identifierString)."""
_SETTING_NAMES: Final = ("key", "name", "variable", "variableName", "variable_name")
"""Fields that name the setting which their object is about: 1.6 `key`, the events' `name`."""
_WITHIN: Final[dict[str, frozenset[str]]] = {"vpn": frozenset({"key"})}
"""Fields that are secret within another: the shared secret of a VPN (2.0.1 VPNType)."""
_NESTED: Final = 4
"""Levels of JSON in a text of JSON that are looked through; what is deeper is blanked."""
_TOO_LONG: Final = f"{MASK}: it is too long to look through"
_OF_ATTRIBUTES: Final = frozenset(
    {"Actual", "Target", "MinSet", "MaxSet", "ReadOnly", "WriteOnly", "ReadWrite"}
)
"""Words in a reported variable's attributes beside the value."""
_NO_SETTINGS: Final = frozenset({"token"})
"""TokenReader.Token (2.0.1) is an id token."""


def masked(text: str, most: int | None = None) -> str:
    """The JSON text with secrets blanked; what cannot be read is blanked as a whole where it names
    one. With `most`, no more characters of texts in it are looked through; those beyond that may
    hold a secret are blanked as a whole."""
    if not may_hold_secrets(text.lower()):
        return text
    try:
        value = msgspec.json.decode(text)
        return msgspec.json.encode(_shown(value, frozenset(), 0, _Allowance(most))).decode()
    except (ValueError, RecursionError):
        return _unreadable(text) if most is None or len(text) <= most else f'"{_TOO_LONG}"'


def without_secrets(value: Any) -> Any:
    """The same for what JSON can hold: a copy with secrets blanked."""
    return _shown(value, frozenset(), 0, _Allowance(None))


def masked_value(text: str) -> str:
    """The same for a text that is JSON, or of any other kind."""
    return _text(text, 0, _Allowance(None))


def is_secret_setting(name: str) -> bool:
    """True where the value of the configuration key or variable of that name is not to be read."""
    return name.lower() not in _NO_SETTINGS and is_secret_name(name)


def is_charger_password(name: str) -> bool:
    """True where the setting of that name is the password a charger shows: AuthorizationKey (1.6),
    SecurityCtrlr.BasicAuthPassword (2.x)."""
    return name.lower() in _CHARGER_PASSWORD


class _Allowance:
    """Characters of texts that may still be looked through; None is no bound."""

    def __init__(self, characters: int | None) -> None:
        self._characters = characters

    def covers(self, text: str) -> bool:
        """Take a text's characters off; False where they are more than is left."""
        if self._characters is None:
            return True
        if len(text) > self._characters:
            return False
        self._characters -= len(text)
        return True


def _unreadable(text: str) -> str:
    if "\\u" in text or any(secret_names_in(text)):
        return f'"{MASK}: it names a secret and cannot be read"'
    return masked_text(text.replace("\\/", "/"))


def _shown(value: Any, secret_fields: frozenset[str], depth: int, allowance: _Allowance) -> Any:
    if isinstance(value, str):
        return _text(value, depth, allowance)
    if isinstance(value, list):
        return [_shown(inner, frozenset(), depth, allowance) for inner in value]
    if not isinstance(value, dict):
        return value
    is_setting = _is_about_secret(value)
    return {
        name: _blank(inner)
        if name in secret_fields or is_secret_name(name) or (is_setting and _is_value(name))
        else _shown(inner, _WITHIN.get(name, frozenset()), depth, allowance)
        for name, inner in value.items()
    }


def _is_about_secret(value: dict[str, Any]) -> bool:
    """True where the object is about one setting, and that a secret."""
    for field in _SETTING_NAMES:
        named = value.get(field)
        if isinstance(named, dict):
            named = named.get("name")
        if isinstance(named, str) and is_secret_setting(named):
            return True
    return False


def _is_value(name: str) -> bool:
    """True for a field with a setting's value (`value`, `attributeValue`, `actualValue`), and for
    the attributes of a reported variable."""
    return name.lower().endswith("value") or name == "variableAttribute"


def _blank(value: Any) -> Any:
    """Nothing of it is left, but for what says nothing."""
    if isinstance(value, list):
        return [_blank(inner) for inner in value]
    if isinstance(value, dict):
        return {name: _part(name, inner) for name, inner in value.items()}
    return value if value is None or value is True or value is False or value == "" else MASK


def _part(name: str, value: Any) -> Any:
    is_known = name in ("type", "mutability") and isinstance(value, str) and value in _OF_ATTRIBUTES
    return value if is_known else _blank(value)


def _text(text: str, depth: int, allowance: _Allowance) -> str:
    if not may_hold_secrets(text.lower()):
        return text
    if depth == 0 and not allowance.covers(text):
        return _TOO_LONG
    if text.lstrip()[:1] not in ("{", "[", '"'):
        return masked_text(text)
    if depth >= _NESTED:
        return f"{MASK}: it is too deep to look through"
    try:
        within = msgspec.json.decode(text)
    except (ValueError, RecursionError):
        return _unreadable(text)
    return msgspec.json.encode(_shown(within, frozenset(), depth + 1, allowance)).decode()
