"""Comparisons of values that JSONPath finds in data."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import UNSET

from voltyard.kernel import limits
from voltyard.scenarios.form.form import Comparison, Where

_SHOWN_CHARS = 80


@lru_cache(maxsize=limits.SCENARIO_PATHS)
def compiled(path: str) -> Any:
    """A JSONPath (RFC 9535), compiled. ValueError where it is none."""
    from jsonpath import JSONPathEnvironment, JSONPathError  # only where a scenario is read

    try:
        return JSONPathEnvironment(strict=True).compile(path)
    except JSONPathError as error:
        raise ValueError(f"{path!r} is no JSONPath: {error.args[0]}") from None


def found(path: str, data: Any) -> list[Any]:
    """The values at a path."""
    values: list[Any] = compiled(path).findall(data)
    return values


def mismatch(where: Where, data: Any) -> str | None:
    """The first comparison that does not hold, in words; None where all do."""
    for path, wanted in where.items():
        values = found(path, data)
        comparison = as_comparison(wanted)
        if not holds(comparison, values):
            return f"{path} was {_shown(values)}, not {worded(comparison)}"
    return None


def as_comparison(wanted: Any) -> Comparison:
    """A comparison, where a value alone stands for one."""
    return wanted if isinstance(wanted, Comparison) else Comparison(equals=wanted)


def holds(comparison: Comparison, values: Sequence[Any]) -> bool:
    """True where one of the values fits; where none is to be, true where there is none."""
    if comparison.exists is False:
        return not values
    return any(_fits(comparison, value) for value in values)


def _fits(wanted: Comparison, value: Any) -> bool:
    return (
        (wanted.equals is UNSET or _same(value, wanted.equals))
        and (wanted.differs is UNSET or not _same(value, wanted.differs))
        and (wanted.one_of is UNSET or any(_same(value, one) for one in wanted.one_of))
        and _is_in_range(wanted, value)
        and (
            wanted.matches is UNSET
            or (isinstance(value, str) and re.fullmatch(wanted.matches, value) is not None)
        )
    )


def _is_in_range(wanted: Comparison, value: Any) -> bool:
    least, most = float("-inf"), float("inf")
    ranges = (wanted.between, wanted.at_least, wanted.at_most, wanted.within_percent)
    if all(one is UNSET for one in ranges):
        return True
    number = _number(value)
    if number is None:
        return False
    if wanted.between is not UNSET:
        least, most = float(wanted.between[0]), float(wanted.between[1])
    if wanted.at_least is not UNSET:
        least = max(least, float(wanted.at_least))
    if wanted.at_most is not UNSET:
        most = min(most, float(wanted.at_most))
    if wanted.within_percent is not UNSET:
        of = float(wanted.within_percent.of)
        away = abs(of) * wanted.within_percent.percent / 100
        least, most = max(least, of - away), min(most, of + away)
    return least <= number <= most


def _same(value: Any, wanted: Any) -> bool:
    """Equal as JSON: true is not 1, and numbers that OCPP writes as text are texts."""
    if isinstance(value, bool) or isinstance(wanted, bool):
        return value is wanted
    return bool(value == wanted)


def _number(value: Any) -> float | None:
    """A number, be it one that OCPP writes as text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except ValueError:
        return None


def worded(comparison: Comparison) -> str:
    """A comparison in words."""
    parts = []
    if comparison.equals is not UNSET:
        parts.append(_json(comparison.equals))
    if comparison.differs is not UNSET:
        parts.append(f"other than {_json(comparison.differs)}")
    if comparison.one_of is not UNSET:
        parts.append(f"one of {', '.join(map(_json, comparison.one_of))}")
    if comparison.between is not UNSET:
        parts.append(f"between {comparison.between[0]} and {comparison.between[1]}")
    if comparison.at_least is not UNSET:
        parts.append(f"at least {comparison.at_least}")
    if comparison.at_most is not UNSET:
        parts.append(f"at most {comparison.at_most}")
    if comparison.matches is not UNSET:
        parts.append(f"text that matches {comparison.matches}")
    if comparison.within_percent is not UNSET:
        near = comparison.within_percent
        parts.append(f"within {near.percent:g} % of {near.of}")
    if comparison.exists is not UNSET:
        parts.append("there" if comparison.exists else "absent")
    return " and ".join(parts)


def _shown(values: Sequence[Any]) -> str:
    if not values:
        return "absent"
    text = " and ".join(map(_json, values))
    return text if len(text) <= _SHOWN_CHARS else f"{text[:_SHOWN_CHARS]}..."


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
