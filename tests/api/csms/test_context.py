"""The URLs that chargers are told, on a server that listens on all addresses."""

from typing import Any

import pytest

from voltyard.api.csms.context import BackendContext

NONE: Any = None


def context(**said: Any) -> BackendContext:
    wanted = {"charger_tls_url": "wss://127.0.0.1:9443/ocpp", "is_reached_by_name": True, **said}
    return BackendContext(*[NONE] * 7, charger_url="ws://127.0.0.1:9000/ocpp", **wanted)


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("yard.example", "yard.example"),
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8::7", "[2001:db8::7]"),
        ("localhost", "localhost"),
    ],
)
def test_chargers_are_told_the_address_that_the_caller_used(host: str, name: str) -> None:
    here = context().called_at(host)

    assert here.charger_url == f"ws://{name}:9000/ocpp"
    assert here.charger_tls_url == f"wss://{name}:9443/ocpp"


def test_a_socket_that_is_not_there_is_not_told() -> None:
    assert context(charger_tls_url="").called_at("yard.example").charger_tls_url == ""


@pytest.mark.parametrize(
    "host", [None, "", "evil.example/x", "user@host", "a b", "x" * 300, "a:b;c"]
)
def test_what_is_no_host_changes_nothing(host: str | None) -> None:
    here = context()

    assert here.called_at(host) is here


def test_a_server_that_is_known_by_a_name_tells_that() -> None:
    here = context(is_reached_by_name=False)

    assert here.called_at("yard.example") is here
