"""Plans of charging: enough before departure, no more than is allowed, and what exceeds them."""

from typing import Any

import pytest

from voltyard.csms.smart_charging.plan import (
    ChosenSchedule,
    ExternalLimit,
    Needs,
    Period,
    exceeds,
    planned,
)

NOW = 1_790_000_000.0
V_A = 690.0


def needs(**fields: Any) -> Needs:
    return Needs(
        **{
            "evse_id": 1,
            "unit": "A",
            "watts_per_unit": V_A,
            "least": 6.0,
            "most": 32.0,
            "energy_wh": 20_000.0,
            "departs_at": NOW + 4 * 3600.0,
            "phases": 3,
            "max_tuples": None,
            **fields,
        }
    )


def chosen(*periods: tuple[float, float], **fields: Any) -> ChosenSchedule:
    return ChosenSchedule(
        **{
            "evse_id": 1,
            "id": 1,
            "unit": "A",
            "time_base": NOW,
            "periods": tuple(Period(*period) for period in periods),
            "duration_s": 14_400.0,
            **fields,
        }
    )


def test_the_least_power_that_is_enough_is_planned_with_time_to_spare() -> None:
    plan = planned(needs(), NOW, 1)

    assert (plan.strategy, plan.reaches, plan.duration_s) == ("even", True, 14_400)
    assert plan.limit == 8.1
    assert plan.limit * V_A * 4 * 0.9 >= 20_000.0 > (plan.limit - 0.1) * V_A * 4 * 0.9


def test_no_less_than_the_vehicle_charges_with() -> None:
    assert planned(needs(energy_wh=1_000.0), NOW, 1).limit == 6.0


def test_what_cannot_be_reached_gets_all_there_is_and_says_so() -> None:
    plan = planned(needs(energy_wh=200_000.0), NOW, 1)

    assert (plan.limit, plan.reaches) == (32.0, False)
    assert "not enough" in plan.why


def test_what_is_reached_only_without_time_to_spare_is_reached() -> None:
    plan = planned(needs(energy_wh=32 * V_A * 4 * 0.95), NOW, 1)

    assert (plan.limit, plan.reaches) == (32.0, True)


@pytest.mark.parametrize("lacks", [{"energy_wh": None}, {"departs_at": None}])
def test_without_energy_or_departure_there_is_nothing_to_plan_with(lacks: Any) -> None:
    plan = planned(needs(**lacks), NOW, 1)

    assert (plan.strategy, plan.limit, plan.reaches) == ("full", 32.0, None)


@pytest.mark.parametrize("left_s", [-60.0, 0.0, 30.0])
def test_who_is_about_to_leave_gets_all_there_is(left_s: float) -> None:
    plan = planned(needs(departs_at=NOW + left_s), NOW, 1)

    assert (plan.strategy, plan.limit, plan.duration_s, plan.reaches) == ("full", 32.0, None, False)


def test_dc_is_planned_in_watts() -> None:
    dc = needs(unit="W", watts_per_unit=1.0, least=0.0, most=150_000.0, phases=None)

    plan = planned(dc, NOW, 1)

    assert (plan.unit, plan.limit) == ("W", 5560.0)


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        (ExternalLimit("A", 7.0), 7.0),
        (ExternalLimit("W", 6 * V_A), 6.0),
        (ExternalLimit("A", 4), 4),
    ],
)
def test_the_limits_of_other_systems_bound_the_plan(limit: ExternalLimit, expected: float) -> None:
    plan = planned(needs(), NOW, 1, [limit])

    assert (plan.limit, plan.reaches) == (pytest.approx(expected), False)


@pytest.mark.parametrize(
    ("schedule", "verdict"),
    [
        (chosen((0, 8.1)), False),
        (chosen((0, 8.2)), True),
        (chosen((0, 6.0), (60, 16.0)), True),
        (chosen((0, 8.1), (14_400, 32.0), duration_s=None), False),
        (chosen((0, 8.0), (7_200, 32.0), duration_s=7_200.0), False),
        (chosen((0, 8.1 * V_A), unit="W"), False),
        (chosen((0, 9.0 * V_A), unit="W"), True),
        (chosen((0, 32.0), (60, 8.0), time_base=NOW - 60.0), False),
        (chosen((0, 32.0), (61, 8.0), time_base=NOW - 60.0), True),
    ],
)
def test_a_schedule_keeps_to_the_plan_while_that_lasts(
    schedule: ChosenSchedule, verdict: bool
) -> None:
    assert exceeds(planned(needs(), NOW, 1), schedule) is verdict
