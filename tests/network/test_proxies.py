"""Trusted proxies."""

import pytest

from voltyard.kernel.errors import Invalid
from voltyard.network.proxies import TrustedProxies

PROXIES = TrustedProxies(["10.0.0.0/8", "2001:db8::1"])


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("192.0.2.9", ["198.51.100.1"], "192.0.2.9"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["6.6.6.6, 198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["6.6.6.6, 198.51.100.1", "10.0.0.2"], "198.51.100.1"),
        ("2001:db8::1", [" , 198.51.100.1 ,"], "198.51.100.1"),
        ("::ffff:10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ("10.0.0.1", ["198.51.100.1:4711, 10.0.0.2:80"], "198.51.100.1"),
        ("10.0.0.1", ["[2001:db8::7]:4711"], "2001:db8::7"),
        ("10.0.0.1", ["[2001:db8::7]", "2001:db8::1"], "2001:db8::7"),
        ("10.0.0.1", ["unknown"], "unknown"),
    ],
)
def test_the_client_is_the_last_address_that_no_proxy_has(
    peer: str, forwarded: list[str], client: str
) -> None:
    assert PROXIES.client(peer, forwarded) == client


def test_without_any_nobody_is_believed() -> None:
    assert TrustedProxies().client("10.0.0.1", ["198.51.100.1"]) == "10.0.0.1"


def test_what_is_no_network_is_refused() -> None:
    with pytest.raises(Invalid, match="neither an address nor a network"):
        TrustedProxies(["proxy.example.com"])
