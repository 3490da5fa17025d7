"""Ends of sessions: which of them is reached, and the bounds that come first."""

from decimal import Decimal

import pytest

from voltyard.charger.evse.session_ends import NO_ENDS, SessionEnd, SessionEnds

LIMIT = SessionEnd(register_wh=100.0, trigger="EnergyLimitReached", reason="EnergyLimitReached")
DRIVER = SessionEnd(at=50.0, register_wh=80.0, unplugs=True)


def reached(*ends: SessionEnd, **so_far: object) -> SessionEnd | None:
    now = {"now": 0.0, "register_wh": 0.0, "soc_percent": 0.0, "cost": None, "is_full": False}
    return SessionEnds.of(ends).reached(**{**now, **so_far})  # type: ignore[arg-type]


def test_the_least_bound_of_each_kind_comes_first() -> None:
    ends = SessionEnds.of((LIMIT, DRIVER, SessionEnd(at=40.0), SessionEnd(soc_percent=80.0)))

    assert (ends.at, ends.register_wh, ends.soc_percent) == (40.0, 80.0, 80.0)
    assert SessionEnds.of(()) == NO_ENDS


@pytest.mark.parametrize(
    ("end", "before", "then"),
    [
        (SessionEnd(at=50.0), {"now": 49.9}, {"now": 50.0}),
        (LIMIT, {"register_wh": 99.9}, {"register_wh": 99.99}),
        (SessionEnd(soc_percent=80.0), {"soc_percent": 79.9}, {"soc_percent": 80.0}),
        (SessionEnd(cost=Decimal("5.1")), {"cost": Decimal(5)}, {"cost": Decimal("5.10")}),
    ],
)
def test_an_end_is_reached_at_its_bound(
    end: SessionEnd, before: dict[str, object], then: dict[str, object]
) -> None:
    assert reached(end, **before) is None
    assert reached(end, **then) is end


def test_a_full_vehicle_ends_what_its_driver_wanted_and_no_limit() -> None:
    assert reached(DRIVER, is_full=True) is DRIVER
    assert reached(LIMIT, is_full=True) is None
