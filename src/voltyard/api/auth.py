"""Keys: who asks, for which organization, and how far they reach.

A key is checked against a cache of all keys that the database holds; the database is asked only at
the start. One process, one cache: a key that is revoked here is worthless at once.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Final, Literal, NamedTuple, TypeAlias, get_args

from fastapi import Depends, Request
from msgspec import structs
from sqlalchemy import Connection

from voltyard.kernel import ids, limits
from voltyard.kernel.errors import Conflict, Forbidden, NotFound, Unauthorized
from voltyard.kernel.time import Instant, Seconds
from voltyard.ports import Clock
from voltyard.storage import access
from voltyard.storage.access import Key, Organization
from voltyard.storage.database import Database
from voltyard.storage.directory import TOKEN_FILE

Scope: TypeAlias = Literal["read", "operate", "admin"]

SCOPES: Final[tuple[str, ...]] = get_args(Scope)

# A scope reaches as far as those before it.
_REACH: Final[Mapping[str, frozenset[str]]] = {
    "read": frozenset({"read"}),
    "operate": frozenset({"read", "operate"}),
    "admin": frozenset({"read", "operate", "admin"}),
}

DEFAULT_ORGANIZATION_ID: Final = "org_default"
FIRST_KEY_ID: Final = "key_first"

LAST_USED_EVERY_S: Seconds = 60.0
"""A key's last use is written down at most this often."""

_PREFIX_CHARACTERS = 8
_KEY_CHARACTERS = 40


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks, on behalf of which organization."""

    key_id: str
    organization_id: str
    scopes: frozenset[str]

    @property
    def is_admin(self) -> bool:
        """Whether it may choose an organization and manage keys."""
        return "admin" in self.scopes

    def may(self, scope: Scope) -> bool:
        """Whether it reaches this far; admin includes operate, operate includes read."""
        return scope in self.scopes


class Keys:
    """Every key and organization, in memory."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._by_hash: dict[str, Key] = {}
        self._organizations: dict[str, Organization] = {}
        self._noted: dict[str, Instant] = {}
        # What is in memory follows what is written; one change at a time, or a key that is rotated
        # while it is revoked would live on.
        self._changing = asyncio.Lock()

    @classmethod
    async def load(cls, database: Database, clock: Clock) -> "Keys":
        """With all that the database holds."""
        keys = cls(database, clock)
        for key in await database.read(access.all_keys):
            keys._by_hash[key.hash] = key
        for organization in await database.read(access.all_organizations):
            keys._organizations[organization.id] = organization
        return keys

    def principal(self, text: str | None) -> Principal:
        """Whose key that is. Unauthorized where there is none, or it is not or no longer good."""
        if not text:
            raise Unauthorized("no key was sent")
        # Looking up a hash tells an attacker nothing by its timing: he cannot choose hashes.
        key = self._by_hash.get(hashed(text))
        now = self._clock()
        if key is None or (key.expires_at is not None and key.expires_at <= now):
            raise Unauthorized("the key is not known, or has expired")
        self._note_use(key, now)
        scopes = frozenset[str]().union(*(_REACH[scope] for scope in key.scopes))
        return Principal(key.id, key.organization_id, scopes)

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
    ) -> tuple[Key, str]:
        """Make a key; its text is returned here and never again. NotFound without organization,
        Conflict beyond limits.ORGANIZATION_KEYS."""
        async with self._changing:
            self._check_room(organization_id)
            text = new_key()
            key = _key(
                ids.prefixed("key_"), organization_id, name, text, scopes, self._clock(), expires_at
            )
            await self._database.write(lambda connection: access.add_key(connection, key))
            self._by_hash[key.hash] = key
            return key, text

    def key(self, key_id: str) -> Key:
        """NotFound where there is none."""
        for key in self._by_hash.values():
            if key.id == key_id:
                return key
        raise NotFound(f"no key {key_id}")

    async def change(self, key_id: str, **changes: Any) -> Key:
        """Its name, scopes or expires_at. NotFound where there is none, Conflict for the first
        key."""
        async with self._changing:
            key = structs.replace(self._own(key_id), **changes)
            await self._database.write(lambda connection: access.change_key(connection, key))
            self._by_hash[key.hash] = key
            return key

    async def rotate(self, key_id: str, overlap_s: Seconds) -> tuple[Key, str, Key | None]:
        """Give a key another text: the key, its text, which is returned here and never again, and
        what is left of the former one: for so long, it goes on under an id of its own, no longer
        than it would have. NotFound where there is none, Conflict for the first key or where there
        is no room for both."""
        async with self._changing:
            former = self._own(key_id)
            now = self._clock()
            text = new_key()
            key = structs.replace(
                former, hash=hashed(text), prefix=text[:_PREFIX_CHARACTERS], last_used_at=None
            )
            ending = None
            if overlap_s:
                self._check_room(key.organization_id)
                ends_at = min(now + overlap_s, former.expires_at or now + overlap_s)
                ending = structs.replace(former, id=ids.prefixed("key_"), expires_at=ends_at)

            def write(connection: Connection) -> None:
                access.change_key(connection, key)
                if ending is not None:
                    access.add_key(connection, ending)

            await self._database.write(write)
            if ending is None:
                del self._by_hash[former.hash]
            else:
                self._by_hash[ending.hash] = ending
            self._by_hash[key.hash] = key
            return key, text, ending

    async def revoke(self, key_id: str) -> Key:
        """Make a key worthless. NotFound where there is none, Conflict for the first key."""
        async with self._changing:
            key = self._own(key_id)
            del self._by_hash[key.hash]
            await self._database.write(lambda connection: access.delete_key(connection, key_id))
            return key

    def _own(self, key_id: str) -> Key:
        """A key that was made over the API."""
        if key_id == FIRST_KEY_ID:
            raise Conflict(
                "the first key is as the server's start has it, and would come back so",
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
            await self._database.write(lambda connection: access.add_organization(connection, made))
            self._organizations[made.id] = made
        return made

    async def delete_organization(self, organization_id: str) -> Organization:
        """With its keys. Conflict while it has chargers, and for the default one; NotFound where
        there is none."""
        if organization_id == DEFAULT_ORGANIZATION_ID:
            raise Conflict("the organization named default cannot be deleted")
        async with self._changing:
            await self._database.write(
                lambda connection: access.delete_organization(connection, organization_id)
            )
            for key in self.keys(organization_id):
                del self._by_hash[key.hash]
            return self._organizations.pop(organization_id)

    def organizations(self) -> list[Organization]:
        """All of them, oldest first."""
        return sorted(self._organizations.values(), key=lambda one: (one.created_at, one.id))

    def organization(self, organization_id: str) -> Organization:
        """NotFound where there is none."""
        if organization_id not in self._organizations:
            raise NotFound(f"no organization {organization_id}")
        return self._organizations[organization_id]

    def keys(self, organization_id: str) -> list[Key]:
        """An organization's, oldest first."""
        own = [key for key in self._by_hash.values() if key.organization_id == organization_id]
        return sorted(own, key=lambda key: (key.created_at, key.id))

    def _note_use(self, key: Key, now: Instant) -> None:
        if now - self._noted.get(key.id, 0.0) < LAST_USED_EVERY_S:
            return
        self._noted[key.id] = now
        self._by_hash[key.hash] = structs.replace(key, last_used_at=now)
        self._database.writer.put(access.touch_keys, [(key.id, now)])


def hashed(text: str) -> str:
    """How a key is kept. Keys are random and long, so that a slow hash would protect nothing."""
    return sha256(text.encode()).hexdigest()


def new_key() -> str:
    """A key of some 200 random bits."""
    return ids.prefixed("vy_", length=_KEY_CHARACTERS)


def sent_key(headers: Mapping[bytes, bytes]) -> str | None:
    """The key of a request, from `Authorization: Bearer` or `X-API-Key` alike."""
    authorization = headers.get(b"authorization")
    if authorization is not None:
        kind, _, text = authorization.decode("latin-1").partition(" ")
        if kind.lower() == "bearer":
            return text.strip()
    api_key = headers.get(b"x-api-key")
    return api_key.decode("latin-1").strip() if api_key is not None else None


def requires(scope: Scope) -> Callable[[Request], Awaitable[Principal]]:
    """A dependency: the principal of the request, which must reach as far as `scope`.

    That there is one is the gate's doing (api.gate), for every path under the two prefixes.
    """

    async def principal(request: Request) -> Principal:  # not async, it would cost a thread
        found: Principal = request.scope["state"]["principal"]
        if not found.may(scope):
            raise Forbidden(f"the key lacks the scope {scope}", hint="ask for a key that has it")
        return found

    return principal


Reader = Annotated[Principal, Depends(requires("read"))]
Operator = Annotated[Principal, Depends(requires("operate"))]
Admin = Annotated[Principal, Depends(requires("admin"))]


class FirstKey(NamedTuple):
    """The admin key of the default organization."""

    text: str
    is_new: bool
    """It was made just now, and must be shown once."""


async def ensure_first_key(
    database: Database, data: Path, token: str | None, now: Instant
) -> FirstKey:
    """See that there is an organization named default with an admin key: the token given, else
    what the file `token` in the data directory holds, else a new one, kept there (mode 0600).

    Another token than last time takes the place of the former.
    """
    text, is_new = (token, False) if token else _kept_key(data)
    key = _key(FIRST_KEY_ID, DEFAULT_ORGANIZATION_ID, "first", text, SCOPES, now, None)
    await database.write(lambda connection: _store_first(connection, key))
    return FirstKey(text, is_new)


def _store_first(connection: Connection, key: Key) -> None:
    try:
        access.organization(connection, DEFAULT_ORGANIZATION_ID)
    except NotFound:
        default = Organization(
            id=DEFAULT_ORGANIZATION_ID, name="default", created_at=key.created_at
        )
        access.add_organization(connection, default)
    access.replace_key(connection, key)


def _kept_key(data: Path) -> tuple[str, bool]:
    path = data / TOKEN_FILE
    try:
        return path.read_text().strip(), False
    except FileNotFoundError:
        text = new_key()
    data.mkdir(parents=True, exist_ok=True)
    # Created with its mode: there is no moment at which others could read it.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text + "\n")
    return text, True


def _key(
    key_id: str,
    organization_id: str,
    name: str,
    text: str,
    scopes: Sequence[str],
    now: Instant,
    expires_at: Instant | None,
) -> Key:
    return Key(
        id=key_id,
        organization_id=organization_id,
        name=name,
        hash=hashed(text),
        prefix=text[:_PREFIX_CHARACTERS],
        scopes=tuple(scopes),
        created_at=now,
        expires_at=expires_at,
    )
