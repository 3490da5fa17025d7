"""What a meter sees on each wire makes up the power, noisy or not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltyard.physics.noise import uniform
from voltyard.physics.phases import observe
from voltyard.physics.supply import PowerFlow

KEYS = st.integers(0, 2**63 - 1)
MOMENTS = st.integers(0, 2**42)


def flow(power_w: float, phases: int, factor: float = 1.0, voltage_v: float = 230.0) -> PowerFlow:
    current_a = power_w / (voltage_v * phases * factor) if phases else 0.0
    return PowerFlow(power_w, current_a, phases, voltage_v, factor)


@given(
    st.floats(1.0, 43_000.0),
    st.integers(1, 3),
    st.floats(0.5, 1.0),
    st.floats(0.0, 0.02),
    KEYS,
    MOMENTS,
)
def test_volts_times_amperes_times_the_power_factor_is_the_power(
    power_w: float, phases: int, factor: float, noise: float, key: int, moment: int
) -> None:
    seen = observe(flow(power_w, phases, factor), 3, 50.0, noise, key, moment)

    products = [v * a * factor for v, a in zip(seen.voltage_v, seen.current_a, strict=True)]
    assert sum(products) == pytest.approx(power_w)
    assert products == pytest.approx(seen.power_w)
    assert len(seen.voltage_v) == 3
    assert all(abs(volts / 230.0 - 1.0) <= noise + 0.001 for volts in seen.voltage_v)
    assert seen.current_a[phases:] == (0.0,) * (3 - phases)
    assert abs(seen.frequency_hz - 50.0) <= 0.05


@given(KEYS, MOMENTS)
def test_noise_is_the_same_when_read_again_and_strays_otherwise(key: int, moment: int) -> None:
    once = observe(flow(11_000.0, 3), 3, 50.0, 0.015, key, moment)

    assert observe(flow(11_000.0, 3), 3, 50.0, 0.015, key, moment) == once
    assert observe(flow(11_000.0, 3), 3, 50.0, 0.015, key, moment + 1) != once


def test_noise_is_spread_evenly() -> None:
    draws = [uniform(42, position) for position in range(10_000)]

    assert min(draws) >= -1.0
    assert max(draws) <= 1.0
    assert abs(sum(draws) / len(draws)) < 0.03
    assert sum(draw * draw for draw in draws) / len(draws) == pytest.approx(1 / 3, abs=0.02)


def test_a_wire_without_current_still_has_its_voltage() -> None:
    seen = observe(flow(0.0, 0), 3, 50.0, 0.0, 0, 0)

    assert seen.voltage_v == (230.0,) * 3
    assert seen.current_a == seen.power_w == (0.0,) * 3
