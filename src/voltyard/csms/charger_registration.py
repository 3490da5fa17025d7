"""Registration of chargers: add, change, delete."""

import asyncio
from collections.abc import Iterable
from random import Random
from typing import Any
from weakref import WeakValueDictionary

import msgspec

from voltyard.csms.event_log import BackendWriter
from voltyard.csms.events import ChargerProfileChanged
from voltyard.csms.ownership.chargers_in_use import ChargersInUse
from voltyard.csms.records import ChargerDeleted, ChargerStored
from voltyard.csms.registry import (
    ChargerChange,
    ChargerRegistry,
    RegisteredCharger,
)
from voltyard.csms.security.issued_certificates import IssuedCertificates, forgotten
from voltyard.csms.security.passwords import Passwords
from voltyard.kernel import ids, limits
from voltyard.kernel.errors import HeldElsewhere, Invalid, Unavailable
from voltyard.kernel.quotas import Quota
from voltyard.ports.clock import Clock


class ChargerRegistration:
    """Changes the registry, and returns once a change is durable."""

    def __init__(
        self,
        registry: ChargerRegistry,
        passwords: Passwords,
        issued: IssuedCertificates,
        writer: BackendWriter,
        clock: Clock,
        random: Random,
        quota: Quota,
        in_use: ChargersInUse,
    ) -> None:
        self._in_use = in_use
        self._quota = quota
        self._registry = registry
        self._passwords = passwords
        self._issued = issued
        self._writer = writer
        self._clock = clock
        self._random = random
        self._changing: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        """Locks of chargers that are being changed, by their ids."""

    async def add(
        self, organization_id: str, charge_box_id: str, change: ChargerChange
    ) -> RegisteredCharger:
        """Add a charger. Conflict where there is one of that id; HeldElsewhere at a node, for the
        server knows all."""
        if self._registry.elsewhere.are_unknown:
            raise HeldElsewhere("")
        if not 0 < len(charge_box_id) <= limits.IDENTITY_CHARACTERS:
            most = limits.IDENTITY_CHARACTERS
            raise Invalid(f"a chargeBoxId has 1 to {most} characters", field="chargeBoxId")
        row = ChargerStored(
            id=ids.prefixed("chg_", self._random),
            organization_id=organization_id,
            charge_box_id=charge_box_id,
            registered_at=self._clock(),
        )
        charger = RegisteredCharger(msgspec.structs.replace(row, **await self._fields(change)))
        self._quota.check(organization_id)
        self._registry.add(charger)
        self._quota.load(organization_id)
        try:
            await self._writer.durable((charger.row,))
        except BaseException:
            self._registry.remove(charger)
            self._quota.give_back(organization_id)
            raise
        return charger

    async def change(
        self, organization_id: str, charge_box_id: str, change: ChargerChange
    ) -> RegisteredCharger:
        """Change what an operator may set."""
        known = self._registry.get(organization_id, charge_box_id)
        with self._in_use.of(known.row.id):
            fields = await self._fields(change)
            # One after the other, or the second of two that fail would bring the first one back.
            async with self._changing.setdefault(known.row.id, asyncio.Lock()):
                charger = self._registry.get(organization_id, charge_box_id)  # as it is by now
                return await self._change(charger, fields)

    async def delete(self, organization_id: str, charge_box_id: str) -> RegisteredCharger:
        """Forget a charger and its certificates; its history stays."""
        charger = self._registry.get(organization_id, charge_box_id)
        with self._in_use.of(charger.row.id):
            deleted = ChargerDeleted(charger_id=charger.row.id, deleted_at=self._clock())
            certificates = self._issued.of(charger.row.id)
            await self._writer.durable((deleted, *forgotten(certificates)))
            self._registry.remove(charger)
            self._quota.give_back(organization_id)
            self._issued.forget(charger.row.id)
        return charger

    async def _change(
        self, charger: RegisteredCharger, fields: dict[str, Any]
    ) -> RegisteredCharger:
        before = charger.row
        charger.row = after = msgspec.structs.replace(before, **fields)
        if charger.session is not None:
            charger.session.revise()
        happened: tuple[ChargerProfileChanged, ...] = ()
        if before.security_profile != after.security_profile:
            changed = ChargerProfileChanged(
                **charger.event_fields(self._clock()),
                previous_profile=before.security_profile,
                security_profile=after.security_profile,
                by="operator",
            )
            happened = (changed,)
        try:
            await self._writer.durable((charger.stored(),), happened)
        except Unavailable:
            if charger.row is after:
                charger.row = before
            else:  # what has come to it since was perhaps stored, with what was not
                charger.row = _taken_back(charger.row, before, after, fields)
                self._writer.write((charger.stored(),))
            if charger.session is not None:
                charger.session.revise()
            raise
        if before.password_hash is not None and before.password_hash != after.password_hash:
            self._passwords.forget(before.password_hash)
        return charger

    async def _fields(self, change: ChargerChange) -> dict[str, Any]:
        fields = change.fields()
        if "password" in fields:
            password = fields.pop("password")
            fields["password_hash"] = await self._passwords.hashed(password) if password else None
        return fields


def _taken_back(
    row: ChargerStored, before: ChargerStored, after: ChargerStored, fields: Iterable[str]
) -> ChargerStored:
    """The row without a change that could not be stored, and with all that came to it since."""
    still = [name for name in fields if getattr(row, name) == getattr(after, name)]
    return msgspec.structs.replace(row, **{name: getattr(before, name) for name in still})
