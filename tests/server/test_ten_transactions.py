"""kill -9 of the server loses no transaction and doubles none, wherever it strikes."""

import asyncio
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from voltyard.catalogue.commands.commands import NetworkRestore, StartSession, StopSession
from voltyard.charger.description.events import ChargerEvent, TransactionEnded, TransactionStarted
from voltyard.charger.description.specification import ChargerSpec
from voltyard.charger.effects import Done
from voltyard.charger.state import ChargerState
from voltyard.kernel.seeds import stream
from voltyard.network.links.picows_links import PicowsDialler
from voltyard.runtimes.host.host import Host
from voltyard.testing.processes import ServerProcess

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

CHARGERS = 10
PATIENCE_S = 120.0


class Ledger:
    """What the chargers themselves know of their transactions: the truth to compare with."""

    def __init__(self) -> None:
        self.started: dict[str, TransactionStarted] = {}
        self.ended: dict[str, TransactionEnded] = {}

    def reported(self, key: str, event: ChargerEvent) -> None:
        if isinstance(event, TransactionStarted):
            self.started[event.transaction] = event
        elif isinstance(event, TransactionEnded):
            self.ended[event.transaction] = event

    def remembered(self, key: str) -> None:
        """The chargers outlive the server."""

    def broke(self, key: str, error: Exception) -> None:
        raise error


async def until(holds: Any, what: str) -> None:
    give_up_at = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < give_up_at, f"{what} did not come true"
        await asyncio.sleep(0.02)


def server_on(where: str | Path, data: Path) -> ServerProcess:
    """A server on a database of either kind; SQLite's is in its data directory."""
    return ServerProcess(data, database_url=where if isinstance(where, str) else None)


def identity(number: int) -> str:
    return f"KILL-{number:02d}"


def spec(number: int, server: ServerProcess) -> ChargerSpec:
    version = "1.6" if number % 2 else "2.0.1"
    quick = {
        "1.6": {"MeterValueSampleInterval": "1", "TransactionMessageRetryInterval": "1"},
        "2.0.1": {
            "SampledDataCtrlr.TxUpdatedInterval": "1",
            "OCPPCommCtrlr.MessageAttemptInterval[TransactionEvent]": "1",
        },
    }
    return ChargerSpec(
        identity=identity(number),
        version=version,  # type: ignore[arg-type]
        csms_url=server.charger_url,
        settings={
            **quick[version],
            "OCPPCommCtrlr.RetryBackOffWaitMinimum": "1",
            "OCPPCommCtrlr.RetryBackOffRandomRange": "1",
        },
    )


def states(host: Host) -> list[ChargerState]:
    return [host.charger(identity(number)).state(time.time()) for number in range(CHARGERS)]


def is_accepted(state: ChargerState) -> bool:
    return state.connected and state.boot_status == "Accepted"


def transactions(client: httpx.Client) -> list[dict[str, Any]]:
    answer = client.get("/api/v1/transactions", params={"limit": 100})
    found: list[dict[str, Any]] = answer.raise_for_status().json()["transactions"]
    return found


@pytest.mark.parametrize("moment", range(4))
async def test_ten_transactions_survive_a_kill_in_their_middle(
    tmp_path: Path, where: str | Path, moment: int
) -> None:
    # given ten chargers of both versions, told to charge
    server = server_on(where, tmp_path)
    ledger = Ledger()
    with server, server.client() as client:
        for number in range(CHARGERS):
            client.post("/api/v1/chargers", json={"chargeBoxId": identity(number)})
        host = Host(PicowsDialler(), time.time, ledger)
        for number in range(CHARGERS):
            host.add(identity(number), spec(number, server))
        await until(lambda: all(is_accepted(state) for state in states(host)), "all are accepted")
        starting = [
            host.ask(identity(number), StartSession(id_tag=f"TAG{number}"))
            for number in range(CHARGERS)
        ]

        # when the server is killed somewhere between the first start and the last
        await asyncio.sleep(stream(moment, "kill").uniform(0.0, 0.06) if moment else 1.5)
        server.kill()
        await asyncio.to_thread(server.start)
        for number in range(CHARGERS):
            host.ask(identity(number), NetworkRestore())
        await asyncio.gather(*starting, return_exceptions=True)
        await until(lambda: all(is_accepted(state) for state in states(host)), "all are back")
        for number in range(CHARGERS):  # a session that was cut off before it began is begun now
            if not states(host)[number].connectors[0].transaction:
                outcome = await host.ask(identity(number), StartSession(id_tag=f"TAG{number}"))
                assert isinstance(outcome, Done), outcome
        await asyncio.sleep(1.0)
        for number in range(CHARGERS):
            await host.ask(identity(number), StopSession())
        await until(
            lambda: all(state.queue_length == 0 for state in states(host)), "every queue is empty"
        )

        # then the backend has each transaction of each charger, once, with the charger's figures
        assert set(ledger.started) == set(ledger.ended)
        assert len(ledger.ended) >= CHARGERS
        known = transactions(client)
        assert all(row["status"] == "completed" for row in known), known
        assert sorted(
            (round(row["meterStart"]), round(row["meterStop"])) for row in known
        ) == sorted(
            (round(ended.meter_start_wh), round(ended.meter_stop_wh))
            for ended in ledger.ended.values()
        )
        numbers = [row["transactionId"] for row in known]
        assert len(numbers) == len(set(numbers))
        host.close()


async def test_the_yards_own_chargers_end_their_transactions_after_a_kill(
    tmp_path: Path, where: str | Path
) -> None:
    # given a charger of the yard in the middle of a transaction
    server = server_on(where, tmp_path)
    with server, server.client() as client:
        client.post("/api/v1/chargers", json={"chargeBoxId": "YARD-1"})
        body = {
            "identity": "YARD-1",
            "brand_slug": "wallbox",
            "model_slug": "wallbox-pulsar-plus",
            "connector_type": "Type2",
            "ws_url": server.charger_url,
        }
        client.post("/ocpp/chargers", json=body).raise_for_status()
        event = {"id_tag": "TAG1"}
        command = {"target": {"charger_id": "YARD-1"}, "event": event}
        client.post("/ocpp/commands/start-session", json=command).raise_for_status()
        await until(
            lambda: [row["status"] for row in transactions(client)] == ["in_progress"],
            "the transaction runs",
        )

        # when the server with both halves is killed and comes up again
        server.kill()
        await asyncio.to_thread(server.start)

        # then the charger has come back by itself and ended it
        await until(
            lambda: [row["status"] for row in transactions(client)] == ["completed"],
            "the transaction is ended",
        )
        [row] = transactions(client)
        assert row["stopReason"] == "PowerLoss"
        status = client.get("/ocpp/chargers/YARD-1/status").json()
        assert status["status"] == "READY"
        assert client.get("/ocpp/chargers").json()["total"] == 1
