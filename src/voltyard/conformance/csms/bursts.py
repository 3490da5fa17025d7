"""Bursts of frames at a CSMS, in either version."""

from __future__ import annotations

from typing import Any, Final

from voltyard.conformance.csms.negative_messages import goes_on
from voltyard.conformance.csms.stage import CsmsStage
from voltyard.conformance.wire.endings import Inconclusive
from voltyard.ocpp import frames

GROUP: Final = "Overload"

_BURST: Final = 300
_GARBAGE: Final = 50


async def burst(station: CsmsStage, action: str, payload: dict[str, Any]) -> None:
    """Send three hundred requests without waiting for answers. The case fails unless each is
    answered or refused, and the charger is served as before."""
    station.record.step(f"The station sends {_BURST} requests of {action}")
    ids = [station.link.new_id() for _ in range(_BURST)]
    calls = {id: (action, frames.call(id, action, payload)) for id in ids}
    await station.link.burst(calls)
    await goes_on(station)


async def garbage(station: CsmsStage) -> None:
    """Fifty frames that are no message do not keep the charger from being served afterwards.

    The CSMS may close the link over them, as long as the next one is let in.
    """
    await station.ready()
    station.record.step(f"The station sends {_GARBAGE} frames that are no message")
    for number in range(_GARBAGE):
        try:
            station.link.send(f'[2,"garbage-{number}"')
        except Inconclusive:
            break
    await goes_on(station)
