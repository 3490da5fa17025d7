"""Scopes of keys, and the principal of a request."""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

Scope: TypeAlias = Literal["read", "operate", "admin"]


SCOPES: Final[tuple[str, ...]] = get_args(Scope)


@dataclass(frozen=True, slots=True)
class Principal:
    """The key of a request, its organization and its scopes."""

    key_id: str
    organization_id: str
    scopes: frozenset[str]
    key_name: str = ""

    @property
    def is_admin(self) -> bool:
        """True where it may choose an organization and manage keys."""
        return "admin" in self.scopes

    def may(self, scope: Scope) -> bool:
        """True where it reaches this far; admin includes operate, operate includes read."""
        return scope in self.scopes
