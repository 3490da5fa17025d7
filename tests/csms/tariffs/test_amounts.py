"""Costs to the cent: every term of a tariff by itself, and all of them against a second computation
that shares no code with the first."""

from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.exploring import examples
from voltyard.csms.tariffs.amounts import amounts_of
from voltyard.csms.tariffs.terms import DAYS, TariffElement, TariffTerms, Tax
from voltyard.csms.tariffs.usage import TransactionCost, with_energy, with_time

_KWH = 1_000_000
_MIN = 60_000
_DAY = 24 * 60 * _MIN


def _ms(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


def _begun(terms: TariffTerms, at: int = 0) -> TransactionCost:
    return TransactionCost(tariff_id="tar_1", terms=terms, energy_until_ms=at, time_until_ms=at)


def _terms(**fields: Any) -> TariffTerms:
    prices = {"energy_price", "charging_price", "idle_price"} & fields.keys()
    element: dict[str, Any] = {name: Decimal(fields.pop(name)) for name in prices}
    fields.setdefault("elements", (TariffElement(**element),))
    return TariffTerms(**{"currency": "EUR", **fields})


def _session(terms: TariffTerms, mwh: int, charging_min: int = 60, idle_min: int = 0) -> Decimal:
    cost = with_energy(_begun(terms), mwh, charging_min * _MIN)
    cost = with_time(cost, charging_min * _MIN, is_charging=True)
    cost = with_time(cost, (charging_min + idle_min) * _MIN, is_charging=False)
    return amounts_of(cost).total


@pytest.mark.parametrize(
    ("terms", "mwh", "total"),
    [
        (_terms(energy_price="0.45"), 10 * _KWH, "4.50"),
        (_terms(energy_price="0.45"), 0, "0.00"),
        # A half is rounded up: 0.125 is 0.13, where a float or the banker's rounding says 0.12.
        (_terms(energy_price="0.125"), _KWH, "0.13"),
        (_terms(energy_price="0.005"), _KWH, "0.01"),
        (_terms(energy_price="0.1"), 3 * _KWH, "0.30"),
        (_terms(charging_price="3.00"), _KWH, "3.00"),
        (_terms(start_fee=Decimal("0.35"), energy_price="0.3"), _KWH, "0.65"),
        (_terms(energy_price="0.45", energy_step_wh=500), 1_000_001, "0.68"),
        (_terms(energy_price="0.45", energy_step_wh=500), 1_000_000, "0.45"),
        (_terms(energy_price="0.45", min_cost=Decimal(2)), _KWH, "2.00"),
        (_terms(energy_price="0.45", max_cost=Decimal(2)), 50 * _KWH, "2.00"),
        (_terms(energy_price="0.45", taxes=(Tax(name="VAT", percent=Decimal(19)),)), _KWH, "0.54"),
        (_terms(energy_price="45", currency="JPY"), 1_011_000, "45"),
        (_terms(energy_price="0.0455", currency="KWD"), _KWH, "0.046"),
    ],
)
def test_one_term_of_a_tariff(terms: TariffTerms, mwh: int, total: str) -> None:
    assert str(_session(terms, mwh)) == total


def test_idle_time_has_a_price_of_its_own_in_steps() -> None:
    terms = _terms(charging_price="1.20", idle_price="6", time_step_s=900)
    assert _session(terms, _KWH, charging_min=60, idle_min=16) == Decimal("4.20")


def test_net_and_tax_add_up_to_the_total() -> None:
    terms = _terms(energy_price="0.333", taxes=(Tax(name="VAT", percent=Decimal("8.1")),))
    cost = with_energy(_begun(terms), 5 * _KWH, _MIN)
    amounts = amounts_of(cost)
    assert (amounts.net, amounts.tax, amounts.total) == tuple(
        map(Decimal, ("1.67", "0.13", "1.80"))
    )


def test_prices_change_with_the_time_of_day_where_the_tariff_is() -> None:
    night = TariffElement(start_time="22:00", end_time="06:00", energy_price=Decimal("0.20"))
    day = TariffElement(energy_price=Decimal("0.50"))
    terms = _terms(time_zone="Europe/Berlin", elements=(night, day))
    # 21:00 to 23:00 in Berlin (UTC+1), 10 kWh: half of it at night.
    start = _ms("2026-11-23T20:00:00+00:00")
    cost = with_energy(_begun(terms, start), 10 * _KWH, start + 120 * _MIN)
    assert [(one.element, one.energy_mwh) for one in cost.usage] == [(1, 5 * _KWH), (0, 5 * _KWH)]
    assert amounts_of(cost).total == Decimal("3.50")


@pytest.mark.parametrize(
    ("start", "hours_at_night"),
    # Clocks of Berlin go from 03:00 back to 02:00, and from 02:00 on to 03:00.
    [("2026-10-24T20:00:00+00:00", 9), ("2026-03-28T21:00:00+00:00", 7)],
)
def test_the_nights_on_which_clocks_are_set_are_longer_and_shorter(
    start: str, hours_at_night: int
) -> None:
    night = TariffElement(start_time="22:00", end_time="06:00", idle_price=Decimal(1))
    terms = _terms(time_zone="Europe/Berlin", elements=(night,))
    cost = with_time(_begun(terms, _ms(start)), _ms(start) + 12 * 60 * _MIN, is_charging=False)
    assert amounts_of(cost).total == hours_at_night


def test_an_element_that_goes_past_midnight_is_of_the_day_on_which_it_begins() -> None:
    element = TariffElement(
        start_time="22:00", end_time="06:00", days_of_week=("Sunday",), idle_price=Decimal(1)
    )
    terms = _terms(elements=(element,))
    start = _ms("2026-11-22T00:00:00+00:00")  # a Sunday
    cost = with_time(_begun(terms, start), start + 3 * _DAY, is_charging=False)
    assert amounts_of(cost).total == 8


def test_a_register_that_is_corrected_takes_energy_back() -> None:
    cost = with_energy(_begun(_terms(energy_price="1")), 10 * _KWH, _MIN)
    cost = with_energy(cost, 9 * _KWH, 2 * _MIN)
    assert amounts_of(cost).total == 9
    assert with_energy(cost, 0, 3 * _MIN).energy_mwh == 0


def test_what_comes_late_takes_no_time_back() -> None:
    cost = with_time(_begun(_terms(idle_price="1")), 60 * _MIN, is_charging=False)
    assert with_time(cost, 30 * _MIN, is_charging=False) == cost


# --- against a second computation -----------------------------------------------------------------

_TIMES = st.integers(0, 24 * 4 - 1).map(lambda n: f"{n // 4:02}:{n % 4 * 15:02}")
_AMOUNTS = st.decimals(0, 5, places=4)
_ELEMENTS = st.builds(
    TariffElement,
    start_time=st.none() | _TIMES,
    end_time=st.none() | _TIMES,
    days_of_week=st.lists(st.sampled_from(DAYS), max_size=3, unique=True).map(tuple),
    energy_price=_AMOUNTS,
    charging_price=_AMOUNTS,
    idle_price=_AMOUNTS,
).filter(lambda one: one.start_time != one.end_time or one.start_time is None)
_TERMS = st.builds(
    TariffTerms,
    currency=st.sampled_from(("EUR", "JPY", "KWD")),
    time_zone=st.sampled_from(("UTC", "Europe/Berlin", "America/St_Johns", "Asia/Kathmandu")),
    elements=st.lists(_ELEMENTS, max_size=4).map(tuple),
    start_fee=_AMOUNTS,
    energy_step_wh=st.sampled_from((1, 100, 1000)),
    time_step_s=st.sampled_from((1, 60, 900)),
    min_cost=st.none() | _AMOUNTS,
    max_cost=st.none() | _AMOUNTS,
    taxes=st.lists(st.builds(Tax, name=st.just("VAT"), percent=_AMOUNTS), max_size=2).map(tuple),
)
_LEGS = st.lists(
    st.tuples(st.integers(0, 300), st.integers(0, 20_000_000), st.booleans()), max_size=6
)
"""Minutes, mWh and whether it charges, of each message after the last."""
_BEGINS = st.sampled_from(
    ("2026-11-23T20:00:00+00:00", "2026-10-25T00:30:00+00:00", "2026-03-28T23:15:00+00:00")
).map(_ms)


@examples(300)
@given(terms=_TERMS, legs=_LEGS, begin=_BEGINS)
def test_the_cost_is_that_of_a_second_computation(
    terms: TariffTerms, legs: list[tuple[int, int, bool]], begin: int
) -> None:
    cost, at, delivered = _begun(terms, begin), begin, 0
    for minutes, gained, charges in legs:
        at, delivered = at + minutes * _MIN, delivered + gained
        cost = with_energy(cost, delivered, at)
        cost = with_time(cost, at, is_charging=charges)

    assert cost.energy_mwh == delivered
    assert amounts_of(cost).total == _by_the_minute(terms, legs, begin)


def _by_the_minute(terms: TariffTerms, legs: list[tuple[int, int, bool]], begin: int) -> Decimal:
    """The same in decimal, minute by minute, each asked by itself which prices hold."""
    used: dict[str, list[tuple[Decimal, int]]] = {"energy": [], "charging": [], "idle": []}
    last: dict[int, dict[str, Decimal]] = {}
    order: list[Any] = []

    def use(what: str, element: Any, price: Decimal, quantity: int) -> None:
        if quantity:
            used[what].append((price, quantity))
            last.setdefault(id(element), {})[what] = price
            if element in order:
                order.remove(element)
            order.append(element)

    at = datetime.fromtimestamp(begin / 1000, UTC)
    free = TariffElement()
    for minutes, gained, charges in legs:
        if not minutes:
            element = _element_at(terms, at) or free
            use("energy", element, element.energy_price, gained)
        for minute in range(minutes):
            element = _element_at(terms, at + timedelta(minutes=minute)) or free
            share = gained * (minute + 1) // minutes - gained * minute // minutes
            use("energy", element, element.energy_price, share)
        for minute in range(minutes):
            element = _element_at(terms, at + timedelta(minutes=minute)) or free
            price = element.charging_price if charges else element.idle_price
            use("charging" if charges else "idle", element, price, 60)
        at += timedelta(minutes=minutes)
    with localcontext() as context:
        context.prec = 80
        net = terms.start_fee
        for what, step, unit in (
            ("energy", terms.energy_step_wh * 1000, 1_000_000),
            ("charging", terms.time_step_s, 3600),
            ("idle", terms.time_step_s, 3600),
        ):
            counted = used[what]
            if not counted:
                continue
            price = next(last[id(e)][what] for e in reversed(order) if what in last[id(e)])
            whole = sum(quantity for _, quantity in counted)
            up = (whole + step - 1) // step * step - whole
            net += (sum(price * quantity for price, quantity in counted) + price * up) / unit
        if terms.min_cost is not None and net < terms.min_cost:
            net = terms.min_cost
        if terms.max_cost is not None and net > terms.max_cost:
            net = terms.max_cost
        total = net + net * sum(tax.percent for tax in terms.taxes) / 100
        places = {"EUR": "0.01", "JPY": "1", "KWD": "0.001"}[terms.currency]
        return total.quantize(Decimal(places), ROUND_HALF_UP)


def _element_at(terms: TariffTerms, at: datetime) -> TariffElement | None:
    local = at.astimezone(ZoneInfo(terms.time_zone))
    clock, today = f"{local:%H:%M}", DAYS[local.weekday()]
    yesterday = DAYS[(local.weekday() + 6) % 7]
    for one in terms.elements:
        start, end = one.start_time or "00:00", one.end_time or "24:00"
        days = one.days_of_week or DAYS
        if start < end:
            if start <= clock < end and today in days:
                return one
        elif (clock >= start and today in days) or (clock < end and yesterday in days):
            return one
    return None
