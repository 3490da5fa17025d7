"""Negative messages for a CSMS, in either version: wrong requests, and frames that are none."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from voltyard.conformance.cases.case import Row
from voltyard.conformance.csms.stage import CsmsStage
from voltyard.conformance.wire.endings import ExpectationBroken
from voltyard.conformance.wire.message import PRESENT
from voltyard.conformance.wire.refusals import (
    OF_UNKNOWN_ACTIONS,
    expect_refusal,
    refuse_as_spelt,
    refuse_each,
)
from voltyard.conformance.wire.unreadable_frames import UNREADABLE_FRAMES
from voltyard.ocpp.versions import Version

GROUP: Final = "Negative messages"

_NOT_FOR_A_CSMS: Final[tuple[tuple[str, str, str, dict[str, str]], ...]] = (
    ("UNKNOWN_ACTION", "An action that OCPP does not have", "MakeCoffee", {}),
    ("WRONG_DIRECTION", "A request that only a CSMS sends", "Reset", {"type": "Hard"}),
)


def action_rows(prefix: str, version: Version, core: Collection[str]) -> list[Row]:
    """A row for each action that a charger sends. Actions beyond `core` may be unknown to it."""
    return [
        Row(
            f"{prefix}_{name}_CSMS",
            f"Wrong {name} requests",
            action=name,
            is_optional=name not in core,
        )
        for name, action in sorted(version.actions.items())
        if action.sender != "csms"
    ]


def request_rows(prefix: str) -> list[Row]:
    """A row for each request that a CSMS has to refuse as such."""
    return [
        Row(f"{prefix}_{id}_CSMS", title, action=action, payload=payload)
        for id, title, action, payload in _NOT_FOR_A_CSMS
    ]


def spelling_row(prefix: str, payload: dict[str, object]) -> Row:
    """The row of the code whose spelling differs between the versions."""
    return Row(
        f"{prefix}_SPELLING_CSMS",
        "The spelling of the error code",
        action="MeterValues",
        payload=payload,
    )


def frame_rows(prefix: str) -> list[Row]:
    """A row for each frame that is no message."""
    return [Row(f"{prefix}_{id}_CSMS", title, text=text) for id, title, text in UNREADABLE_FRAMES]


async def wrong_requests(station: CsmsStage, action: str, is_optional: bool) -> None:
    """Every single fault in a request is refused with a CALLERROR that names it, and the charger is
    served as before. A value that is too long, or not in its list, may be taken.

    A charger whose message is swallowed waits for an answer, and sends it for ever.
    """
    await station.ready()
    await refuse_each(station.record, station.link, action, is_optional=is_optional)
    await goes_on(station)


async def refused_request(station: CsmsStage, action: str, payload: dict[str, str]) -> None:
    """A request that is none of a charger's is refused as not implemented or not supported."""
    await station.ready()
    station.record.step(f"The station sends {action}")
    answer = await station.link.try_call(action, payload)
    expect_refusal(station.record, answer, OF_UNKNOWN_ACTIONS)
    await goes_on(station)


async def spelt_code(station: CsmsStage, action: str, payload: dict[str, object]) -> None:
    """A missing property is refused with an error code that is spelt as the version has
    it: the two differ in a letter, and a charger may compare the text."""
    await station.ready()
    await refuse_as_spelt(station.record, station.link, action, payload)


async def unreadable_frame(station: CsmsStage, text: str) -> None:
    """A frame that is no message harms nothing: it is ignored, refused, or the link is closed; and
    the charger is served again."""
    await station.ready()
    station.record.step("The station sends the frame")
    station.link.send(text)
    await goes_on(station)


async def goes_on(station: CsmsStage) -> None:
    """The charger is served as before: on this link, or on a new one where it was closed."""
    station.record.step("The charger is served as before")
    try:
        answer = await station.link.call("Heartbeat")
    except ExpectationBroken:
        if station.link.ended is None:
            raise
        await station.ready()
        answer = await station.link.call("Heartbeat")
    answer.expect(currentTime=PRESENT)
