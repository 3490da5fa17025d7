"""Guesses at names that were meant."""

from collections.abc import Iterable
from difflib import get_close_matches


def meant(name: str, known: Iterable[str]) -> str:
    """A question with the nearest of the known names; empty where none is near."""
    by_lower = {one.lower(): one for one in known}
    near = [by_lower[one] for one in get_close_matches(name.lower(), by_lower, n=3)]
    return f"did you mean {' or '.join(near)}?" if near else ""
