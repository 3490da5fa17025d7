"""Negative requests to a charger, in either version: wrong ones, and frames that are none."""

from __future__ import annotations

from typing import Final

from voltyard.conformance.cases.case import Row
from voltyard.conformance.charger.stage import ChargerStage
from voltyard.conformance.wire.endings import ExpectationBroken
from voltyard.conformance.wire.refusals import OF_UNKNOWN_ACTIONS, expect_refusal, refuse_each
from voltyard.conformance.wire.unreadable_frames import UNREADABLE_FRAMES
from voltyard.ocpp.versions import Version

GROUP: Final = "Negative messages"

_ACTED_ON: Final = frozenset(
    {
        *("GetDiagnostics", "GetLog", "PublishFirmware", "SignedUpdateFirmware", "UpdateFirmware"),
        "SetNetworkProfile",
    }
)
"""Actions whose long addresses a charger that takes them would dial."""


def action_rows(prefix: str, version: Version) -> list[Row]:
    """A row for each action that a CSMS sends. A charger may have no support for it."""
    return [
        Row(f"{prefix}_{name}_CS", f"Wrong {name} requests", action=name)
        for name, action in sorted(version.actions.items())
        if action.sender != "charger"
    ]


def frame_rows(prefix: str) -> list[Row]:
    """A row for each frame that is no message."""
    return [Row(f"{prefix}_{id}_CS", title, text=text) for id, title, text in UNREADABLE_FRAMES]


def request_rows(prefix: str) -> list[Row]:
    """A row for each request that a charger has to refuse as such."""
    return [
        Row(
            f"{prefix}_UNKNOWN_ACTION_CS", "An action that OCPP does not have", action="MakeCoffee"
        ),
        Row(
            f"{prefix}_WRONG_DIRECTION_CS",
            "A request that only a charger sends",
            action="Heartbeat",
        ),
    ]


async def wrong_requests(central: ChargerStage, action: str) -> None:
    """Every single fault in a request is refused with a CALLERROR that names it, and the charger
    goes on. A value that is too long, or not in its list, may be taken.

    A CSMS whose request is swallowed can send nothing else meanwhile.
    """
    await central.booted()
    await refuse_each(
        central.record,
        await central.linked(),
        action,
        is_optional=True,
        long_texts=action not in _ACTED_ON,
    )
    await goes_on(central)


async def refused_request(central: ChargerStage, action: str) -> None:
    """A request that is none of a CSMS's is refused as not implemented or not supported."""
    await central.booted()
    central.record.step(f"The CSMS sends {action}")
    answer = await (await central.linked()).try_call(action)
    expect_refusal(central.record, answer, OF_UNKNOWN_ACTIONS)
    await goes_on(central)


async def unreadable_frame(central: ChargerStage, text: str) -> None:
    """A frame that is no message harms nothing: it is ignored, refused, or the link is closed; and
    the charger answers again."""
    await central.booted()
    central.record.step("The CSMS sends the frame")
    (await central.linked()).send(text)
    await goes_on(central)


async def goes_on(central: ChargerStage) -> None:
    """The charger answers as before, be it that it has no local list: on this link, or on the next
    one where it hung up."""
    central.record.step("The charger answers as before")
    link = await central.linked()
    try:
        await link.try_call("GetLocalListVersion")
    except ExpectationBroken:
        if link.ended is None:
            raise
        await (await central.linked()).try_call("GetLocalListVersion")
