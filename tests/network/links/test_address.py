"""URLs of links."""

import pytest

from voltyard.network.links.address import Address, as_on_wire, authorization, read_url
from voltyard.network.links.handshakes import offered, peer_name
from voltyard.ports.links import DialFailed


@pytest.mark.parametrize(
    ("url", "authority", "port", "resource"),
    [
        ("ws://csms", "csms", 80, "/"),
        ("WSS://CSMS/ocpp", "csms", 443, "/ocpp"),
        ("ws://csms:80/ocpp/CP%201?a=b", "csms", 80, "/ocpp/CP%201?a=b"),
        ("ws://csms:9000/ocpp/CP 1", "csms:9000", 9000, "/ocpp/CP%201"),
        ("ws://[::1]:9000/x", "[::1]:9000", 9000, "/x"),
        ("ws://müll.example/ü", "xn--mll-hoa.example", 80, "/%C3%BC"),
    ],
)
def test_a_url_is_taken_apart(url: str, authority: str, port: int, resource: str) -> None:
    address = read_url(url)

    assert (address.authority, address.port, address.resource) == (authority, port, resource)
    assert address.is_secure == url.lower().startswith("wss")


NO_NAME = ["ws://a..b/x", "ws://.csms", f"ws://{'a' * 64}.example", f"ws://csms.{'a' * 64}:80/x"]


@pytest.mark.parametrize(
    "url", ["", "csms/ocpp", "http://csms", "ws:///x", "ws://csms:port", *NO_NAME]
)
def test_what_is_no_websocket_url_is_refused(url: str) -> None:
    with pytest.raises(DialFailed):
        read_url(url)


def test_credentials_in_a_url_are_used_where_none_are_given() -> None:
    address = read_url("ws://CP%201:se%3Acret@csms/ocpp")

    assert (address.username, address.password) == ("CP 1", "se:cret")
    assert address.authority == "csms"
    assert authorization("", None, address) == "Basic Q1AgMTpzZTpjcmV0"
    assert authorization("a", "b", address) == "Basic YTpi"
    assert authorization("a", None, Address("h", 80, False, "h", "/")) is None


def test_bytes_left_unencoded_are_encoded_and_the_rest_is_left_alone() -> None:
    assert as_on_wire("/ocpp/Ü%20%2f?x=1#~".encode()) == "/ocpp/%C3%9C%20%2f?x=1#~"


def test_a_protocol_header_may_be_one_list_or_many() -> None:
    assert offered(["ocpp2.0.1 ,ocpp1.6", "", "x"]) == ("ocpp2.0.1", "ocpp1.6", "x")


def test_a_peer_has_the_name_of_its_socket() -> None:
    assert peer_name(("10.0.0.1", 5)) == "10.0.0.1:5"
    assert peer_name(("::1", 5, 0, 0)) == "[::1]:5"
    assert peer_name("") == ""
