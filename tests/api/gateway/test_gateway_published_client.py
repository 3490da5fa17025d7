"""The published client, with its base_url at our server: other people's code at the other end.

Its own models parse every answer, and every error becomes one of its own exceptions.
"""

import asyncio
import datetime as dt
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
from ocpplab import (
    AsyncOcpplabSDK,
    AuthorizeIdTagCommandEvent,
    ChargerCommandTarget,
    ChargerGroup,
    ChargerTemplate,
    ClearFaultEvent,
    CommandTarget,
    ConfigurationUpdateEvent,
    ConnectorCommandEvent,
    Coordinates,
    EmptyEvent,
    ForbiddenError,
    InjectFaultEvent,
    LocalAuthListEntry,
    LocalAuthListEvent,
    NotFoundError,
    OcpplabSDK,
    PowerUpdateCommandEvent,
    ProxyMessageEvent,
    StartSessionCommandEvent,
    StartTransactionCommandEvent,
    StopSessionCommandEvent,
    StopTransactionCommandEvent,
    UnauthorizedError,
    UnprocessableEntityError,
    UpdateLocationChargerItem,
)

from tests.api.gateway.bench import CHARGER, LOCATION, TOKEN, Gateway
from voltyard.config.config import Config
from voltyard.server.server import Server

T = TypeVar("T")


@pytest.fixture
def published(gateway: Gateway) -> AsyncOcpplabSDK:
    """The published client on the gateway with a provider without runtimes."""
    return client_of(gateway, TOKEN)


def client_of(gateway: Gateway, token: str, organization_id: str | None = None) -> AsyncOcpplabSDK:
    return AsyncOcpplabSDK(
        base_url="http://lab",
        token=token,
        organization_id=organization_id,
        httpx_client=gateway.client,
    )


async def test_it_reads_the_catalogue(published: AsyncOcpplabSDK) -> None:
    brands = await published.catalog.list_brands(page=1, limit=20)
    models = await published.catalog.list_models(brand_slug="wallbox")
    model = await published.catalog.get_model("wallbox", "wallbox-pulsar-plus")
    templates = await published.location_templates.list(type="AC", ocpp_version="OCPP1.6")

    assert brands.total >= len(brands.data) == 20
    assert model.name == "Pulsar Plus"
    assert model in models.data
    assert templates["data"]


async def test_it_keeps_locations(published: AsyncOcpplabSDK) -> None:
    said = {**LOCATION, "coordinates": Coordinates(latitude=48.8566, longitude=2.3522)}
    made = await published.locations.create(**said)
    changed = await published.locations.update(made.id, name="West", public=False)

    assert await published.locations.get(made.id) == changed
    assert (await published.locations.list()).data == [changed]
    assert changed.coordinates is not None
    assert isinstance(made.created_at, dt.datetime)
    await published.locations.delete(made.id)
    await published.locations.delete(made.id)


async def test_it_creates_changes_and_deletes_a_charger(
    gateway: Gateway, published: AsyncOcpplabSDK
) -> None:
    accepted = await published.chargers.create(**CHARGER)
    await gateway.settled()
    status = await published.chargers.get_status(accepted.charger_id)
    changed = await published.chargers.update(accepted.charger_id, charge_point_name="Bay A02")

    assert status.status == "READY"
    assert changed.name == "Bay A02"
    assert await published.chargers.get(accepted.charger_id) == changed
    assert (await published.chargers.list()).data == [changed]
    for act in (
        published.chargers.stop_runtime,
        published.chargers.start_runtime,
        published.chargers.reset_runtime,
    ):
        queued = await act(accepted.charger_id, request={"key": "value"})
        assert queued.payload["service_name"] == accepted.charger_id
    await published.chargers.delete(accepted.charger_id)
    assert (await published.chargers.list()).total == 0


async def test_it_creates_changes_and_deletes_many(
    gateway: Gateway, published: AsyncOcpplabSDK
) -> None:
    location_id = await gateway.location()
    template = ChargerTemplate(
        brand_slug="schneider",
        model_slug="evlink-pro-ac-22kw",
        connector_type="CCS2",
        ocpp_version="OCPP1.6",
        ws_url="wss://csms.example",
        identity_prefix="SITE_A_",
        template_name="Bay",
    )
    group = ChargerGroup(template=template, charger_ids=["001", "002", "003"])
    accepted = await published.location_chargers.create(location_id, request=[group])
    async with asyncio.timeout(120):
        while True:
            job = await published.location_chargers.get_bulk_job(location_id, accepted.job_id)
            if job.status == "READY":
                break

    assert job.results is not None
    assert [one["identity"] for one in job.results["created"]] == [
        "SITE_A_001",
        "SITE_A_002",
        "SITE_A_003",
    ]
    item = UpdateLocationChargerItem(charger_id="SITE_A_001", charge_point_name="Bay A02")
    updated = await published.location_chargers.update(location_id, chargers=[item])
    assert updated.updated[0].name == "Bay A02"
    named = await published.location_chargers.list(location_id, charger_ids=["SITE_A_002"])
    assert named.total == 1
    one = await published.location_chargers.delete(location_id, charger_ids="SITE_A_001")
    two = await published.location_chargers.delete(
        location_id, charger_ids=["SITE_A_002", "SITE_A_003"]
    )
    assert (one.deleted_count, two.deleted_count) == (1, 2)


async def test_it_commands_one_and_many(gateway: Gateway, published: AsyncOcpplabSDK) -> None:
    location_id = await gateway.location()
    charger_id = await gateway.charger(location_id=location_id)
    connector = ConnectorCommandEvent(evse_id=1, connector_id=1)
    do = published.commands
    asked: list[tuple[Any, Any]] = [
        (do.plug_connector, connector),
        (do.unplug_connector, connector),
        (do.unlock_connector, connector),
        (do.start_transaction, StartTransactionCommandEvent(id_tag="T", evse_id=1)),
        (do.stop_transaction, StopTransactionCommandEvent(transaction_id="txn-001")),
        (
            do.start_session,
            StartSessionCommandEvent(id_tag="T", duration_seconds=300, target_energy_kwh=20.0),
        ),
        (do.stop_session, StopSessionCommandEvent(connector_id=1)),
        (do.authorize_id_tag, AuthorizeIdTagCommandEvent(id_tag="T")),
        (do.ev_requests_energy, connector),
        (do.ev_stops_energy, connector),
        (do.power_update, PowerUpdateCommandEvent(power_w=7400)),
    ]
    for target in (
        CommandTarget(charger_id=charger_id),
        CommandTarget(location_id=location_id, charger_ids=["CP-TEST-001"]),
        CommandTarget(location_id=location_id),
    ):
        for command, event in asked:
            answer = await command(target=target, event=event)
            assert (answer.targeted_count, answer.queued_count) == (1, 1)
            assert answer.results[0].charger_id == charger_id
    await gateway.settled()
    assert len(gateway.provider.asked) == 3 * len(asked)


async def test_it_asks_one_and_gets_its_answer(
    gateway: Gateway, published: AsyncOcpplabSDK
) -> None:
    target = ChargerCommandTarget(charger_id=await gateway.charger())
    do = published.commands
    message = ProxyMessageEvent(action="heartbeat", ocpp_version="ocpp1.6", payload={})
    entry = LocalAuthListEntry(id_tag="A", expiry_date=dt.datetime(2026, 12, 31, tzinfo=dt.UTC))
    tags = LocalAuthListEvent(list_version=2, entries=[entry])
    settings = ConfigurationUpdateEvent(configuration={"HeartbeatInterval": "30"})
    fault = InjectFaultEvent(fault_type="OverCurrent", evse_id=1, connector_id=1)

    assert (await do.proxy_message(target=target, event=message)).event_type == "heartbeat"
    configured = await do.set_configuration(target=target, event=settings)
    assert configured.configured == ["HeartbeatInterval"]
    assert (await do.reset_auth_cache(target=target, event=EmptyEvent())).cleared_entries == 3
    assert (await do.send_local_list(target=target, event=tags)).entries_received == 1
    assert (await do.clear_local_list(target=target, event=EmptyEvent())).entries_deleted == 2
    assert (await do.inject_fault(target=target, event=fault)).status == "Faulted"
    cleared = await do.clear_fault(target=target, event=ClearFaultEvent(evse_id=1, connector_id=1))
    assert cleared.status == "Available"


async def test_errors_become_its_own(gateway: Gateway, published: AsyncOcpplabSDK) -> None:
    with pytest.raises(NotFoundError):
        await published.chargers.get("dep-none")
    with pytest.raises(UnprocessableEntityError):
        await published.commands.plug_connector(
            target=CommandTarget(), event=ConnectorCommandEvent()
        )
    with pytest.raises(UnauthorizedError) as unauthorized:
        await client_of(gateway, "wrong").chargers.list()
    assert "key" in unauthorized.value.body.detail
    theirs = await gateway.stranger("operate")
    with pytest.raises(ForbiddenError) as forbidden:
        await client_of(gateway, theirs, "org_default").chargers.list()
    assert forbidden.value.body.detail


# --- against a real server, chargers and sockets -----------------------------------------------


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with Server(Config(data=tmp_path, port=0, ocpp_port=0, drain_s=1.0)) as running:
        yield running


async def until(found: Callable[[], T], wanted: Callable[[T], bool]) -> T:
    """Ask the synchronous client, in a thread, until it answers what is wanted."""
    deadline = time.monotonic() + 120
    while not wanted(answer := await asyncio.to_thread(found)):
        assert time.monotonic() < deadline, answer
    return answer


@pytest.mark.parametrize("version", ["OCPP1.6", "OCPP2.0.1"])
async def test_a_session_from_creation_to_deletion(server: Server, version: str) -> None:
    sdk = OcpplabSDK(base_url=server.api_url, token=server.key)
    assert (await asyncio.to_thread(sdk.health.health_check))["status"] == "ok"
    assert await asyncio.to_thread(sdk.health.landing_page)
    await register(server, "CP-TEST-001")

    accepted = await asyncio.to_thread(
        lambda: sdk.chargers.create(
            **{**CHARGER, "ws_url": server.charger_url, "ocpp_version": version}
        )
    )
    charger_id = accepted.charger_id
    await until(lambda: sdk.chargers.get_status(charger_id), lambda one: one.status == "READY")

    target = CommandTarget(charger_id=charger_id)
    await asyncio.to_thread(
        lambda: sdk.commands.plug_connector(target=target, event=ConnectorCommandEvent())
    )
    session = StartSessionCommandEvent(id_tag="TAG-RFID-001", connector_id=1)
    await asyncio.to_thread(lambda: sdk.commands.start_session(target=target, event=session))
    started = {"OCPP1.6": "StartTransaction", "OCPP2.0.1": "TransactionEvent"}[version]
    log = await until(
        lambda: sdk.chargers.get_logs(charger_id, event=started), lambda found: found.total >= 2
    )
    assert {entry.direction for entry in log.data} == {"cp_to_csms", "csms_to_cp"}
    assert started in "".join(entry.message or "" for entry in log.data)

    stop = StopSessionCommandEvent(connector_id=1)
    await asyncio.to_thread(lambda: sdk.commands.stop_session(target=target, event=stop))
    ended = {"OCPP1.6": "StopTransaction", "OCPP2.0.1": "Ended"}[version]
    await until(
        lambda: sdk.chargers.get_logs(charger_id, limit=1000),
        lambda found: any(ended in (entry.message or "") for entry in found.data),
    )

    stopped = await asyncio.to_thread(lambda: sdk.chargers.stop_runtime(charger_id, request={}))
    assert stopped.payload["desired_count"] == 0
    await asyncio.to_thread(lambda: sdk.chargers.delete(charger_id))
    with pytest.raises(NotFoundError):
        await asyncio.to_thread(lambda: sdk.chargers.get(charger_id))


async def register(server: Server, identity: str) -> None:
    """Make the charger known to the backend it will dial."""
    async with httpx.AsyncClient(base_url=server.api_url, timeout=120) as client:
        answer = await client.post(
            "/api/v1/chargers",
            json={"chargeBoxId": identity},
            headers={"X-API-Key": server.key},
        )
        assert answer.status_code == 201, answer.text
