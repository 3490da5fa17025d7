"""Every quirk, in one table."""

from typing import Final

from voltyard.ocpp.quirks.boots import BOOT, TIME
from voltyard.ocpp.quirks.charging import METERING, TRANSACTIONS
from voltyard.ocpp.quirks.links import CONNECTION, HANDSHAKE
from voltyard.ocpp.quirks.messages import CONFIGURATION, JSON, RPC
from voltyard.ocpp.quirks.quirk import Quirk

QUIRKS: Final[tuple[Quirk, ...]] = (
    HANDSHAKE + CONNECTION + BOOT + TIME + JSON + RPC + TRANSACTIONS + METERING + CONFIGURATION
)

BY_NAME: Final[dict[str, Quirk]] = {quirk.name: quirk for quirk in QUIRKS} | {
    quirk.id.lower(): quirk for quirk in QUIRKS
}
"""By name and by id."""
