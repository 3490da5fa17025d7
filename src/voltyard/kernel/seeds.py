"""Seeds: one number gives any count of independent, named streams of randomness.

A stream's draws depend on the seed and its name alone, so a new consumer never shifts another's
numbers and one seed gives one log.
"""

from hashlib import blake2b
from random import Random


def stream(seed: int, *names: str | int) -> Random:
    """The random stream of that name under that seed."""
    digest = blake2b(digest_size=8)
    digest.update(str(seed).encode())
    for name in names:
        digest.update(b"\x00" + str(name).encode())
    return Random(int.from_bytes(digest.digest(), "big"))
