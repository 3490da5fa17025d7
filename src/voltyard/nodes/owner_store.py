"""Port of the owners on record, and of what is stored of their chargers."""

from collections.abc import Sequence
from typing import Protocol

from voltyard.csms.records import Contents


class ChargerOwner(Protocol):
    """A charger on record that is not the server's."""

    @property
    def charger_id(self) -> str: ...

    @property
    def organization_id(self) -> str: ...

    @property
    def charge_box_id(self) -> str: ...

    @property
    def node(self) -> str: ...


class OwnerStore(Protocol):
    """The owners on record, and what is stored of their chargers."""

    async def hand_over(
        self, charger_id: str, organization_id: str, charge_box_id: str, node: str
    ) -> bool:
        """Have a node, or the server, on record as the owner of one of this process's chargers,
        after all that was written before; false where it is another's, and nothing was done."""

    async def find(self, organization_id: str, charge_box_id: str) -> tuple[str | None, str]:
        """Id and owner of a charger; no id where there is none of those names."""

    async def contents(self, charger_ids: Sequence[str]) -> Contents:
        """All that is stored of chargers, but for those that were deleted."""

    async def elsewhere(self) -> Sequence[ChargerOwner]:
        """All that are not the server's."""

    async def take_from(self, node: str) -> Sequence[ChargerOwner] | None:
        """Have all chargers of a node on record as the server's; None where its process lives, and
        nothing was done."""


async def looked_up(store: OwnerStore, organization_id: str, charge_box_id: str) -> Contents | None:
    """Read what is stored of the charger of those names; None where there is none."""
    charger_id, _ = await store.find(organization_id, charge_box_id)
    return None if charger_id is None else await store.contents((charger_id,))
