"""The stream of events over a real socket: nothing missing, nothing twice, and an end."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.server.eventlines import CHARGER, PATIENCE_S, Listener, listening
from voltyard.config.config import Config
from voltyard.server.server import Server
from voltyard.testing.processes import free_port

pytestmark = pytest.mark.slow

KEY = "a-key-for-the-stream"


def config(data: Path) -> Config:
    return Config(data=data, port=0, ocpp_port=0, token=KEY)


def client(server: Server, key: str = KEY) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.AsyncClient(base_url=server.api_url, headers=headers, timeout=PATIENCE_S)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with Server(config(tmp_path)) as running:
        yield running


async def create(server: Server, identity: str = "CP-1", key: str = KEY, **said: Any) -> str:
    body = {**CHARGER, "identity": identity, "ws_url": server.charger_url, **said}
    async with client(server, key) as rest:
        await rest.post("/api/v1/chargers", json={"chargeBoxId": identity})
        answer = await rest.post("/ocpp/chargers", json=body)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["charger_id"])


async def command(server: Server, name: str, identity: str, **event: Any) -> str:
    async with client(server) as rest:
        body = {"target": {"charger_id": identity}, "event": event}
        answer = await rest.post(f"/ocpp/commands/{name}", json=body)
        assert answer.status_code == 202, answer.text
        results = answer.json()["results"]
        return str(results[0]["command"]["id"])


async def kept(server: Server, key: str = KEY, **params: Any) -> list[dict[str, Any]]:
    async with client(server, key) as rest:
        answer = await rest.get("/ocpp/events", params={"after": 0, "limit": 1000, **params})
        return list(answer.json()["data"])


async def test_a_charger_is_told_of_from_its_creation_to_its_deletion(server: Server) -> None:
    async with listening(server.api_url, KEY) as heard:
        charger_id = await create(server)
        # A charger may have booted before its provisioning is confirmed.
        before = [await heard.event()]
        while not {"provisioning.succeeded", "boot.accepted"} <= {one.type for one in before}:
            before.append(await heard.event())
        async with client(server) as rest:
            await rest.delete(f"/ocpp/chargers/{charger_id}")
        after = await heard.until("charger.deleted")

    assert heard.response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert heard.response.headers["cache-control"] == "no-cache"
    types = [one.type for one in before]
    assert types[0] == "charger.created"
    assert "connection.opened" in types
    assert "connection.lost" in [one.type for one in after]
    ids = [one.id for one in before + after]
    assert ids == sorted(set(ids))
    assert all(one.data["charger_id"] == charger_id for one in before + after)
    (deleted,) = await kept(server, charger_id=charger_id, type="charger.deleted")
    assert deleted["identity"] == "CP-1"


async def test_what_is_told_of_a_command_can_be_read_of_it(server: Server) -> None:
    await create(server)

    async with listening(server.api_url, KEY, types="command.completed,command.failed") as heard:
        command_id = await command(server, "plug-connector", "CP-1")
        told = await heard.event()
        async with client(server) as rest:
            read = (await rest.get(f"/ocpp/commands/{command_id}")).json()
        again = await command(server, "plug-connector", "CP-1")
        refused = await heard.event()

    assert (told.type, told.data["data"]["command_id"]) == ("command.completed", command_id)
    assert read["status"] == "completed"
    assert told.data["data"]["result"] == read["result"]
    assert (refused.type, refused.data["data"]["command_id"]) == ("command.failed", again)
    assert refused.data["data"]["error"]["code"] == "wrong_state"


async def test_who_was_cut_off_resumes_without_loss_or_doubles(server: Server) -> None:
    async with listening(server.api_url, KEY) as heard:
        await create(server, "CP-1")
        first = [await heard.event() for _ in range(3)]
    await create(server, "CP-2")

    async with listening(server.api_url, KEY, after=first[-1].id) as heard:
        await create(server, "CP-3")
        second = await heard.until("charger.created")
        second += await heard.until("charger.created")

    ids = [one.id for one in first + second]
    assert ids == [one["id"] for one in (await kept(server))[: len(ids)]]


async def test_a_client_cut_off_before_its_first_event_resumes_too(server: Server) -> None:
    await create(server, "CP-1")
    async with listening(server.api_url, KEY, type="charger.created") as heard:
        await asyncio.wait_for(heard.block(), PATIENCE_S)
    await create(server, "CP-2")

    async with listening(server.api_url, KEY, heard.last_id, type="charger.created") as heard:
        told = await heard.event()

    assert told.data["identity"] == "CP-2"


async def test_only_what_was_asked_for_is_told(server: Server) -> None:
    first = await create(server, "CP-1")
    await create(server, "CP-2")

    async with listening(server.api_url, KEY, after=0, charger_id="CP-1") as heard:
        mine = await heard.until("boot.accepted")
    async with listening(
        server.api_url, KEY, after=0, type=["charger.created", "boot.accepted"]
    ) as heard:
        named = [await heard.event() for _ in range(4)]

    assert {one.data["charger_id"] for one in mine} == {first}
    assert {one.type for one in named} == {"charger.created", "boot.accepted"}


async def test_meter_values_are_told_to_those_who_ask_and_not_kept(server: Server) -> None:
    await create(server, settings={"MeterValueSampleInterval": "1"})

    async with listening(server.api_url, KEY, types="meter.sampled") as heard:
        await command(server, "start-session", "CP-1", id_tag="TAG")
        sampled = await heard.event()

    assert sampled.id is None and sampled.data["id"] is None
    assert sampled.data["data"]["evse_id"] == 1
    assert await kept(server, type="meter.sampled") == []


async def stranger(server: Server) -> str:
    """A key of another organization."""
    async with client(server) as rest:
        made = await rest.post("/api/v1/organizations", json={"name": "other"})
        body = {"name": "theirs", "scopes": ["operate"], "organizationId": made.json()["id"]}
        return str((await rest.post("/api/v1/auth/api-keys", json=body)).json()["key"])


async def test_two_organizations_listen_and_neither_hears_of_the_other(server: Server) -> None:
    theirs = await stranger(server)
    streams = listening(server.api_url, KEY), listening(server.api_url, theirs)
    async with streams[0] as we_hear, streams[1] as they_hear:
        await create(server, "CP-OURS-1")
        await create(server, "CP-THEIRS", key=theirs)
        await create(server, "CP-OURS-2")
        ours = await we_hear.until("provisioning.succeeded")
        ours += await we_hear.until("provisioning.succeeded")
        told = await they_hear.until("provisioning.succeeded")
        await create(server, "CP-THEIRS-2", key=theirs)
        told += await they_hear.until("provisioning.succeeded")

    assert {one.data["identity"] for one in ours} == {"CP-OURS-1", "CP-OURS-2"}
    assert {one.data["identity"] for one in told} == {"CP-THEIRS", "CP-THEIRS-2"}


async def test_a_place_in_the_events_of_another_organization_opens_none_of_them(
    server: Server,
) -> None:
    theirs = await stranger(server)
    mine = await create(server, "CP-MINE")
    async with listening(server.api_url, KEY, after=0) as heard:
        seen = await heard.until("provisioning.succeeded")
    await create(server, "CP-THEIRS", key=theirs)

    for place in (0, seen[0].id, seen[-1].id):
        for said in ({"after": place}, {"last_event_id": place}):
            async with listening(server.api_url, theirs, **said) as heard:
                told = await heard.until("provisioning.succeeded")
            assert {one.data["identity"] for one in told} == {"CP-THEIRS"}
        page = await kept(server, theirs, after=place)
        assert {one["identity"] for one in page} == {"CP-THEIRS"}
    async with client(server, theirs) as rest:
        for name, value in (("charger_id", mine), ("charger_id", "CP-MINE")):
            for path in ("/ocpp/events", "/ocpp/events/stream"):
                foreign = await rest.get(path, params={name: value})
                assert foreign.status_code == 404
                assert foreign.json() == {"detail": f"there is no charger {value!r}"}


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"last_event_id": "x"}, "last_event_id"),
        ({"last_event_id": "-1"}, "last_event_id"),
        ({"types": "charger.created,charger.eaten"}, "types"),
        ({"type": "charger.eaten"}, "type.0"),
    ],
)
async def test_a_query_that_means_nothing_is_422(
    server: Server, params: dict[str, str], field: str
) -> None:
    async with client(server) as rest:
        answer = await rest.get("/ocpp/events/stream", params=params)

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["field"] == field


async def test_what_is_named_and_is_not_there_is_404(server: Server) -> None:
    async with client(server) as rest:
        for params in ({"charger_id": "dep-x"}, {"location_id": "nowhere"}):
            for path in ("/ocpp/events", "/ocpp/events/stream"):
                assert (await rest.get(path, params=params)).status_code == 404


async def test_a_server_that_ends_ends_its_streams(tmp_path: Path) -> None:
    settings = replace(config(tmp_path), drain_s=120.0)
    server = Server(settings)
    async with server:
        await create(server)
        context = listening(server.api_url, KEY, after=0)
        heard = await context.__aenter__()
        await heard.until("connection.opened")
        ending_at = time.monotonic()
    took_s = time.monotonic() - ending_at

    rest = await heard.rest()
    await context.__aexit__(None, None, None)
    assert took_s < settings.drain_s - 1
    assert rest[-1].type == "connection.lost"  # the last that happened was told, too


async def test_a_stream_goes_on_over_a_restart(tmp_path: Path) -> None:
    settings = replace(config(tmp_path), ocpp_port=free_port())
    async with Server(settings) as server, listening(server.api_url, KEY) as heard:
        await create(server)
        first = await heard.until("boot.accepted")
    async with Server(settings) as server:
        async with listening(server.api_url, KEY, after=first[-1].id) as heard:
            second = await heard.until("connection.opened")
        everything = await kept(server)

    ids = [one.id for one in first + second]
    assert ids == [one["id"] for one in everything[: len(ids)]]
    assert "connection.lost" in {one.type for one in second}


async def test_no_more_streams_than_the_bound(server: Server) -> None:
    async with client(server) as rest:
        body = {"quotas": {"streams": 1}}
        (await rest.patch("/api/v1/organizations/org_default", json=body)).raise_for_status()

    async def refused() -> httpx.Response:
        async with client(server) as rest:
            return await rest.get("/ocpp/events/stream")

    async with listening(server.api_url, KEY):
        answer = await refused()
        assert answer.status_code == 503
        assert "streams" in answer.json()["detail"]
    async with listening(server.api_url, KEY, after=0) as heard:  # the place is free again
        assert isinstance(heard, Listener)


async def test_samples_of_the_chargers_come_beside_the_events(server: Server) -> None:
    charger_id = await create(server, "CP-1")
    async with listening(server.api_url, KEY, include="samples") as heard:
        first = (await heard.until("samples"))[-1]
        seen: dict[str, Any] = {}
        _take_up(seen, first.data)
        told = []
        for name, said in (("plug-connector", {}), ("swipe", {"id_tag": "TAG"})):
            await command(server, name, "CP-1", **said)
        async with asyncio.timeout(PATIENCE_S):
            # One that was just made has no sample yet.
            while not (seen[charger_id] or {}).get("power_w"):
                told.append(await heard.event())
                if told[-1].type == "samples":
                    _take_up(seen, told[-1].data)
        async with client(server) as rest:
            await rest.delete(f"/ocpp/chargers/{charger_id}")
        async with asyncio.timeout(PATIENCE_S):
            while seen[charger_id] is not None:
                one = await heard.event()
                if one.type == "samples":
                    _take_up(seen, one.data)

    assert (first.id, first.data["whole"], first.data["missed"]) == (None, True, 0)
    assert "command.completed" in [one.type for one in told]
    assert all((one.id is None) == (one.type == "samples") for one in told)


async def test_who_asks_for_no_samples_has_none(server: Server) -> None:
    await create(server, "CP-1")
    async with listening(server.api_url, KEY) as heard:
        await command(server, "plug-connector", "CP-1")
        told = await heard.until("command.completed")

    assert "samples" not in [one.type for one in told]
    async with client(server) as rest:
        refused = await rest.get("/ocpp/events/stream", params={"include": "everything"})
    assert refused.status_code == 422
    assert "'samples'" in refused.json()["detail"][0]["message"]


async def test_samples_are_of_the_own_organization_alone(server: Server) -> None:
    await create(server, "CP-1")
    async with client(server) as rest:
        made = await rest.post("/api/v1/organizations", json={"name": "other"})
        other = made.json()["id"]
    headers = {"X-Organization-Id": other}
    timeout = httpx.Timeout(PATIENCE_S)
    async with (
        client(server) as rest,
        rest.stream(
            "GET",
            "/ocpp/events/stream",
            params={"include": "samples"},
            headers=headers,
            timeout=timeout,
        ) as response,
    ):
        whole = (await Listener(response).until("samples"))[-1]

    assert whole.data["chargers"] == {}


def _take_up(seen: dict[str, Any], frame: dict[str, Any]) -> None:
    """Bring what a client has seen up to date."""
    for charger_id, told in frame["chargers"].items():
        if told is None:
            seen[charger_id] = None
        else:
            seen[charger_id] = {**(seen.get(charger_id) or {}), **told}
