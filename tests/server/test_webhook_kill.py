"""`kill -9` of the server while its chargers charge: each event still arrives, under one id, and
those of a charger in their order."""

import asyncio
from collections import defaultdict
from pathlib import Path
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook

from tests.server.stubborn_charger import StubbornCharger
from voltyard.testing.http_receiver import ReceivedPost, Receiver
from voltyard.testing.processes import ServerProcess

CHARGERS = 10
KILLS = 2


async def events(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    """All that happened to transactions, in its order."""
    found: list[dict[str, Any]] = []
    while True:
        query = {"event": "transaction.*", "limit": 100, "offset": len(found)}
        part = (await client.get("/api/v1/events", params=query)).json()
        found += part["events"]
        if len(found) >= part["pagination"]["total"]:
            return found[::-1]


async def settled(client: httpx.AsyncClient, webhook_id: str) -> None:
    """Wait until nothing is on its way any more."""
    path = f"/api/v1/webhooks/{webhook_id}/deliveries"
    async with asyncio.timeout(120):
        while (await client.get(path, params={"status": "pending"})).json()["deliveries"]:  # noqa: ASYNC110
            await asyncio.sleep(0.1)


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_a_killed_server_loses_no_event_and_gives_none_two_ids(
    where: str | Path, tmp_path: Path
) -> None:
    asked = 0

    def answer(request: ReceivedPost) -> int:
        nonlocal asked
        asked += 1
        return 503 if asked in (20, 40, 60, 200) else 204  # some have to be tried again

    chargers = [StubbornCharger(number) for number in range(CHARGERS)]
    server = ServerProcess(tmp_path, database_url=where if isinstance(where, str) else None)
    headers = {"X-API-Key": server.key}
    with server:
        async with (
            Receiver(answer) as receiver,
            httpx.AsyncClient(base_url=server.url, headers=headers, timeout=120) as client,
        ):
            for charger in chargers:
                await client.post("/api/v1/chargers", json={"chargeBoxId": charger.box})
            body = {"url": receiver.url, "events": ["transaction.*"]}
            made = (await client.post("/api/v1/webhooks", json=body)).json()

            for _ in range(KILLS):
                charging = [asyncio.create_task(one.charge(server.charger_url)) for one in chargers]
                answered = sum(len(charger.stopped) for charger in chargers)
                async with asyncio.timeout(120):
                    while sum(len(charger.stopped) for charger in chargers) < answered + 50:
                        await asyncio.wait(charging, timeout=0.01)
                server.kill()
                await asyncio.gather(*charging)
                await asyncio.to_thread(server.start)

            await asyncio.gather(*(charger.charge(server.charger_url, 2) for charger in chargers))
            happened = await events(client)
            await settled(client, made["id"])

    for request in receiver.requests:
        Webhook(made["secret"]).verify(request.body, request.headers)
    stops = {
        (one["data"]["chargeBoxId"], one["data"]["transactionId"])
        for one in happened
        if one["event"] == "transaction.stopped"
    }
    assert stops >= {(charger.box, number) for charger in chargers for number in charger.stopped}
    told = [(one["event"], one["data"]["transactionId"]) for one in happened]
    assert len(set(told)) == len(told), "an event has two ids"
    first = dict.fromkeys(one.headers["webhook-id"] for one in receiver.requests)
    assert set(first) == {one["id"] for one in happened}
    assert by_charger([known(happened)[id] for id in first]) == by_charger(happened)


def known(happened: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {one["id"]: one for one in happened}


def by_charger(some: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Ids in their order, of each charger."""
    found: dict[str, list[str]] = defaultdict(list)
    for one in some:
        found[one["data"]["chargeBoxId"]].append(one["id"])
    return found
