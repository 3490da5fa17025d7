"""Acts of a quirk: hooks at which it may change what goes in or out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voltyard.charger.description.events import ChargerEvent
    from voltyard.charger.effects import Dial, HangUp
    from voltyard.quirks.context import QuirkContext
    from voltyard.quirks.intercepted_message import InterceptedMessage


@dataclass(frozen=True, slots=True)
class Acts:
    """The acts of one quirk; a hook that is None is not used."""

    dial: Callable[[QuirkContext, Dial], Dial | None] | None = None
    """The charger dials: the dial to be made, None for none now."""
    linked: Callable[[QuirkContext], bool] | None = None
    """The link is up; true where the charger is not to know."""
    unlinked: Callable[[QuirkContext], bool] | None = None
    """The link is gone, or no link came of a dial; likewise."""
    hang_up: Callable[[QuirkContext, HangUp], HangUp] | None = None
    """The charger hangs up."""
    call: Callable[[QuirkContext, InterceptedMessage], None] | None = None
    """The charger calls."""
    answer: Callable[[QuirkContext, InterceptedMessage], None] | None = None
    """The charger answers."""
    clock: Callable[[QuirkContext, str], str] | None = None
    """A frame's text, for its times."""
    mangle: Callable[[QuirkContext, str, str], str] | None = None
    """The action and text of a frame, in the end."""
    asked: Callable[[QuirkContext, InterceptedMessage], None] | None = None
    """The CSMS calls."""
    answered: Callable[[QuirkContext, InterceptedMessage], None] | None = None
    """The CSMS answers."""
    reported: Callable[[QuirkContext, ChargerEvent], None] | None = None
    """The charger reports something other than a frame."""
    woken: Callable[[QuirkContext, str], None] | None = None
    """A moment has come that the quirk asked for."""
    recalled: Callable[[QuirkContext], None] | None = None
    """Its memory is back after a restart; the moments it had asked for are not."""
