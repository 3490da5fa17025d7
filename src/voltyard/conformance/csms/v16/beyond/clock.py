"""Cases of OCPP 1.6 for a CSMS: odd clocks, and what is told late."""

from collections.abc import Callable
from typing import Final

from voltyard.conformance.cases.case import Cases, Row
from voltyard.conformance.csms.odd_times import IS_PLAIN, with_microseconds, with_offset
from voltyard.conformance.csms.v16.station import Station
from voltyard.kernel.time import DAY_S, Instant, from_rfc3339

CASES = Cases("csms", "1.6", "Offline and clock")

_TIMES: Final = "OCPP 1.6 section 3.14"
_OFFLINE: Final = "OCPP 1.6 section 3.5"
_SAMPLES: Final = 20


@CASES.case(
    "VY_16_CLOCK_PLAIN_CSMS",
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


@CASES.case("VY_16_CLOCK_GOES_ON_CSMS", "Time that does not run backwards", requirements=[_TIMES])
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
    Row("VY_16_CLOCK_OFFSET_CSMS", "Times with an offset from UTC", write=with_offset),
    Row("VY_16_CLOCK_FRACTION_CSMS", "Times with microseconds", write=with_microseconds),
    requirements=[_TIMES],
)
async def times_as_they_may_be_written(station: Station, write: Callable[[Instant], str]) -> None:
    """A receiver must be able to read fractions of a second, and offsets: chargers send them."""
    await station.ready()
    moment = station.clock()
    number = (await station.start(timestamp=write(moment - 60)))["transactionId"]
    await station.stop(number, timestamp=write(moment))


@CASES.each(
    Row("VY_16_CLOCK_WEEK_OLD_CSMS", "A transaction of last week", earlier_s=7 * DAY_S),
    Row("VY_16_CLOCK_YEAR_OLD_CSMS", "A transaction of last year", earlier_s=365 * DAY_S),
    requirements=[_OFFLINE],
)
async def told_late(station: Station, earlier_s: float) -> None:
    """A transaction that a charger kept while it was offline is taken, however old it is.

    The charger cannot go on until it is: transaction messages are sent in order.
    """
    await station.ready()
    started = await station.start(timestamp=station.now(earlier_s=earlier_s))
    number = started["transactionId"]
    await station.stop(number, timestamp=station.now(earlier_s=earlier_s - 3600))


@CASES.each(
    Row("VY_16_CLOCK_1970_CSMS", "A transaction of 1970", moment="1970-01-01T00:00:10Z"),
    Row("VY_16_CLOCK_FUTURE_CSMS", "A transaction of tomorrow", moment=None),
    kind="compatibility",
    requirements=[_OFFLINE],
)
async def wrong_clock(station: Station, moment: str | None) -> None:
    """A charger whose clock is wrong by far can charge all the same.

    It had no time to set it by, as after a power failure without a connection.
    """
    moment = moment or station.now(earlier_s=-DAY_S)
    await station.ready()
    number = (await station.start(timestamp=moment))["transactionId"]
    await station.stop(number, timestamp=moment)


@CASES.case(
    "VY_16_CLOCK_SET_BACK_CSMS",
    "A clock that is set back in a transaction",
    kind="compatibility",
    requirements=[_OFFLINE],
)
async def clock_set_back(station: Station) -> None:
    """The end of a transaction is earlier than its start, since the clock was set in between."""
    await station.ready()
    number = (await station.start(timestamp=station.now(earlier_s=-3600)))["transactionId"]
    await station.meter(number, station.now(earlier_s=-1800))
    await station.stop(number, timestamp=station.now())


@CASES.case(
    "VY_16_OUTAGE_WHOLE_CSMS", "A whole transaction after an outage", requirements=[_OFFLINE]
)
async def after_an_outage(station: Station) -> None:
    """A start, twenty meter values and an end that were kept while offline are taken in order, each
    with the time at which it was measured."""
    await station.ready()
    began_s = 60.0 * (_SAMPLES + 1)
    await station.reconnect()
    number = (await station.start(timestamp=station.now(earlier_s=began_s)))["transactionId"]
    for sample in range(1, _SAMPLES + 1):
        await station.meter(number, station.now(earlier_s=began_s - 60.0 * sample))
    await station.stop(number, timestamp=station.now())


@CASES.case(
    "VY_16_OUTAGE_SPLIT_CSMS",
    "An outage between start and end",
    requirements=[_OFFLINE, "OCPP 1.6 section 4.7"],
)
async def outage_in_a_transaction(station: Station) -> None:
    """A transaction goes on over an outage: what was measured meanwhile is told after it, without a
    new boot."""
    await station.ready()
    number = await station.charge()
    await station.reconnect()
    await station.meter(number, station.now(earlier_s=30))
    await station.finish(number)
