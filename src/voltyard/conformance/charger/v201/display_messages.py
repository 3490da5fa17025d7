"""Cases of OCPP 2.0.1 for a charging station: display messages (O01 to O06).

What the display shows is judged where the attendant can look at it; what the station says of its
messages always is.
"""

from __future__ import annotations

from typing import Any, Final

from voltyard.conformance.cases.case import Cases, Row
from voltyard.conformance.charger.v201.management_system import ManagementSystem

CASES = Cases("charger", "2.0.1", "DisplayMessage")

_UI: Final = ["AdvancedUserInterface"]
_SESSION: Final = ["plug", "swipe"]
_FIRST, _SECOND, _UNKNOWN = 101, 102, 999
"""Ids of messages."""
_SOON_S: Final = 8.0


def _message(id: int = _FIRST, **fields: Any) -> dict[str, Any]:
    """A message to be shown in any state; a field None is left out."""
    content = {"format": "UTF8", "language": "en", "content": f"Message {id}"}
    message = {"id": id, "priority": "NormalCycle", "message": content, **fields}
    return {name: value for name, value in message.items() if value is not None}


def _text(message: dict[str, Any]) -> str:
    text: str = message["message"]["content"]
    return text


async def _set(csms: ManagementSystem, message: dict[str, Any], status: str = "Accepted") -> None:
    """Have a message shown, which is answered with that status."""
    (await csms.asks("SetDisplayMessage", message=message)).expect(status=status)


async def _get(csms: ManagementSystem, **criteria: Any) -> list[dict[str, Any]]:
    """The messages that the station reports for those criteria, of all pages; none: Unknown."""
    request_id = csms.number()
    answer = await csms.asks("GetDisplayMessages", requestId=request_id, **criteria)
    if answer["status"] == "Unknown":
        return []
    answer.expect(status="Accepted")
    found: list[dict[str, Any]] = []
    while True:
        page = await csms.hears("NotifyDisplayMessages", requestId=request_id)
        found += page["messageInfo"]
        if page.get("tbc") is not True:
            return found


async def _holds(csms: ManagementSystem, *messages: dict[str, Any], **criteria: Any) -> None:
    """The case fails unless the station reports just these messages, as they were set."""
    found = {one["id"]: one for one in await _get(csms, **criteria)}
    wanted = {one["id"]: one for one in messages}
    if found.keys() != wanted.keys():
        raise csms.record.broken(f"messages {sorted(wanted)}", str(sorted(found)))
    for id, message in wanted.items():
        for name in ("priority", "state", "message", "transactionId"):
            if found[id].get(name) != message.get(name):
                told = str(found[id].get(name))
                raise csms.record.broken(f"{name} {message.get(name)} of message {id}", told)


async def _has_none(csms: ManagementSystem, **criteria: Any) -> None:
    """The case fails unless the answer is Unknown, and no report comes."""
    answer = await csms.asks("GetDisplayMessages", requestId=csms.number(), **criteria)
    answer.expect(status="Unknown")
    await csms.passes(1)
    csms.hears_nothing("NotifyDisplayMessages", rule="O03.FR.03")


# --- setting --------------------------------------------------------------------------------------


@CASES.each(
    Row("TC_O_01_CS", "A message", fields={}),
    Row("TC_O_15_CS", "A message in the driver's language", fields={}, language="de"),
    requirements=["O01.FR.01"],
    needs=_UI,
)
async def is_shown(
    csms: ManagementSystem, fields: dict[str, Any], language: str | None = None
) -> None:
    """A message is shown, and reported as it was set: its text, its language, its priority."""
    message = _message(**fields)
    if language is not None:
        message["message"]["language"] = language
    await csms.booted()
    await _set(csms, message)
    await csms.display_shows(_text(message))
    await _holds(csms, message)


@CASES.each(
    Row("TC_O_36_CS", "A message while charging", state="Charging"),
    Row("TC_O_37_CS", "A message while idle", state="Idle"),
    requirements=["O01.FR.01"],
    needs=_UI,
    asks=_SESSION,
)
async def of_a_session(csms: ManagementSystem, state: str) -> None:
    """A message for charging is shown in a session, and one for an idle station before it."""
    message = _message(state=state)
    await csms.booted()
    await _set(csms, message)
    await csms.display_shows(_text(message), is_shown=state == "Idle")
    await csms.starts()
    await csms.display_shows(_text(message), is_shown=state == "Charging")
    await _holds(csms, message, state=state)


@CASES.case("TC_O_38_CS", "While unavailable", requirements=["O01.FR.01"], needs=_UI)
async def of_an_unavailable_station(csms: ManagementSystem) -> None:
    """A message for a station that is unavailable is shown once it is."""
    message = _message(state="Unavailable")
    await csms.booted()
    await _set(csms, message)
    await csms.display_shows(_text(message), is_shown=False)
    await csms.change_availability("Inoperative")
    await csms.hears_status("Unavailable")
    await csms.display_shows(_text(message))
    await _holds(csms, message, state="Unavailable")


@CASES.case(
    "TC_O_39_CS",
    "While faulted",
    requirements=["O01.FR.01"],
    needs=_UI,
    asks=["inject_fault"],
)
async def of_a_faulted_station(csms: ManagementSystem) -> None:
    """A message for a station that is faulted is shown once it is."""
    message = _message(state="Faulted")
    await csms.booted()
    await _set(csms, message)
    await csms.display_shows(_text(message), is_shown=False)
    await csms.act("inject_fault", fault_type="GroundFailure")
    await csms.hears_status("Faulted")
    await csms.display_shows(_text(message))
    await _holds(csms, message, state="Faulted")


@CASES.each(
    Row("TC_O_06_CS", "A message in a session", fields={}),
    Row("TC_O_27_CS", "A message in a session, from a time", fields={}, time="startDateTime"),
    Row("TC_O_28_CS", "A message in a session, until a time", fields={}, time="endDateTime"),
    requirements=["O02.FR.01", "O02.FR.02"],
    needs=_UI,
    asks=[*_SESSION, "unplug"],
)
async def is_shown_in_a_session(
    csms: ManagementSystem, fields: dict[str, Any], time: str | None = None
) -> None:
    """A message for one session is shown in it, within its times, and is gone with it."""
    transaction = await csms.charging()
    times: dict[str, Any] = {} if time is None else {time: csms.now(_SOON_S)}
    message = _message(transactionId=transaction, **fields, **times)
    await _set(csms, message)
    await csms.display_shows(_text(message), is_shown=time != "startDateTime")
    if time is not None:
        await csms.passes(_SOON_S + 1)
        await csms.display_shows(_text(message), is_shown=time == "startDateTime")
    if time == "endDateTime":
        await _has_none(csms, id=[_FIRST])
        return
    await _holds(csms, message)
    await csms.remote_stop(transaction)
    await csms.act("unplug")
    await csms.hears_event("Ended", transactionId=transaction)
    await csms.display_shows(_text(message), is_shown=False)
    await _has_none(csms, id=[_FIRST])


@CASES.case("TC_O_10_CS", "A message in an unknown session", requirements=["O02.FR.01"], needs=_UI)
async def of_no_session(csms: ManagementSystem) -> None:
    """A message for a transaction that the station does not know is refused, and not shown."""
    message = _message(transactionId="VY-NO-TRANSACTION")
    await csms.booted()
    await _set(csms, message, "UnknownTransaction")
    await csms.display_shows(_text(message), is_shown=False)
    await _has_none(csms)


@CASES.each(
    Row("TC_O_13_CS", "A message from a time", time="startDateTime"),
    Row("TC_O_14_CS", "A message until a time", time="endDateTime"),
    requirements=["O01.FR.05", "O01.FR.07"],
    needs=_UI,
)
async def is_shown_within_its_times(csms: ManagementSystem, time: str) -> None:
    """A message is shown from its start on, and removed at its end."""
    await csms.booted()
    times: dict[str, Any] = {time: csms.now(_SOON_S)}
    message = _message(**times)
    await _set(csms, message)
    await csms.display_shows(_text(message), is_shown=time == "endDateTime")
    await _holds(csms, message)
    await csms.passes(_SOON_S + 1)
    await csms.display_shows(_text(message), is_shown=time == "startDateTime")
    if time == "endDateTime":
        await _has_none(csms)
    else:
        await _holds(csms, message)


@CASES.case("TC_O_12_CS", "A message in place of another", requirements=["O06.FR.01"], needs=_UI)
async def takes_the_place(csms: ManagementSystem) -> None:
    """A message of an id that is in use takes the place of the one before."""
    first, content = _message(), {"format": "UTF8", "language": "en", "content": "Open again"}
    second = _message(message=content, priority="InFront")
    await csms.booted()
    await _set(csms, first)
    await _set(csms, second)
    await csms.display_shows(_text(second))
    await csms.display_shows(_text(first), is_shown=False)
    await _holds(csms, second)


@CASES.each(
    Row(
        "TC_O_17_CS",
        "Priority not supported",
        wrong={"priority": "AlwaysFront"},
        status="NotSupportedPriority",
    ),
    Row(
        "TC_O_18_CS",
        "State not supported",
        wrong={"state": "Faulted"},
        status="NotSupportedState",
    ),
    Row(
        "TC_O_19_CS",
        "Format not supported",
        wrong={"message": {"format": "HTML", "content": "<b>Closed</b>"}},
        status="NotSupportedMessageFormat",
    ),
    requirements=["O01.FR.02", "O01.FR.03", "O01.FR.04"],
    needs=_UI,
    settings={
        "DisplayMessageCtrlr.SupportedPriorities": "InFront,NormalCycle",
        "DisplayMessageCtrlr.SupportedStates": "Charging,Idle",
        "DisplayMessageCtrlr.SupportedFormats": "ASCII,UTF8",
    },
)
async def is_not_supported(csms: ManagementSystem, wrong: dict[str, Any], status: str) -> None:
    """A message that the station cannot show as it is wanted is refused with the reason, and leaves
    nothing."""
    await csms.booted()
    await _set(csms, _message(**wrong), status)
    await _has_none(csms)
    await _set(csms, _message())


@CASES.case(
    "TC_O_20_CS",
    "A message over a reboot",
    requirements=["O01.FR.13"],
    needs=_UI,
)
async def lasts_over_a_reboot(csms: ManagementSystem) -> None:
    """A message is still there after a reboot: the CSMS does not set it again."""
    message = _message()
    await csms.booted()
    await _set(csms, message)
    await csms.reset()
    await csms.hears("BootNotification")
    await csms.hears_every_status()
    await csms.display_shows(_text(message))
    await _holds(csms, message)


@CASES.each(
    Row("TC_O_22_CS", "Two messages in front", priority="InFront"),
    Row("TC_O_24_CS", "A second message always in front", priority="AlwaysFront"),
    Row("TC_O_30_CS", "Two messages in front, in a session", priority="InFront", of=True),
    Row(
        "TC_O_32_CS", "A second one always in front, in a session", priority="AlwaysFront", of=True
    ),
    requirements=["O01.FR.01", "O02.FR.01"],
    needs=_UI,
    asks=_SESSION,
)
async def two_in_front(csms: ManagementSystem, priority: str, of: bool = False) -> None:
    """Messages in front are shown by turns before those of the cycle; of those that are always in
    front only the newer stays."""
    await csms.booted()
    session: dict[str, Any] = {"transactionId": await csms.starts()} if of else {}
    usual = _message(103)
    first, second = (_message(id, priority=priority, **session) for id in (_FIRST, _SECOND))
    for message in (usual, first, second):
        await _set(csms, message)
    await csms.display_shows(_text(second))
    await csms.display_shows(_text(first), is_shown=priority == "InFront")
    await csms.display_shows(_text(usual), is_shown=False)
    stay = (first, second) if priority == "InFront" else (second,)
    await _holds(csms, usual, *stay)


# --- reading --------------------------------------------------------------------------------------


@CASES.each(
    Row("TC_O_02_CS", "All messages", criteria={}, wanted=(_FIRST, _SECOND)),
    Row("TC_O_07_CS", "A message by its id", criteria={"id": [_FIRST]}, wanted=(_FIRST,)),
    Row("TC_O_08_CS", "Of a priority", criteria={"priority": "InFront"}, wanted=(_SECOND,)),
    Row("TC_O_09_CS", "Of a state", criteria={"state": "Charging"}, wanted=(_SECOND,)),
    requirements=["O03.FR.02", "O03.FR.04", "O04.FR.01", "O04.FR.02"],
    needs=_UI,
)
async def are_reported(
    csms: ManagementSystem, criteria: dict[str, Any], wanted: tuple[int, ...]
) -> None:
    """The messages that fit are reported, all of them and no others."""
    messages = {
        _FIRST: _message(_FIRST, state="Idle"),
        _SECOND: _message(_SECOND, priority="InFront", state="Charging"),
    }
    await csms.booted()
    for message in messages.values():
        await _set(csms, message)
    await _holds(csms, *(messages[id] for id in wanted), **criteria)


@CASES.each(
    Row("TC_O_03_CS", "All messages, of none", criteria={}, sets=False),
    Row("TC_O_33_CS", "A message by its id, of none", criteria={"id": [_FIRST]}, sets=False),
    Row("TC_O_11_CS", "A message by an unknown id", criteria={"id": [_UNKNOWN]}),
    Row("TC_O_34_CS", "Of another state", criteria={"id": [_FIRST], "state": "Faulted"}),
    Row("TC_O_35_CS", "Of another priority", criteria={"id": [_FIRST], "priority": "InFront"}),
    requirements=["O03.FR.03", "O04.FR.03"],
    needs=_UI,
)
async def none_fits(csms: ManagementSystem, criteria: dict[str, Any], sets: bool = True) -> None:
    """Criteria that no message meets are answered Unknown, and no report comes."""
    await csms.booted()
    if sets:
        await _set(csms, _message(state="Idle"))
    await _has_none(csms, **criteria)


# --- clearing -------------------------------------------------------------------------------------


@CASES.case("TC_O_04_CS", "Clear a message", requirements=["O05.FR.01"], needs=_UI)
async def is_cleared(csms: ManagementSystem) -> None:
    """A message that is cleared is shown no longer; the others stay."""
    first, second = _message(_FIRST), _message(_SECOND)
    await csms.booted()
    for message in (first, second):
        await _set(csms, message)
    (await csms.asks("ClearDisplayMessage", id=_FIRST)).expect(status="Accepted")
    await csms.display_shows(_text(first), is_shown=False)
    await csms.display_shows(_text(second))
    await _holds(csms, second)


@CASES.case("TC_O_05_CS", "Clear an unknown message", requirements=["O05.FR.02"], needs=_UI)
async def unknown_is_not_cleared(csms: ManagementSystem) -> None:
    """To clear a message that is not there is answered Unknown, and takes no other away."""
    message = _message()
    await csms.booted()
    await _set(csms, message)
    (await csms.asks("ClearDisplayMessage", id=_UNKNOWN)).expect(status="Unknown")
    await _holds(csms, message)
