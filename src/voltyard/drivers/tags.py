"""Id tags of a site's drivers: known, unknown and blocked ones."""

from collections.abc import Callable
from itertools import count
from random import Random
from typing import Literal, TypeAlias

from msgspec import Struct

from voltyard.kernel.errors import Invalid

TagSource: TypeAlias = Callable[[Random], str]
"""Draws the tag of a driver."""

TagDealer: TypeAlias = Callable[[int], TagSource]
"""The tags of the drivers at a connector, by its number at the site."""

TagOrder: TypeAlias = Literal["random", "round-robin", "connector-affinity"]
"""Order of the known tags: any of them; one after another over the whole site; each connector has
its own."""

DRIVER_PREFIX = "04D1"
UNKNOWN_PREFIX = "04FF"
BLOCKED_PREFIX = "04BB"
"""Of tags, ten digits follow: together the UID of a card, 7 bytes in hex, which either version
takes (ISO14443)."""

_NUMBERS = 1_000_000


class TagMix(Struct, frozen=True, kw_only=True):
    """Mix of id tags of a site's drivers. Shares are between 0 and 1."""

    tags: tuple[str, ...] = (f"{DRIVER_PREFIX}0000000000",)
    """Tags that the operator knows."""
    order: TagOrder = "random"
    unknown: float = 0.0
    """Share of the drivers with an unregistered tag: UNKNOWN_PREFIX and digits."""
    blocked: float = 0.0
    """Share of those whose tag is blocked."""
    blocked_tags: tuple[str, ...] = ()
    """Theirs; none: BLOCKED_PREFIX and digits, which the operator has to block."""

    def __post_init__(self) -> None:
        if not self.tags:
            raise Invalid("drivers need at least one tag", param="tags")
        if min(self.unknown, self.blocked) < 0.0 or self.unknown + self.blocked > 1.0:
            raise Invalid("the shares of unknown and blocked tags are at most 1 together")


def tag_dealer(mix: TagMix) -> TagDealer:
    """The dealer of the tags that drivers of a site show; its connectors share what goes round."""
    turns = count()

    def at(connector: int) -> TagSource:
        def draw(random: Random) -> str:
            lot = random.random()
            if lot < mix.unknown:
                return _numbered(UNKNOWN_PREFIX, random)
            if lot < mix.unknown + mix.blocked:
                blocked = mix.blocked_tags
                return random.choice(blocked) if blocked else _numbered(BLOCKED_PREFIX, random)
            if mix.order == "random":
                return random.choice(mix.tags)
            place = connector if mix.order == "connector-affinity" else next(turns)
            return mix.tags[place % len(mix.tags)]

        return draw

    return at


def drivers_named(count: int) -> tuple[str, ...]:
    """The tags of so many drivers: 04D10000000000 and on."""
    return tuple(_tag(DRIVER_PREFIX, number) for number in range(count))


def _numbered(prefix: str, random: Random) -> str:
    return _tag(prefix, random.randrange(_NUMBERS))


def _tag(prefix: str, number: int) -> str:
    return f"{prefix}{number:010d}"
