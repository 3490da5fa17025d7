"""The data that former versions left in the middle of things are opened, and things go on.

The files in tests/server/former were made by `tools/former_data.py` of their day, and stay as they
are.
"""

import gzip
import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from voltyard.testing.processes import ServerProcess

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

FORMER = sorted((Path(__file__).parent / "former").glob("*.sqlite.gz"))
assert FORMER, "the files that former versions left are not here"
PATIENCE_S = 120.0


def until(holds: Callable[[], bool], what: str) -> None:
    give_up_at = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < give_up_at, f"{what} did not come true"
        time.sleep(0.05)


def unpacked(fixture: Path, data: Path, charger_url: str) -> None:
    """Lay the file out as a data directory; its chargers dial `charger_url`."""
    target = data / "voltyard.db"
    target.write_bytes(gzip.decompress(fixture.read_bytes()))
    with sqlite3.connect(target) as database:
        database.execute("UPDATE lab_deployments SET ws_url = ?", (charger_url,))
    database.close()


@pytest.fixture(params=FORMER, ids=lambda path: path.name.partition(".")[0])
def served(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[tuple[ServerProcess, httpx.Client]]:
    server = ServerProcess(tmp_path)
    unpacked(request.param, tmp_path, server.charger_url)
    with server, server.client() as client:
        yield server, client


def got(client: httpx.Client, path: str) -> Any:
    return client.get(path).raise_for_status().json()


def transactions(client: httpx.Client) -> dict[str, dict[str, Any]]:
    rows = got(client, "/api/v1/transactions")["transactions"]
    return {row["chargeBoxId"]: row for row in rows}


def until_online(client: httpx.Client, identity: str) -> None:
    until(lambda: bool(got(client, f"/api/v1/chargers/{identity}")["isOnline"]), "a link")


def is_completed(client: httpx.Client, identity: str) -> bool:
    return bool(transactions(client)[identity]["status"] == "completed")


def test_a_transaction_that_a_charger_went_on_with_is_gone_on_with(
    served: tuple[ServerProcess, httpx.Client],
) -> None:
    server, client = served
    before = transactions(client)["REAL-1"]
    assert before["status"] == "in_progress"
    number = before["transactionId"]
    samples = [{"value": "350", "measurand": "Energy.Active.Import.Register", "unit": "Wh"}]
    values = [{"timestamp": "2026-11-22T20:00:00Z", "sampledValue": samples}]
    with connect(f"{server.charger_url}/REAL-1", subprotocols=[Subprotocol("ocpp1.6")]) as link:
        said = {"connectorId": 1, "transactionId": number, "meterValue": values}
        assert call(link, "MeterValues", said) == {}
        said = {"transactionId": number, "meterStop": 600, "timestamp": "2026-11-22T21:00:00Z"}
        call(link, "StopTransaction", said)

    after = transactions(client)["REAL-1"]
    assert (after["id"], after["status"]) == (before["id"], "completed")
    assert after["energyDelivered"] == 0.5
    kept = got(client, f"/api/v1/transactions/{after['id']}/meter-values")["meterValues"]
    assert [value["value"] for value in kept] == [350]


def call(link: ClientConnection, action: str, payload: dict[str, Any]) -> Any:
    link.send(json.dumps([2, action, action, payload]))
    kind, _, answer = json.loads(link.recv(timeout=PATIENCE_S))
    assert kind == 3
    return answer


def test_simulated_chargers_take_up_their_transactions_as_after_a_power_cut(
    served: tuple[ServerProcess, httpx.Client],
) -> None:
    _, client = served
    before = transactions(client)
    for identity in ("F16-1", "F201-1"):
        until_online(client, identity)
        until(partial(is_completed, client, identity), "the end of what the power cut ended")
        after = transactions(client)[identity]
        assert after["id"] == before[identity]["id"]
        assert after["stopReason"] == "PowerLoss"
        assert after["energyDelivered"] == before[identity]["energyDelivered"] > 0
        (connector,) = got(client, f"/ocpp/chargers/{identity}/state")["connectors"]
        assert connector["limit_source"] == "TxDefaultProfile"
        assert connector["vehicle"] == "long-range"


def test_the_memories_of_simulated_chargers_are_taken_up(
    served: tuple[ServerProcess, httpx.Client],
) -> None:
    _, client = served
    for identity in ("F16-2", "F201-2"):
        until_online(client, identity)
        state = got(client, f"/ocpp/chargers/{identity}/state")
        assert [one["id_tag"] for one in state["reservations"]] == ["04A1B2C3"]
        kept = got(client, f"/api/v1/chargers/{identity}/local-list/version")
        assert kept["listVersion"] == 1
