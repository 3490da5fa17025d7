"""Changes to an organization's tariffs: in memory at once, durable before the answer."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from voltyard.csms.authorization.id_tag_service import Durable
from voltyard.csms.tariffs.tariff_registry import TariffRegistry
from voltyard.csms.tariffs.tariff_rows import TariffDeleted, TariffStored, write_terms
from voltyard.csms.tariffs.terms import TariffTerms
from voltyard.kernel import ids
from voltyard.kernel.errors import Unavailable
from voltyard.ports.clock import Clock


class TariffChange(Struct, frozen=True, kw_only=True):
    """The fields of a tariff that an operator may set. UNSET leaves as it is."""

    name: str | UnsetType = UNSET
    terms: TariffTerms | UnsetType = UNSET
    message: str | UnsetType | None = UNSET
    is_default: bool | UnsetType = UNSET
    charge_box_ids: tuple[str, ...] | UnsetType = UNSET
    id_tags: tuple[str, ...] | UnsetType = UNSET

    def fields(self) -> dict[str, Any]:
        """The fields that are set, as the row has them."""
        told = {
            name: value
            for name in self.__struct_fields__
            if (value := getattr(self, name)) is not UNSET
        }
        if isinstance(self.terms, TariffTerms):
            told["terms"] = write_terms(self.terms)
        return told


class TariffService:
    """Adds, changes and deletes tariffs. Each returns once it is durable; what could not be stored
    is as it was before."""

    def __init__(
        self, register: TariffRegistry, durable: Durable, clock: Clock, random: Random
    ) -> None:
        self._register = register
        self._durable = durable
        self._clock = clock
        self._random = random

    def of(self, organization_id: str) -> Iterator[TariffStored]:
        """An organization's, in the order they came."""
        return self._register.of(organization_id)

    def get(self, organization_id: str, id: str) -> TariffStored:
        """NotFound where the organization has none of that id."""
        return self._register.get(organization_id, id)

    async def add(self, organization_id: str, change: TariffChange) -> TariffStored:
        """Conflict where another one is assigned so, Overfull beyond limits.TARIFFS."""
        now = self._clock()
        row = TariffStored(
            id=ids.prefixed("tar_", self._random),
            organization_id=organization_id,
            created_at=now,
            updated_at=now,
            **change.fields(),
        )
        self._register.check(row)
        self._register.put(row)
        try:
            await self._durable((row,))
        except Unavailable:
            self._register.remove(row)
            raise
        return row

    async def change(self, organization_id: str, id: str, change: TariffChange) -> TariffStored:
        """NotFound where the organization has none of that id; Conflict as above."""
        before = self._register.get(organization_id, id)
        after = replace(before, updated_at=self._clock(), **change.fields())
        self._register.check(after)
        self._register.put(after)
        try:
            await self._durable((after,))
        except Unavailable:
            if self._register.holds(after):
                self._register.put(before)
            raise
        return after

    async def delete(self, organization_id: str, id: str) -> TariffStored:
        """The tariff as it was. NotFound where the organization has none of that id."""
        row = self._register.get(organization_id, id)
        self._register.remove(row)
        try:
            await self._durable((TariffDeleted(id=row.id),))
        except Unavailable:
            self._register.put(row)
            raise
        return row

    def forget(self, organization_id: str) -> None:
        """Forget an organization's tariffs, which storage has deleted with it."""
        self._register.forget(organization_id)
