"""The authorization hook: an organization's HTTP endpoint that decides about id tags.

It is sent `{"id", "event": "authorization.requested", "timestamp", "data": {"chargeBoxId", "idTag",
"idTagType"}}`, signed as events.webhook_signatures has it, and answers 200 with `{"status",
"expiryDate"?, "parentIdTag"?}`. `status` is one of OCPP's own words. Whatever else comes, or
nothing in time, is no verdict; then the setting `authorization_fallback` counts."""

import asyncio
from collections.abc import Awaitable, Mapping
from typing import Annotated, Final, Literal

import msgspec
import structlog
from msgspec import Meta, Struct

from voltyard.csms.authorization.authorizer import AuthorizationRequest
from voltyard.csms.authorization.decisions import TagDecision, TagStatus
from voltyard.csms.records import AuthorizationFallback, SettingsStored
from voltyard.csms.settings import OrganizationSettings
from voltyard.events.webhook_signatures import signed_headers
from voltyard.kernel import ids, limits
from voltyard.kernel.errors import Invalid, Unavailable
from voltyard.kernel.time import Instant, from_rfc3339, to_rfc3339
from voltyard.ports.clock import Clock
from voltyard.ports.http import Poster, PostFailed

log = structlog.get_logger(__name__)

_FALLBACKS: Final[Mapping[AuthorizationFallback, TagDecision | None]] = {
    "accept": TagDecision("accepted", by="fallback"),
    "reject": TagDecision("unknown", by="fallback"),
    "tags": None,
}
_STATUSES: Final[Mapping[str, TagStatus]] = {
    "Accepted": "accepted",
    "Blocked": "blocked",
    "Expired": "expired",
    "Invalid": "unknown",
    "Unknown": "unknown",
    "ConcurrentTx": "concurrent",
    "NotAtThisLocation": "elsewhere",
}


class HookAnswer(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """The hook's answer."""

    status: Literal[
        "Accepted",
        "Blocked",
        "Expired",
        "Invalid",
        "Unknown",
        "ConcurrentTx",
        "NotAtThisLocation",
    ]
    expiry_date: str | None = None
    parent_id_tag: (
        Annotated[str, Meta(min_length=1, max_length=limits.ID_TAG_CHARACTERS)] | None
    ) = None

    def tag(self) -> TagDecision:
        """ValueError where the date is none."""
        expires_at = None if self.expiry_date is None else from_rfc3339(self.expiry_date)
        if expires_at is not None:
            to_rfc3339(expires_at)  # which a date beyond the year 9999 cannot become
        return TagDecision(_STATUSES[self.status], expires_at, self.parent_id_tag, "hook")


class AuthorizationHook:
    """A `TagDecider` for the organizations that have a hook."""

    def __init__(self, poster: Poster, settings: OrganizationSettings, clock: Clock) -> None:
        self._poster = poster
        self._settings = settings
        self._clock = clock
        self._queues: dict[str, _Queue] = {}
        self._failing: set[str] = set()
        """The organizations whose hook gave no verdict the last time."""

    def check(self, organization_id: str, url: str) -> None:
        """Invalid where it must not be asked; see `ports.http.Poster`."""
        try:
            self._poster.check(organization_id, url)
        except Invalid as error:
            raise Invalid(error.message, hint=error.advice, field="authorizationUrl") from None

    def __call__(self, request: AuthorizationRequest) -> Awaitable[TagDecision | None] | None:
        """See `TagDecider`."""
        settings = self._settings.of(request.organization_id)
        if settings.authorization_url is None:
            return None
        return self._decide(request, settings, settings.authorization_url)

    async def _decide(
        self, request: AuthorizationRequest, settings: SettingsStored, url: str
    ) -> TagDecision | None:
        organization_id = request.organization_id
        queue = self._queues.setdefault(organization_id, _Queue())
        try:
            async with queue, asyncio.timeout(settings.authorization_timeout_s), queue.turn:
                tag = await self._ask(request, settings, url)
        except (PostFailed, Invalid, _NoVerdict) as error:
            return self._fall_back(request, settings, error.message)
        except TimeoutError:
            return self._fall_back(request, settings, "no verdict in time")
        finally:
            if not queue.length:
                self._queues.pop(organization_id, None)
        if organization_id in self._failing:
            self._failing.discard(organization_id)
            log.info("authorization_hook_answers", organization=organization_id)
        return tag

    async def _ask(
        self, request: AuthorizationRequest, settings: SettingsStored, url: str
    ) -> TagDecision:
        now = self._clock()
        id = ids.prefixed("ask_")
        body = _body(id, request, now)
        secrets = (settings.authorization_secret,) if settings.authorization_secret else ()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Voltyard",
            **signed_headers(secrets, id, now, body),
        }
        posted = await self._poster.post(
            request.organization_id, url, headers, body, settings.authorization_timeout_s
        )
        if posted.status != 200 or not posted.is_whole:
            raise _NoVerdict(f"the hook answered {posted.status}")
        try:
            return msgspec.json.decode(posted.body, type=HookAnswer).tag()
        except (ValueError, RecursionError) as error:
            raise _NoVerdict(f"the hook's answer cannot be read: {error}") from None

    def _fall_back(
        self, request: AuthorizationRequest, settings: SettingsStored, why: str
    ) -> TagDecision | None:
        organization_id = request.organization_id
        if organization_id not in self._failing:
            # Once, not for each of thousands of chargers.
            self._failing.add(organization_id)
            log.warning("authorization_hook_failed", organization=organization_id, why=why)
        return _FALLBACKS[settings.authorization_fallback]


class _NoVerdict(Unavailable):
    """The hook's answer is none."""


class _Queue:
    """The questions of one organization. Entered by each; those whose `turn` it is are asked."""

    def __init__(self) -> None:
        self.length = 0
        self.turn = asyncio.Semaphore(limits.AUTHORIZATIONS_AT_ONCE)

    async def __aenter__(self) -> None:
        if self.length >= limits.AUTHORIZATIONS_WAITING:
            raise _NoVerdict("too many questions wait for the hook")
        self.length += 1

    async def __aexit__(self, *error: object) -> None:
        self.length -= 1


def _body(id: str, request: AuthorizationRequest, now: Instant) -> bytes:
    return msgspec.json.encode(
        {
            "id": id,
            "event": "authorization.requested",
            "timestamp": to_rfc3339(now),
            "data": {
                "chargeBoxId": request.charge_box_id,
                "idTag": request.id_tag,
                "idTagType": request.id_tag_type,
            },
        }
    )
