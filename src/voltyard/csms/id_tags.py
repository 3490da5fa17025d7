"""The one place where it is decided whether a tag may charge."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from voltyard.csms.happenings import Tag, TagStatus
from voltyard.csms.records import IdTagStored
from voltyard.csms.settings import Settings
from voltyard.csms.tag_register import TagRegister
from voltyard.kernel.time import Instant

ACCEPTED = Tag("accepted")
UNKNOWN = Tag("unknown")


class Question(Struct, frozen=True):
    """Who asks about whom."""

    organization_id: str
    charge_box_id: str
    id_tag: str
    id_tag_type: str | None
    """2.x only."""


Judge: TypeAlias = Callable[[Question], "Tag | Awaitable[Tag | None] | None"]
"""Asked before the organization's own tags: None leaves the decision to those. An answer that takes
time is awaited."""


def leaves_it(question: Question) -> Tag | None:
    """The judge where nobody else decides."""
    return None


class IdTags:
    """Decides by the judge, by the organization's tags, and by the settings' `unknownIdTags` about
    those it does not know."""

    def __init__(self, settings: Settings, register: TagRegister, judge: Judge = leaves_it) -> None:
        self._settings = settings
        self._register = register
        self._judge = judge

    def decide(self, question: Question, now: Instant) -> Tag | Awaitable[Tag]:
        """At once where the judge answers at once."""
        # 2.0.1 Part 2 C02.FR.03: NoAuthorization is accepted without asking anybody.
        if question.id_tag_type == "NoAuthorization":
            return ACCEPTED
        verdict = self._judge(question)
        if verdict is None:
            return self._by_register(question, now)
        if isinstance(verdict, Tag):
            return verdict
        return self._awaited(verdict, question, now)

    def recalled(self, organization_id: str, id_tag: str, status: TagStatus) -> Tag:
        """What was decided before, with what else is known of the tag."""
        row = self._register.find(organization_id, id_tag)
        return Tag(status) if row is None else Tag(status, row.expires_at, row.parent_id_tag)

    async def _awaited(
        self, verdict: Awaitable[Tag | None], question: Question, now: Instant
    ) -> Tag:
        tag = await verdict
        if tag is None:  # who was asked had a say, and gave none
            return replace(self._by_register(question, now), by="fallback")
        return tag

    def _by_register(self, question: Question, now: Instant) -> Tag:
        row = self._register.find(question.organization_id, question.id_tag)
        if row is None or not _of_type(row, question.id_tag_type):
            return self._unknown(question.organization_id)
        return Tag(status_of(row, question.charge_box_id, now), row.expires_at, row.parent_id_tag)

    def _unknown(self, organization_id: str) -> Tag:
        rule = self._settings.of(organization_id).unknown_id_tags
        if rule == "auto":
            rule = "reject" if self._register.count(organization_id) else "accept"
        return ACCEPTED if rule == "accept" else UNKNOWN


def status_of(row: IdTagStored, charge_box_id: str, now: Instant) -> TagStatus:
    """What a tag is worth at a charger."""
    if row.status == "blocked":
        return "blocked"
    if row.expires_at is not None and row.expires_at <= now:
        return "expired"
    return "accepted" if covers(row, charge_box_id) else "elsewhere"


def covers(row: IdTagStored, charge_box_id: str) -> bool:
    """Whether a tag is meant for a charger."""
    return not row.charge_box_ids or charge_box_id in row.charge_box_ids


def _of_type(row: IdTagStored, asked: str | None) -> bool:
    """OCPP 1.6 has no types; in 2.x the same text of another type is another token."""
    return asked is None or row.id_tag_type is None or row.id_tag_type == asked
