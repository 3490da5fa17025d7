"""Who gives, where there is less room than history."""

from hypothesis import given
from hypothesis import strategies as st

from voltyard.kernel import limits
from voltyard.storage.retention.quotas import Quotas, cuts, level

HELD = st.dictionaries(
    st.tuples(st.sampled_from("ABC"), st.text("xyz", min_size=1, max_size=3)),
    st.integers(0, 1_000).map(float),
    max_size=20,
)


@given(HELD, st.integers(1, 5_000))
def test_what_stays_fits_and_no_more_goes_than_has_to(held, room) -> None:
    found = cuts(held, room, Quotas())

    gone = sum(found.holders.values()) + sum(found.organizations.values())
    assert abs(gone - max(0.0, sum(held.values()) - room)) < 1e-6
    assert all(found.holders[holder] <= held[holder] for holder in found.holders)


@given(HELD, st.integers(1, 5_000))
def test_an_organization_within_its_equal_share_gives_nothing(held, room) -> None:
    found = cuts(held, room, Quotas())

    organizations = {organization for organization, _ in held}
    for organization in organizations:
        theirs = {holder: amount for holder, amount in held.items() if holder[0] == organization}
        if sum(theirs.values()) <= room / len(organizations):
            assert not set(theirs) & set(found.holders)
            assert organization not in found.organizations


@given(HELD, st.integers(1, 5_000), st.floats(0.05, 1.0), st.floats(0.05, 1.0))
def test_nobody_keeps_more_than_the_quota(held, room, of_one, of_all) -> None:
    found = cuts(held, room, Quotas(organization=of_all, charger=of_one))

    left = {holder: amount - found.holders.get(holder, 0.0) for holder, amount in held.items()}
    assert all(amount <= of_one * room + 1e-6 for amount in left.values())
    for organization in {organization for organization, _ in held}:
        theirs = sum(amount for holder, amount in left.items() if holder[0] == organization)
        theirs -= found.organizations.get(organization, 0.0)
        assert theirs <= of_all * room + 1e-6


def test_the_largest_come_down_to_one_level() -> None:
    assert level([1.0, 5.0, 9.0], 9.0) == 4.0
    assert level([1.0, 2.0], 3.0) == float("inf")


def test_of_very_many_only_the_largest_give_by_themselves() -> None:
    alike = {("A", f"{number}"): 10.0 for number in range(limits.RETENTION_GIVERS + 50)}
    held = {**alike, ("A", "noisy"): 1_000.0}

    found = cuts(held, sum(alike.values()), Quotas())

    assert found.holders == {("A", "noisy"): 990.0}
    assert found.organizations == {"A": 10.0}
