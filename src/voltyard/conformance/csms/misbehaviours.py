"""Misbehaviours of chargers in the field, in either version: wrong messages, odd handshakes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from voltyard.conformance.csms.negative_messages import goes_on
from voltyard.conformance.csms.stage import CsmsStage
from voltyard.conformance.wire.refusals import expect_code_of_payload

GROUP: Final = "Misbehaviours of chargers"
NOW: Final = "$now"
"""Stands for the time of sending in a payload."""

__all__ = ["GROUP", "NOW", "goes_on", "odd_handshake", "send_each"]


async def send_each(station: CsmsStage, sent: Iterable[tuple[str, dict[str, Any]]]) -> None:
    """Send the messages one after another. The case fails unless each is answered, if with a
    CALLERROR then with one about its payload, and the charger is served as before."""
    for action, payload in sent:
        station.record.step(f"The station sends {action}")
        answer = await station.link.try_call(action, _filled(payload, station.now()))
        expect_code_of_payload(station.record, answer, station.version)
    await goes_on(station)


async def odd_handshake(station: CsmsStage, words: str, end: str = "", **changes: Any) -> None:
    """A handshake is refused, or let in, as the CSMS's policy has it; the next one, which is as it
    should be, is let in and served in its own version."""
    if end:
        changes["url"] = station.dialling.url + end
    link = await station.tries(words, **changes)
    if link is not None:
        link.close()
        await link.until_closed()
    await station.connect()
    await station.ready()
    await goes_on(station)


def _filled(value: Any, now: str) -> Any:
    if isinstance(value, dict):
        return {name: _filled(one, now) for name, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, now) for one in value]
    return now if value == NOW else value
