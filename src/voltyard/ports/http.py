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

    def check(self, organization_id: str, url: str) -> None:
        """Invalid where it is no http or https URL, holds a password, or is an address that the
        organization may not dial. A name may be any: it is judged when it is posted to."""

    async def post(
        self,
        organization_id: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        timeout_s: Seconds,
    ) -> PostResponse:
        """One POST on behalf of an organization and its answer, whatever its status; redirects are
        not followed. PostFailed where none came within `timeout_s` in all, or the organization may
        not dial the target."""

    async def close(self) -> None:
        """Cut every connection."""
