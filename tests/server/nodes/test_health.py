"""Health of nodes: not ready while the server, the bus or the database is gone, and ready again,
with all chargers, once it is back."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests import postgres
from tests.server.nodes.cluster import SERVER, Cluster, cluster_of, until
from tests.server.nodes.frames import metering, starting, stopping
from voltyard.kernel.errors import Unavailable
from voltyard.nodes import membership
from voltyard.server.node import Node
from voltyard.testing.http_receiver import Receiver

pytestmark = [pytest.mark.service, pytest.mark.timeout(240)]


async def ready(cluster: Cluster, place: str, *problems: str) -> None:
    """Wait until a place is ready, or has these problems and no others."""

    async def found() -> Any:
        answer = await cluster.client(place).get("/health/ready")
        codes = {one["code"] for one in answer.json()["problems"]}
        return answer.status_code, codes

    expected = (503 if problems else 200, set(problems))
    await until(found, lambda seen: seen == expected)


async def test_nodes_are_ready_and_alive(cluster: Cluster) -> None:
    for place in cluster.places:
        await ready(cluster, place)
        assert (await cluster.client(place).get("/health/live")).status_code == 200
        metrics = await cluster.client(place).get("/metrics")
        assert metrics.status_code == 200
        assert "voltyard_" in metrics.text
        nameless = await cluster.client(place).get("/metrics", headers={"Authorization": ""})
        assert nameless.status_code == 401


async def test_nodes_go_on_without_their_server_and_join_the_next(cluster: Cluster) -> None:
    # given a charger at a node, and a webhook
    await cluster.register("CP-1", "CP-2", "CP-3")
    charger = await cluster.boot("a", "CP-1")
    async with Receiver() as receiver:
        hook = {"url": receiver.url, "events": ["transaction.started", "transaction.stopped"]}
        await cluster.ask("a", "POST", "/webhooks", hook)
        await asyncio.sleep(1)  # what is changed holds at each node within a second

        # when the server ends
        await cluster.stop(SERVER)

        # then the node is not ready, and REST is not answered, but the charger is
        await ready(cluster, "a", "server_silent")
        assert (await cluster.tell("a", "GET", "/chargers/CP-1")).status_code == 503
        assert (await cluster.client("a").get("/health/live")).status_code == 200
        begun = await charger.call("StartTransaction", starting("T"))
        assert begun["idTagInfo"]["status"] == "Accepted"
        await charger.call("MeterValues", metering(begun["transactionId"], 10))
        with pytest.raises(Exception, match="503"):  # nobody knows who has it
            await cluster.dial("b", "CP-2")

        # and a new server takes up: all of it is there, and told once
        await cluster.start_server()
        await ready(cluster, "a")
        await ready(cluster, "b")
        for at in cluster.places:
            assert (await cluster.ask(at, "GET", "/chargers/CP-1"))["isOnline"]
        await charger.call("StopTransaction", stopping(begun["transactionId"], 20))
        await receiver.until(lambda: len(receiver.requests) >= 2)
        names = [request.json()["event"] for request in receiver.requests]
        assert names == ["transaction.started", "transaction.stopped"]
    names = await cluster.names_of_events("CP-1")
    assert names.count("transaction.started") == names.count("charger.connected") == 1

    # and chargers move, both ways
    await cluster.boot("b", "CP-1")
    charger = await cluster.boot(SERVER, "CP-1")
    await cluster.boot("a", "CP-2")
    assert (await cluster.ask("b", "GET", "/chargers?status=online"))["pagination"]["total"] == 2
    assert (await charger.call("Heartbeat", {}))["currentTime"]


async def test_a_node_without_its_bus_goes_on_once_it_is_back(cluster: Cluster) -> None:
    await cluster.register("CP-1", "CP-2")
    charger = await cluster.boot("a", "CP-1", {"ClearCache": {"status": "Accepted"}})

    # when the bus is gone
    await cluster.bus.close()

    # then each says so; what needs no other process goes on
    await ready(cluster, "a", "bus_gone", "server_silent")
    await ready(cluster, SERVER, "bus_gone")
    assert (await cluster.tell("a", "GET", "/chargers")).status_code == 503
    begun = await charger.call("StartTransaction", starting("T"))
    assert (await cluster.tell(SERVER, "POST", "/chargers/CP-1/cache/clear")).status_code == 503
    assert (await cluster.tell(SERVER, "GET", "/chargers/CP-2")).status_code == 200

    # and all is well once it is back
    await cluster.bus.start()
    for place in cluster.places:
        await ready(cluster, place)
    for place in cluster.places:
        assert (await cluster.ask(place, "GET", "/chargers/CP-1"))["isOnline"]
        answer = await cluster.ask(place, "POST", "/chargers/CP-1/cache/clear")
        assert answer["status"] == "accepted"
    names = await until(
        lambda: cluster.names_of_events("CP-1"), lambda seen: "transaction.started" in seen
    )
    assert names.count("transaction.started") == 1
    charger = await cluster.boot("b", "CP-1")
    await charger.call("StopTransaction", stopping(begun["transactionId"], 20))
    [one] = (await cluster.ask("a", "GET", "/transactions"))["transactions"]
    assert one["status"] == "completed"


async def test_settings_that_were_changed_without_the_bus_hold_once_it_is_back(
    cluster: Cluster,
) -> None:
    await cluster.register("CP-1")
    charger = await cluster.boot("a", "CP-1")
    await cluster.bus.close()
    await ready(cluster, SERVER, "bus_gone")

    await cluster.ask(SERVER, "PATCH", "/settings", {"unknownIdTags": "reject"})
    await cluster.bus.start()

    async def status() -> Any:
        return (await charger.call("Authorize", {"idTag": "T"}))["idTagInfo"]["status"]

    assert await until(status, lambda seen: seen == "Invalid") == "Invalid"


async def test_nodes_without_the_database_go_on_once_it_is_back(cluster: Cluster) -> None:
    await cluster.register("CP-1", "CP-2")
    charger = await cluster.boot("a", "CP-1")

    # when the database is away
    with postgres.out_of_reach(cluster.database_url):
        starting_up = asyncio.create_task(charger.call("StartTransaction", starting("T")))
        await ready(cluster, "a", "database_fails")
        await ready(cluster, SERVER, "database_fails")
        assert not charger.is_closed

    # then the charger's call is answered once it is back, or can be said again
    try:
        begun = await starting_up
    except AssertionError:
        begun = await charger.call("StartTransaction", starting("T"))
    for place in cluster.places:
        await ready(cluster, place)
        assert (await cluster.ask(place, "GET", "/chargers/CP-1"))["isOnline"]
    charger = await cluster.boot("b", "CP-1")
    await charger.call("StopTransaction", stopping(begun["transactionId"], 20))
    [one] = (await cluster.ask("a", "GET", "/transactions"))["transactions"]
    assert (one["status"], one["anomalies"]) == ("completed", [])


async def test_connections_to_the_database_that_are_cut_again_and_again_cost_nothing(
    cluster: Cluster,
) -> None:
    await cluster.register("CP-1", "CP-2", "CP-3")
    chargers = [await cluster.boot(place, box) for place, box in WHERE]

    # when they are cut while chargers charge
    async def charge(charger: Any, tag: str) -> list[int]:
        ids = []
        for step in range(20):
            begun = await stubborn(charger, "StartTransaction", starting(tag, step))
            ids.append(begun["transactionId"])
            await stubborn(charger, "StopTransaction", stopping(ids[-1], step))
        return ids

    async def cut() -> None:
        while True:
            await asyncio.sleep(0.5)
            await asyncio.to_thread(postgres.cut_connections, cluster.database_url)

    cutting = asyncio.create_task(cut())
    ids = await asyncio.gather(*(charge(one, f"T{n}") for n, one in enumerate(chargers)))
    cutting.cancel()

    # then all that was answered is there, once
    flat = [id for each in ids for id in each]
    assert len(set(flat)) == 60
    for place in cluster.places:
        await ready(cluster, place)
    listed = await cluster.ask("a", "GET", "/transactions", limit=100)
    assert {one["transactionId"] for one in listed["transactions"]} == set(flat)
    assert all(one["status"] == "completed" for one in listed["transactions"])

    async def stopped() -> int:
        return len(await cluster.events(event="transaction.stopped"))

    assert await until(stopped, lambda seen: seen >= 60) == 60


WHERE = ((SERVER, "CP-1"), ("a", "CP-2"), ("b", "CP-3"))


async def stubborn(charger: Any, action: str, payload: Any) -> Any:
    """The answer to a CALL that is said again until it has one."""
    while True:
        try:
            return await charger.call(action, payload)
        except AssertionError:
            assert not charger.is_closed
            await asyncio.sleep(0.05)


# --- joining --------------------------------------------------------------------------------------


async def refusal(node: Node) -> str:
    """What it says as it fails to start."""
    with pytest.raises(Unavailable) as failed:
        async with asyncio.timeout(120):
            await node.__aenter__()
    return str(failed.value)


async def test_a_node_of_another_version_is_refused(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(membership, "PROTOCOL", 2)

    assert "the node is of version" in await refusal(Node(cluster.config("c"), "c"))

    monkeypatch.undo()
    await cluster.start_node("c")


async def test_two_nodes_of_one_name_are_not_to_be(cluster: Cluster) -> None:
    await cluster.register("CP-1")
    charger = await cluster.boot("a", "CP-1")

    assert "another node of the name a" in await refusal(Node(cluster.config("other"), "a"))

    assert (await charger.call("Heartbeat", {}))["currentTime"]
    assert (await cluster.ask("b", "GET", "/chargers/CP-1"))["isOnline"]


async def test_a_node_without_server_says_so(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voltyard.kernel.limits.NODE_JOINS_S", 2.0)
    elsewhere = cluster.config("c", bus_name="nobody")
    assert "no server is heard on the bus" in await refusal(Node(elsewhere, "c"))
    no_bus = cluster.config("c", bus_url="nats://127.0.0.1:1")
    assert "is not reached" in await refusal(Node(no_bus, "c"))
    no_database = cluster.config("c", database_url="postgresql://postgres@127.0.0.1:1/yard")
    assert "cannot open the PostgreSQL database yard" in await refusal(Node(no_database, "c"))
    await cluster.start_node("c")


async def test_a_node_that_leaves_gives_its_chargers_to_the_server(cluster: Cluster) -> None:
    await cluster.register("CP-1")
    charger = await cluster.boot("a", "CP-1")
    begun = await charger.call("StartTransaction", starting("T"))

    await cluster.stop("a")

    await charger.closed_by_the_other_end()
    shown = await cluster.ask("b", "GET", "/chargers/CP-1")
    assert shown["isOnline"] is False
    assert await cluster.query("SELECT count(*) FROM charger_owners") == [(0,)]
    assert await cluster.query("SELECT count(*) FROM leases WHERE name LIKE 'node:%'") == [(1,)]
    charger = await cluster.boot(SERVER, "CP-1")
    await charger.call("StopTransaction", stopping(begun["transactionId"], 20))
    names = [one for one in await cluster.names_of_events("CP-1") if "command" not in one]
    assert names == [
        "charger.connected",
        "charger.boot",
        "transaction.started",
        "charger.disconnected",
        "charger.connected",
        "charger.boot",
        "transaction.stopped",
    ]


async def test_a_node_serves_one_server_after_the_other(
    tmp_path: Path, postgres_url: str, logged: list[Any]
) -> None:
    async with cluster_of(tmp_path, postgres_url, "a") as cluster:
        for _ in range(2):
            await cluster.stop(SERVER)
            await cluster.start_server()
            await ready(cluster, "a")
            while (await cluster.tell("a", "GET", "/chargers")).status_code == 503:
                pass  # each is a round trip; the node hears of the new server at its first beat
            assert (await cluster.tell("a", "GET", "/chargers")).status_code == 200
