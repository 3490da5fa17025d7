"""A site's power is shared as water fills a row of vessels."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltyard.yard.locations.power_sharing import PowerClaim, share_power

CLAIMS = st.lists(
    st.builds(
        PowerClaim,
        wanted_w=st.one_of(st.just(0.0), st.floats(1.0, 400_000.0)),
        least_w=st.sampled_from([0.0, 1_380.0, 4_140.0]),
    ),
    max_size=12,
)
LIMIT_W = st.floats(0.0, 1_000_000.0)


@pytest.mark.parametrize(
    ("limit_w", "wanted", "shares"),
    [
        (30_000, [11_000, 11_000, 11_000], [10_000, 10_000, 10_000]),
        (30_000, [3_000, 22_000, 22_000], [3_000, 13_500, 13_500]),
        (30_000, [11_000, 0, 11_000], [15_000, 0, 15_000]),
        (30_000, [0, 0], [0, 0]),
    ],
)
def test_who_wants_less_leaves_it_to_the_others(
    limit_w: float, wanted: list[float], shares: list[float]
) -> None:
    assert share_power(limit_w, [PowerClaim(one) for one in wanted]) == pytest.approx(shares)


def test_who_came_last_waits_where_an_even_part_would_be_too_little_for_anybody() -> None:
    claims = [PowerClaim(11_000.0, 4_140.0)] * 3

    assert share_power(10_000.0, claims) == pytest.approx([5_000.0, 5_000.0, 0.0])
    assert share_power(4_000.0, claims) == [0.0, 0.0, 0.0]


def test_a_small_one_charges_where_a_large_one_cannot() -> None:
    assert share_power(
        3_000.0, [PowerClaim(11_000.0, 4_140.0), PowerClaim(3_700.0, 1_380.0)]
    ) == pytest.approx([0.0, 3_000.0])


@given(LIMIT_W, CLAIMS)
def test_the_sum_is_never_more_than_the_limit_and_nobody_gets_what_he_cannot_take(
    limit_w: float, claims: list[PowerClaim]
) -> None:
    shares = share_power(limit_w, claims)

    assert sum(shares) <= limit_w
    for got_w, claim in zip(shares, claims, strict=True):
        assert got_w >= 0.0
        assert got_w == 0.0 or claim.wanted_w > 0.0
        assert got_w == 0.0 or got_w >= claim.least_w - 1e-5


@given(LIMIT_W, CLAIMS)
def test_nothing_is_left_while_somebody_admitted_wants_more(
    limit_w: float, claims: list[PowerClaim]
) -> None:
    shares = share_power(limit_w, claims)
    given_some = [(got_w, one) for got_w, one in zip(shares, claims, strict=True) if got_w > 0.0]

    hungry = [got_w for got_w, claim in given_some if got_w < claim.wanted_w * (1 - 1e-9)]
    if hungry:
        assert sum(shares) == pytest.approx(limit_w, rel=1e-6)
        assert all(got_w <= min(hungry) * (1 + 1e-6) for got_w, _ in given_some)
