"""Snapshots: the memory of a charger that survives a power cut or a restart of its process.

Volatile on purpose: the link, the boot, the clock (but for one that keeps its own time), calls
under way, commands that wait. A vehicle that was plugged in still is, what is broken stays so
until it is mended, and a network that is down until it is back.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from voltyard.charger.authorization.id_token import TokenInfo
from voltyard.charger.display.display_message import DisplayMessage
from voltyard.charger.evse.kept import KeptEvse
from voltyard.charger.firmware.log import KeptUpload
from voltyard.charger.firmware.publication import KeptPublication
from voltyard.charger.firmware.update import KeptUpdate
from voltyard.charger.monitoring.monitor import KeptMonitoring
from voltyard.charger.reservation.reservation import Reservation
from voltyard.charger.security.kept import KeptSecurity
from voltyard.charger.smart_charging.profiles import InstalledProfile
from voltyard.charger.transactions.kept import KeptMessage
from voltyard.kernel.time import Instant, Seconds


class KeptQuirk(Struct, frozen=True, kw_only=True):
    """The memory of one quirk."""

    switched: dict[str, Any]
    """Probability, schedule and parameters it was switched on with."""
    chances: int = 0
    """Number of times that it could have acted."""
    is_spent: bool = False
    """True where it was to act once, and has."""
    memo: tuple[tuple[Any, Any], ...] = ()


class Snapshot(Struct, frozen=True, kw_only=True):
    """Everything of a charger that persists, as plain data that survives JSON."""

    identity: str
    version: str = ""
    at: Instant = 0.0
    """By the charger's clock."""
    settings: dict[str, str] = {}
    own_settings: dict[str, str] = {}
    """Settings that its vendor, or the file of its device model, has given it."""
    operative: bool = True
    evses: tuple[KeptEvse, ...] = ()
    cache: dict[str, tuple[TokenInfo, Instant]] = {}
    local_list: dict[str, TokenInfo] = {}
    local_list_version: int = 0
    outbox: tuple[KeptMessage, ...] = ()
    wire_ids: dict[str, str] = {}
    retry_at: Instant | None = None
    """Moment when the first message may be sent again (true time)."""
    reservations: tuple[Reservation, ...] = ()
    charging_profiles: tuple[InstalledProfile, ...] = ()
    external_limits: tuple[InstalledProfile, ...] = ()
    display_messages: tuple[DisplayMessage, ...] = ()
    skew_s: Seconds | None = None
    """Of a clock that keeps its own time."""
    last_event_id: int = 0
    """Of NotifyEvent; 0: there was none, or the snapshot is of a version that did not keep it."""
    monitoring: KeptMonitoring = KeptMonitoring()
    security: KeptSecurity = KeptSecurity()
    firmware: tuple[str, str] | None = None
    """The version it was made with, and those installed since."""
    update: KeptUpdate | None = None
    upload: KeptUpload | None = None
    publication: KeptPublication | None = None
    """Of a local controller."""
    is_cut_off: bool = False
    """The network is down (NetworkDrop)."""
    network_at: Instant | None = None
    """Moment when it comes back by itself (true time)."""
    quirks: dict[str, KeptQuirk] = {}
    """By name, of those that have anything to remember."""
