"""A server and nodes in processes of their own, which are killed, paused and ended: chargers go on
elsewhere, and nothing that was answered is lost."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.server.nodes.cluster import BOOT, KEY, PATIENCE_S, SERVER, NodeCharger, dialled, until
from tests.server.nodes.frames import metering, starting, stopping
from tests.server.nodes.processes import Processes, processes_of
from voltyard.testing.http_receiver import Receiver
from voltyard.testing.processes import ServerProcess

pytestmark = [pytest.mark.service, pytest.mark.slow, pytest.mark.timeout(400)]

ACCEPTS = {"ClearCache": {"status": "Accepted"}}


@pytest.fixture
async def cluster(tmp_path: Path, postgres_url: str) -> AsyncIterator[Processes]:
    """A server, and the nodes `a` and `b`."""
    async with processes_of(tmp_path, postgres_url, "a", "b") as one:
        yield one


async def charging(cluster: Processes, place: str, boxes: list[str]) -> dict[str, Any]:
    """Chargers there with a transaction each; the ids of those."""
    ids = {}
    for box in boxes:
        charger = await cluster.dial(place, box, ACCEPTS)
        await charger.call("BootNotification", BOOT)
        begun = await charger.call("StartTransaction", starting(box))
        assert begun["idTagInfo"]["status"] == "Accepted"
        ids[box] = begun["transactionId"]
    return ids


async def test_a_node_has_room_for_as_many_chargers_as_its_machine_allows(
    cluster: Processes,
) -> None:
    soft, hard = await asyncio.to_thread(open_files, cluster.nodes["a"].process.pid)

    assert soft == hard


def open_files(pid: int) -> tuple[str, str]:
    """Soft and hard limit of a process."""
    limits_of = Path(f"/proc/{pid}/limits").read_text()
    line = next(line for line in limits_of.splitlines() if line.startswith("Max open files"))
    soft, hard = line.split()[3:5]
    return soft, hard


async def test_a_charger_of_a_killed_node_is_offline_before_its_lease_has_run_out(
    cluster: Processes,
) -> None:
    await cluster.register("CP-1")
    await cluster.dial("a", "CP-1")

    cluster.nodes["a"].process.kill()

    assert (await cluster.answered("b", "/chargers/CP-1"))["isOnline"] is False
    said = await asyncio.to_thread(cluster.server.said)
    assert "its process is gone" in said


async def test_chargers_of_a_killed_node_go_on_elsewhere(cluster: Processes) -> None:
    # given chargers of a node that charge
    boxes = [f"CP-{number}" for number in range(8)]
    await cluster.register(*boxes)
    ids = await charging(cluster, "a", boxes)

    # when it is killed, and all but two dial others
    cluster.nodes["a"].process.kill()
    places = {box: (SERVER, "b")[number % 2] for number, box in enumerate(boxes[2:])}
    chargers = dict(
        zip(
            places,
            await asyncio.gather(*(cluster.dial(at, box, ACCEPTS) for box, at in places.items())),
            strict=True,
        )
    )

    # then their transactions go on, and REST answers for them
    for box, charger in chargers.items():
        await charger.call("MeterValues", metering(ids[box], 10))
        for at in (SERVER, "b"):
            answer = await cluster.ask(at, "POST", f"/chargers/{box}/cache/clear")
            assert answer["status"] == "accepted"
    for box in boxes[:2]:
        assert (await cluster.answered("b", f"/chargers/{box}"))["isOnline"] is False
    for box in boxes[:2]:
        chargers[box] = await cluster.dial("b", box)
    for box, charger in chargers.items():
        await charger.call("StopTransaction", stopping(ids[box], 1_000))
    listed = (await cluster.ask("b", "GET", "/transactions"))["transactions"]
    assert {one["chargeBoxId"]: one["transactionId"] for one in listed} == ids
    assert {one["status"] for one in listed} == {"completed"}
    assert [one["anomalies"] for one in listed] == [[]] * len(boxes)

    # each event once, and the connections that it left open are ended
    await until(
        lambda: cluster.events("b", event="transaction.stopped"),
        lambda seen: len(seen) >= len(boxes),
    )
    for box in boxes:
        names = [
            one["event"]
            for one in await cluster.events("b", chargeBoxId=box)
            if one["event"].startswith("transaction.")
        ]
        assert names == ["transaction.started", "transaction.stopped"]
        connections = (await cluster.ask("b", "GET", f"/chargers/{box}/connections"))["connections"]
        assert sum(one["closedAt"] is None for one in connections) == 1

    # a new one of its name joins
    await cluster.start_node("a")
    await cluster.dial("a", boxes[0])
    assert (await cluster.ask("b", "GET", f"/chargers/{boxes[0]}"))["isOnline"]


async def test_a_node_that_was_paused_can_spoil_nothing_and_ends(cluster: Processes) -> None:
    # given a charger at a node that is paused
    await cluster.register("CP-1", "CP-2")
    ids = await charging(cluster, "a", ["CP-1", "CP-2"])
    node = cluster.nodes["a"]
    node.process.send_signal(signal.SIGSTOP)

    # when its chargers are others' by now: one has dialled, one is taken once the lease is over
    charger = await cluster.dial("b", "CP-1", ACCEPTS)
    await charger.call("StopTransaction", stopping(ids["CP-1"], 500))

    async def owned() -> Any:
        return await cluster.query("SELECT count(*) FROM charger_owners WHERE node = 'a'")

    await until(owned, lambda seen: seen == [(0,)])
    node.process.send_signal(signal.SIGCONT)

    # then it says so and ends, and what the others have written stays
    assert await asyncio.to_thread(node.ended) == 2
    assert "the server has given the chargers of the node a to others" in node.said()
    assert "Traceback" not in node.said()
    [one] = (await cluster.ask("b", "GET", "/transactions", status="completed"))["transactions"]
    assert (one["chargeBoxId"], one["meterStop"]) == ("CP-1", 500)
    assert (await cluster.ask(SERVER, "GET", "/chargers/CP-1"))["isOnline"]
    answer = await cluster.ask("b", "POST", "/chargers/CP-1/cache/clear")
    assert answer["status"] == "accepted"
    assert (await cluster.answered("b", "/chargers/CP-2"))["isOnline"] is False
    charger = await cluster.dial(SERVER, "CP-2")
    await charger.call("StopTransaction", stopping(ids["CP-2"], 600))


async def test_nodes_outlive_a_killed_server(cluster: Processes) -> None:
    # given a charger at a node, and a webhook
    await cluster.register("CP-1", "CP-2")
    charger = await cluster.dial("a", "CP-1", ACCEPTS)
    await charger.call("BootNotification", BOOT)
    async with Receiver() as receiver:
        hook = {"url": receiver.url, "events": ["transaction.*"]}
        await cluster.ask("a", "POST", "/webhooks", hook)

        first = (await charger.call("StartTransaction", starting("T")))["transactionId"]

        async def heard() -> bool:
            await charger.call("MeterValues", metering(first, 1))
            return any(one.json()["event"] == "transaction.updated" for one in receiver.requests)

        await until(heard)  # the node has been told of the webhook
        await charger.call("StopTransaction", stopping(first, 1))

        # when the server is killed while the charger charges
        ids = []
        for step in range(30):
            if step == 10:
                cluster.server.kill()
            begun = await charger.call("StartTransaction", starting("T", step + 1))
            ids.append(begun["transactionId"])
            await charger.call("MeterValues", metering(ids[-1], step + 1))
            await charger.call("StopTransaction", stopping(ids[-1], step + 2))
        refused = await cluster.tell("b", "GET", "/chargers/CP-1")
        assert refused.status_code == 503, refused.text

        # then a new one takes up, and each event comes out once
        await cluster.start_server()
        shown = await cluster.answered("b", "/chargers/CP-1")
        assert shown["isOnline"] is True
        answer = await cluster.ask("b", "POST", "/chargers/CP-1/cache/clear")
        assert answer["status"] == "accepted"

        def told() -> list[tuple[str, int]]:
            bodies = {one.json()["id"]: one.json() for one in receiver.requests}
            pairs = [(one["event"], one["data"]["transactionId"]) for one in bodies.values()]
            return [pair for pair in pairs if pair[1] != first]

        names = ("transaction.started", "transaction.updated", "transaction.stopped")
        expected = [(name, id) for id in ids for name in names]
        await receiver.until(lambda: len(told()) >= len(expected))
        assert sorted(told()) == sorted(expected)
    events = [
        (one["event"], one["data"]["transactionId"])
        for one in await cluster.events("b", chargeBoxId="CP-1", event="transaction.*")
        if one["data"]["transactionId"] != first
    ]
    assert events == expected
    assert not charger.is_closed
    assert await cluster.query("SELECT count(*) FROM staged_events") == [(0,)]


async def test_a_killed_bus_costs_nothing_that_was_answered(cluster: Processes) -> None:
    boxes = ["CP-1", "CP-2", "CP-3"]
    await cluster.register(*boxes)
    chargers = [
        await cluster.dial(place, box, ACCEPTS)
        for place, box in zip((SERVER, "a", "b"), boxes, strict=True)
    ]
    for charger in chargers:
        await charger.call("BootNotification", BOOT)
    statuses: list[tuple[int, str]] = []

    async def ask_again_and_again() -> None:
        while True:
            for at in (SERVER, "a", "b"):
                for box in boxes:
                    answer = await cluster.tell(at, "POST", f"/chargers/{box}/cache/clear")
                    statuses.append((answer.status_code, answer.text))

    asking = asyncio.create_task(ask_again_and_again())
    ids = []
    for step in range(3):
        os.kill(cluster.bus.pid, signal.SIGKILL)
        for round in range(10):
            for charger in chargers:
                number = step * 10 + round
                begun = await charger.call("StartTransaction", starting("T", number))
                ids.append(begun["transactionId"])
                await charger.call("StopTransaction", stopping(ids[-1], number))
        for box in boxes:
            assert (await cluster.answered("b", f"/chargers/{box}"))["isOnline"]
    asking.cancel()

    assert {status for status, _ in statuses} <= {200, 503, 504}, statuses
    assert all("error" in text for status, text in statuses if status != 200)
    assert not any(charger.is_closed for charger in chargers)
    assert len(set(ids)) == 90
    await until(
        lambda: cluster.events("b", event="transaction.stopped"), lambda seen: len(seen) >= 90
    )
    told = [
        one["data"]["transactionId"]
        for one in await cluster.events("a", event="transaction.stopped")
    ]
    assert sorted(told) == sorted(ids)


async def test_a_node_that_is_told_to_end_sends_its_chargers_elsewhere(cluster: Processes) -> None:
    # given chargers of a node that are asked again and again, and dial the next place when cut off
    boxes = [f"CP-{number}" for number in range(10)]
    await cluster.register(*boxes)
    ids = await charging(cluster, "a", boxes)
    place = ["a"]
    answers: list[httpx.Response] = []

    async def live(box: str) -> None:
        while True:
            charger = await cluster.dial(place[0], box, ACCEPTS)
            await charger.closed_by_the_other_end()

    async def ask(box: str) -> None:
        while True:
            answers.append(await cluster.tell("b", "POST", f"/chargers/{box}/cache/clear"))

    tasks = [asyncio.create_task(live(box)) for box in boxes]
    for box in boxes:
        await cluster.online(box)
    asking = [asyncio.create_task(ask(box)) for box in boxes]
    await asyncio.sleep(1)

    # when it is told to end
    place[0] = "b"
    cluster.nodes["a"].process.terminate()
    assert await asyncio.to_thread(cluster.nodes["a"].ended) == 0

    # then all are elsewhere, and each refusal has its reason
    for box in boxes:
        await cluster.online(box)
    for task in (*tasks, *asking):
        task.cancel()
    await asyncio.gather(*tasks, *asking, return_exceptions=True)
    failed = [(one.status_code, one.text) for one in answers if one.status_code != 200]
    assert {status for status, _ in failed} <= {503, 504, 409}, failed
    assert all('"message":"' in text for _, text in failed), failed
    assert any(one.status_code == 200 for one in answers)
    listed = (await cluster.ask("b", "GET", "/transactions"))["transactions"]
    assert {one["chargeBoxId"]: one["transactionId"] for one in listed} == ids
    assert {one["status"] for one in listed} == {"in_progress"}
    assert "Traceback" not in cluster.nodes["a"].said()


def children(pid: int) -> dict[int, str]:
    """The processes that one has started, and their commands."""
    listed = subprocess.run(
        ("ps", "-o", "pid=,args=", "--ppid", str(pid)), capture_output=True, text=True, check=False
    ).stdout
    pairs = (line.split(None, 1) for line in listed.splitlines())
    return {int(number): command for number, command in pairs}


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_own_nodes_share_the_port_and_end_with_their_server(
    tmp_path: Path, postgres_url: str
) -> None:
    # given a server with nodes of its own
    server = ServerProcess(tmp_path, KEY, "--nodes", "2", database_url=postgres_url)
    for kill in (True, False):
        await asyncio.to_thread(server.start)
        try:
            nodes: dict[int, str] = {}

            async def joined(nodes: dict[int, str] = nodes) -> bool:
                nodes |= {
                    pid: command
                    for pid, command in children(server.pid).items()
                    if " node " in command
                }
                return server.said().count("node_joined") >= 2

            await until(joined)
            assert len(nodes) == 2
            chargers = await many_at(server)

            # when it ends, then they end too
            if kill:
                server.kill()
            else:
                assert await asyncio.to_thread(server.stop) == 0

            async def are_gone(nodes: dict[int, str] = nodes) -> bool:
                return not any(map(is_alive, nodes))

            await until(are_gone)
            for charger in chargers:
                await charger.closed_by_the_other_end()
        finally:
            server.__exit__()


async def many_at(server: ServerProcess) -> list[NodeCharger]:
    """Chargers that have dialled the one port, and are asked."""
    chargers = []
    headers = {"Authorization": f"Bearer {KEY}"}
    async with httpx.AsyncClient(
        base_url=server.url, headers=headers, timeout=PATIENCE_S
    ) as client:
        for number in range(20):
            await client.post("/api/v1/chargers", json={"chargeBoxId": f"CP-{number}"})
            chargers.append(await dialled(server.charger_url, f"CP-{number}", ACCEPTS))
            await chargers[-1].call("BootNotification", BOOT)
            path = f"/api/v1/chargers/CP-{number}/cache/clear"
            answer = await client.post(path)
            assert answer.status_code == 200, answer.text
        online = (await client.get("/api/v1/chargers?status=online")).json()
        assert online["pagination"]["total"] == 20
    return chargers


# --- errors of the command ------------------------------------------------------------------------


def run_node(*arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    """`voltyard node`, which cannot start."""
    told = {f"VOLTYARD_{name.upper()}": value for name, value in settings.items()}
    return subprocess.run(
        [sys.executable, "-m", "voltyard", "node", "--port", "0", "--ocpp-port", "0", *arguments],
        env={**os.environ, **told},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


async def test_a_node_that_cannot_start_says_why(cluster: Processes) -> None:
    shared = {
        name.removeprefix("VOLTYARD_").lower(): value for name, value in cluster.shared.items()
    }

    def failed(words: str, *arguments: str, **settings: str) -> None:
        ended = run_node(*arguments, **{**shared, **settings})
        assert ended.returncode == 2, ended.stderr
        assert words in ended.stderr, ended.stderr
        assert "Traceback" not in ended.stderr

    await asyncio.to_thread(failed, "another node of the name a uses the database", "--name", "a")
    await asyncio.to_thread(failed, "is no name for a node", "--name", "a.b")
    away = "postgresql://yard:hunter2@127.0.0.1:1/yard"
    await asyncio.to_thread(failed, "cannot open the PostgreSQL database yard", database_url=away)
    await asyncio.to_thread(failed, "is not reached", bus_url="nats://127.0.0.1:1")
    began_at = time.monotonic()
    await asyncio.to_thread(failed, "no server is heard on the bus", bus_name="nobody")
    assert time.monotonic() - began_at < 120
    await asyncio.to_thread(failed, "database", database_url="sqlite:///yard.db")
