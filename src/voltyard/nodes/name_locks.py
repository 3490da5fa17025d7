"""Locks by the names of chargers, kept only while somebody has one."""

import asyncio
from weakref import WeakValueDictionary


class NameLocks:
    """One lock for each charger about which something is under way."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

    def of(self, organization_id: str, charge_box_id: str) -> asyncio.Lock:
        """The lock of that charger."""
        return self._locks.setdefault((organization_id, charge_box_id), asyncio.Lock())
