"""Attacks under a charger's name, at security profile 0: its place, its transaction."""

import contextlib
import json
import socket
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.attack.bench import ATTACKER, Target, upgrade

_NOW = "%Y-%m-%dT%H:%M:%SZ"


def dialled(
    target: Target, address: str = "127.0.0.1", **options: Any
) -> contextlib.AbstractContextManager[ClientConnection]:
    return connect(
        f"{target.server.charger_url}/CP1",
        subprotocols=["ocpp1.6"],  # type: ignore[list-item]
        source_address=(address, 0),
        open_timeout=60,
        **options,
    )


def asked(charger: ClientConnection, action: str, **payload: Any) -> Any:
    charger.send(json.dumps([2, action, action, payload]))
    while (frame := json.loads(charger.recv(60)))[1] != action:
        pass
    return frame[2]


def now() -> str:
    return time.strftime(_NOW, time.gmtime())


@contextlib.contextmanager
def begun(
    target: Target, client: httpx.Client, **said: Any
) -> Iterator[tuple[ClientConnection, int]]:
    """The charger, with a transaction under way, and the transaction's number."""
    wanted = {"chargeBoxId": "CP1", **said}
    assert client.post("/api/v1/chargers", json=wanted).status_code == 201
    with dialled(target) as charger:
        asked(charger, "BootNotification", chargePointVendor="v", chargePointModel="m")
        started = asked(
            charger, "StartTransaction", connectorId=1, idTag="A", meterStart=0, timestamp=now()
        )
        yield charger, started["transactionId"]


def test_a_takeover_is_told_and_a_register_that_leaps_is_an_anomaly(target: Target) -> None:
    with target.server.client() as client, begun(target, client) as (charger, number):
        with dialled(target, ATTACKER) as stranger:
            asked(
                stranger,
                "StopTransaction",
                transactionId=number,
                meterStop=999_999,
                timestamp=now(),
            )
            with pytest.raises(ConnectionClosed):
                charger.recv(60)

        (told,) = client.get("/api/v1/events", params={"event": "charger.replaced"}).json()[
            "events"
        ]
        (row,) = client.get("/api/v1/transactions").json()["transactions"]
        figures = client.get("/metrics").text

    assert told["data"]["remoteAddress"].startswith(ATTACKER)
    assert told["data"]["formerRemoteAddress"].startswith("127.0.0.1:")
    assert [one["kind"] for one in row["anomalies"]] == ["register_too_fast"]
    assert "voltyard_chargers_replaced_total 1.0" in figures


def test_the_oldest_stays_where_its_charger_is_set_so(target: Target) -> None:
    with target.server.client() as client, begun(target, client, takeover="oldest") as (charger, _):
        for _ in range(20):
            with pytest.raises(InvalidStatus, match="409"), dialled(target, ATTACKER):
                pass

        assert "currentTime" in asked(charger, "Heartbeat")


def test_the_oldest_gives_way_once_it_answers_no_ping(target: Target) -> None:
    with target.server.client() as client:
        wanted = {"chargeBoxId": "CP1", "takeover": "oldest"}
        assert client.post("/api/v1/chargers", json=wanted).status_code == 201

        with socket.create_connection(("127.0.0.1", target.server.ocpp_port), 60) as frozen:
            frozen.sendall(upgrade("CP1"))
            assert b" 101 " in frozen.recv(4096)
            with dialled(target) as charger:
                booted = asked(
                    charger, "BootNotification", chargePointVendor="v", chargePointModel="m"
                )
            assert booted["status"] == "Accepted"


def test_a_stranger_at_another_address_or_in_a_browser_is_refused(target: Target) -> None:
    listed = {"allowedAddresses": ["127.0.0.1"]}
    with target.server.client() as client, begun(target, client, **listed) as (charger, _):
        with pytest.raises(InvalidStatus, match="403"), dialled(target, ATTACKER):
            pass
        page = {"origin": "https://evil.example"}
        with pytest.raises(InvalidStatus, match="403"), dialled(target, **page):
            pass

        assert "currentTime" in asked(charger, "Heartbeat")
