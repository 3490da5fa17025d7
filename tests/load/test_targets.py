"""Load goes to this machine, or to a host that was named as one's own."""

import pytest

from voltyard.kernel.errors import Invalid
from voltyard.load.targets import allow


@pytest.mark.parametrize(
    "url", ["ws://127.0.0.1:9000/ocpp", "ws://127.8.8.8/", "ws://[::1]:1/", "ws://localhost/ocpp"]
)
def test_this_machine_is_always_allowed(url: str) -> None:
    egress = allow(url, None)

    assert egress.permits("localhost", 9000, ["127.0.0.1", "::1"])


@pytest.mark.parametrize(
    "url", ["ws://192.0.2.1/ocpp", "wss://[2001:db8::1]/", "ws://0.0.0.0:9000/", "ws://3221225985/"]
)
def test_another_machine_is_refused_unless_it_is_named(url: str) -> None:
    with pytest.raises(Invalid, match="--i-own"):
        allow(url, None)


def test_a_host_that_is_named_is_allowed_and_no_other() -> None:
    egress = allow("ws://csms.example.com/ocpp", "CSMS.example.com.")

    assert egress.permits("csms.example.com", 443, ["192.0.2.1"])
    assert egress.permits("127.0.0.1", 80, ["127.0.0.1"])
    assert not egress.permits("evil.example.com", 443, ["192.0.2.1"])
    assert not egress.permits("evil.example.com", 443, ["127.0.0.1", "192.0.2.1"])


def test_naming_another_host_than_the_urls_is_refused() -> None:
    with pytest.raises(Invalid, match="names other"):
        allow("ws://csms.example.com/ocpp", "other.example.com")


def test_a_name_that_comes_to_mean_another_machine_is_not_dialled() -> None:
    egress = allow("ws://localhost/ocpp", None)

    assert not egress.permits("localhost", 80, ["127.0.0.1", "192.0.2.1"])
    assert not egress.permits("localhost", 80, ["::ffff:192.0.2.1"])
    assert egress.permits("localhost", 80, ["::ffff:127.0.0.1"])


@pytest.mark.parametrize("url", ["http://localhost/", "ws://", "localhost:9000"])
def test_what_is_no_link_is_refused(url: str) -> None:
    with pytest.raises(Invalid, match="--url"):
        allow(url, None)


def test_a_name_that_cannot_be_resolved_is_refused() -> None:
    with pytest.raises(Invalid, match="cannot be resolved"):
        allow("ws://no-such-host.invalid/", None)
