"""Quotas: things of one kind counted by organization, each up to a bound of its own."""

from collections import Counter
from collections.abc import Callable
from typing import TypeAlias

from voltyard.kernel.errors import Conflict, VoltyardError

Most: TypeAlias = Callable[[str], int | None]
"""The bound of an organization; None: it has none."""


class Quota:
    """Count of one kind of thing. What is taken and not given back counts."""

    def __init__(
        self,
        things: str,
        most: Most,
        *,
        error: type[VoltyardError] = Conflict,
        reached: Callable[[str], None] = lambda organization_id: None,
    ) -> None:
        """`error` is raised beyond the bound, and `reached` is told of it."""
        self._things = things
        self._most = most
        self._error = error
        self._reached = reached
        self._used: Counter[str] = Counter()

    def used(self, organization_id: str) -> int:
        """The number of things that an organization has."""
        return self._used[organization_id]

    def load(self, organization_id: str, number: int = 1) -> None:
        """Count things that are there already, whatever the bound."""
        self._used[organization_id] += number

    def note(self, organization_id: str, number: int) -> None:
        """Know how many things there are."""
        self._used[organization_id] = number

    def take(self, organization_id: str, number: int = 1) -> None:
        """Count things that are to be; nothing is counted where they are too many."""
        self.check(organization_id, number)
        self._used[organization_id] += number

    def check(self, organization_id: str, number: int = 1) -> None:
        """Raise the error where there is no room for so many."""
        most = self._most(organization_id)
        used = self._used[organization_id]
        if most is None or used + number <= most:
            return
        self._reached(organization_id)
        raise self._error(
            f"the organization has {used} {self._things}, and its quota is {most}",
            hint="delete some, or have an administrator raise the quota",
            quota=most,
        )

    def give_back(self, organization_id: str, number: int = 1) -> None:
        """Count things no more."""
        self._used[organization_id] -= number
        if self._used[organization_id] <= 0:
            del self._used[organization_id]


def unbounded(things: str) -> Quota:
    """A quota without a bound."""
    return Quota(things, lambda organization_id: None)
