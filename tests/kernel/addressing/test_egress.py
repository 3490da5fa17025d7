"""Where an organization may dial: the ranges, and the spellings by which they are hidden."""

from ipaddress import ip_address

import pytest

from voltyard.kernel.addressing.egress import ANYWHERE, PUBLIC, Egress, is_public
from voltyard.kernel.errors import Invalid

NOT_PUBLIC = [
    *("0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.8.8.8"),
    *("168.63.129.16", "169.254.169.254", "172.16.3.4", "172.31.255.255", "192.0.0.192"),
    *("192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.7", "203.0.113.9"),
    *("224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "::127.0.0.1", "::ffff:10.0.0.1", "::ffff:a9fe:a9fe", "::ffff:0:127.0.0.1"),
    *("64:ff9b::a00:1", "64:ff9b::127.0.0.1", "64:ff9b:1::7f00:1", "100::1"),
    *("2001::1", "2001:0:7f00:1::1", "2001:10::1", "2001:20::1", "2001:db8::1"),
    *("2002:7f00:1::", "2002:5db8:d70e::1", "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254"),
    *("fe80::1", "fe80::1%eth0", "febf::1", "fec0::1", "feff::1", "ff02::1", "ff0e::1"),
    *("2001:4860:4860::5efe:7f00:1", "2001:4860:4860::200:5efe:a00:1"),
    "2606:2800:21f:cb07:6820:80da:af6b:8b2c%lo",
]
SPELLINGS = [
    *("2130706433", "0x7f000001", "0x7F.0x0.0x0.0x1", "0177.0.0.1", "017700000001", "127.1"),
    *("127.0.1", "0x7f.1", "127.0.0.1.", "0", "0x0", "[::1]", "[::ffff:7f00:1]", "[0:0::0:1]"),
    *("localhost", "LOCALHOST", "localhost.", "tenant.localhost", "[fec0::1]", "[fe80::1%25lo]"),
    *("3232235777", "0xa9fea9fe", "2852039166", "0251.0376.0251.0376", "169.254.43518"),
]
"""Hosts of URLs that name such an address, and are told without a look-up."""
PUBLIC_ONES = [
    *("93.184.215.14", "8.8.8.8", "172.32.0.1", "192.0.1.1", "::ffff:93.184.215.14"),
    *("2606:2800:21f:cb07:6820:80da:af6b:8b2c", "64:ff9b::5db8:d70e", "2a00::1"),
]


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_what_is_not_the_internets_may_not_be_dialled(address: str) -> None:
    assert not is_public(ip_address(address))
    assert not PUBLIC.permits("named.example", 80, [address])
    assert ANYWHERE.permits("named.example", 80, [address])


@pytest.mark.parametrize("address", PUBLIC_ONES)
def test_what_is_the_internets_may(address: str) -> None:
    assert PUBLIC.permits("named.example", 80, [address])


@pytest.mark.parametrize("host", SPELLINGS)
def test_an_address_is_known_in_whatever_spelling(host: str) -> None:
    with pytest.raises(Invalid, match="may dial") as refused:
        PUBLIC.check(host.strip("[]").replace("%25", "%"), 80, param="ws_url")

    assert refused.value.details == {"param": "ws_url"}
    assert "egressNetworks" in refused.value.advice


@pytest.mark.parametrize(
    "host",
    [
        "csms.example",
        "134744072",
        "8.8.2056",
        "1.2.3.4.5",
        "256.256.256.256.example",
        "4294967296",
        "a",
        "",
    ],
)
def test_what_is_a_name_or_public_is_not_refused_beforehand(host: str) -> None:
    PUBLIC.check(host, 80)


def test_who_names_a_public_address_and_a_private_one_means_the_latter() -> None:
    assert not PUBLIC.permits("named.example", 80, ["93.184.215.14", "127.0.0.1"])


def test_a_network_that_is_allowed_may_be_dialled_and_no_other() -> None:
    egress = Egress(is_bounded=True, networks=("10.20.0.0/16", "fd00:1::/32"))

    for address in ("10.20.3.4", "::ffff:10.20.3.4", "fd00:1::7"):
        assert egress.permits("named.example", 80, [address])
    for address in ("10.21.0.1", "fd00:2::7", "64:ff9b::10.20.3.4", "fec0::1"):
        assert not egress.permits("named.example", 80, [address])


def test_an_endpoint_of_the_servers_own_may_be_dialled_by_its_name_and_port() -> None:
    egress = Egress(is_bounded=True, endpoints=(("yard.internal", 9000),))

    assert egress.permits("Yard.internal", 9000, ["10.0.0.1"])
    assert not egress.permits("yard.internal", 9001, ["10.0.0.1"])
    assert not egress.permits("other.internal", 9000, ["10.0.0.1"])
