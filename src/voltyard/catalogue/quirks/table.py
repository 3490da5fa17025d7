"""Every quirk, in one table."""

from typing import Final

from voltyard.catalogue.quirks.boots import BOOT, TIME
from voltyard.catalogue.quirks.charging import METERING, TRANSACTIONS
from voltyard.catalogue.quirks.links import CONNECTION, HANDSHAKE
from voltyard.catalogue.quirks.messages import CONFIGURATION, JSON, RPC
from voltyard.catalogue.quirks.quirk import Quirk

QUIRKS: Final[tuple[Quirk, ...]] = (
    HANDSHAKE + CONNECTION + BOOT + TIME + JSON + RPC + TRANSACTIONS + METERING + CONFIGURATION
)

BY_NAME: Final[dict[str, Quirk]] = {quirk.name: quirk for quirk in QUIRKS} | {
    quirk.id.lower(): quirk for quirk in QUIRKS
}
"""By name and by id."""
