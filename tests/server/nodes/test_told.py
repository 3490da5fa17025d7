"""What nodes' chargers do is told at the server: webhooks, files, refusals, live events."""

import asyncio
import random
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.server.eventlines import listening
from tests.server.nodes.cluster import KEY, PATIENCE_S, SERVER, Cluster, cluster_of, until
from tests.server.nodes.frames import metering, starting, stopping
from voltyard.kernel import limits
from voltyard.testing.http_receiver import ReceivedPost, Receiver

pytestmark = [pytest.mark.service, pytest.mark.timeout(180)]


async def hooked(cluster: Cluster, receiver: Receiver, *events: str) -> None:
    """Have these events posted there."""
    await cluster.ask("a", "POST", "/webhooks", {"url": receiver.url, "events": list(events)})


def told(receiver: Receiver, box: str) -> list[Any]:
    """What was posted about a charger, in the order it came, each event once."""
    found: dict[str, Any] = {}
    for request in receiver.requests:
        body = request.json()
        if body["data"].get("chargeBoxId") == box:
            found.setdefault(body["id"], body)
    return list(found.values())


async def test_webhooks_get_each_event_of_a_node_once_and_in_order(cluster: Cluster) -> None:
    # given chargers that charge, each time elsewhere
    await cluster.register(*(f"CP-{number}" for number in range(6)))
    async with Receiver() as receiver:
        await hooked(cluster, receiver, "charger.connected", "transaction.*")

        async def charge(number: int) -> None:
            for step in range(4):
                box, place = f"CP-{number}", cluster.places[(number + step) % 3]
                charger = await cluster.boot(place, box)
                begun = await charger.call("StartTransaction", starting(box, step))
                await charger.call("MeterValues", metering(begun["transactionId"], step + 1))
                await charger.call("StopTransaction", stopping(begun["transactionId"], step + 2))

        await asyncio.gather(*map(charge, range(6)))

        # then each event came, once, and those of a charger as it went
        await receiver.until(lambda: len(receiver.requests) >= 6 * 4 * 4)
        ids = [request.json()["id"] for request in receiver.requests]
        assert len(ids) == len(set(ids)) == 6 * 4 * 4
        for number in range(6):
            names = [one["event"] for one in told(receiver, f"CP-{number}")]
            assert (
                names
                == [
                    "charger.connected",
                    "transaction.started",
                    "transaction.updated",
                    "transaction.stopped",
                ]
                * 4
            )


async def test_a_webhook_that_fails_now_and_then_misses_nothing(cluster: Cluster) -> None:
    draws = random.Random(1)

    def unsteady(request: ReceivedPost) -> int:
        return 204 if draws.random() < 0.7 else 500

    await cluster.register("CP-1")
    async with Receiver(unsteady) as receiver:
        await hooked(cluster, receiver, "transaction.*")
        charger = await cluster.boot("a", "CP-1")
        for step in range(3):
            begun = await charger.call("StartTransaction", starting("T", step))
            await charger.call("StopTransaction", stopping(begun["transactionId"], step))
        [hook] = (await cluster.ask("b", "GET", "/webhooks"))["webhooks"]

        async def delivered() -> list[Any]:
            path = f"/webhooks/{hook['id']}/deliveries"
            found: list[Any] = (await cluster.ask("b", "GET", path))["deliveries"]
            return found

        await until(
            delivered,
            lambda seen: [one["status"] for one in seen] == ["delivered"] * 6,
        )


async def test_live_events_are_kept_where_a_webhook_wants_them(cluster: Cluster) -> None:
    # given a webhook that was made while a node's charger charges
    await cluster.register("CP-1")
    charger = await cluster.boot("b", "CP-1")
    begun = await charger.call("StartTransaction", starting("T"))
    async with Receiver() as receiver:
        await hooked(cluster, receiver, "transaction.updated")

        async def metered() -> bool:
            await charger.call("MeterValues", metering(begun["transactionId"], 1))
            return bool(receiver.requests)

        await until(metered)

        # then each comes, and followers hear it with its number
        path = "/api/v1/events/stream"
        async with listening(cluster.api_url("a"), KEY, path=path, chargeBoxId="CP-1") as hearing:
            await charger.call("MeterValues", metering(begun["transactionId"], 777))
            seen = await hearing.event()
            while seen.data["data"]["energyDelivered"] != pytest.approx(0.777):
                seen = await hearing.event()
        assert seen.type == "transaction.updated" and seen.id
        await receiver.until(lambda: any(b"0.777" in one.body for one in receiver.requests))

    # and once no webhook wants them, none is kept any more
    [hook] = (await cluster.ask("b", "GET", "/webhooks"))["webhooks"]
    await cluster.ask("a", "DELETE", f"/webhooks/{hook['id']}")

    async def grows() -> bool:
        before = len(await cluster.events(event="transaction.updated"))
        await charger.call("MeterValues", metering(begun["transactionId"], 1000))
        await charger.call("MeterValues", metering(begun["transactionId"], 1001))
        await asyncio.sleep(1)
        return len(await cluster.events(event="transaction.updated")) > before

    await until(grows, lambda seen: not seen)


async def test_messages_of_a_nodes_charger_are_found_at_once(cluster: Cluster) -> None:
    await cluster.register("CP-1")
    charger = await cluster.boot("a", "CP-1")
    await charger.call("DataTransfer", {"vendorId": "v", "data": "said-at-a"})
    charger = await cluster.boot("b", "CP-1")
    await charger.call("DataTransfer", {"vendorId": "v", "data": "said-at-b"})

    async def said() -> str:
        answer = await cluster.tell(SERVER, "GET", "/chargers/CP-1/messages/export")
        return answer.text

    text = await until(said, lambda seen: "said-at-a" in seen and "said-at-b" in seen)
    assert text.index("said-at-a") < text.index("said-at-b")
    assert text.count("said-at-a") == 1


async def test_an_upload_ends_the_command_of_a_nodes_charger(
    tmp_path: Path, postgres_url: str, logged: list[Any]
) -> None:
    async with cluster_of(tmp_path, postgres_url, "a", "b", files=True) as cluster:
        # given chargers that are told where to upload to
        for number, place in enumerate(cluster.places):
            box = f"CP-{number}"
            await cluster.register(box)
            charger = await cluster.boot(place, box, {"GetDiagnostics": {"fileName": "d.zip"}})
            await cluster.ask("b", "POST", f"/chargers/{box}/diagnostics", {})
            location = (await charger.until_asked("GetDiagnostics"))["location"]

            # when one does so, at whatever process
            path = urlsplit(location).path + "d.zip"
            assert location.startswith(cluster.api_url(SERVER))
            url = cluster.api_url(cluster.places[number - 1]) + path
            async with httpx.AsyncClient(timeout=PATIENCE_S) as plain:
                sent = await plain.put(url, content=b"all is well" * 50_000)
            assert sent.status_code == 201, sent.text
            await charger.call("DiagnosticsStatusNotification", {"status": "Uploaded"})

            # then the command has its file, and is over
            async def last(box: str = box) -> Any:
                commands = (await cluster.ask("a", "GET", f"/chargers/{box}/commands"))["commands"]
                return commands[0]

            seen = await until(last, lambda one: one["fileId"] and not one["isAwaited"])
            assert (seen["outcome"], seen["succeeded"]) == ("Uploaded", True)
            file = f"/api/v1/files/{seen['fileId']}/content"
            assert (await cluster.client("b").get(file)).content == b"all is well" * 50_000


async def test_an_upload_alone_ends_the_command_of_a_nodes_charger_in_time(
    tmp_path: Path, postgres_url: str, logged: list[Any]
) -> None:
    async with cluster_of(tmp_path, postgres_url, "a", files=True) as cluster:
        # given a charger that uploads, and says nothing of it
        await cluster.register("CP-1")
        charger = await cluster.boot("a", "CP-1", {"GetDiagnostics": {"fileName": "d.zip"}})
        await cluster.ask(SERVER, "POST", "/chargers/CP-1/diagnostics", {})
        location = (await charger.until_asked("GetDiagnostics"))["location"]
        async with httpx.AsyncClient(timeout=PATIENCE_S) as plain:
            await plain.put(location + "d.zip", content=b"all is well")
        await asyncio.sleep(1)  # the node is told of it, and asks nobody

        # then its node knows that it did, once it has waited long enough
        cluster.ahead_s = limits.LOG_OUTCOME_S + 1

        async def last() -> Any:
            return (await cluster.ask("a", "GET", "/chargers/CP-1/commands"))["commands"][0]

        seen = await until(last, lambda one: not one["isAwaited"])
        assert (seen["outcome"], seen["succeeded"]) == ("Uploaded", True)
