"""Store of keys and organizations that tells nodes of each change."""

from collections.abc import Callable

from voltyard.organizations.keys import ApiKey, KeyStore
from voltyard.organizations.organization import Organization


class AnnouncedKeys:
    """A `KeyStore` before another; `announce` is called once a change is durable."""

    def __init__(self, store: KeyStore, announce: Callable[[], None]) -> None:
        self._store = store
        self._announce = announce

    async def keys(self) -> list[ApiKey]:
        return await self._store.keys()

    async def organizations(self) -> list[Organization]:
        return await self._store.organizations()

    async def add_key(self, key: ApiKey) -> None:
        await self._store.add_key(key)
        self._announce()

    async def change_key(self, key: ApiKey, former: ApiKey | None = None) -> None:
        await self._store.change_key(key, former)
        self._announce()

    async def delete_key(self, key_id: str) -> None:
        await self._store.delete_key(key_id)
        self._announce()

    async def put_first_key(self, key: ApiKey) -> None:
        await self._store.put_first_key(key)
        self._announce()

    async def add_organization(self, organization: Organization) -> None:
        await self._store.add_organization(organization)
        self._announce()

    async def change_organization(self, organization: Organization) -> None:
        await self._store.change_organization(organization)
        self._announce()

    async def delete_organization(self, organization_id: str) -> None:
        await self._store.delete_organization(organization_id)
        self._announce()

    def note_use(self, key: ApiKey) -> None:
        self._store.note_use(key)
