"""Answers kept under a key of the caller's, so that what is asked for again is not done again.

An answer is written down in the commit that makes what it tells of: wherever the process ends, both
are there or neither. Nothing is kept of a request that was refused, for nothing was made.
"""

from collections.abc import Callable
from typing import TypeAlias, TypeVar

from msgspec import Struct

from voltyard.kernel.time import Instant

T = TypeVar("T")


class Question(Struct, frozen=True, kw_only=True):
    """A request that may come again. `key` is the caller's, and unique within the organization."""

    organization_id: str
    key: str
    fingerprint: str
    """Of all that it asks for."""


class Answer(Question, frozen=True, kw_only=True):
    """What was answered to it."""

    body: str
    """JSON."""
    created_at: Instant


Note: TypeAlias = Callable[[T], Answer]
"""The answer that tells of what is about to be made, to be kept with it."""
