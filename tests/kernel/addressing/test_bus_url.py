"""The URL of the bus: what can be dialled, and how it is shown."""

import pytest

from voltyard.kernel.addressing.bus_url import check_bus_url, without_credentials
from voltyard.kernel.errors import Invalid


@pytest.mark.parametrize(
    ("url", "plain"),
    [
        ("tls://user:password@bus.example:4222", False),
        ("nats://localhost", False),
        ("nats://token@127.0.0.1:4222", False),
        ("nats://[::1]:4222", False),
        ("nats://bus.example", True),
    ],
)
def test_a_way_that_others_do_not_read_along_or_that_is_trusted_is_taken(
    url: str, plain: bool
) -> None:
    check_bus_url(url, plain=plain)


@pytest.mark.parametrize(
    "url",
    ["", "bus", "http://127.0.0.1", "ws://127.0.0.1", "nats://", "nats://[a", "nats://a:b:c/"],
)
def test_what_is_no_url_of_a_bus_is_refused(url: str) -> None:
    with pytest.raises(Invalid) as refusal:
        check_bus_url(url, plain=True)
    assert refusal.value.details["param"] == "bus_url"


def test_nothing_goes_over_a_network_in_the_clear_unless_it_is_trusted() -> None:
    with pytest.raises(Invalid, match=r"bus\.example would not be encrypted") as refusal:
        check_bus_url("nats://user:password@bus.example:4222", plain=False)
    assert "password" not in str(refusal.value).replace("user:password@host", "")


def test_it_is_shown_without_what_opens_it() -> None:
    assert without_credentials("tls://user:p%40ss@bus.example:4222") == "tls://bus.example:4222"
    assert without_credentials("nats://token@127.0.0.1") == "nats://127.0.0.1"
    assert without_credentials("nats://[a") == ""
