"""Authorization of id tags by hook, tag list and settings (C)."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from voltyard.csms.authorization.decisions import TagDecision, TagStatus
from voltyard.csms.authorization.id_tag_registry import IdTagRegistry
from voltyard.csms.records import IdTagStored
from voltyard.csms.settings import OrganizationSettings
from voltyard.kernel.time import Instant

ACCEPTED = TagDecision("accepted")
UNKNOWN = TagDecision("unknown")


class AuthorizationRequest(Struct, frozen=True):
    """An id tag presented at a charger."""

    organization_id: str
    charge_box_id: str
    id_tag: str
    id_tag_type: str | None
    """2.x only."""


TagDecider: TypeAlias = Callable[
    [AuthorizationRequest], "TagDecision | Awaitable[TagDecision | None] | None"
]
"""Asked before the organization's own tags: None leaves the decision to those. An answer that takes
time is awaited."""


def leaves_undecided(request: AuthorizationRequest) -> TagDecision | None:
    """The judge where there is no other: it decides nothing."""
    return None


class IdTagAuthorizer:
    """Decides by the hook, the organization's tags and the setting `unknownIdTags`."""

    def __init__(
        self,
        settings: OrganizationSettings,
        register: IdTagRegistry,
        judge: TagDecider = leaves_undecided,
    ) -> None:
        self._settings = settings
        self._register = register
        self._judge = judge

    def decide(
        self, request: AuthorizationRequest, now: Instant
    ) -> TagDecision | Awaitable[TagDecision]:
        """At once where the judge answers at once."""
        # 2.0.1 Part 2 C02.FR.03: NoAuthorization is accepted without asking anybody.
        if request.id_tag_type == "NoAuthorization":
            return ACCEPTED
        verdict = self._judge(request)
        if verdict is None:
            return self._by_register(request, now)
        if isinstance(verdict, TagDecision):
            return verdict
        return self._awaited(verdict, request, now)

    def recalled(self, organization_id: str, id_tag: str, status: TagStatus) -> TagDecision:
        """A decision of before, with what else is known of the tag."""
        row = self._register.find(organization_id, id_tag)
        return (
            TagDecision(status)
            if row is None
            else TagDecision(status, row.expires_at, row.parent_id_tag)
        )

    async def _awaited(
        self, verdict: Awaitable[TagDecision | None], request: AuthorizationRequest, now: Instant
    ) -> TagDecision:
        tag = await verdict
        if tag is None:  # who was asked had a say, and gave none
            return replace(self._by_register(request, now), by="fallback")
        return tag

    def _by_register(self, request: AuthorizationRequest, now: Instant) -> TagDecision:
        row = self._register.find(request.organization_id, request.id_tag)
        if row is None or not _of_type(row, request.id_tag_type):
            return self._unknown(request.organization_id)
        return TagDecision(
            tag_status(row, request.charge_box_id, now), row.expires_at, row.parent_id_tag
        )

    def _unknown(self, organization_id: str) -> TagDecision:
        rule = self._settings.of(organization_id).unknown_id_tags
        if rule == "auto":
            rule = "reject" if self._register.count(organization_id) else "accept"
        return ACCEPTED if rule == "accept" else UNKNOWN


def tag_status(row: IdTagStored, charge_box_id: str, now: Instant) -> TagStatus:
    """The authorization status of a tag at a charger."""
    if row.status == "blocked":
        return "blocked"
    if row.expires_at is not None and row.expires_at <= now:
        return "expired"
    return "accepted" if covers(row, charge_box_id) else "elsewhere"


def covers(row: IdTagStored, charge_box_id: str) -> bool:
    """True where a tag is meant for a charger."""
    return not row.charge_box_ids or charge_box_id in row.charge_box_ids


def _of_type(row: IdTagStored, asked: str | None) -> bool:
    """OCPP 1.6 has no types; in 2.x the same text of another type is another token."""
    return asked is None or row.id_tag_type is None or row.id_tag_type == asked
