"""Masking of passwords in logged messages and in lists of settings."""

from typing import Any

import msgspec

MASK = "***"
_KEYS = frozenset({"authorizationkey", "securityctrlr.basicauthpassword"})
"""In lower case: names of settings are the same in either (1.6 CiString, 2.x identifierString)."""
_FIELDS = _KEYS | {"password", "basicauthpassword"}


def masked(text: str) -> str:
    """The JSON text with passwords blanked: the value of AuthorizationKey (1.6), of the variable
    BasicAuthPassword (2.x), and fields that are called so (SetNetworkProfile)."""
    lowered = text.lower()
    if "password" not in lowered and "authorizationkey" not in lowered:
        return text
    try:
        return msgspec.json.encode(without_secrets(msgspec.json.decode(text))).decode()
    except (ValueError, RecursionError):
        return f'"{MASK}: it names a secret and cannot be read"'


def without_secrets(value: Any) -> Any:
    """The same for what JSON can hold: a copy with passwords blanked."""
    if isinstance(value, list):
        return [without_secrets(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    secret = _is_secret(value)
    return {name: _field(name, inner, secret) for name, inner in value.items()}


def is_secret_name(name: str) -> bool:
    """True where the setting of that name is a password."""
    return name.lower() in _KEYS


def _is_secret(value: dict[str, Any]) -> bool:
    """True where the object is about one setting, and that a password."""
    variable = value.get("variable")
    name = variable.get("name") if isinstance(variable, dict) else None
    key = value.get("key")
    return (isinstance(name, str) and name.lower() == "basicauthpassword") or (
        isinstance(key, str) and is_secret_name(key)
    )


def _field(name: str, value: Any, secret: bool) -> Any:
    if isinstance(value, str) and (
        name.lower() in _FIELDS or (secret and name in ("value", "attributeValue"))
    ):
        return MASK
    if secret and name == "variableAttribute" and isinstance(value, list):
        return [_field_of(attribute) for attribute in value]
    return without_secrets(value)


def _field_of(attribute: Any) -> Any:
    return attribute | {"value": MASK} if isinstance(attribute, dict) else attribute
