"""IP addresses."""

import pytest

from voltyard.kernel.addressing import addresses


@pytest.mark.parametrize(
    ("address", "is_so"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("::ffff:127.0.0.9", True),
        ("192.0.2.1", False),
        ("", False),
    ],
)
def test_loopback_is_known(address: str, is_so: bool) -> None:
    assert addresses.is_loopback(address) is is_so


@pytest.mark.parametrize(
    ("remote", "address"),
    [("192.0.2.1:80", "192.0.2.1"), ("[2001:db8::1]:80", "2001:db8::1"), ("", "")],
)
def test_an_address_is_told_from_its_port(remote: str, address: str) -> None:
    assert addresses.without_port(remote) == address


def test_networks_have_their_addresses_and_no_others() -> None:
    networks = addresses.networks(["192.0.2.0/24", "2001:db8::1"], "x")

    found = ["192.0.2.7", "::ffff:192.0.2.7", "2001:db8::1", "fe80::1%eth0", "198.51.100.1", "?"]
    assert [addresses.is_in(one, networks) for one in found] == [True, True, True] + [False] * 3


@pytest.mark.parametrize(
    ("address", "household"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("testclient", "testclient"),
    ],
)
def test_whoever_has_a_network_is_counted_once(address: str, household: str) -> None:
    assert addresses.household(address) == household
