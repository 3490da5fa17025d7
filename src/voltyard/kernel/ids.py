"""Identifiers: their shapes, and where they come from.

An `IdSource` is seeded in a simulation and drawn from the system in a server: ids are arguments,
as time is.
"""

from collections.abc import Callable
from random import Random, SystemRandom
from typing import TypeAlias
from uuid import UUID

IdSource: TypeAlias = Callable[[], str]

SYSTEM = SystemRandom()
_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"


def token(random: Random, length: int = 16) -> str:
    """Lower-case letters and digits."""
    return "".join(random.choices(_ALPHABET, k=length))


def prefixed(prefix: str, random: Random = SYSTEM, length: int = 16) -> str:
    """An id that says what it names, e.g. `dep-4k2...`; the prefix includes its joint."""
    return prefix + token(random, length)


def hexadecimal(random: Random = SYSTEM, length: int = 12) -> str:
    """A short hexadecimal id, as commands of the gateway have."""
    return f"{random.getrandbits(length * 4):0{length}x}"


def uuid(random: Random = SYSTEM) -> str:
    """A version 4 UUID in text."""
    return str(UUID(int=random.getrandbits(128), version=4))


def counter(start: int = 1) -> IdSource:
    """Message ids 1, 2, 3, ... as decimal text: short, unique within their stream, repeatable."""
    value = start - 1

    def following() -> str:
        nonlocal value
        value += 1
        return str(value)

    return following
