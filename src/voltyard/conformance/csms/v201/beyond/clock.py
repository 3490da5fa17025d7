"""Cases of OCPP 2.0.1 for a CSMS: odd clocks, and what is told late."""

from collections.abc import Callable
from typing import Final

from voltyard.conformance.cases.case import Cases, Row
from voltyard.conformance.csms.odd_times import IS_PLAIN, with_microseconds, with_offset
from voltyard.conformance.csms.v201.station import Station
from voltyard.kernel.time import DAY_S, Instant, from_rfc3339

CASES = Cases("csms", "2.0.1", "Offline and clock")

_OFFLINE: Final = "OCPP 2.0.1 Part 2 E04"
_TIMES: Final = "OCPP 2.0.1 Part 2 section 2.1.3"
_EVENTS: Final = 20


@CASES.case(
    "VY_201_CLOCK_PLAIN_CSMS",
    "The time in the form that every charger reads",
    requirements=[_TIMES],
    kind="compatibility",
)
async def plain_time(station: Station) -> None:
    """The time is told in UTC, with a Z, and with at most three digits of a second.

    The standard allows more; chargers in the field keep a clock of 1970 where it comes otherwise.
    """
    (await station.boot()).expect(currentTime=IS_PLAIN)
    (await station.call("Heartbeat")).expect(currentTime=IS_PLAIN)


@CASES.case("VY_201_CLOCK_GOES_ON_CSMS", "Time that does not run backwards", requirements=[_TIMES])
async def time_goes_on(station: Station) -> None:
    """The CSMS's clock never goes back: a charger that follows it would end before it began."""
    told = from_rfc3339((await station.boot())["currentTime"])
    for _ in range(3):
        answer = await station.call("Heartbeat")
        now = from_rfc3339(answer["currentTime"])
        if now < told:
            raise answer.broken("a time that is not before the one that was told last")
        told = now


@CASES.each(
    Row("VY_201_CLOCK_OFFSET_CSMS", "Times with an offset from UTC", write=with_offset),
    Row("VY_201_CLOCK_FRACTION_CSMS", "Times with microseconds", write=with_microseconds),
    requirements=[_TIMES],
)
async def times_as_they_may_be_written(station: Station, write: Callable[[Instant], str]) -> None:
    """A receiver must be able to read fractions of a second, and offsets: stations send them."""
    await station.ready()
    transaction = station.transaction()
    moment = station.clock()
    await transaction.started("CablePluggedIn", state="EVConnected", timestamp=write(moment - 60))
    await transaction.ended("EVCommunicationLost", state="Idle", timestamp=write(moment))


@CASES.each(
    Row("VY_201_CLOCK_WEEK_OLD_CSMS", "A transaction of last week", earlier_s=7 * DAY_S),
    Row("VY_201_CLOCK_YEAR_OLD_CSMS", "A transaction of last year", earlier_s=365 * DAY_S),
    requirements=[_OFFLINE],
)
async def told_late(station: Station, earlier_s: float) -> None:
    """A transaction that a station kept while it was offline is taken, however old it is.

    The station cannot go on until it is: its events are sent in order.
    """
    await station.ready()
    transaction = station.transaction()
    began, ended = station.now(earlier_s), station.now(earlier_s - 3600)
    await transaction.started("CablePluggedIn", state="EVConnected", timestamp=began, offline=True)
    await transaction.ended("EVCommunicationLost", state="Idle", timestamp=ended, offline=True)


@CASES.each(
    Row("VY_201_CLOCK_1970_CSMS", "A transaction of 1970", moment="1970-01-01T00:00:10Z"),
    Row("VY_201_CLOCK_FUTURE_CSMS", "A transaction of tomorrow", moment=""),
    kind="compatibility",
    requirements=[_OFFLINE],
)
async def wrong_clock(station: Station, moment: str) -> None:
    """A station whose clock is wrong by far can charge all the same.

    It had no time to set it by, as after a power failure without a connection.
    """
    moment = moment or station.now(earlier_s=-DAY_S)
    await station.ready()
    transaction = station.transaction()
    await transaction.started("CablePluggedIn", state="EVConnected", timestamp=moment)
    await transaction.ended("EVCommunicationLost", state="Idle", timestamp=moment)


@CASES.case(
    "VY_201_OUTAGE_WHOLE_CSMS", "A whole transaction after an outage", requirements=[_OFFLINE]
)
async def after_an_outage(station: Station) -> None:
    """A start, twenty readings and an end that were kept while offline are taken in order."""
    await station.ready()
    began_s = 60.0 * (_EVENTS + 1)
    await station.reconnect()
    transaction = station.transaction()
    began = station.now(began_s)
    await transaction.started("CablePluggedIn", state="Charging", timestamp=began, offline=True)
    for event in range(1, _EVENTS + 1):
        await transaction.metered(timestamp=station.now(began_s - 60.0 * event), offline=True)
    await transaction.ended("EVCommunicationLost", state="Idle", offline=True)


@CASES.case(
    "VY_201_OUTAGE_SPLIT_CSMS",
    "An outage between start and end",
    requirements=["OCPP 2.0.1 Part 2 E11", "OCPP 2.0.1 Part 2 E12"],
)
async def outage_in_a_transaction(station: Station) -> None:
    """A transaction goes on over an outage: what was measured meanwhile is told after it, without a
    new boot."""
    await station.ready()
    transaction = await station.charge()
    await station.reconnect()
    await transaction.metered(timestamp=station.now(30), offline=True)
    await station.finish(transaction)
