"""Energy delivered by a transaction, and anomalies of its energy register.

Nothing a charger says of energy is refused, and nothing is added up that does not fit: it is noted
as an anomaly of the transaction, one of each kind, with how often it was seen. Kinds (facts: Q85 to
Q87):

- `register_fell`: the register is lower than before, or the stop's is lower than the start's;
- `register_zero`: it reads 0, as where a meter drops out;
- `register_jumped`: more than any vehicle takes lies between two registers;
- `register_too_fast`: between two registers it gained more than any connector delivers in the time;
- `register_session_relative`: it counts from 0 at the start, and StartTransaction's does not;
- `energy_kwh_as_wh`: what is labelled Wh is kWh;
- `power_kw_as_w`: what is labelled W is kW.

Delivered is what the register gained over meterStart, as of the last register that fits. One that
fell, is 0 or jumped is passed over until it fits again. Of a session-relative register the value
itself counts; of kWh labelled Wh a thousand times the value, where meterStart shows it. At the end
meterStop counts, above all readings, unless it is less than meterStart or jumped: then what the
readings told until then does.
"""

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from voltyard.csms.records import Anomaly, AnomalyKind, TransactionStored
from voltyard.csms.requests import MeterValue
from voltyard.csms.transactions.meter_values import register_and_power
from voltyard.kernel.time import HOUR_S, MINUTE_S, Instant
from voltyard.kernel.units import WH_PER_KWH

_ROUNDING_WH = 1.0
_COARSE_WH = 100.0
"""Registers of different messages may differ so far by their resolution alone (facts: Q86)."""
_TELLING_WH = 2_000.0
"""Less than this is too little to tell Wh from kWh by."""
_MOST_STEP_WH = 4_000_000.0
"""More than a transaction of the largest vehicle."""
_MOST_W = 1_000_000.0
"""The power that chargers deliver at most, for what a value may mean."""
_LEAST_GAIN_S = 300.0
"""Time that lies between two registers at least, for clocks are set and readings are late."""
_LEAST_LOOK_S = 10.0
"""Registers closer than this say nothing about power."""


def followed(
    row: TransactionStored, readings: Sequence[MeterValue], *, late: bool = False
) -> dict[str, Any]:
    """The fields of a transaction that these readings change; late ones are older than others that
    came before, whatever their moment."""
    if len(readings) == 1:
        return _taken(row, readings[0], late=late)
    changes: dict[str, Any] = {}
    for reading in sorted(readings, key=_moment):
        changes |= _taken(replace(row, **changes), reading, late=late)
    return changes


def stopped(row: TransactionStored, stop_wh: float | None, at: Instant) -> dict[str, Any]:
    """The fields of a transaction that its last register changes; its readings come first."""
    changes = _ended(row, stop_wh, at)
    delivered_wh = changes.get("delivered_wh")
    changes |= _outpaced(row, changes, delivered_wh, at)
    return changes | _implied(row, delivered_wh, at)


def begun_late(row: TransactionStored) -> dict[str, Any]:
    """The same where the start's register is told after others (2.x events out of order)."""
    last_wh = row.meter_stop_wh if row.meter_stop_wh is not None else row.meter_last_wh
    if row.delivered_wh is not None or last_wh is None or row.meter_start_wh is None:
        return {}
    return stopped(row, last_wh, row.metered_at or row.updated_at)


def noted(row: TransactionStored, kind: AnomalyKind, at: Instant, detail: str) -> TransactionStored:
    """The row with that anomaly."""
    return replace(row, **_noted(row.anomalies, kind, at, detail))


def new_anomalies(
    before: TransactionStored | None, after: TransactionStored
) -> tuple[Anomaly, ...]:
    """Anomalies of a kind that had not been noticed before."""
    known = before.anomalies if before is not None else ()
    if len(known) == len(after.anomalies):
        return ()
    kinds = {anomaly.kind for anomaly in known}
    return tuple(anomaly for anomaly in after.anomalies if anomaly.kind not in kinds)


def _ended(row: TransactionStored, stop_wh: float | None, at: Instant) -> dict[str, Any]:
    start_wh = row.meter_start_wh
    if stop_wh is None or start_wh is None:
        return {}
    told_wh = row.delivered_wh or 0.0
    gained_wh = stop_wh - start_wh
    between = f"{stop_wh:g} Wh at the stop, {start_wh:g} Wh at the start"
    if gained_wh - told_wh > _MOST_STEP_WH:
        return _noted(row.anomalies, "register_jumped", at, between) | {"delivered_wh": told_wh}
    if gained_wh >= 0:
        changes: dict[str, Any] = {"delivered_wh": gained_wh}
        if gained_wh > _TELLING_WH and _is_about(told_wh * WH_PER_KWH, gained_wh):
            detail = f"readings gained {told_wh:g}, meterStop {gained_wh:g}"
            return changes | _noted(row.anomalies, "energy_kwh_as_wh", at, detail)
        if gained_wh < told_wh - _COARSE_WH:
            detail = f"{between}, readings had come to {start_wh + told_wh:g} Wh"
            return changes | _noted(row.anomalies, "register_fell", at, detail)
        return changes
    if _has(row.anomalies, "register_session_relative") and stop_wh >= told_wh - _COARSE_WH:
        return {"delivered_wh": stop_wh}
    kind: AnomalyKind = "register_zero" if stop_wh == 0 else "register_fell"
    return _noted(row.anomalies, kind, at, between) | {"delivered_wh": told_wh}


def _taken(row: TransactionStored, reading: MeterValue, *, late: bool) -> dict[str, Any]:
    register_wh, power_w = register_and_power(reading.samples)
    if register_wh is None and power_w is None:
        return {}
    at = reading.at
    if row.metered_at is not None and (late or at < row.metered_at):
        return {} if register_wh is None else _late(row, register_wh)
    changes: dict[str, Any] = {"metered_at": at}
    if register_wh is not None:
        changes["meter_last_wh"] = register_wh
        gained_wh = register_wh - (row.meter_start_wh or 0.0)
        # What is sound, as nearly all of them are, takes no look at what may be wrong.
        if (row.delivered_wh or 0.0) <= gained_wh <= _MOST_STEP_WH and row.meter_start_wh:
            changes["delivered_wh"] = gained_wh
        else:
            changes |= _gained(row, register_wh, at)
        changes |= _outpaced(row, changes, changes.get("delivered_wh"), at)
        if power_w is None and row.power_w is None:
            changes |= _implied(row, changes.get("delivered_wh"), at)
    if power_w is not None:
        samples = row.power_samples + 1
        mean_w = row.power_mean_w or 0.0
        changes["power_samples"] = samples
        changes["power_mean_w"] = mean_w + (power_w - mean_w) / samples
        changes["power_w"] = power_w
        if row.power_peak_w is None or power_w > row.power_peak_w:
            changes["power_peak_w"] = power_w
        if register_wh is not None and row.power_w:
            anomalies = changes.get("anomalies", row.anomalies)
            changes |= _compared(row, anomalies, register_wh, power_w, at)
    return changes


def _late(row: TransactionStored, register_wh: float) -> dict[str, Any]:
    """The change by a reading told after later ones: it is less than they told, unless the clock
    was set back."""
    start_wh = row.meter_start_wh
    if start_wh is None:
        return {}
    told_wh = row.delivered_wh or 0.0
    if not told_wh < register_wh - start_wh <= told_wh + _MOST_STEP_WH:
        return {}
    return {"meter_last_wh": register_wh, "delivered_wh": register_wh - start_wh}


def _gained(row: TransactionStored, register_wh: float, at: Instant) -> dict[str, Any]:
    start_wh = row.meter_start_wh
    if start_wh is None:
        return {}
    told_wh = row.delivered_wh or 0.0
    gained_wh = register_wh - start_wh
    if gained_wh > told_wh + _MOST_STEP_WH:
        detail = f"{register_wh:g} Wh after {start_wh + told_wh:g} Wh"
        return _noted(row.anomalies, "register_jumped", at, detail)
    if gained_wh >= told_wh:
        return {"delivered_wh": gained_wh}
    if gained_wh >= told_wh - (_ROUNDING_WH if told_wh else _COARSE_WH):
        return {"delivered_wh": told_wh}
    detail = f"{register_wh:g} Wh after {start_wh + told_wh:g} Wh"
    if register_wh <= 0:
        return _noted(row.anomalies, "register_zero", at, detail) | {"delivered_wh": told_wh}
    # Nothing but the first register shows what all of them mean.
    first = told_wh == 0.0
    most_wh = _MOST_W * max(at - (row.started_at or at), MINUTE_S) / HOUR_S
    thousandfold_wh = register_wh * WH_PER_KWH - start_wh
    if (
        first or _has(row.anomalies, "energy_kwh_as_wh")
    ) and -WH_PER_KWH <= thousandfold_wh - told_wh <= most_wh:
        delivered_wh = max(thousandfold_wh, told_wh)
        return _noted(row.anomalies, "energy_kwh_as_wh", at, detail) | {
            "delivered_wh": delivered_wh
        }
    if (
        first or _has(row.anomalies, "register_session_relative")
    ) and told_wh - _ROUNDING_WH <= register_wh <= most_wh:
        delivered_wh = max(register_wh, told_wh)
        return _noted(row.anomalies, "register_session_relative", at, detail) | {
            "delivered_wh": delivered_wh
        }
    return _noted(row.anomalies, "register_fell", at, detail) | {"delivered_wh": told_wh}


def _compared(
    row: TransactionStored,
    known: tuple[Anomaly, ...],
    register_wh: float,
    power_w: float,
    at: Instant,
) -> dict[str, Any]:
    """Power against what the register gained meanwhile, where both are a thousand apart: a factor
    that no other fault has. Told only while power is steady, for samples are of a moment."""
    last_wh, last_w, since = row.meter_last_wh, row.power_w, row.metered_at
    if last_wh is None or not last_w or since is None or power_w <= 0:
        return {}
    gained_wh = register_wh - last_wh
    if gained_wh <= 0 or at - since < _LEAST_LOOK_S or not 0.5 <= power_w / last_w <= 2.0:
        return {}
    implied_w = gained_wh * HOUR_S / (at - since)
    ratio = implied_w / power_w
    if 0.002 <= ratio <= 500.0:
        return {}
    detail = f"{power_w:g} W, while the register gained {implied_w:g} W"
    if 500.0 < ratio <= 2_000.0:
        return _noted(known, "power_kw_as_w", at, detail)
    if 0.0005 <= ratio < 0.002:
        return _noted(known, "energy_kwh_as_wh", at, detail)
    return {}


def _outpaced(
    row: TransactionStored, changes: dict[str, Any], delivered_wh: float | None, at: Instant
) -> dict[str, Any]:
    """The anomaly of more than a connector delivers since the register before."""
    since = row.metered_at if row.metered_at is not None else row.started_at
    if delivered_wh is None or since is None:
        return {}
    gained_wh = delivered_wh - (row.delivered_wh or 0.0)
    if gained_wh <= _MOST_W * _LEAST_GAIN_S / HOUR_S:
        return {}  # as nearly all do
    if gained_wh <= _MOST_W * max(at - since, _LEAST_GAIN_S) / HOUR_S:
        return {}
    detail = f"{gained_wh:g} Wh within {max(0.0, at - since):g} s"
    return _noted(changes.get("anomalies", row.anomalies), "register_too_fast", at, detail)


def _implied(row: TransactionStored, delivered_wh: float | None, at: Instant) -> dict[str, Any]:
    """The largest power by registers, which is of use where no power is sampled."""
    since = row.metered_at
    if delivered_wh is None or since is None or at - since < _LEAST_LOOK_S:
        return {}
    implied_w = (delivered_wh - (row.delivered_wh or 0.0)) * HOUR_S / (at - since)
    peak_w = row.register_peak_w
    return {"register_peak_w": implied_w if peak_w is None or implied_w > peak_w else peak_w}


def _noted(
    known: tuple[Anomaly, ...], kind: AnomalyKind, at: Instant, detail: str
) -> dict[str, tuple[Anomaly, ...]]:
    if not _has(known, kind):
        return {"anomalies": (*known, Anomaly(kind, at, detail))}
    counted = [replace(one, count=one.count + 1) if one.kind == kind else one for one in known]
    return {"anomalies": tuple(counted)}


def _has(known: tuple[Anomaly, ...], kind: AnomalyKind) -> bool:
    return any(anomaly.kind == kind for anomaly in known)


def _is_about(one: float, other: float) -> bool:
    return abs(one - other) <= max(WH_PER_KWH, 0.02 * other)


def _moment(reading: MeterValue) -> Instant:
    return reading.at
