"""Terms of a tariff: prices, when each holds, steps, bounds and taxes.

All amounts are without tax, in the currency of the tariff, and decimal: never a float.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final, Literal, TypeAlias

from msgspec import Struct

DayOfWeek: TypeAlias = Literal[
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"
]

DAYS: Final[tuple[DayOfWeek, ...]] = (
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
)

_ZERO: Final = Decimal(0)


class TariffElement(
    Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True, rename="camel"
):
    """Prices, and the times of day and days at which they hold, by the tariff's time zone."""

    start_time: str | None = None
    """HH:MM, from which it holds; None: from midnight."""
    end_time: str | None = None
    """HH:MM, before which it holds; None: until midnight. Before `start_time`: on the next day."""
    days_of_week: tuple[DayOfWeek, ...] = ()
    """None of them: all."""
    energy_price: Decimal = _ZERO
    """Per kWh."""
    charging_price: Decimal = _ZERO
    """Per hour of charging."""
    idle_price: Decimal = _ZERO
    """Per hour connected without charging."""


class Tax(Struct, frozen=True, kw_only=True, gc=False):
    """A tax on all of the cost."""

    name: str
    percent: Decimal


class TariffTerms(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """Terms by which a transaction is priced. At each moment the first element holds whose times
    fit; where none does, that time and its energy cost nothing."""

    currency: str
    """Three letters of ISO 4217."""
    time_zone: str = "UTC"
    """By its name of the IANA."""
    elements: tuple[TariffElement, ...] = ()
    start_fee: Decimal = _ZERO
    energy_step_wh: int = 1
    """Energy is rounded up to whole steps, once for the transaction."""
    time_step_s: int = 1
    """So are charging time and idle time, each by itself."""
    min_cost: Decimal | None = None
    max_cost: Decimal | None = None
    taxes: tuple[Tax, ...] = ()
    tells_running_cost: bool = True
    """True where stations of 2.x are told of the cost while it runs (I02, CostUpdated)."""


_WHOLE: Final = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE: Final = "BHD IQD JOD KWD LYD OMR TND"
_DIGITS: Final = dict.fromkeys(_WHOLE.split(), 0) | dict.fromkeys(_THREE.split(), 3)


def minor_digits(currency: str) -> int:
    """The decimal places of a currency's smallest unit (ISO 4217): two but for a few."""
    return _DIGITS.get(currency, 2)
