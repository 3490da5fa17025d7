"""Chargers that move between a server and its nodes by dialling elsewhere: all that is theirs goes
along, once."""

import asyncio
import base64
import secrets
import time

import pytest

from tests.server.nodes.cluster import BOOT, SERVER, Cluster, NodeCharger, until
from tests.server.nodes.frames import metering, starting, stopping
from voltyard.kernel import limits
from voltyard.kernel.errors import VoltyardError
from voltyard.kernel.time import to_rfc3339

pytestmark = [pytest.mark.service, pytest.mark.timeout(180)]

ROUND = ("a", "b", SERVER, "b", "a", SERVER)
"""Each step there is between two nodes and a server."""

ACCEPTS = {
    "ReserveNow": {"status": "Accepted"},
    "CancelReservation": {"status": "Accepted"},
    "UpdateFirmware": {},
    "RemoteStopTransaction": {"status": "Accepted"},
    "ClearCache": {"status": "Accepted"},
}


async def owners(cluster: Cluster) -> dict[str, str]:
    """The chargers on record as a node's."""
    found = await cluster.query("SELECT charge_box_id, node FROM charger_owners")
    return dict(found)


async def test_a_charger_takes_along_all_that_is_its_own(cluster: Cluster) -> None:
    # given a charger at the server that charges, is reserved, and installs firmware
    await cluster.register("CP-1")
    charger = await cluster.boot(SERVER, "CP-1", ACCEPTS)
    begun = await charger.call("StartTransaction", starting("T"))
    transaction_id = begun["transactionId"]
    later = to_rfc3339(time.time() + 3600)
    reserving = {"connectorId": 2, "idTag": "R", "expiryDate": later}
    reserved = await cluster.ask(SERVER, "POST", "/chargers/CP-1/reservations", reserving)
    update = {"location": "http://files.example/fw.bin", "retrieveDate": "2026-02-10T14:00:00Z"}
    await cluster.ask(SERVER, "POST", "/chargers/CP-1/firmware/update", update)
    [txn] = (await cluster.ask(SERVER, "GET", "/transactions"))["transactions"]

    # when it dials one place after the other
    for step, place in enumerate(ROUND, 1):
        older, charger = charger, await cluster.dial(place, "CP-1", ACCEPTS)

        # then its older link is closed, and all of it is there, wherever it is asked for
        await older.closed_by_the_other_end()
        await charger.call("MeterValues", metering(transaction_id, 100 * step))
        for at in cluster.places:
            shown = await cluster.ask(at, "GET", "/chargers/CP-1")
            assert shown["isOnline"] and shown["registration"] == "accepted", (place, at)
            await cluster.ask(at, "POST", "/chargers/CP-1/cache/clear")
            one = await cluster.ask(at, "GET", f"/transactions/{txn['id']}")
            assert one["status"] == "in_progress"
            assert one["energyDelivered"] == pytest.approx(0.1 * step)
        own = (await cluster.ask(place, "GET", "/reservations"))["reservations"]
        assert [(one["reservationId"], one["status"]) for one in own] == [
            (reserved["reservationId"], "active")
        ]
        [newest] = [
            one
            for one in (await cluster.ask("b", "GET", "/chargers/CP-1/commands"))["commands"]
            if one["command"] == "firmware/update"
        ]
        assert (newest["isAwaited"], newest["outcome"]) == (True, None)
        expected = {} if place == SERVER else {"CP-1": place}
        assert await owners(cluster) == expected

    # and it goes on with each where it is now: dialled in turn, the last place is the server
    stop = await cluster.ask("a", "POST", f"/transactions/{txn['id']}/stop")
    assert stop["status"] == "stopping"
    assert (await charger.until_asked("RemoteStopTransaction"))["transactionId"] == transaction_id
    charger = await cluster.dial("b", "CP-1", ACCEPTS)
    for status in ("Downloading", "Downloaded", "Installing", "Installed"):
        await charger.call("FirmwareStatusNotification", {"status": status})
    path = f"/chargers/CP-1/reservations/{reserved['reservationId']}"
    assert (await cluster.ask("a", "DELETE", path))["status"] == "accepted"
    charger = await cluster.dial("a", "CP-1", ACCEPTS)
    await charger.call("StopTransaction", stopping(transaction_id, 1000))

    # then each has come to its end once, and its events are in order
    ended = await cluster.ask("b", "GET", f"/transactions/{txn['id']}")
    assert (ended["status"], ended["energyDelivered"]) == ("completed", pytest.approx(1.0))
    assert (await cluster.ask("b", "GET", "/transactions"))["pagination"]["total"] == 1
    commands = (await cluster.ask("b", "GET", "/chargers/CP-1/commands"))["commands"]
    [update] = [one for one in commands if one["command"] == "firmware/update"]
    assert (update["outcome"], update["isAwaited"], update["succeeded"]) == (
        "Installed",
        False,
        True,
    )
    moved = ["charger.replaced", "charger.connected"]

    async def told() -> list[str]:
        return [
            one
            for one in await cluster.names_of_events("CP-1")
            if one
            not in ("command.finished", "command.outcome", "firmware.status", "charger.flapping")
        ]

    assert await until(told, lambda seen: seen[-1] == "transaction.stopped") == [
        "charger.connected",
        "charger.boot",
        "transaction.started",
        "reservation.changed",
        *moved * len(ROUND),
        *moved,
        "reservation.changed",
        *moved,
        "transaction.stopped",
    ]
    all_of_it = await cluster.events(chargeBoxId="CP-1")
    names = [one["event"] for one in all_of_it]
    assert names.count("command.outcome") == 1
    assert names.count("firmware.status") == 4
    moments = [one["timestamp"] for one in all_of_it]
    assert moments == sorted(moments)
    assert len({one["id"] for one in all_of_it}) == len(all_of_it)


async def test_a_message_that_is_sent_again_elsewhere_counts_once(cluster: Cluster) -> None:
    # given a charger that hears no answer to its StartTransaction, nor to its StopTransaction
    await cluster.register("CP-1")
    charger = await cluster.boot("a", "CP-1")
    charger.send([2, "start", "StartTransaction", starting("T")])

    # when it dials another place at once, and says it again, word for word
    charger = await cluster.dial("b", "CP-1")
    begun = await charger.call("StartTransaction", starting("T"))
    stopped = stopping(begun["transactionId"], 500)
    charger.send([2, "stop", "StopTransaction", stopped])
    charger = await cluster.dial(SERVER, "CP-1")
    await charger.call("StopTransaction", stopped)

    # then there was one transaction
    [one] = (await cluster.ask("a", "GET", "/transactions"))["transactions"]
    assert (one["status"], one["transactionId"]) == ("completed", begun["transactionId"])
    assert one["anomalies"] == []
    names = await until(
        lambda: cluster.names_of_events("CP-1"), lambda seen: "transaction.stopped" in seen
    )
    assert names.count("transaction.started") == names.count("transaction.stopped") == 1


async def test_of_two_links_at_once_one_stays(cluster: Cluster) -> None:
    # when a charger dials all places at the same time, again and again
    await cluster.register("CP-1")
    for _ in range(10):
        dialled = await asyncio.gather(
            *(cluster.dial(place, "CP-1") for place in cluster.places), return_exceptions=True
        )
        links = [one for one in dialled if isinstance(one, NodeCharger)]
        assert links, dialled

        # then one link stays, and it is the one that is asked
        async def open_ones(links: list[NodeCharger] = links) -> list[NodeCharger]:
            return [one for one in links if not one.is_closed]

        await until(open_ones, lambda found: len(found) <= 1)
        shown = await cluster.ask("a", "GET", "/chargers/CP-1")
        left = await open_ones()
        assert shown["isOnline"] is bool(left)
        if left:
            await left[0].call("BootNotification", BOOT)
            left[0].script["ClearCache"] = {"status": "Accepted"}
            answer = await cluster.ask("b", "POST", "/chargers/CP-1/cache/clear")
            assert answer["status"] == "accepted"


async def test_many_chargers_that_wander_lose_nothing(cluster: Cluster) -> None:
    # given chargers that charge, each time elsewhere
    boxes = [f"W-{number}" for number in range(20)]
    await cluster.register(*boxes)

    async def wander(number: int, box: str) -> list[int]:
        ids = []
        for step in range(8):
            place = cluster.places[(number + step) % 3]
            charger = await cluster.boot(place, box)
            begun = await charger.call("StartTransaction", starting(box, 10 * step))
            ids.append(begun["transactionId"])
            charger = await cluster.dial(cluster.places[(number + step + 1) % 3], box)
            await charger.call("StopTransaction", stopping(ids[-1], 10 * step + 5))
        return ids

    ids = await asyncio.gather(*(wander(*one) for one in enumerate(boxes)))

    # then each transaction was one, and is complete, and so are the events
    flat = [id for each in ids for id in each]
    assert len(set(flat)) == len(flat) == 160
    assert max(flat) <= 3 * limits.TRANSACTION_NUMBERS
    summary = await cluster.ask("a", "GET", "/summary")
    assert (summary["chargers"]["total"], summary["transactions"]["active"]) == (20, 0)

    async def told() -> int:
        found = await cluster.events(event="transaction.stopped")
        return len(found)

    assert await until(told, lambda seen: seen >= 160) == 160
    for box in boxes:
        names = [
            one for one in await cluster.names_of_events(box) if one.startswith("transaction.")
        ]
        assert names == ["transaction.started", "transaction.stopped"] * 8


async def test_the_older_link_stays_at_another_place_where_it_lives(cluster: Cluster) -> None:
    await cluster.register("CP-1", takeover="oldest")

    for place in cluster.places:
        charger = await cluster.boot(place, "CP-1")
        for other in cluster.places:
            with pytest.raises(VoltyardError, match="HTTP 409"):
                await cluster.dial(other, "CP-1")
        assert (await charger.call("Heartbeat", {}))["currentTime"]
        assert (await cluster.ask("b", "GET", "/chargers/CP-1"))["isOnline"]
        charger.hang_up()
        await cluster.online("CP-1", False)


async def test_an_older_link_that_is_dead_gives_way_to_one_elsewhere(cluster: Cluster) -> None:
    # given links that answer no ping
    await cluster.register("CP-1", takeover="oldest")
    for dead_at, dialled in ((SERVER, "a"), ("a", "b"), ("b", SERVER)):
        writer = await _dead_link(cluster.charger_url(dead_at), "CP-1")
        await cluster.online("CP-1")

        charger = await cluster.boot(dialled, "CP-1")

        assert (await charger.call("Heartbeat", {}))["currentTime"]
        writer.transport.abort()
        charger.hang_up()
        await cluster.online("CP-1", False)


async def test_a_stranger_moves_no_charger(cluster: Cluster) -> None:
    await cluster.register("CP-1", password="a-password-of-16", securityProfile=1)
    charger = await cluster.boot("a", "CP-1", password="a-password-of-16")

    for place in cluster.places:
        with pytest.raises(VoltyardError):
            await cluster.dial(place, "CP-1", password="another-password")

    assert (await charger.call("Heartbeat", {}))["currentTime"]
    assert await owners(cluster) == {"CP-1": "a"}
    charger = await cluster.boot("b", "CP-1", password="a-password-of-16")
    assert await owners(cluster) == {"CP-1": "b"}


async def _dead_link(url: str, box: str) -> asyncio.StreamWriter:
    """A WebSocket at whose other end nothing is read."""
    host, _, port = url.removeprefix("ws://").removesuffix("/ocpp").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    key = base64.b64encode(secrets.token_bytes(16)).decode()
    lines = (
        f"GET /ocpp/{box} HTTP/1.1",
        f"Host: {host}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {key}",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Protocol: ocpp1.6",
    )
    writer.write("".join(f"{line}\r\n" for line in (*lines, "")).encode())
    answer = await reader.readuntil(b"\r\n\r\n")
    assert b" 101 " in answer.split(b"\r\n")[0], answer
    return writer
