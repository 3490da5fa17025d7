"""Periods in which one element of a tariff holds: a stretch of time, cut where prices change."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from voltyard.csms.tariffs.terms import DAYS, TariffElement, TariffTerms
from voltyard.kernel import limits

MS_PER_S: Final = 1_000
_MINUTE_MS: Final = 60_000
_DAY_MIN: Final = 24 * 60
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def element_at(terms: TariffTerms, at_ms: int) -> int | None:
    """The number of the element that holds at a moment, None where none does."""
    if _never_changes(terms):
        return 0 if terms.elements else None
    return _holding(terms, _local(terms.time_zone, at_ms))


def periods(terms: TariffTerms, start_ms: int, end_ms: int) -> Iterator[tuple[int | None, int]]:
    """(element, until when) of each period between two moments, in order; none where they are the
    same. Longer stretches than limits.TARIFF_PERIOD_S are of the element at their start."""
    if end_ms <= start_ms:
        return
    if _never_changes(terms) or end_ms - start_ms > limits.TARIFF_PERIOD_S * MS_PER_S:
        yield element_at(terms, start_ms), end_ms
        return
    at_ms = start_ms
    holds = element_at(terms, at_ms)
    while at_ms < end_ms:
        next_ms = _next_look(terms, at_ms)
        while next_ms < end_ms and (element := element_at(terms, next_ms)) == holds:
            next_ms = _next_look(terms, next_ms)
        if next_ms >= end_ms:
            yield holds, end_ms
            return
        yield holds, next_ms
        at_ms, holds = next_ms, element


def _never_changes(terms: TariffTerms) -> bool:
    """True where the first element, or there being none, holds at all times."""
    return not terms.elements or _has_no_times(terms.elements[0])


def _has_no_times(element: TariffElement) -> bool:
    return not (element.start_time or element.end_time or element.days_of_week)


def _holding(terms: TariffTerms, local: datetime) -> int | None:
    minute = local.hour * 60 + local.minute
    for number, element in enumerate(terms.elements):
        if _holds(element, minute, local.weekday()):
            return number
    return None


def _holds(element: TariffElement, minute: int, weekday: int) -> bool:
    start, end = minute_of(element.start_time, 0), minute_of(element.end_time, _DAY_MIN)
    if start < end:
        return start <= minute < end and _is_day(element, weekday)
    if minute >= start:  # it goes on past midnight, and is of the day on which it begins
        return _is_day(element, weekday)
    return minute < end and _is_day(element, weekday - 1)


def _is_day(element: TariffElement, weekday: int) -> bool:
    return not element.days_of_week or DAYS[weekday % 7] in element.days_of_week


def _next_look(terms: TariffTerms, at_ms: int) -> int:
    """The next moment at which another element may hold: the next time of day that the terms name,
    or midnight; each minute where the clocks are set before that (daylight saving)."""
    local = _local(terms.time_zone, at_ms)
    minute = local.hour * 60 + local.minute
    ahead = min(mark for mark in _marks(terms) if mark > minute) - minute
    next_ms = (at_ms // _MINUTE_MS + ahead) * _MINUTE_MS
    if _local(terms.time_zone, next_ms).utcoffset() == local.utcoffset():
        return next_ms
    return (at_ms // _MINUTE_MS + 1) * _MINUTE_MS


@lru_cache(maxsize=256)
def _marks(terms: TariffTerms) -> tuple[int, ...]:
    """Minutes of the day at which an element may begin or end."""
    marks = {_DAY_MIN}
    for element in terms.elements:
        marks.add(minute_of(element.start_time, 0))
        marks.add(minute_of(element.end_time, _DAY_MIN))
    return tuple(sorted(marks))


def minute_of(time: str | None, default: int) -> int:
    """The minute of the day of HH:MM."""
    return default if time is None else int(time[:2]) * 60 + int(time[3:])


def _local(time_zone: str, at_ms: int) -> datetime:
    return (_EPOCH + timedelta(milliseconds=at_ms)).astimezone(ZoneInfo(time_zone))
