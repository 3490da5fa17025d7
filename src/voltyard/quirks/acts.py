"""What a quirk may do, by when it is asked. What a quirk leaves None it has no part in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voltyard.charger.effects import Dial, HangUp
    from voltyard.charger.events import Event
    from voltyard.quirks.message import Message
    from voltyard.quirks.odd import Odd


@dataclass(frozen=True, slots=True)
class Acts:
    """The deeds of one quirk."""

    dial: Callable[[Odd, Dial], Dial | None] | None = None
    """The charger dials: the dial to be made, None for none now."""
    linked: Callable[[Odd], bool] | None = None
    """The link is up; true where the charger is not to know."""
    unlinked: Callable[[Odd], bool] | None = None
    """The link is gone, or no link came of a dial; likewise."""
    hang_up: Callable[[Odd, HangUp], HangUp] | None = None
    """The charger hangs up."""
    call: Callable[[Odd, Message], None] | None = None
    """The charger calls."""
    answer: Callable[[Odd, Message], None] | None = None
    """The charger answers."""
    clock: Callable[[Odd, str], str] | None = None
    """A frame's text, for its times."""
    mangle: Callable[[Odd, str, str], str] | None = None
    """The action and text of a frame, in the end."""
    asked: Callable[[Odd, Message], None] | None = None
    """The CSMS calls."""
    answered: Callable[[Odd, Message], None] | None = None
    """The CSMS answers."""
    reported: Callable[[Odd, Event], None] | None = None
    """The charger reports something other than a frame."""
    woken: Callable[[Odd, str], None] | None = None
    """A moment has come that the quirk asked for."""
    recalled: Callable[[Odd], None] | None = None
    """Its memory is back after a restart; the moments it had asked for are not."""
