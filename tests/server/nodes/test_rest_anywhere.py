"""REST at the server and at each node: it is answered the same, wherever the charger is."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.server.eventlines import listening
from tests.server.nodes.cluster import KEY, SERVER, Cluster, NodeCharger, cluster_of, until
from tests.server.nodes.frames import metering, starting
from voltyard.kernel import limits

pytestmark = [pytest.mark.service, pytest.mark.timeout(180)]

TRANSFER = "/api/v1/chargers/CP-1/data-transfer"
JSON = {"Content-Type": "application/json"}

_CHANGING = ("x-request-id", "date", "x-ratelimit-remaining", "x-ratelimit-reset")


def box_at(place: str) -> str:
    return f"AT-{place.upper()}"


async def one_at_each(cluster: Cluster, script: Any = None) -> dict[str, NodeCharger]:
    """A charger at each place, by its chargeBoxId."""
    boxes = [box_at(place) for place in cluster.places]
    await cluster.register(*boxes)
    return {
        box_at(place): await cluster.boot(place, box_at(place), script) for place in cluster.places
    }


async def same_everywhere(cluster: Cluster, method: str, path: str, **how: Any) -> httpx.Response:
    """The answer, which every place gives alike."""
    answers = [await cluster.client(place).request(method, path, **how) for place in cluster.places]
    first, *others = answers
    for other in others:
        assert other.status_code == first.status_code, path
        assert _shown(other) == _shown(first), path
    return first


def _shown(answer: httpx.Response) -> Any:
    headers = {name for name in answer.headers if name not in _CHANGING}
    if answer.headers.get("content-type") != "application/json":
        return answer.content, headers
    return _lasting(answer.json()), headers


def _lasting(found: Any) -> Any:
    """What is in an answer, but for what no two have alike."""
    if isinstance(found, list):
        return [_lasting(one) for one in found]
    if not isinstance(found, dict):
        return found
    passing = ("request_id", "at", "durationMinutes")
    return {name: _lasting(one) for name, one in found.items() if name not in passing}


async def test_a_charger_of_any_place_is_asked_at_any_place(cluster: Cluster) -> None:
    chargers = await one_at_each(cluster, {"ClearCache": {"status": "Accepted"}})

    for box in chargers:
        for at in cluster.places:
            answer = await cluster.ask(at, "POST", f"/chargers/{box}/cache/clear")
            assert answer["status"] == "accepted", (box, at)
        assert (await same_everywhere(cluster, "GET", f"/api/v1/chargers/{box}")).json()["isOnline"]

    asked = {box: [name for name, _ in one.asked] for box, one in chargers.items()}
    assert asked == {box: ["ClearCache"] * 3 for box in chargers}


async def test_lists_history_and_totals_are_the_same_everywhere(cluster: Cluster) -> None:
    # given a charger at each place that charges, and has been asked something
    chargers = await one_at_each(cluster, {"ClearCache": {"status": "Accepted"}})
    for box, charger in chargers.items():
        started = await charger.call("StartTransaction", starting("T"))
        assert started["idTagInfo"]["status"] == "Accepted"
        await cluster.ask(SERVER, "POST", f"/chargers/{box}/cache/clear")

    async def all_told() -> list[str]:
        return [one["event"] for one in await cluster.events()]

    await until(all_told, lambda names: names.count("command.finished") == 3)

    # then every place tells of all of them
    for query, total in (("", 3), ("?status=online", 3), ("?status=offline", 0)):
        page = (await same_everywhere(cluster, "GET", f"/api/v1/chargers{query}")).json()
        assert page["pagination"]["total"] == total, query
        assert all(one["isOnline"] for one in page["chargers"])
    summary = (await same_everywhere(cluster, "GET", "/api/v1/summary")).json()
    assert summary["chargers"]["online"] == 3
    transactions = (await same_everywhere(cluster, "GET", "/api/v1/transactions")).json()
    assert {one["chargeBoxId"] for one in transactions["transactions"]} == set(chargers)
    for one in transactions["transactions"]:
        path = f"/api/v1/transactions/{one['id']}"
        assert (await same_everywhere(cluster, "GET", path)).json()["status"] == "in_progress"
    for box in chargers:
        for part in ("commands", "connections", "messages", "messages/export", "violations"):
            assert (
                await same_everywhere(cluster, "GET", f"/api/v1/chargers/{box}/{part}")
            ).is_success
    await same_everywhere(cluster, "GET", "/api/v1/events")
    await same_everywhere(cluster, "GET", "/openapi.json")


async def test_what_is_changed_at_one_place_is_so_at_all(cluster: Cluster) -> None:
    chargers = await one_at_each(cluster)

    for box in chargers:
        for at in cluster.places:
            changed = await cluster.ask(at, "PATCH", f"/chargers/{box}", {"name": f"by {at}"})
            assert changed["name"] == f"by {at}"
            shown = (await same_everywhere(cluster, "GET", f"/api/v1/chargers/{box}")).json()
            assert (shown["name"], shown["isOnline"]) == (f"by {at}", True)


async def test_refusals_are_the_same_everywhere(cluster: Cluster) -> None:
    await one_at_each(cluster)
    get = ("GET", "/api/v1/chargers/AT-A")
    bad_key = {"Authorization": "Bearer nobody's"}
    made = await cluster.ask("b", "POST", "/auth/api-keys", {"name": "r", "scopes": ["read"]})
    reader = {"Authorization": f"Bearer {made['key']}"}

    found = {
        "no key": (await same_everywhere(cluster, *get, headers=bad_key)).status_code,
        "read only": (
            await same_everywhere(
                cluster, "POST", "/api/v1/chargers/AT-A/cache/clear", headers=reader
            )
        ).status_code,
        "nowhere": (await same_everywhere(cluster, "GET", "/api/v1/chargers/NONE")).status_code,
        "no path": (await same_everywhere(cluster, "GET", "/api/v1/nothing")).status_code,
        "method": (await same_everywhere(cluster, "PUT", "/api/v1/chargers/AT-A")).status_code,
        "taken": (
            await same_everywhere(cluster, "POST", "/api/v1/chargers", json={"chargeBoxId": "AT-A"})
        ).status_code,
        "body": (
            await same_everywhere(
                cluster, "PATCH", "/api/v1/chargers/AT-A", json={"bootInterval": "often"}
            )
        ).status_code,
    }

    assert found == {
        "no key": 401,
        "read only": 403,
        "nowhere": 404,
        "no path": 404,
        "method": 405,
        "taken": 409,
        "body": 400,
    }


async def test_a_charger_that_is_offline_is_known_to_be_at_once(cluster: Cluster) -> None:
    # given chargers that were at each place, and one that never was anywhere
    chargers = await one_at_each(cluster)
    await cluster.register("NEVER")
    for box, charger in chargers.items():
        charger.hang_up()
        await cluster.online(box, False)

    # when they are asked, then the answer is at once what it is without nodes
    expected = await cluster.tell(SERVER, "POST", "/chargers/NEVER/cache/clear")
    assert expected.status_code == 503
    assert "not connected" in expected.json()["error"]["message"]
    for box in (*chargers, "NEVER"):
        path = f"/api/v1/chargers/{box}/cache/clear"
        async with asyncio.timeout(10):
            refused = (await same_everywhere(cluster, "POST", path)).json()
        assert refused["error"]["message"].startswith(f"charger {box} is not connected")


async def test_events_are_followed_at_any_place(cluster: Cluster) -> None:
    await cluster.register("CP-1", "CP-2", "CP-3")

    for box, follower, dialled in (
        ("CP-1", "a", "b"),
        ("CP-2", SERVER, "a"),
        ("CP-3", "b", SERVER),
    ):
        path = "/api/v1/events/stream"
        async with listening(cluster.api_url(follower), KEY, path=path, chargeBoxId=box) as hearing:
            charger = await cluster.boot(dialled, box)
            heard = await hearing.until("charger.boot")
            charger.hang_up()
            heard += await hearing.until("charger.disconnected")
        assert [one.type for one in heard] == [
            "charger.connected",
            "charger.boot",
            "charger.disconnected",
        ]
        numbers = [one.id for one in heard if one.id is not None]
        assert len(numbers) == len(heard) and numbers == sorted(set(numbers))

        # and again from there, at another place
        other = cluster.places[cluster.places.index(follower) - 1]
        async with listening(
            cluster.api_url(other), KEY, heard[0].id, path, chargeBoxId=box
        ) as hearing:
            assert await hearing.until("charger.disconnected") == heard[1:]


async def test_live_events_are_followed_and_cost_nothing_else(cluster: Cluster) -> None:
    await cluster.register("CP-1")
    charger = await cluster.boot("a", "CP-1")
    begun = await charger.call("StartTransaction", starting("T"))

    async with listening(
        cluster.api_url("b"), KEY, path="/api/v1/events/stream", chargeBoxId="CP-1"
    ) as hearing:
        await charger.call("Heartbeat", {})

        following = asyncio.create_task(hearing.until("transaction.updated"))

        async def metered() -> bool:
            await charger.call("MeterValues", metering(begun["transactionId"], 100))
            return following.done()

        await until(metered)
        seen = following.result()[-1]

    assert seen.id is None
    assert seen.data["data"]["chargeBoxId"] == "CP-1"
    assert "transaction.updated" not in await cluster.names_of_events("CP-1")


async def test_a_large_body_gets_there_and_back(cluster: Cluster) -> None:
    # given a charger at a node that gives back what it is given
    def echo(charger: NodeCharger, message_id: str, payload: Any) -> None:
        charger.send([3, message_id, {"status": "Accepted", "data": payload["data"]}])

    await cluster.register("CP-1")
    await cluster.boot("a", "CP-1", {"DataTransfer": echo})
    data = "0123456789abcdef" * 10_000
    body = f'{{"vendorId": "v", "data": "{data}"'.ljust(limits.REST_BODY_BYTES - 1) + "}"

    answer = await same_everywhere(cluster, "POST", TRANSFER, content=body, headers=JSON)

    assert answer.json()["responseData"] == data


async def test_a_body_that_is_too_long_is_refused_alike(cluster: Cluster) -> None:
    await cluster.register("CP-1")
    charger = await cluster.boot("a", "CP-1")
    body = '{"vendorId": "v"'.ljust(limits.REST_BODY_BYTES) + "}"

    answer = await same_everywhere(cluster, "POST", TRANSFER, content=body, headers=JSON)

    assert answer.status_code == 413
    assert charger.asked == []


async def test_files_go_through_any_place(tmp_path: Path, postgres_url: str) -> None:
    image = bytes(range(256)) * 12_000
    async with cluster_of(tmp_path, postgres_url, "a", files=True) as cluster:
        made = await cluster.client("a").post(
            "/api/v1/files",
            params={"name": "fw.bin"},
            content=image,
            headers={"Content-Type": "application/octet-stream"},
        )
        assert made.status_code == 201, made.text
        path = f"/api/v1/files/{made.json()['id']}/content"
        assert (await same_everywhere(cluster, "GET", path)).content == image


async def test_a_charger_of_a_node_is_deleted_at_any_place(cluster: Cluster) -> None:
    chargers = await one_at_each(cluster)
    elsewhere = {"AT-SERVER": "a", "AT-A": "b", "AT-B": "b"}

    for box, at in elsewhere.items():
        await cluster.ask(at, "DELETE", f"/chargers/{box}")
        await chargers[box].closed_by_the_other_end()
        assert (await same_everywhere(cluster, "GET", f"/api/v1/chargers/{box}")).status_code == 404
        assert (await cluster.tell("a", "DELETE", f"/chargers/{box}")).status_code == 404
        assert (
            await same_everywhere(cluster, "GET", f"/api/v1/chargers/{box}/messages")
        ).is_success

    # its name is free again, and is no more than a name
    await cluster.register("AT-A", at="b")
    charger = await cluster.boot("a", "AT-A")
    assert (await cluster.ask("b", "GET", "/chargers"))["pagination"]["total"] == 1
    assert (await charger.call("Heartbeat", {}))["currentTime"]


async def test_a_request_that_names_its_charger_in_the_body_gets_there_whole(
    cluster: Cluster,
) -> None:
    chargers = await one_at_each(cluster, {"RemoteStartTransaction": {"status": "Accepted"}})

    for box, charger in chargers.items():
        for at in cluster.places:
            body = {"chargeBoxId": box, "idTag": f"T-{at}", "connectorId": 1}
            answer = await cluster.ask(at, "POST", "/transactions/start", body)
            assert answer["status"] == "accepted"
            asked = await charger.until_asked("RemoteStartTransaction")
            assert (asked["idTag"], asked["connectorId"]) == (f"T-{at}", 1)


async def test_a_transaction_is_closed_by_hand_at_any_place(cluster: Cluster) -> None:
    chargers = await one_at_each(cluster)
    for number, charger in enumerate(chargers.values()):
        await charger.call("StartTransaction", starting(f"T{number}"))

    listed = (await cluster.ask("a", "GET", "/transactions"))["transactions"]
    for at, one in zip(cluster.places, listed, strict=True):
        body = {"meterStop": 500, "reason": f"by {at}"}
        closed = await cluster.ask(at, "POST", f"/transactions/{one['id']}/close", body)
        assert (closed["status"], closed["meterStop"]) == ("completed", 500)
        path = f"/api/v1/transactions/{one['id']}"
        shown = (await same_everywhere(cluster, "GET", path)).json()
        assert (shown["status"], shown["meterStop"]) == ("completed", 500)
        again = await cluster.tell(at, "POST", f"/transactions/{one['id']}/close", body)
        assert again.status_code == 409
