"""Quotas: the holders that give way, and how much, where history outgrows its room.

An organization has its quota, and so has a charger. Beyond that, whoever holds the most gives
first: organizations down to one level, and within each of them its chargers. So one that is noisy
pushes out its own history, and no other's.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from voltyard.kernel import limits

Holder: TypeAlias = tuple[str, str]
"""An organization, and the charger of it (or the webhook) that the rows are of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotas:
    """Quotas as parts of the room, between 0 and 1."""

    organization: float = 1.0
    charger: float = 1.0


NO_QUOTAS: Final = Quotas()


@dataclass(slots=True)
class Cuts:
    """Rows to delete: the oldest of a holder, and beyond that the oldest of an organization."""

    holders: dict[Holder, float] = field(default_factory=dict)
    organizations: dict[str, float] = field(default_factory=dict)


def cuts(held: Mapping[Holder, float], room: float, quotas: Quotas) -> Cuts:
    """The cuts needed so that all that stays fits into `room`, in the unit of both."""
    found = Cuts()
    by_organization: dict[str, dict[Holder, float]] = {}
    for holder, amount in held.items():
        capped = min(amount, quotas.charger * room)
        if capped < amount:
            found.holders[holder] = amount - capped
        by_organization.setdefault(holder[0], {})[holder] = capped
    totals = {
        organization: min(sum(holders.values()), quotas.organization * room)
        for organization, holders in by_organization.items()
    }
    most = level(totals.values(), room)
    for organization, holders in by_organization.items():
        _share_out(found, organization, holders, min(totals[organization], most))
    return found


def level(amounts: Iterable[float], room: float) -> float:
    """The most that each may keep so that all fit into the room; infinite where they do."""
    rising = sorted(amounts)
    if sum(rising) <= room:
        return float("inf")
    left = room
    for place, amount in enumerate(rising):
        share = left / (len(rising) - place)
        if amount > share:
            return share
        left -= amount
    return float("inf")


def _share_out(
    found: Cuts, organization: str, holders: Mapping[Holder, float], room: float
) -> None:
    """The largest of an organization's holders give down to one level. Beyond so many of them
    nobody stands out, and it is the oldest rows that go."""
    surplus = sum(holders.values()) - room
    if surplus <= 0:
        return
    falling = sorted(holders.items(), key=lambda item: -item[1])
    largest, others = falling[: limits.RETENTION_GIVERS], falling[limits.RETENTION_GIVERS :]
    floor = max(level(holders.values(), room), others[0][1] if others else 0.0)
    for holder, amount in largest:
        if amount <= floor:
            break
        given = amount - floor
        found.holders[holder] = found.holders.get(holder, 0.0) + given
        surplus -= given
    if surplus > 0:
        found.organizations[organization] = surplus
