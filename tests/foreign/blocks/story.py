"""A story: what is done at a charger, what it is asked, and the actions that are seen for it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .stage import Stage


@dataclass(frozen=True)
class Story:
    """One row of a block's table."""

    name: str
    """The block's letter, and what is shown of it."""
    play: Callable[[Stage], Awaitable[None]]
    asks: tuple[str, ...] = ()
    """Actions that the CSMS sends."""
    hears: tuple[str, ...] = ()
    """Actions that the charger sends."""
    charger: Mapping[str, Any] | Callable[[], Mapping[str, Any]] = field(default_factory=dict)
    """Fields of the charger's making, over REST; or what makes them when the story is played."""

    def fields(self) -> Mapping[str, Any]:
        """The charger's fields."""
        return self.charger() if callable(self.charger) else self.charger
