"""Identities for the chargers of a test, and the URL of the CSMS."""

import pytest

from voltyard.kernel.errors import Invalid
from voltyard.testing.lab.csms_under_test import CsmsUnderTest, ProcessShare, read_csms_url


def identities(pattern: str, share: ProcessShare, how_many: int) -> list[str]:
    csms = CsmsUnderTest(url="ws://csms/ocpp", identities=pattern, share=share)
    return [csms.next_identity() for _ in range(how_many)]


@pytest.mark.parametrize("pattern", ["CI-{n}", "CI-{n:04}", "A,B,C,D,E,F,G,H,I,J,K,L"])
def test_processes_that_run_beside_each_other_never_share_an_identity(pattern: str) -> None:
    taken = [one for number in range(3) for one in identities(pattern, ProcessShare(number, 3), 4)]

    assert len(set(taken)) == 12
    assert sorted(identities(pattern, ProcessShare(), 12)) == sorted(taken)


def test_a_pattern_counts_from_one_with_as_many_digits_as_it_says() -> None:
    assert identities("CI-{n:03}/{n}", ProcessShare(), 2) == ["CI-001/1", "CI-002/2"]


@pytest.mark.parametrize("pattern", ["{n!r}", "{0}", "{n:>9999999}", "{n.__class__}"])
def test_what_is_no_number_is_an_identity_as_it_stands(pattern: str) -> None:
    assert identities(pattern, ProcessShare(), 1) == [pattern]


def test_a_list_that_is_used_up_says_so() -> None:
    with pytest.raises(Invalid, match="share of the 2 identities"):
        identities("A, B,", ProcessShare(), 3)


@pytest.mark.parametrize(
    "text", ["", "csms", "http://csms/", "ws://", "ws://csms:0/", "ws://csms:port/", "ws://u:p@h/"]
)
def test_a_url_that_chargers_cannot_dial_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        read_csms_url(text)


def test_a_url_loses_its_last_slash() -> None:
    assert read_csms_url(" wss://csms.example/ocpp/ ") == "wss://csms.example/ocpp"


def test_a_password_is_not_shown_where_a_failure_shows_the_fixture() -> None:
    assert "secret" not in repr(CsmsUnderTest(url="ws://csms", password="secret"))
