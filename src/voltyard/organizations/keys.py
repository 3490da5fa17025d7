"""API keys of organizations, as they are stored."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Final, Protocol

from msgspec import Struct

from voltyard.kernel import ids
from voltyard.kernel.time import Instant
from voltyard.organizations.organization import Organization

FIRST_KEY_ID: Final = "key_first"

PREFIX_CHARACTERS: Final = 8
_KEY_CHARACTERS: Final = 40


class ApiKey(Struct, frozen=True, kw_only=True):
    """An API key as it is stored: its scopes, and only a hash of it."""

    id: str
    """key_..."""
    organization_id: str
    name: str
    hash: str
    """SHA-256 of the key, hexadecimal."""
    prefix: str
    """The key's beginning, so that its owner knows it again."""
    scopes: tuple[str, ...]
    created_at: Instant
    expires_at: Instant | None = None
    addresses: tuple[str, ...] = ()
    """Addresses and networks from which it is good; none: from anywhere."""
    last_used_at: Instant | None = None
    last_used_from: str | None = None
    uses: int = 0
    """Count of its uses; after a crash without those of the last minute."""


class KeyStore(Protocol):
    """Stored organizations and their keys. What is written is durable when a method returns."""

    async def keys(self) -> list[ApiKey]:
        """Every key of every organization."""

    async def organizations(self) -> list[Organization]:
        """Every one."""

    async def add_key(self, key: ApiKey) -> None:
        """Conflict where the very key exists already, NotFound without its organization."""

    async def change_key(self, key: ApiKey, former: ApiKey | None = None) -> None:
        """Have the key with this id be like that, and add what is left of the former one. NotFound
        where there is none."""

    async def delete_key(self, key_id: str) -> None:
        """Nothing happens where there is none."""

    async def put_first_key(self, key: ApiKey) -> None:
        """Have this in the place of the key with its id, and its organization where there is
        none."""

    async def add_organization(self, organization: Organization) -> None:
        """Conflict where the name is taken."""

    async def change_organization(self, organization: Organization) -> None:
        """Have the organization with this id be like that. Conflict where the name is taken,
        NotFound where there is none."""

    async def delete_organization(self, organization_id: str) -> None:
        """With its keys, id tags and settings. Conflict while it has chargers, NotFound where there
        is none."""

    def note_use(self, key: ApiKey) -> None:
        """Remember when and from where a key was last used, and how often; never waits."""


def hashed(text: str) -> str:
    """A key as it is kept. Keys are random and long, so that a slow hash would protect nothing."""
    return sha256(text.encode()).hexdigest()


def new_key() -> str:
    """A key of some 200 random bits."""
    return ids.prefixed("vy_", length=_KEY_CHARACTERS)


def api_key(
    key_id: str,
    organization_id: str,
    name: str,
    text: str,
    scopes: Sequence[str],
    now: Instant,
    expires_at: Instant | None,
    addresses: Sequence[str] = (),
) -> ApiKey:
    """A key whose text that is."""
    return ApiKey(
        id=key_id,
        organization_id=organization_id,
        name=name,
        hash=hashed(text),
        prefix=text[:PREFIX_CHARACTERS],
        scopes=tuple(scopes),
        created_at=now,
        expires_at=expires_at,
        addresses=tuple(addresses),
    )
