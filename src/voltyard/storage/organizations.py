"""Organizations and keys in the database."""

from collections.abc import Sequence
from typing import Any, Final

from msgspec import Struct, structs
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    delete,
    insert,
    select,
    update,
)

from voltyard.kernel.errors import Conflict, NotFound
from voltyard.organizations.keys import ApiKey
from voltyard.organizations.organization import Organization
from voltyard.storage.database.database import Database
from voltyard.storage.database.rows import read_all
from voltyard.storage.database.statements import as_json
from voltyard.storage.schema.csms import (
    chargers,
    charging_plans,
    id_tags,
    refusals,
    settings,
    tariffs,
)
from voltyard.storage.schema.organizations import api_keys, organizations
from voltyard.storage.schema.yard import deployments

_USE: Final = ("last_used_at", "last_used_from", "uses")
_STRUCTURED: Final = ("scopes", "addresses", "egress_networks", "quotas")


class StoredKeys:
    """The KeyStore in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keys(self) -> list[ApiKey]:
        return await self._database.read(all_keys)

    async def organizations(self) -> list[Organization]:
        return await self._database.read(all_organizations)

    async def add_key(self, key: ApiKey) -> None:
        await self._database.write(lambda connection: add_key(connection, key))

    async def change_key(self, key: ApiKey, former: ApiKey | None = None) -> None:
        def write(connection: Connection) -> None:
            change_key(connection, key)
            if former is not None:
                add_key(connection, former)

        await self._database.write(write)

    async def delete_key(self, key_id: str) -> None:
        await self._database.write(lambda connection: delete_key(connection, key_id))

    async def put_first_key(self, key: ApiKey) -> None:
        await self._database.write(lambda connection: put_first_key(connection, key))

    async def add_organization(self, organization: Organization) -> None:
        await self._database.write(lambda connection: add_organization(connection, organization))

    async def change_organization(self, organization: Organization) -> None:
        await self._database.write(lambda connection: change_organization(connection, organization))

    async def delete_organization(self, organization_id: str) -> None:
        await self._database.write(
            lambda connection: delete_organization(connection, organization_id)
        )

    def note_use(self, key: ApiKey) -> None:
        self._database.writer.put(touch_keys, [key])


def add_organization(connection: Connection, organization: Organization) -> None:
    """Conflict where the name is taken."""
    _check_name(connection, organization)
    connection.execute(insert(organizations).values(**_values(organization)))


def change_organization(connection: Connection, changed: Organization) -> None:
    """Have the organization with this id be like that. Conflict where the name is taken, NotFound
    where there is none."""
    organization(connection, changed.id)
    _check_name(connection, changed)
    this = organizations.c.id == changed.id
    connection.execute(update(organizations).where(this).values(**_values(changed)))


def _check_name(connection: Connection, organization: Organization) -> None:
    columns = organizations.c
    taken = select(columns.id).where(
        columns.name == organization.name, columns.id != organization.id
    )
    if connection.execute(taken).first() is not None:
        raise Conflict(f"an organization named {organization.name} exists already")


def organization(connection: Connection, organization_id: str) -> Organization:
    """NotFound where there is none."""
    found = _first(connection, select(organizations).where(organizations.c.id == organization_id))
    if found is None:
        raise NotFound(f"no organization {organization_id}")
    return found


def all_organizations(connection: Connection) -> list[Organization]:
    """Every one."""
    return read_all(connection, Organization, select(organizations))


def delete_organization(connection: Connection, organization_id: str) -> None:
    """With its keys, id tags, settings, charging plans and refused handshakes. Conflict while it
    has chargers, NotFound where there is none."""
    organization(connection, organization_id)
    for owned in (
        select(chargers.c.id).where(
            chargers.c.deleted_at.is_(None), _of(chargers, organization_id)
        ),
        select(deployments.c.id).where(_of(deployments, organization_id)),
    ):
        if connection.execute(owned.limit(1)).first() is not None:
            raise Conflict(
                f"organization {organization_id} still has chargers",
                hint="delete its chargers first",
            )
    for table in (id_tags, settings, refusals, tariffs, charging_plans):
        connection.execute(delete(table).where(_of(table, organization_id)))
    connection.execute(delete(organizations).where(organizations.c.id == organization_id))


def add_key(connection: Connection, key: ApiKey) -> None:
    """Conflict where the very key exists already, NotFound without its organization."""
    organization(connection, key.organization_id)
    if connection.execute(select(api_keys.c.id).where(api_keys.c.hash == key.hash)).first():
        raise Conflict("this key exists already")
    connection.execute(insert(api_keys).values(**_values(key)))


def all_keys(connection: Connection) -> list[ApiKey]:
    """Every key of every organization, for the cache."""
    return read_all(connection, ApiKey, select(api_keys))


def change_key(connection: Connection, key: ApiKey) -> None:
    """Have the key with this id be like that. NotFound where there is none."""
    values = _values(key)
    for name in _USE:
        del values[name]
    changed = connection.execute(update(api_keys).where(api_keys.c.id == key.id).values(**values))
    if not changed.rowcount:
        raise NotFound(f"no key {key.id}")


def replace_key(connection: Connection, key: ApiKey) -> None:
    """Add a key in place of the one with its id. Where it is the very key that is there, only its
    last use stays."""
    columns = [api_keys.c[name] for name in _USE]
    wanted = select(*columns).where(api_keys.c.id == key.id)
    kept = connection.execute(wanted).mappings().first()
    delete_key(connection, key.id)
    add_key(connection, key if kept is None else structs.replace(key, **kept))


def put_first_key(connection: Connection, key: ApiKey) -> None:
    """See KeyStore."""
    try:
        organization(connection, key.organization_id)
    except NotFound:
        default = Organization(id=key.organization_id, name="default", created_at=key.created_at)
        add_organization(connection, default)
    replace_key(connection, key)


def delete_key(connection: Connection, key_id: str) -> None:
    """Nothing happens where there is none."""
    connection.execute(delete(api_keys).where(api_keys.c.id == key_id))


def touch_keys(connection: Connection, used: Sequence[ApiKey]) -> None:
    """Remember the uses of keys."""
    for key in used:
        values = {name: getattr(key, name) for name in _USE}
        connection.execute(update(api_keys).where(api_keys.c.id == key.id).values(values))


def _of(table: Table, organization_id: str) -> ColumnElement[bool]:
    return table.c.organization_id == organization_id


def _first(connection: Connection, statement: Select[Any]) -> Organization | None:
    return next(iter(read_all(connection, Organization, statement)), None)


def _values(record: Struct) -> dict[str, Any]:
    values = structs.asdict(record)
    return {name: as_json(one) if name in _STRUCTURED else one for name, one in values.items()}
