"""The acts of each quirk, by its name in `voltyard.catalogue.quirks`."""

from typing import Final

from voltyard.quirks.acts import Acts
from voltyard.quirks.behaviours import (
    boots,
    calls,
    clocks,
    connections,
    frames,
    handshakes,
    meters,
    payloads,
    transactions,
)

ACTS: Final[dict[str, Acts]] = {
    **handshakes.ACTS,
    **connections.ACTS,
    **boots.ACTS,
    **clocks.ACTS,
    **payloads.ACTS,
    **frames.ACTS,
    **calls.ACTS,
    **transactions.ACTS,
    **meters.ACTS,
}
