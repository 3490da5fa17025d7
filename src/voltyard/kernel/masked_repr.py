"""Printable forms of values that hold secrets."""

from typing import Any

MASK = "***"


def masked_repr(value: Any, *secrets: str) -> str:
    """A struct as its repr would have it, the fields named blanked."""
    names: tuple[str, ...] = value.__struct_fields__
    said = (
        f"{name}={MASK if name in secrets and getattr(value, name) else repr(getattr(value, name))}"
        for name in names
    )
    return f"{type(value).__name__}({', '.join(said)})"
