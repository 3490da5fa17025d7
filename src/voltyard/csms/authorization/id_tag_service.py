"""Changes to an organization's id tags: in memory at once, durable before the answer."""

from collections.abc import Awaitable, Callable
from random import Random
from typing import Any, TypeAlias

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from voltyard.csms.authorization.id_tag_registry import IdTagRegistry
from voltyard.csms.records import IdTagDeleted, IdTagStatus, IdTagStored, Record
from voltyard.kernel import ids
from voltyard.kernel.errors import Unavailable
from voltyard.kernel.time import Instant
from voltyard.ports.clock import Clock

Durable: TypeAlias = Callable[[tuple[Record, ...]], Awaitable[None]]
"""Returns once the records are; Unavailable where they cannot be stored."""


class IdTagChange(Struct, frozen=True, kw_only=True):
    """The fields of an id tag that an operator may set. UNSET leaves as it is; None goes back to
    the default."""

    id_tag_type: str | UnsetType | None = UNSET
    name: str | UnsetType | None = UNSET
    status: IdTagStatus | UnsetType = UNSET
    parent_id_tag: str | UnsetType | None = UNSET
    expires_at: Instant | UnsetType | None = UNSET
    charge_box_ids: tuple[str, ...] | UnsetType = UNSET

    def fields(self) -> dict[str, Any]:
        """The fields that are set, by name."""
        return {
            name: value
            for name in self.__struct_fields__
            if (value := getattr(self, name)) is not UNSET
        }


class IdTagService:
    """Adds, changes and deletes id tags. Each returns once it is durable; what could not be stored
    is as it was before."""

    def __init__(
        self, register: IdTagRegistry, durable: Durable, clock: Clock, random: Random
    ) -> None:
        self._register = register
        self._durable = durable
        self._clock = clock
        self._random = random

    def get(self, organization_id: str, name: str) -> IdTagStored:
        """By its tag_... id or its text; NotFound where the organization has none."""
        return self._register.get(organization_id, name)

    def token_type(self, organization_id: str, id_tag: str) -> str | None:
        """Of a tag that is known; None where it has none, or is not known."""
        row = self._register.find(organization_id, id_tag)
        return None if row is None else row.id_tag_type

    async def add(self, organization_id: str, id_tag: str, change: IdTagChange) -> IdTagStored:
        """Conflict where the organization has it, Overfull beyond limits.ID_TAGS."""
        now = self._clock()
        row = IdTagStored(
            id=ids.prefixed("tag_", self._random),
            organization_id=organization_id,
            id_tag=id_tag,
            created_at=now,
            updated_at=now,
            **change.fields(),
        )
        self._register.add(row)
        try:
            await self._durable((row,))
        except Unavailable:
            self._register.remove(row)
            raise
        return row

    async def change(self, organization_id: str, name: str, change: IdTagChange) -> IdTagStored:
        """NotFound where the organization has none of that id or text."""
        before = self._register.get(organization_id, name)
        after = replace(before, updated_at=self._clock(), **change.fields())
        self._register.put(after)
        try:
            await self._durable((after,))
        except Unavailable:
            if self._register.holds(after):
                self._register.put(before)
            raise
        return after

    async def delete(self, organization_id: str, name: str) -> IdTagStored:
        """The tag as it was. NotFound where the organization has none of that id or text."""
        row = self._register.get(organization_id, name)
        self._register.remove(row)
        try:
            await self._durable((IdTagDeleted(id=row.id),))
        except Unavailable:
            if self._register.find(organization_id, row.id_tag) is None:
                self._register.put(row)
            raise
        return row

    def forget(self, organization_id: str) -> None:
        """Forget an organization's tags, which storage has deleted with it."""
        self._register.forget(organization_id)
