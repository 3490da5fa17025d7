"""Cases of OCPP 2.0.1 for a CSMS: display messages (block O)."""

from __future__ import annotations

from typing import Any, Final

from voltyard.conformance.cases.case import Cases, Row
from voltyard.conformance.csms.v201.operations import ask
from voltyard.conformance.csms.v201.station import Station
from voltyard.conformance.wire.message import ReceivedMessage

CASES = Cases("csms", "2.0.1", "DisplayMessage")

_UI: Final = ["AdvancedUserInterface"]
_SOON_S: Final = 600
_NUMBERS: Final = ("message.id",)


def _message(station: Station, **fields: Any) -> dict[str, Any]:
    """A message to be shown; a field None is left out."""
    message = {
        "id": 1,
        "priority": "NormalCycle",
        "state": "Idle",
        "message": {"format": "UTF8", "language": "en", "content": "Welcome"},
        **fields,
    }
    return {name: value for name, value in message.items() if value is not None}


async def _set(
    station: Station, message: dict[str, Any], status: str = "Accepted"
) -> ReceivedMessage:
    """The operator has a message shown; the station answers so."""
    fields = {"message": message}
    return await ask(station, "SetDisplayMessage", fields, {"status": status}, numbers=_NUMBERS)


def _times(station: Station, name: str | None) -> dict[str, Any]:
    return {} if name is None else {name: station.now(earlier_s=-_SOON_S)}


@CASES.each(
    Row("TC_O_01_CSMS", "Show a message", fields={}),
    Row("TC_O_25_CSMS", "Show a message while charging", fields={"state": "Charging"}),
    Row("TC_O_13_CSMS", "Show a message from a time", fields={}, time="startDateTime"),
    Row("TC_O_14_CSMS", "Show a message until a time", fields={}, time="endDateTime"),
    requirements=["O01.FR.04", "O01.FR.05"],
    needs=_UI,
    asks=["SetDisplayMessage"],
)
async def show(station: Station, fields: dict[str, Any], time: str | None = None) -> None:
    """The operator has a message shown, in a state of the station or for a time.

    The station shows it by itself from then on: a field that is lost shows it too long, or over a
    message that matters more.
    """
    await station.ready()
    await _set(station, _message(station, **fields, **_times(station, time)))
    await station.heartbeat()


@CASES.each(
    Row("TC_O_17_CSMS", "Priority not supported", status="NotSupportedPriority"),
    Row("TC_O_18_CSMS", "State not supported", status="NotSupportedState"),
    Row("TC_O_19_CSMS", "Format not supported", status="NotSupportedMessageFormat"),
    Row("TC_O_26_CSMS", "Message rejected", status="Rejected"),
    requirements=["O01"],
    needs=_UI,
    asks=["SetDisplayMessage"],
)
async def not_shown(station: Station, status: str) -> None:
    """The station cannot show a message as it is wanted; the CSMS takes each reason."""
    await station.ready()
    message = _message(station, priority="AlwaysFront", state="Faulted")
    message["message"]["format"] = "HTML"
    await _set(station, message, status)
    await station.heartbeat()


@CASES.each(
    Row("TC_O_06_CSMS", "Show a message in a session"),
    Row("TC_O_27_CSMS", "Show a message in a session, from a time", time="startDateTime"),
    Row("TC_O_28_CSMS", "Show a message in a session, until a time", time="endDateTime"),
    requirements=["O02"],
    needs=_UI,
    asks=["SetDisplayMessage"],
)
async def show_in_a_session(station: Station, time: str | None = None) -> None:
    """The operator has a message shown in one session, whose transaction it names.

    It goes with the session. Without the name, the next driver reads what was for the last one.
    """
    await station.ready()
    transaction = await station.charge()
    message = _message(
        station, state="Charging", transactionId=transaction.id, **_times(station, time)
    )
    await _set(station, message)
    await station.finish(transaction)


@CASES.case(
    "TC_O_10_CSMS",
    "Show a message in an unknown session",
    requirements=["O02"],
    needs=_UI,
    asks=["SetDisplayMessage"],
)
async def unknown_session(station: Station) -> None:
    """The session of a message is over when it comes: the station does not know the transaction."""
    await station.ready()
    transaction = await station.charge()
    await station.finish(transaction)
    message = _message(station, transactionId=transaction.id)
    await _set(station, message, "UnknownTransaction")
    await station.heartbeat()


@CASES.case(
    "TC_O_12_CSMS",
    "Replace a message",
    requirements=["O06"],
    needs=_UI,
    asks=["SetDisplayMessage"],
)
async def replace(station: Station) -> None:
    """The operator changes a message: it comes again, under the same id.

    Under another id the station shows both.
    """
    await station.ready()
    first = await _set(station, _message(station))
    content = {"format": "UTF8", "language": "en", "content": "Out of service until noon"}
    second = await _set(station, _message(station, priority="InFront", message=content))
    second.expect({"message.id": first["message.id"]})


# --- reading --------------------------------------------------------------------------------------


async def _get(
    station: Station, criteria: dict[str, Any], status: str = "Accepted"
) -> ReceivedMessage:
    """The operator asks for the messages that fit; the station answers so."""
    return await ask(
        station,
        "GetDisplayMessages",
        {"requestId": 7, **criteria},
        {"status": status},
        numbers=["requestId"],
        absent=[name for name in ("id", "priority", "state") if name not in criteria],
    )


async def _report(station: Station, request: ReceivedMessage, *messages: dict[str, Any]) -> None:
    """The station reports these messages, one by one."""
    for number, message in enumerate(messages, 1):
        await station.tell(
            "NotifyDisplayMessages",
            "The station reports a message",
            requestId=request["requestId"],
            messageInfo=[message],
            **({"tbc": True} if number < len(messages) else {}),
        )


@CASES.each(
    Row("TC_O_02_CSMS", "All messages", criteria={}),
    Row("TC_O_07_CSMS", "Message by its id", criteria={"id": [1]}),
    Row("TC_O_08_CSMS", "Messages of a priority", criteria={"priority": "NormalCycle"}),
    Row("TC_O_09_CSMS", "Messages of a state", criteria={"state": "Idle"}),
    requirements=["O03", "O04"],
    needs=_UI,
    asks=["SetDisplayMessage", "GetDisplayMessages"],
)
async def get_messages(station: Station, criteria: dict[str, Any]) -> None:
    """The operator asks which messages there are, all of them or those that fit, and gets them.

    A station drops messages by itself; only the report says what its drivers read.
    """
    await station.ready()
    messages = [_message(station, id=number) for number in (1, 2)]
    for message in messages:
        await _set(station, message)
    request = await _get(station, criteria)
    await _report(station, request, *(messages[:1] if "id" in criteria else messages))


@CASES.each(
    Row("TC_O_03_CSMS", "No messages", criteria={}),
    Row("TC_O_11_CSMS", "No such message", criteria={"id": [99]}),
    requirements=["O03", "O04"],
    needs=_UI,
    asks=["GetDisplayMessages"],
)
async def get_no_messages(station: Station, criteria: dict[str, Any]) -> None:
    """The operator asks for messages of which there are none; the CSMS waits for no report."""
    await station.ready()
    await _get(station, criteria, "Unknown")
    await station.heartbeat()


# --- clearing -------------------------------------------------------------------------------------


@CASES.case(
    "TC_O_04_CSMS",
    "Clear a message",
    requirements=["O05"],
    needs=_UI,
    asks=["SetDisplayMessage", "ClearDisplayMessage"],
)
async def clear(station: Station) -> None:
    """The operator takes a message away, by the id under which it was set."""
    await station.ready()
    message = await _set(station, _message(station))
    await ask(station, "ClearDisplayMessage", {"id": message["message.id"]}, numbers=[])
    await station.heartbeat()


@CASES.case(
    "TC_O_05_CSMS",
    "Clear an unknown message",
    requirements=["O05"],
    needs=_UI,
    asks=["ClearDisplayMessage"],
)
async def clear_unknown(station: Station) -> None:
    """The message that the operator takes away is gone already; the CSMS takes the answer."""
    await station.ready()
    await ask(station, "ClearDisplayMessage", {"id": 99}, {"status": "Unknown"}, numbers=[])
    await station.heartbeat()
