"""Random tariffs by seed: prices, times, steps, bounds, taxes; for all, for chargers, for tags."""

from collections.abc import Sequence
from decimal import Decimal
from random import Random
from typing import Final

from msgspec.structs import replace

from voltyard.csms.tariffs.tariff_rows import TariffStored, write_terms
from voltyard.csms.tariffs.terms import DAYS, TariffElement, TariffTerms, Tax
from voltyard.kernel.time import Instant

TARIFFS_OF_CHARGERS: Final = 3
TARIFFS_OF_TAGS: Final = 3

_CURRENCIES: Final = ("EUR", "USD", "JPY", "KWD")
_TIME_ZONES: Final = ("UTC", "Europe/Berlin", "America/St_Johns", "Asia/Kolkata")
_PERCENTS: Final = ("7", "19", "8.875", "0.5")


def random_tariffs(
    organization_id: str,
    charge_box_ids: Sequence[str],
    id_tags: Sequence[str],
    random: Random,
    at: Instant,
) -> tuple[TariffStored, ...]:
    """A default tariff for three seeds of four, some of single chargers, some of tags."""
    boxes = random.sample(charge_box_ids, min(TARIFFS_OF_CHARGERS, len(charge_box_ids)))
    tags = [tuple(random.sample(id_tags, len(id_tags) // 8)) for _ in range(TARIFFS_OF_TAGS)]
    assigned: list[dict[str, object]] = [{"charge_box_ids": (box,)} for box in boxes]
    taken: set[str] = set()
    for some in tags:
        assigned.append({"id_tags": tuple(tag for tag in some if tag not in taken)})
        taken.update(some)
    if random.random() < 0.75:
        assigned.append({"is_default": True})
    return tuple(
        TariffStored(
            id=f"tar_{number}",
            organization_id=organization_id,
            name=f"Tariff {number}",
            terms=write_terms(random_terms(random)),
            created_at=at,
            updated_at=at,
            **whose,  # type: ignore[arg-type]
        )
        for number, whose in enumerate(assigned, 1)
    )


def random_terms(random: Random) -> TariffTerms:
    """Terms with up to four elements, the last of which holds at any time, more often than not."""
    elements = [_element(random, has_times=True) for _ in range(random.randint(0, 3))]
    if random.random() < 0.8:
        elements.append(_element(random, has_times=False))
    low = _price(random, 2_000)
    return TariffTerms(
        currency=random.choice(_CURRENCIES),
        time_zone=random.choice(_TIME_ZONES),
        elements=tuple(elements),
        start_fee=_price(random, 2_000),
        energy_step_wh=random.choice((1, 1, 1, 100, 1_000)),
        time_step_s=random.choice((1, 1, 60, 900)),
        min_cost=random.choice((None, low)),
        max_cost=random.choice((None, low + _price(random, 20_000))),
        taxes=tuple(
            Tax(name=f"tax {number}", percent=Decimal(percent))
            for number, percent in enumerate(random.sample(_PERCENTS, random.randint(0, 2)))
        ),
    )


def _element(random: Random, *, has_times: bool) -> TariffElement:
    always = TariffElement(
        energy_price=_price(random, 900),
        charging_price=_price(random, 3_000),
        idle_price=_price(random, 6_000),
    )
    if not has_times:
        return always
    return replace(
        always,
        start_time=random.choice((None, _time(random))),
        end_time=_time(random),
        days_of_week=tuple(random.sample(DAYS, random.choice((0, 0, 3)))),
    )


def _price(random: Random, most: int) -> Decimal:
    """None of it for one of four."""
    return random.choice((Decimal(0), *[Decimal(random.randint(1, most)).scaleb(-3)] * 3))


def _time(random: Random) -> str:
    return f"{random.randrange(24):02}:{random.choice((0, 15, 30, 59)):02}"
