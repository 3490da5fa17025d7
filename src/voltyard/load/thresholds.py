"""Thresholds that decide a load run: `BootNotification.p99 < 500ms`, `errors < 1%`."""

import operator
import re
from collections.abc import Callable
from typing import Final

from msgspec import Struct

from voltyard.kernel.errors import Invalid
from voltyard.load.figures import CONNECT, SESSION, ActionFigures, LoadFigures
from voltyard.load.plans.durations import duration_text, read_duration
from voltyard.load.plans.names import meant
from voltyard.ocpp.versions import V16, V201

ALL: Final = "all"
"""All OCPP's actions together."""
ACTIONS: Final = frozenset(
    name
    for version in (V16, V201)
    for name, action in version.actions.items()
    if action.sender != "csms"
)
"""Actions that chargers call."""
SUBJECTS: Final = (ALL, CONNECT, SESSION, *sorted(ACTIONS))

_LATENCIES: Final[dict[str, Callable[[ActionFigures], float]]] = {
    "p50": lambda one: one.latency.quantile_s(0.5),
    "p90": lambda one: one.latency.quantile_s(0.9),
    "p95": lambda one: one.latency.quantile_s(0.95),
    "p99": lambda one: one.latency.quantile_s(0.99),
    "p99.9": lambda one: one.latency.quantile_s(0.999),
    "max": lambda one: one.latency.max_s,
    "mean": lambda one: one.latency.mean_s,
}
_OPERATORS: Final[dict[str, Callable[[float, float], bool]]] = {
    "<=": operator.le,
    "<": operator.lt,
    ">=": operator.ge,
    ">": operator.gt,
}
_FORM: Final = re.compile(r"\s*([A-Za-z_]+)(?:\.(\S+?))?\s*(<=|>=|<|>)\s*(\S+)(\s+at\s+end)?\s*")
THRESHOLD_PATTERN: Final = _FORM.pattern.replace("(?:", "(")
_HINT: Final = "such as 'BootNotification.p99 < 500ms', 'errors < 1%', 'connected >= 99%'"
_ERRORS: Final = "errors"
_CONNECTED: Final = "connected"
_REFUSED: Final = "refused_dials"
_WHOLE: Final = (_ERRORS, _CONNECTED, _REFUSED)
"""Metrics of the whole run."""


class Reading(Struct, frozen=True):
    """The reading of a metric."""

    value: float | None
    """None: there was nothing to read."""
    text: str


class Threshold(Struct, frozen=True):
    """A metric and the limit that it is to keep."""

    text: str
    """The threshold as it was written."""
    subject: str
    """An action, or a metric of the whole run."""
    measure: str
    """Of an action: p99, errors, ...; else empty."""
    sign: str
    limit: float
    """In seconds, as a share, or a number."""

    @property
    def title(self) -> str:
        """The metric in words."""
        match self.subject:
            case "errors":
                return "Calls that failed"
            case "connected":
                return "Chargers connected at the end"
            case "refused_dials":
                return "Dials that were refused"
        what = "Calls that failed" if self.measure == _ERRORS else f"Latency ({self.measure})"
        return f"{what} of {self.subject}"

    def reading(self, figures: LoadFigures) -> Reading:
        """The reading of its metric in these figures."""
        match self.subject:
            case "errors":
                return _share(figures.errors, figures.calls, "calls failed")
            case "connected":
                return _share(figures.connected, figures.wanted, "chargers were connected")
            case "refused_dials":
                number = figures.refused_dials.total()
                return Reading(number, f"{number} dials were refused")
        one = figures.total if self.subject == ALL else figures.of(self.subject)
        if self.measure == _ERRORS:
            return _share(one.errors.total(), one.calls, "calls failed")
        if not one.latency.count:
            return Reading(None, f"{self.subject} was not called")
        value = _LATENCIES[self.measure](one)
        return Reading(value, f"{duration_text(value)} of {one.latency.count:,} calls")

    def holds(self, value: float) -> bool:
        """True where a reading keeps the limit."""
        return _OPERATORS[self.sign](value, self.limit)


def read_threshold(text: str) -> Threshold:
    """The threshold that a text means. Invalid where it means none."""
    found = _FORM.fullmatch(text)
    if found is None:
        raise Invalid(f"the threshold {text!r} cannot be read", hint=_HINT)
    subject, measure, sign, limit, at_end = found.groups(default="")
    if subject not in SUBJECTS and subject not in _WHOLE:
        near = meant(subject, (*SUBJECTS, *_WHOLE))
        raise Invalid(f"there is no metric {subject!r} (in {text!r})", hint=near or _HINT)
    if at_end and subject != _CONNECTED:
        raise Invalid(f"'at end' is for 'connected', not for {subject!r} (in {text!r})")
    if subject in _WHOLE:
        if measure:
            raise Invalid(f"{subject!r} has no {measure!r} (in {text!r})", hint=f"write {subject}")
        value = _number(limit, text) if subject == _REFUSED else _percent(limit, text)
    elif measure == _ERRORS:
        value = _percent(limit, text)
    elif measure in _LATENCIES:
        value = _latency(limit, text)
    else:
        known = [*_LATENCIES, _ERRORS]
        hint = meant(measure, known) or f"there is {', '.join(known)}"
        what = f"no {measure!r} of {subject}" if measure else f"nothing named of {subject}"
        raise Invalid(f"there is {what} (in {text!r})", hint=hint)
    return Threshold(" ".join(text.split()), subject, measure, sign, value)


def _share(part: int, whole: int, what: str) -> Reading:
    if not whole:
        return Reading(None, "there was nothing to count")
    return Reading(part / whole, f"{100 * part / whole:.3g} % ({part:,} of {whole:,} {what})")


def _latency(limit: str, text: str) -> float:
    try:
        return read_duration(limit)
    except Invalid as error:
        raise Invalid(f"{error.message} (in {text!r})", hint=error.advice) from None


def _percent(limit: str, text: str) -> float:
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)%", limit)
    if found is None or float(found[1]) > 100.0:
        raise Invalid(f"{limit!r} is no share (in {text!r})", hint="0% to 100%, such as 1%")
    return float(found[1]) / 100.0


def _number(limit: str, text: str) -> float:
    if not re.fullmatch("[0-9]{1,12}", limit):
        raise Invalid(f"{limit!r} is no number (in {text!r})")
    return float(limit)


DEFAULT_THRESHOLDS: Final = (read_threshold("errors < 1%"), read_threshold("connected >= 99%"))
"""Thresholds of a run for which none are named."""
