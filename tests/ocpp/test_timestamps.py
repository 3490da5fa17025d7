"""Date-times of the wire."""

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltyard.kernel.time import to_rfc3339
from voltyard.ocpp.timestamps import Timestamp


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-11-21T09:00:00Z", 1795251600.0),
        ("2026-11-21T09:00:00.5Z", 1795251600.5),
        ("2026-11-21T09:00:00.123456789Z", 1795251600.123456),
        ("2026-11-21t09:00:00z", 1795251600.0),
        ("2026-11-21T11:00:00+02:00", 1795251600.0),
        ("2026-11-21T08:30:00.000-00:30", 1795251600.0),
        ("2016-12-31T23:59:60Z", 1483228800.0),
        ("2017-01-01T00:59:60.5+01:00", 1483228800.5),
    ],
)
def test_a_good_one_keeps_its_text_and_knows_its_instant(text: str, instant: float) -> None:
    timestamp = Timestamp.parse(text)

    assert timestamp == text
    assert type(timestamp) is Timestamp
    assert timestamp.instant == instant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2026-11-21",
        "2026-11-21T09:00Z",
        "2026-11-21T09:00:00",
        "2026-11-21T09:00:00.000",
        "2026-11-21 09:00:00Z",
        "2026-11-21T09:00:00.Z",
        "2026-11-21T09:00:00,5Z",
        "2026-11-21T09:00:00ZZ",
        "2026-11-21T09:00:00+02",
        "2026-11-21T09:00:00+0200",
        "2026-11-21T09:00:00+24:00",
        "2026-11-21T24:00:00Z",
        "2026-11-21T24:00:00.0Z",
        "2026-11-21T09:60:00Z",
        "2026-13-21T09:00:00Z",
        "2022-02-29T00:00:00Z",
        "2026-11-21T09:00:60Z",
        "2016-12-30T22:59:60Z",
        "2026-W47-6T09:00:00Z",
        "٢٠٢٦-11-21T09:00:00Z",
        "0000-01-01T00:00:00Z",
    ],
)
def test_a_bad_one_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Timestamp.parse(text)


@given(st.floats(min_value=0, max_value=250_000_000_000))
def test_ours_have_three_digits_at_most_and_are_read_back(instant: float) -> None:
    exact = Timestamp.of(instant)
    whole = Timestamp.seconds(instant)

    assert len(exact) == 24
    assert len(whole) == 20
    assert abs(exact.instant - instant) <= 0.000_6
    assert abs(whole.instant - instant) < 1.0
    assert Timestamp.parse(exact) == exact


# Pieces that make date-times which are nearly right.
pieces = st.tuples(
    st.sampled_from(["2026", "1999", "26", "9999"]),
    st.sampled_from(["-", "", "/"]),
    st.sampled_from(["01", "02", "12", "13", "1"]),
    st.sampled_from(["-", ""]),
    st.sampled_from(["01", "28", "30", "31", "32"]),
    st.sampled_from(["T", "t", " ", ""]),
    st.sampled_from(["00:00:00", "23:59:59", "23:59:60", "24:00:00", "12:00", "9:00:00"]),
    st.sampled_from(["", ".1", ".123", ".1234567", ".", ",1"]),
    st.sampled_from(["Z", "z", "", "+00:00", "-12:30", "+1", "+0100", "+25:00", "Zulu"]),
).map("".join)
foreign = jsonschema_rs.validator_for(
    {"type": "string", "format": "date-time"}, validate_formats=True
)


@given(pieces)
def test_the_verdict_is_a_foreign_validators_too(text: str) -> None:
    try:
        Timestamp.parse(text)
    except ValueError:
        assert not foreign.is_valid(text)
    else:
        assert foreign.is_valid(text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"),
        ("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00.000Z"),
        ("9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.999Z"),
        ("9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59.999Z"),
        ("9999-12-31T23:59:60Z", "9999-12-31T23:59:59.999Z"),
    ],
)
def test_a_moment_at_the_ends_of_the_calendar_can_be_told_again(text: str, told: str) -> None:
    timestamp = Timestamp.parse(text)

    assert timestamp == text
    assert to_rfc3339(timestamp.instant) == told
    assert to_rfc3339(Timestamp(text).instant) == told
