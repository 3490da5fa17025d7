"""Hosts of settings, as they are told."""

from voltyard.kernel.addressing.hosts import in_url, is_loopback, is_wildcard


def test_wildcard_addresses_become_loopback_in_urls() -> None:
    assert in_url("0.0.0.0") == "127.0.0.1"
    assert in_url("::1") == "[::1]"
    assert in_url("yard.example") == "yard.example"


def test_wildcards_are_all_addresses_of_the_machine() -> None:
    assert all(is_wildcard(host) for host in ("0.0.0.0", "::", ""))
    assert not any(is_wildcard(host) for host in ("127.0.0.1", "::1", "yard.example"))


def test_loopback_is_this_machine_alone() -> None:
    assert all(is_loopback(host) for host in ("localhost", "127.0.0.1", "127.9.9.9", "::1"))
    assert not any(is_loopback(host) for host in ("0.0.0.0", "yard.example", "10.0.0.1"))
