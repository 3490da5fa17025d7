"""Noise without a state: a number that depends on a key and a position alone.

A meter's samples are then the same however often it is read, and one seed gives one log.
"""

_MASK = (1 << 64) - 1
_STEP = 0x9E3779B97F4A7C15
"""splitmix64's: Steele, Lea and Flood, Fast splittable pseudorandom number generators (2014)."""


def uniform(key: int, position: int) -> float:
    """Evenly spread over -1 to 1."""
    mixed = (key + (position + 1) * _STEP) & _MASK
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
    mixed ^= mixed >> 31
    return mixed / (1 << 63) - 1.0
