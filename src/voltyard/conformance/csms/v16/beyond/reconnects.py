"""Cases of OCPP 1.6 for a CSMS: lost links, second links, and messages that come twice."""

from typing import Any, Final

from voltyard.conformance.cases.case import Cases, Row
from voltyard.conformance.csms.negative_messages import goes_on
from voltyard.conformance.csms.v16.station import ACCEPTED, Station
from voltyard.conformance.wire.message import PRESENT
from voltyard.conformance.wire.tester_link import SILENCE, GivenError
from voltyard.ocpp import frames

CASES = Cases("csms", "1.6", "Reconnect and duplicates")

_RETRY: Final = "OCPP 1.6 section 3.7.1"
_START: Final = "OCPP 1.6 section 4.8"
_STOP: Final = "OCPP 1.6 section 4.10"
_ORDER: Final = "OCPP-J 1.6 section 4.1.1"
_LINKS: Final = "OCPP-J 1.6 section 5"
_TRIGGER: Final = {"requestedMessage": "Heartbeat"}


def _started(station: Station) -> dict[str, Any]:
    return {
        "connectorId": 1,
        "idTag": station.tags.accepted,
        "meterStart": 1000,
        "timestamp": station.now(),
    }


@CASES.case(
    "VY_16_TWICE_START_CSMS",
    "A start that comes twice",
    requirements=[_RETRY, _START],
    kind="compatibility",
)
async def start_twice(station: Station) -> None:
    """A charger that saw no answer sends its StartTransaction again, with another message id.

    It is one transaction: a second id would leave the first one open for ever, and billed.
    """
    await station.ready()
    same = _started(station)
    first = await station.call("StartTransaction", **same)
    again = await station.call("StartTransaction", "The station sends it again", **same)
    again.expect(transactionId=first["transactionId"])
    await station.stop(first["transactionId"])


@CASES.case(
    "VY_16_TWICE_START_CUT_CSMS",
    "A start that is sent again after a cut",
    requirements=[_RETRY, _START],
)
async def start_again_after_a_cut(station: Station) -> None:
    """The link is cut before StartTransaction is answered; sent again on the next link it gets an
    id, with which the transaction can be ended."""
    await station.ready()
    same = _started(station)
    station.record.step("The station sends StartTransaction, and the link is cut")
    station.link.send(frames.call(station.link.new_id(), "StartTransaction", same))
    await station.reconnect()
    number = (await station.call("StartTransaction", **same))["transactionId"]
    await station.stop(number)


@CASES.case("VY_16_TWICE_STOP_CSMS", "An end that comes twice", requirements=[_RETRY, _STOP])
async def stop_twice(station: Station) -> None:
    """StopTransaction that comes again is answered again; else a charger repeats it for ever."""
    await station.ready()
    number = await station.charge()
    same = {"transactionId": number, "meterStop": 2000, "timestamp": station.now()}
    await station.call("StopTransaction", **same)
    await station.call("StopTransaction", "The station sends it again", **same)
    await station.status("Available")


@CASES.each(
    Row("VY_16_STOP_UNKNOWN_CSMS", "The end of an unknown transaction", number=1_999_999_999),
    Row("VY_16_STOP_MINUS_ONE_CSMS", "The end of transaction -1", number=-1),
    Row("VY_16_STOP_ZERO_CSMS", "The end of transaction 0", number=0),
    requirements=[_STOP],
)
async def stop_of_an_unknown_transaction(station: Station, number: int) -> None:
    """A transaction whose start was lost is ended: the CSMS cannot prevent it, and answers.

    An error would make the charger send it again, before all that follows.
    """
    await station.ready()
    await station.stop(number, "PowerLoss")
    await station.finish(await station.charge())


@CASES.case(
    "VY_16_METER_AFTER_STOP_CSMS",
    "A meter value after the end",
    requirements=["OCPP 1.6 section 4.7"],
    kind="compatibility",
)
async def meter_value_after_the_end(station: Station) -> None:
    """A last reading of a transaction comes after its end."""
    await station.ready()
    number = await station.charge()
    await station.stop(number)
    await station.meter(number, station.now())
    await station.status("Available")


@CASES.case(
    "VY_16_REUSED_ID_CSMS",
    "One message id for all",
    requirements=["OCPP-J 1.6 section 4.1.4"],
    kind="compatibility",
)
async def reused_message_id(station: Station) -> None:
    """A charger gives each of its calls the same id; each is answered, or refused."""
    await station.ready()
    text = frames.call("same-id", "Heartbeat", {})
    for _ in range(3):
        station.record.step("The station sends Heartbeat with the same id")
        await station.link.try_text("same-id", "Heartbeat", text)
    await goes_on(station)


@CASES.case(
    "VY_16_LINK_SECOND_CSMS",
    "A second link beside the first",
    requirements=[_LINKS],
    asks=["TriggerMessage"],
)
async def second_link(station: Station) -> None:
    """A charger dials anew while its old link seems alive: the newest one counts, also when the old
    one ends later.

    Mobile networks drop links without a word; a CSMS that keeps to the old one loses the charger.
    """
    await station.ready()
    old = station.link
    await station.connect()
    await station.boot()
    await station.asked("TriggerMessage", _TRIGGER, answer=ACCEPTED)
    old.close()
    await old.until_closed()
    await station.asked("TriggerMessage", _TRIGGER, answer=ACCEPTED)
    (await station.call("Heartbeat")).expect(currentTime=PRESENT)


@CASES.case(
    "VY_16_LINK_FLAPPING_CSMS",
    "A link that comes and goes",
    requirements=[_LINKS],
    kind="compatibility",
)
async def flapping_link(station: Station) -> None:
    """A charger loses its link ten times in a row, without a close frame, and boots each time."""
    for _ in range(10):
        await station.boot()
        station.record.step("The link is cut")
        station.link.abort()
        await station.link.until_closed()
    await station.ready()


@CASES.case(
    "VY_16_LINK_NO_BOOT_CSMS",
    "A new link without a boot",
    requirements=["OCPP 1.6 section 4.2"],
)
async def new_link_without_a_boot(station: Station) -> None:
    """After a lost link a charger goes on without a BootNotification, which is for boots alone."""
    await station.ready()
    number = await station.charge()
    await station.reconnect()
    await station.status("SuspendedEV")
    await station.finish(number)


@CASES.case(
    "VY_16_BOTH_ASK_CSMS",
    "Both ends ask at the same time",
    requirements=[_ORDER],
    asks=["TriggerMessage"],
)
async def both_ask(station: Station) -> None:
    """The charger calls while a call of the CSMS is unanswered: its own is answered meanwhile.

    Each direction has its own turn; waiting for the other one ends in a deadlock.
    """
    await station.ready()
    request = await station.asked("TriggerMessage", _TRIGGER, answer=SILENCE)
    (await station.call("Heartbeat")).expect(currentTime=PRESENT)
    station.link.send(frames.result(request.message_id, ACCEPTED))
    (await station.call("Heartbeat")).expect(currentTime=PRESENT)


@CASES.each(
    Row("VY_16_REFUSES_NOT_IMPLEMENTED_CSMS", "A charger without Reset", code="NotImplemented"),
    Row("VY_16_REFUSES_INTERNAL_CSMS", "A charger that fails at Reset", code="InternalError"),
    Row("VY_16_REFUSES_OWN_CODE_CSMS", "An error code of a vendor's own", code="VendorSaysNo"),
    requirements=["OCPP-J 1.6 section 4.2.3"],
    asks=["Reset", "TriggerMessage"],
)
async def refuses_a_request(station: Station, code: str) -> None:
    """A charger refuses a request with a CALLERROR; the next request comes as ever."""
    await station.ready()
    await station.asked("Reset", {"type": "Soft"}, answer=GivenError(code))
    await station.asked("TriggerMessage", _TRIGGER, answer=ACCEPTED)
    (await station.call("Heartbeat")).expect(currentTime=PRESENT)
