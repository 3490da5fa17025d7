"""Stored answers to requests with an idempotency key.

An answer is written down in the commit that makes what it tells of: wherever the process ends, both
are there or neither. Nothing is kept of a request that was refused, for nothing was made.
"""

from collections.abc import Callable
from typing import TypeAlias, TypeVar

from msgspec import Struct

from voltyard.kernel.time import Instant

T = TypeVar("T")


class KeyedRequest(Struct, frozen=True, kw_only=True):
    """A request that may be repeated. `key` is the caller's, and unique within the organization."""

    organization_id: str
    key: str
    fingerprint: str
    """Of all that it asks for."""


class KeyedAnswer(KeyedRequest, frozen=True, kw_only=True):
    """The stored answer to such a request."""

    body: str
    """JSON."""
    created_at: Instant


AnswerNote: TypeAlias = Callable[[T], KeyedAnswer]
"""The answer that tells of what is about to be made, to be kept with it."""
