"""The one place where it is decided whether a tag may charge."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from msgspec import Struct

from voltyard.csms.happenings import Tag
from voltyard.csms.settings import Settings

ACCEPTED = Tag("accepted")
UNKNOWN = Tag("unknown")
CONCURRENT = Tag("concurrent")


class Question(Struct, frozen=True):
    """Who asks about whom."""

    organization_id: str
    charge_box_id: str
    id_tag: str
    id_tag_type: str | None
    """2.x only."""


Judge: TypeAlias = Callable[[Question], "Tag | Awaitable[Tag | None] | None"]
"""Knows tags: None for one it has never heard of. An answer that takes time is awaited."""


def knows_nobody(question: Question) -> Tag | None:
    """The judge where no tags are kept."""
    return None


class IdTags:
    """Decides by the judge, and by the settings' `unknownIdTags` about those it does not know."""

    def __init__(self, settings: Settings, judge: Judge = knows_nobody) -> None:
        self._settings = settings
        self._judge = judge
        self._counts: dict[str, int] = {}

    def count(self, counts: Mapping[str, int]) -> None:
        """How many tags organizations have, for `unknownIdTags: auto`."""
        self._counts.update(counts)

    def decide(self, question: Question) -> Tag | Awaitable[Tag]:
        """At once where the judge answers at once."""
        # 2.0.1 Part 2 C02.FR.03: NoAuthorization is accepted without asking anybody.
        if question.id_tag_type == "NoAuthorization":
            return ACCEPTED
        verdict = self._judge(question)
        if verdict is None:
            return self._unknown(question.organization_id)
        if isinstance(verdict, Tag):
            return verdict
        return self._awaited(verdict, question.organization_id)

    async def _awaited(self, verdict: Awaitable[Tag | None], organization_id: str) -> Tag:
        tag = await verdict
        return self._unknown(organization_id) if tag is None else tag

    def _unknown(self, organization_id: str) -> Tag:
        rule = self._settings.of(organization_id).unknown_id_tags
        if rule == "auto":
            rule = "reject" if self._counts.get(organization_id) else "accept"
        return ACCEPTED if rule == "accept" else UNKNOWN
