"""Cases of OCPP 2.0.1 for a CSMS: lost links, second links, and messages that come twice."""

from typing import Any, Final

from voltyard.conformance.cases.case import Cases, Row
from voltyard.conformance.csms.negative_messages import goes_on
from voltyard.conformance.csms.v201.station import Station
from voltyard.conformance.wire.tester_link import SILENCE, GivenError
from voltyard.ocpp import frames

CASES = Cases("csms", "2.0.1", "Reconnect and duplicates")

_RETRY: Final = "OCPP 2.0.1 Part 2 E13"
_LINKS: Final = "OCPP 2.0.1 Part 4 section 5"
_ORDER: Final = "OCPP 2.0.1 Part 4 section 4.1.1"
_TRIGGER: Final = {"requestedMessage": "Heartbeat"}
_ACCEPTED: Final = {"status": "Accepted"}
_UNKNOWN: Final = "VY-NEVER-STARTED"


def _event(station: Station, type: str, number: int, transaction: str) -> dict[str, Any]:
    return {
        "eventType": type,
        "timestamp": station.now(),
        "triggerReason": "CablePluggedIn" if type == "Started" else "EVCommunicationLost",
        "seqNo": number,
        "transactionInfo": {"transactionId": transaction},
        "evse": {"id": 1, "connectorId": 1},
    }


@CASES.each(
    Row("VY_201_TWICE_STARTED_CSMS", "A start that comes twice", twice="Started"),
    Row("VY_201_TWICE_ENDED_CSMS", "An end that comes twice", twice="Ended"),
    requirements=[_RETRY],
)
async def event_twice(station: Station, twice: str) -> None:
    """A station that saw no answer sends its event again, with the same seqNo, and is answered.

    Else it repeats the event for ever, before all that follows.
    """
    await station.ready()
    transaction = f"VY-{station.identity}"
    for number, type in enumerate(("Started", "Ended")):
        event = _event(station, type, number, transaction)
        await station.call("TransactionEvent", f"The station tells of {type}", **event)
        if type == twice:
            await station.call("TransactionEvent", "The station tells of it again", **event)
    await station.heartbeat()


@CASES.each(
    Row("VY_201_LOST_START_UPDATED_CSMS", "An event of an unknown transaction", type="Updated"),
    Row("VY_201_LOST_START_ENDED_CSMS", "The end of an unknown transaction", type="Ended"),
    requirements=[_RETRY],
)
async def start_was_lost(station: Station, type: str) -> None:
    """An event of a transaction whose start never came is answered: an error would make the station
    send it again."""
    await station.ready()
    event = _event(station, type, 3, f"{_UNKNOWN}-{station.identity}")
    await station.call("TransactionEvent", f"The station tells of {type}", **event)
    await station.finish(await station.charge())


@CASES.case(
    "VY_201_GAP_CSMS", "A gap in the numbers of events", requirements=["OCPP 2.0.1 Part 2 E01"]
)
async def gap_in_the_numbers(station: Station) -> None:
    """Events were lost: the seqNo jumps, and what comes after is taken as ever."""
    await station.ready()
    transaction = f"VY-{station.identity}"
    for number, type in ((0, "Started"), (7, "Updated"), (8, "Ended")):
        event = _event(station, type, number, transaction)
        await station.call("TransactionEvent", f"The station tells of {type}", **event)
    await station.heartbeat()


@CASES.case(
    "VY_201_REUSED_ID_CSMS",
    "One message id for all",
    requirements=["OCPP 2.0.1 Part 4 section 4.1.4"],
    kind="compatibility",
)
async def reused_message_id(station: Station) -> None:
    """A station gives each of its calls the same id; each is answered, or refused."""
    await station.ready()
    text = frames.call("same-id", "Heartbeat", {})
    for _ in range(3):
        station.record.step("The station sends Heartbeat with the same id")
        await station.link.try_text("same-id", "Heartbeat", text)
    await goes_on(station)


@CASES.case(
    "VY_201_LINK_SECOND_CSMS",
    "A second link beside the first",
    requirements=[_LINKS],
    asks=["TriggerMessage"],
)
async def second_link(station: Station) -> None:
    """A station dials anew while its old link seems alive: the newest one counts, also when the old
    one ends later."""
    await station.ready()
    old = station.link
    await station.connect()
    await station.boot()
    await station.asked("TriggerMessage", _TRIGGER, answer=_ACCEPTED)
    old.close()
    await old.until_closed()
    await station.asked("TriggerMessage", _TRIGGER, answer=_ACCEPTED)
    await station.heartbeat()


@CASES.case(
    "VY_201_LINK_FLAPPING_CSMS",
    "A link that comes and goes",
    requirements=[_LINKS],
    kind="compatibility",
)
async def flapping_link(station: Station) -> None:
    """A station loses its link ten times in a row, without a close frame, and boots each time."""
    for _ in range(10):
        await station.boot()
        station.record.step("The link is cut")
        station.link.abort()
        await station.link.until_closed()
    await station.ready()


@CASES.case(
    "VY_201_BOTH_ASK_CSMS",
    "Both ends ask at the same time",
    requirements=[_ORDER],
    asks=["TriggerMessage"],
)
async def both_ask(station: Station) -> None:
    """The station calls while a call of the CSMS is unanswered: its own is answered meanwhile.

    Each direction has its own turn; waiting for the other one ends in a deadlock.
    """
    await station.ready()
    request = await station.asked("TriggerMessage", _TRIGGER, answer=SILENCE)
    await station.heartbeat()
    station.link.send(frames.result(request.message_id, _ACCEPTED))
    await station.heartbeat()


@CASES.each(
    Row("VY_201_REFUSES_NOT_IMPLEMENTED_CSMS", "A station without Reset", code="NotImplemented"),
    Row("VY_201_REFUSES_INTERNAL_CSMS", "A station that fails at Reset", code="InternalError"),
    Row("VY_201_REFUSES_OWN_CODE_CSMS", "An error code of a vendor's own", code="VendorSaysNo"),
    requirements=["OCPP 2.0.1 Part 4 section 4.3"],
    asks=["Reset", "TriggerMessage"],
)
async def refuses_a_request(station: Station, code: str) -> None:
    """A station refuses a request with a CALLERROR; the next request comes as ever."""
    await station.ready()
    await station.asked("Reset", {"type": "OnIdle"}, answer=GivenError(code))
    await station.asked("TriggerMessage", _TRIGGER, answer=_ACCEPTED)
    await station.heartbeat()
