"""Patterns that mean names of events: a name, or the beginning of some with a * after it."""

from collections.abc import Collection, Iterable

from voltyard.kernel.errors import Invalid


def names_matching(patterns: Iterable[str], names: Collection[str]) -> frozenset[str]:
    """The names that these mean: each a name, or the beginning of some with a * after it. Invalid
    where one means none."""
    found: set[str] = set()
    for pattern in patterns:
        if pattern.endswith("*"):
            meant = {name for name in names if name.startswith(pattern[:-1])}
        else:
            meant = {pattern} & set(names)
        if not meant:
            raise Invalid(
                f"there is no event {pattern!r}",
                hint=f"there are {', '.join(names)}, or a beginning of these with a *",
            )
        found |= meant
    return frozenset(found)
