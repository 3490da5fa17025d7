"""Display messages: what they say, and when they are shown (2.0.1 MessageInfoType)."""

from typing import Literal, TypeAlias

from msgspec import Struct

from voltyard.kernel.time import Instant

MessagePriority: TypeAlias = Literal["AlwaysFront", "InFront", "NormalCycle"]
MessageState: TypeAlias = Literal["Charging", "Faulted", "Idle", "Unavailable"]
MessageFormat: TypeAlias = Literal["ASCII", "HTML", "URI", "UTF8"]


class DisplayMessage(Struct, frozen=True, kw_only=True):
    """One message for the display."""

    id: int
    priority: MessagePriority
    format: MessageFormat
    content: str
    language: str | None = None
    state: MessageState | None = None
    """It is shown while the charger is in that state; None: in any."""
    starts_at: Instant | None = None
    """Shown from then on, by the charger's clock; None: at once."""
    ends_at: Instant | None = None
    """Removed then, by the charger's clock; None: it stays."""
    transaction_id: str | None = None
    """Removed when that transaction ends."""
    names_display: bool = False
    """The CSMS has named the component Display."""
