"""Identifiers: their shapes and their random sources.

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
    # One draw for all of it: the system's randomness is asked for by a call of the kernel each.
    # Sixteen bits a character leave the alphabet's unevenness below a thousandth.
    drawn = random.getrandbits(16 * length)
    return "".join(_ALPHABET[(drawn >> 16 * n) % 65_536 % 36] for n in range(length))


def prefixed(prefix: str, random: Random = SYSTEM, length: int = 16) -> str:
    """An id that says what it names, e.g. `dep-4k2...`; the prefix includes its joint."""
    return prefix + token(random, length)


def hexadecimal(random: Random = SYSTEM, length: int = 12) -> str:
    """A short hexadecimal id, as commands of the gateway have."""
    return f"{random.getrandbits(length * 4):0{length}x}"


def uuid(random: Random = SYSTEM) -> str:
    """A version 4 UUID in text."""
    return str(UUID(int=random.getrandbits(128), version=4))
