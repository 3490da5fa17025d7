"""Every key and organization in memory, by which the principal of a request is found.

Keys are stored, and read at the start alone. The server alone changes them: a key that is revoked
there is worthless at once. Its nodes are told, and read them anew.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

from msgspec import structs

from voltyard.kernel import ids, limits
from voltyard.kernel.addressing.addresses import Network, is_in, networks
from voltyard.kernel.errors import Conflict, Forbidden, NotFound, Unauthorized
from voltyard.kernel.time import Instant, Seconds
from voltyard.organizations.keys import (
    FIRST_KEY_ID,
    PREFIX_CHARACTERS,
    ApiKey,
    KeyStore,
    api_key,
    hashed,
    new_key,
)
from voltyard.organizations.organization import DEFAULT_ORGANIZATION_ID, Organization
from voltyard.organizations.scopes import Principal
from voltyard.ports.clock import Clock

# A scope reaches as far as those before it.
_REACH: Final[Mapping[str, frozenset[str]]] = {
    "read": frozenset({"read"}),
    "operate": frozenset({"read", "operate"}),
    "admin": frozenset({"read", "operate", "admin"}),
}

LAST_USED_EVERY_S: Seconds = 60.0
"""A key's uses are written down at most this often."""


class Keys:
    """Every key and organization, in memory."""

    def __init__(self, store: KeyStore, clock: Clock, *, notes_uses: bool = True) -> None:
        """Without `notes_uses` nothing is written down: the server does, of which this is a
        node."""
        self._notes_uses = notes_uses
        self._store = store
        self._clock = clock
        self._by_hash: dict[str, ApiKey] = {}
        self._organizations: dict[str, Organization] = {}
        self._noted: dict[str, Instant] = {}
        """Moments at which the uses of each key were written down last."""
        self._unwritten: set[str] = set()
        """Hashes of keys that were used since."""
        self._heard: list[Callable[[Organization], None]] = []
        # What is in memory follows what is written; one change at a time, or a key that is rotated
        # while it is revoked would live on.
        self._changing = asyncio.Lock()

    @classmethod
    async def load(cls, store: KeyStore, clock: Clock, *, notes_uses: bool = True) -> "Keys":
        """With all that is stored."""
        keys = cls(store, clock, notes_uses=notes_uses)
        await keys.reload()
        return keys

    async def reload(self) -> None:
        """Read all of it anew: another process has changed it."""
        by_hash = {key.hash: key for key in await self._store.keys()}
        organizations = {one.id: one for one in await self._store.organizations()}
        self._by_hash, self._organizations = by_hash, organizations

    def principal(self, text: str | None, address: str = "") -> Principal:
        """The principal of a key that is used from an address. Unauthorized where there is none, or
        it is not or no longer good, or not from there."""
        key = self.check(text, address)
        self._note_use(key, address)
        scopes = frozenset[str]().union(*(_REACH[scope] for scope in key.scopes))
        return Principal(key.id, key.organization_id, scopes, key.name)

    def check(self, text: str | None, address: str = "") -> ApiKey:
        """The key that a text is, as long as it is good from an address: Unauthorized else."""
        if not text:
            raise Unauthorized("no key was sent")
        # Looking up a hash tells an attacker nothing by its timing: he cannot choose hashes.
        key = self._by_hash.get(hashed(text))
        if (
            key is None
            or (key.expires_at is not None and key.expires_at <= self._clock())
            or (key.addresses and not is_in(address, _networks(key.addresses)))
        ):
            # One answer for all: who found a key elsewhere is not told that it is one.
            raise Unauthorized("the key is not known, has expired, or is not for this address")
        return key

    def on_behalf_of(self, principal: Principal, wanted: str | None) -> Principal:
        """The principal for the organization that X-Organization-Id names, by id or name.

        Forbidden where that is not the key's own and the key is no admin's, be there such an
        organization or not; and to an admin where there is none. That is not NotFound: what was
        asked for is the path's, and lists, whose answers know no 404, take the header too.
        """
        if not wanted or wanted == principal.organization_id:
            return principal
        found = self._organizations.get(wanted) or next(
            (one for one in self._organizations.values() if one.name == wanted), None
        )
        if found is not None and found.id == principal.organization_id:
            return principal
        if not principal.is_admin:
            raise Forbidden("the key is not of the organization in X-Organization-Id")
        if found is None:
            raise Forbidden("there is no organization as X-Organization-Id names it")
        return replace(principal, organization_id=found.id)

    async def add(
        self,
        organization_id: str,
        name: str,
        scopes: Sequence[str],
        expires_at: Instant | None = None,
        addresses: Sequence[str] = (),
    ) -> tuple[ApiKey, str]:
        """Make a key; its text is returned here and never again. NotFound without organization,
        Conflict beyond limits.ORGANIZATION_KEYS."""
        async with self._changing:
            self._check_room(organization_id)
            text = new_key()
            key = api_key(
                ids.prefixed("key_"),
                organization_id,
                name,
                text,
                scopes,
                self._clock(),
                expires_at,
                addresses,
            )
            await self._store.add_key(key)
            self._by_hash[key.hash] = key
            return key, text

    def key(self, key_id: str) -> ApiKey:
        """NotFound where there is none."""
        for key in self._by_hash.values():
            if key.id == key_id:
                return key
        raise NotFound(f"no key {key_id}")

    async def change(self, key_id: str, **changes: Any) -> ApiKey:
        """Its name, scopes, addresses or expires_at. NotFound where there is none, Conflict for the
        first key."""
        async with self._changing:
            key = structs.replace(self._own(key_id), **changes)
            await self._store.change_key(key)
            self._by_hash[key.hash] = key
            return key

    async def rotate(self, key_id: str, overlap_s: Seconds) -> tuple[ApiKey, str, ApiKey | None]:
        """Give a key another text: the key, its text, which is returned here and never again, and
        what is left of the former one: for so long, it goes on under an id of its own, no longer
        than it would have. NotFound where there is none, Conflict for the first key or where there
        is no room for both."""
        async with self._changing:
            former = self._own(key_id)
            now = self._clock()
            text = new_key()
            key = structs.replace(
                former,
                hash=hashed(text),
                prefix=text[:PREFIX_CHARACTERS],
                last_used_at=None,
                last_used_from=None,
                uses=0,
            )
            ending = None
            if overlap_s:
                self._check_room(key.organization_id)
                ends_at = min(now + overlap_s, former.expires_at or now + overlap_s)
                ending = structs.replace(former, id=ids.prefixed("key_"), expires_at=ends_at)
            await self._store.change_key(key, ending)
            if ending is None:
                self._forget(former)
            else:
                self._by_hash[ending.hash] = ending
            self._by_hash[key.hash] = key
            return key, text, ending

    async def revoke(self, key_id: str) -> ApiKey:
        """Make a key worthless. NotFound where there is none, Conflict for the first key."""
        async with self._changing:
            key = self._own(key_id)
            self._forget(key)
            await self._store.delete_key(key_id)
            return key

    def _forget(self, key: ApiKey) -> None:
        del self._by_hash[key.hash]
        self._noted.pop(key.id, None)
        self._unwritten.discard(key.hash)

    def _own(self, key_id: str) -> ApiKey:
        """A key that was made over the API."""
        if key_id == FIRST_KEY_ID:
            raise Conflict(
                "the first key is set at each start of the server, and would come back",
                hint="give the server another VOLTYARD_TOKEN, or delete its token file",
            )
        return self.key(key_id)

    def _check_room(self, organization_id: str) -> None:
        if len(self.keys(organization_id)) >= limits.ORGANIZATION_KEYS:
            raise Conflict(
                f"the organization has {limits.ORGANIZATION_KEYS} keys already",
                hint="revoke those that are not needed",
            )

    async def add_organization(self, name: str) -> Organization:
        """Conflict where the name is taken."""
        made = Organization(id=ids.prefixed("org_"), name=name, created_at=self._clock())
        async with self._changing:
            await self._store.add_organization(made)
            self._organizations[made.id] = made
        return made

    async def change_organization(self, organization_id: str, **changes: Any) -> Organization:
        """Its name, egress_networks or quotas. NotFound where there is none, Conflict where the
        name is taken, or for the name of the default one."""
        async with self._changing:
            former = self.organization(organization_id)
            changed = structs.replace(former, **changes)
            if organization_id == DEFAULT_ORGANIZATION_ID and changed.name != former.name:
                raise Conflict("the organization named default keeps its name")
            await self._store.change_organization(changed)
            self._organizations[organization_id] = changed
        for heard in self._heard:
            heard(changed)
        return changed

    def on_change(self, heard: Callable[[Organization], None]) -> None:
        """Tell `heard` of each organization that was changed."""
        self._heard.append(heard)

    async def delete_organization(self, organization_id: str) -> Organization:
        """With its keys. Conflict while it has chargers, and for the default one; NotFound where
        there is none."""
        if organization_id == DEFAULT_ORGANIZATION_ID:
            raise Conflict("the organization named default cannot be deleted")
        async with self._changing:
            await self._store.delete_organization(organization_id)
            for key in self.keys(organization_id):
                self._forget(key)
            return self._organizations.pop(organization_id)

    def organizations(self) -> list[Organization]:
        """All of them, oldest first."""
        return sorted(self._organizations.values(), key=lambda one: (one.created_at, one.id))

    def has_organization(self, organization_id: str) -> bool:
        """True where there is one of that id."""
        return organization_id in self._organizations

    def organization(self, organization_id: str) -> Organization:
        """NotFound where there is none."""
        if organization_id not in self._organizations:
            raise NotFound(f"no organization {organization_id}")
        return self._organizations[organization_id]

    def keys(self, organization_id: str) -> list[ApiKey]:
        """An organization's, oldest first."""
        own = [key for key in self._by_hash.values() if key.organization_id == organization_id]
        return sorted(own, key=lambda key: (key.created_at, key.id))

    def write_uses(self) -> None:
        """Have the uses written down that are not yet, at the end of a server."""
        for hash in tuple(self._unwritten):
            self._write_use(hash)

    def _note_use(self, key: ApiKey, address: str) -> None:
        if not self._notes_uses:
            return
        now = self._clock()
        used = structs.replace(key, last_used_at=now, last_used_from=address, uses=key.uses + 1)
        self._by_hash[key.hash] = used
        self._unwritten.add(key.hash)
        if now - self._noted.get(key.id, 0.0) >= LAST_USED_EVERY_S:
            self._noted[key.id] = now
            self._write_use(key.hash)

    def _write_use(self, hash: str) -> None:
        self._unwritten.discard(hash)
        if (key := self._by_hash.get(hash)) is not None:
            self._store.note_use(key)


@lru_cache(limits.ORGANIZATION_KEYS)
def _networks(texts: tuple[str, ...]) -> tuple[Network, ...]:
    return networks(texts, "addresses")
