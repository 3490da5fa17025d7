"""The reckoning that costs of simulated transactions are compared with, on figures done by hand."""

from datetime import UTC, datetime
from decimal import Decimal

from voltyard.csms.tariffs.terms import TariffElement, TariffTerms, Tax
from voltyard.simulation.costs.reckoned_costs import ReckonedCost, ToldUsage, never_falls

NIGHT = TariffElement(start_time="22:00", end_time="06:00", energy_price=Decimal("0.30"))
DAY = TariffElement(energy_price=Decimal("0.45"), idle_price=Decimal(3))
VAT = Tax(name="VAT", percent=Decimal(19))


def ms(clock: str, day: int = 5) -> int:
    """A moment in January 2026, UTC; the 5th is a Monday."""
    hour, minute = clock.split(":")
    return round(datetime(2026, 1, day, int(hour), int(minute), tzinfo=UTC).timestamp() * 1_000)


def told(clock: str, kwh: float | None = None, state: str | None = None, day: int = 5) -> ToldUsage:
    at_ms = ms(clock, day)
    if kwh is None:
        return ToldUsage(at_ms=at_ms, charging_state=state)
    mwh = round(kwh * 1_000_000)
    return ToldUsage(at_ms=at_ms, metered_at_ms=at_ms, delivered_mwh=mwh, charging_state=state)


def reckoned(terms: TariffTerms, begin: str, *messages: ToldUsage) -> Decimal:
    cost = ReckonedCost(terms, ms(begin))
    for message in messages:
        cost.take(message)
    return cost.total


def test_energy_is_cut_where_prices_change_and_rounded_once() -> None:
    terms = TariffTerms(
        currency="EUR", elements=(NIGHT, DAY), start_fee=Decimal("0.35"), taxes=(VAT,)
    )

    # 5 kWh by day and 5 by night: 2.25 + 1.50 + 0.35, and a fifth of tax: 4.879.
    total = reckoned(terms, "21:00", told("21:00", 0, "Charging"), told("23:00", 10))

    assert total == Decimal("4.88")


def test_time_is_idle_or_charging_as_was_told_before_it() -> None:
    terms = TariffTerms(
        currency="EUR",
        elements=(TariffElement(charging_price=Decimal(1), idle_price=Decimal(6)),),
    )

    total = reckoned(
        terms,
        "10:00",
        told("10:00", 0, "EVConnected"),
        told("10:30", 0, "Charging"),
        told("12:30", 10, "SuspendedEV"),
        told("12:40", 10),
    )

    assert total == Decimal("6.00")  # half an hour and ten minutes idle, two hours of charging


def test_where_nothing_is_told_of_it_time_is_charging_time_if_the_register_gained() -> None:
    terms = TariffTerms(
        currency="JPY",
        elements=(TariffElement(charging_price=Decimal(100), idle_price=Decimal(600)),),
    )

    total = reckoned(terms, "10:00", told("11:00", 5), told("12:00", 5))

    assert total == Decimal(700)


def test_a_step_adds_at_the_price_that_held_last() -> None:
    terms = TariffTerms(currency="EUR", elements=(NIGHT, DAY), energy_step_wh=1_000)

    # 0.5 kWh by day, 0.5 and a further 0.6 by night: rounded up to 2 kWh, of which 1.5 by night.
    total = reckoned(terms, "21:00", told("23:00", 1), told("23:30", 1.6))

    assert total == Decimal("0.68")  # 0.675, a half is rounded up
    assert not never_falls(terms)


def test_bounds_are_of_the_net_amount() -> None:
    one = TariffElement(energy_price=Decimal(1))
    low = TariffTerms(currency="EUR", elements=(one,), min_cost=Decimal(5), taxes=(VAT,))
    high = TariffTerms(currency="EUR", elements=(one,), max_cost=Decimal(5), taxes=(VAT,))

    assert reckoned(low, "10:00", told("11:00", 1)) == Decimal("5.95")
    assert reckoned(high, "10:00", told("11:00", 10)) == Decimal("5.95")
    assert reckoned(high, "10:00", told("11:00", 2)) == Decimal("2.38")


def test_an_element_goes_on_past_midnight_on_the_day_on_which_it_begins() -> None:
    friday = TariffElement(
        start_time="22:00",
        end_time="06:00",
        days_of_week=("Friday",),
        charging_price=Decimal(1),
    )
    terms = TariffTerms(currency="EUR", elements=(friday,), time_zone="UTC")

    cost = ReckonedCost(terms, ms("20:00", 9))
    cost.take(told("20:00", 0, "Charging", day=9))
    cost.take(told("12:00", 20, "Charging", day=10))

    assert cost.total == Decimal("8.00")


def test_no_element_no_price() -> None:
    assert reckoned(TariffTerms(currency="KWD"), "10:00", told("11:00", 9)) == Decimal("0.000")
