"""Port of outgoing HTTP requests: webhooks and authorization hooks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from voltyard.kernel.errors import Unavailable
from voltyard.kernel.time import Seconds


@dataclass(frozen=True, slots=True)
class PostResponse:
    """The answer to a POST."""

    status: int
    body: bytes
    """At most limits.POST_ANSWER_BYTES of it."""
    is_whole: bool = True


class PostFailed(Unavailable):
    """A POST without an answer: refused, cut off, too late, untrusted, or a forbidden target."""

    code = "post_failed"


class Poster(Protocol):
    """Sender of HTTP requests to URLs that users name; so it trusts no target."""

    async def check(self, url: str) -> None:
        """Invalid where it is no http or https URL, holds a password, or leads to a private address
        while that is not allowed. A name that cannot be resolved now may mean something later."""

    async def post(
        self, url: str, headers: Mapping[str, str], body: bytes, timeout_s: Seconds
    ) -> PostResponse:
        """One POST and its answer, whatever its status; redirects are not followed. PostFailed
        where none came within `timeout_s` in all, or the target is private and must not be."""

    async def close(self) -> None:
        """Cut every connection."""
