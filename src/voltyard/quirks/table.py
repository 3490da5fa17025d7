"""What each quirk does, by its name in `voltyard.ocpp.quirks`."""

from typing import Final

from voltyard.quirks import (
    boots,
    clocks,
    connections,
    frames,
    handshakes,
    meters,
    orders,
    payloads,
    transactions,
)
from voltyard.quirks.acts import Acts

ACTS: Final[dict[str, Acts]] = {
    **handshakes.DEEDS,
    **connections.DEEDS,
    **boots.DEEDS,
    **clocks.DEEDS,
    **payloads.DEEDS,
    **frames.DEEDS,
    **orders.DEEDS,
    **transactions.DEEDS,
    **meters.DEEDS,
}
