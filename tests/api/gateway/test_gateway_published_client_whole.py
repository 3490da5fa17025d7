"""All 44 operations of the contract through the published client, synchronous and not: a real
server, real chargers, the real backend at their other end, and every answer parsed by the client's
own models."""

import asyncio
import datetime as dt
import inspect
import re
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
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
    InjectFaultEvent,
    LocalAuthListEntry,
    LocalAuthListEvent,
    OcpplabSDK,
    PowerUpdateCommandEvent,
    ProxyMessageEvent,
    StartSessionCommandEvent,
    StartTransactionCommandEvent,
    StopSessionCommandEvent,
    StopTransactionCommandEvent,
    UpdateLocationChargerItem,
)

from tests.api.gateway.bench import CHARGER, LOCATION
from voltyard.config.config import Config
from voltyard.server.server import Server

CONTRACT = yaml.safe_load(Path(__file__).with_name("contract.yaml").read_text())
PATIENCE_S = 120.0


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with Server(Config(data=tmp_path, port=0, ocpp_port=0, drain_s=1.0)) as running:
        yield running


class Tour:
    """One client, whichever its kind, and the operations it has carried out."""

    def __init__(self, server: Server, kind: type[OcpplabSDK] | type[AsyncOcpplabSDK]) -> None:
        self.server = server
        self.seen: set[str] = set()
        client: httpx.Client | httpx.AsyncClient
        if kind is OcpplabSDK:
            client = httpx.Client(event_hooks={"response": [self._note]})
        else:
            client = httpx.AsyncClient(event_hooks={"response": [self._note_async]})
        self.sdk: Any = kind(base_url=server.api_url, token=server.key, httpx_client=client)

    async def ask(self, operation: Callable[..., Any], *given: Any, **said: Any) -> Any:
        """The client's parsed answer."""
        if inspect.iscoroutinefunction(operation):
            return await operation(*given, **said)
        return await asyncio.to_thread(operation, *given, **said)

    async def until(
        self, wanted: Callable[[Any], bool], operation: Callable[..., Any], *given: Any, **said: Any
    ) -> Any:
        """Ask until it answers what is wanted."""
        give_up_at = time.monotonic() + PATIENCE_S
        while not wanted(answer := await self.ask(operation, *given, **said)):
            assert time.monotonic() < give_up_at, answer
        return answer

    async def frames(self, charger_id: str, text: str) -> None:
        """Wait until the charger's log holds a frame with this in it."""
        await self.until(
            lambda found: any(text in (entry.message or "") for entry in found.data),
            self.sdk.chargers.get_logs,
            charger_id,
            limit=1000,
        )

    async def register(self, *identities: str) -> None:
        """Make chargers known to the backend they will dial."""
        headers = {"X-API-Key": self.server.key}
        async with httpx.AsyncClient(
            base_url=self.server.api_url, headers=headers, timeout=120
        ) as client:
            for identity in identities:
                answer = await client.post("/api/v1/chargers", json={"chargeBoxId": identity})
                assert answer.status_code == 201, answer.text

    def _note(self, response: httpx.Response) -> None:
        for name in CONTRACT["operations"]:
            method, path = name.split()
            pattern = re.sub(r"{\w+}", "[^/]+", path)
            request = response.request
            if request.method == method and re.fullmatch(pattern, request.url.path):
                assert response.status_code in CONTRACT["operations"][name]["answer"], name
                self.seen.add(name)

    async def _note_async(self, response: httpx.Response) -> None:
        self._note(response)


@pytest.mark.slow
@pytest.mark.parametrize("version", ["OCPP1.6", "OCPP2.0.1"])
@pytest.mark.parametrize("kind", [OcpplabSDK, AsyncOcpplabSDK])
async def test_all_44_operations(
    server: Server, kind: type[OcpplabSDK] | type[AsyncOcpplabSDK], version: str
) -> None:
    tour = Tour(server, kind)

    await the_open_door_and_the_catalogue(tour)
    location_id = await a_location(tour)
    charger_id = await a_charger(tour, location_id, version)
    await one_asked_and_answering(tour, charger_id, version)
    await a_session_step_by_step(tour, charger_id, version)
    await a_session_at_once(tour, location_id, charger_id, version)
    await its_life(tour, charger_id)
    await many_at_once(tour, location_id, version)
    await the_end(tour, location_id, charger_id)

    assert tour.seen == set(CONTRACT["operations"])
    assert len(tour.seen) == 44


async def the_open_door_and_the_catalogue(tour: Tour) -> None:
    sdk = tour.sdk
    assert (await tour.ask(sdk.health.health_check))["status"] == "ok"
    await tour.ask(sdk.health.landing_page)
    brands = await tour.ask(sdk.catalog.list_brands)
    models = await tour.ask(sdk.catalog.list_models, brands.data[0].slug)
    model = await tour.ask(sdk.catalog.get_model, brands.data[0].slug, models.data[0].slug)
    assert model == models.data[0]
    assert (await tour.ask(sdk.location_templates.list))["data"]


async def a_location(tour: Tour) -> str:
    locations = tour.sdk.locations
    said = {**LOCATION, "coordinates": Coordinates(latitude=48.8566, longitude=2.3522)}
    made = await tour.ask(locations.create, **said)
    changed = await tour.ask(locations.update, made.id, name="West", public=False)
    assert (changed.name, changed.city) == ("West", "Paris")
    assert await tour.ask(locations.get, made.id) == changed
    assert (await tour.ask(locations.list)).data == [changed]
    return str(made.id)


async def a_charger(tour: Tour, location_id: str, version: str) -> str:
    chargers = tour.sdk.chargers
    await tour.register("CP-TEST-001")
    said = {**CHARGER, "ws_url": tour.server.charger_url, "ocpp_version": version}
    accepted = await tour.ask(chargers.create, **said, location_id=location_id)
    charger_id = str(accepted.charger_id)
    await tour.until(lambda one: one.status == "READY", chargers.get_status, charger_id)
    changed = await tour.ask(chargers.update, charger_id, charge_point_name="Bay A02")
    assert changed.name == "Bay A02"
    assert (await tour.ask(chargers.get, charger_id)).ocpp_version == version
    assert (await tour.ask(chargers.list)).total == 1
    await tour.frames(charger_id, '"Accepted"')
    return charger_id


async def one_asked_and_answering(tour: Tour, charger_id: str, version: str) -> None:
    do, target = tour.sdk.commands, ChargerCommandTarget(charger_id=charger_id)
    spoken = version.lower()
    name = {"OCPP1.6": "HeartbeatInterval", "OCPP2.0.1": "OCPPCommCtrlr.HeartbeatInterval"}[version]
    settings = ConfigurationUpdateEvent(configuration={name: "30"})
    configured = await tour.ask(do.set_configuration, target=target, event=settings)
    assert (configured.status, configured.configured) == ("Accepted", [name])

    card = LocalAuthListEntry(id_tag="A", expiry_date=dt.datetime(2036, 12, 31, tzinfo=dt.UTC))
    cards = LocalAuthListEvent(list_version=2, entries=[card])
    listed = await tour.ask(do.send_local_list, target=target, event=cards)
    assert (listed.list_version, listed.entries_received) == (2, 1)
    cleared = await tour.ask(do.clear_local_list, target=target, event=EmptyEvent())
    assert cleared.entries_deleted == 1

    emptied = await tour.ask(do.reset_auth_cache, target=target, event=EmptyEvent())
    assert emptied.cleared_entries == 0

    heartbeat = ProxyMessageEvent(action="heartbeat", ocpp_version=spoken, payload={})
    queued = await tour.ask(do.proxy_message, target=target, event=heartbeat)
    assert queued.event_type == "heartbeat"
    await tour.frames(charger_id, '"Heartbeat"')

    fault = InjectFaultEvent(fault_type="OverCurrentFailure", evse_id=1, connector_id=1)
    broken = await tour.ask(do.inject_fault, target=target, event=fault)
    assert broken.status == "Faulted"
    repair = ClearFaultEvent(evse_id=1, connector_id=1)
    assert (await tour.ask(do.clear_fault, target=target, event=repair)).status == "Available"


async def a_session_step_by_step(tour: Tour, charger_id: str, version: str) -> None:
    do, target = tour.sdk.commands, CommandTarget(charger_id=charger_id)
    here = ConnectorCommandEvent(evse_id=1, connector_id=1)
    started, ended = {
        "OCPP1.6": ('"StartTransaction"', '"StopTransaction"'),
        "OCPP2.0.1": ('"Started"', '"Ended"'),
    }[version]
    steps: list[tuple[Any, Any, str | None]] = [
        (do.plug_connector, here, '"StatusNotification"'),
        (do.authorize_id_tag, AuthorizeIdTagCommandEvent(id_tag="TAG-1"), '"Authorize"'),
        (do.start_transaction, StartTransactionCommandEvent(id_tag="TAG-1", evse_id=1), started),
        (do.power_update, PowerUpdateCommandEvent(power_w=3700), None),
        (do.ev_stops_energy, here, "SuspendedEV"),
        (do.ev_requests_energy, here, "Charging"),
        (do.stop_transaction, StopTransactionCommandEvent(), ended),
        (do.unlock_connector, here, None),
        (do.unplug_connector, here, "Available"),
    ]
    for command, event, frame in steps:
        answer = await tour.ask(command, target=target, event=event)
        assert (answer.queued_count, answer.failed_count) == (1, 0), answer
        if frame:
            await tour.frames(charger_id, frame)


async def a_session_at_once(tour: Tour, location_id: str, charger_id: str, version: str) -> None:
    do, target = tour.sdk.commands, CommandTarget(location_id=location_id)
    begin = StartSessionCommandEvent(id_tag="TAG-SESSION", connector_id=1, duration_seconds=300)
    assert (await tour.ask(do.start_session, target=target, event=begin)).queued_count == 1
    await tour.frames(charger_id, "TAG-SESSION")
    stop = StopSessionCommandEvent(connector_id=1)
    assert (await tour.ask(do.stop_session, target=target, event=stop)).queued_count == 1
    reason = {"OCPP1.6": '"StopTransaction"', "OCPP2.0.1": '"Ended"'}[version]
    await tour.until(
        lambda found: sum(reason in (entry.message or "") for entry in found.data) == 2,
        tour.sdk.chargers.get_logs,
        charger_id,
        limit=1000,
    )


async def its_life(tour: Tour, charger_id: str) -> None:
    chargers = tour.sdk.chargers
    for act, event_type, desired_count in (
        (chargers.stop_runtime, "stop_charger", 0),
        (chargers.start_runtime, "start_charger", 1),
        (chargers.reset_runtime, "restart_charger", 1),
    ):
        queued = await tour.ask(act, charger_id, request={})
        assert queued.event_type == event_type
        assert queued.payload["desired_count"] == desired_count


async def many_at_once(tour: Tour, location_id: str, version: str) -> None:
    many = tour.sdk.location_chargers
    template = ChargerTemplate(
        brand_slug="schneider",
        model_slug="evlink-pro-ac-22kw",
        connector_type="Type2",
        ocpp_version=version,
        ws_url=tour.server.charger_url,
        identity_prefix="SITE_A_",
        template_name="Bay",
    )
    await tour.register("SITE_A_001", "SITE_A_002")
    groups = [ChargerGroup(template=template, charger_ids=["001", "002"])]
    accepted = await tour.ask(many.create, location_id, request=groups)
    job = await tour.until(
        lambda one: one.status in ("READY", "FAILED"),
        many.get_bulk_job,
        location_id,
        accepted.job_id,
    )
    assert job.results["created_count"] == 2, job.results
    item = UpdateLocationChargerItem(charger_id="SITE_A_001", charge_point_name="Bay A09")
    assert (await tour.ask(many.update, location_id, chargers=[item])).updated[0].name == "Bay A09"
    assert (await tour.ask(many.list, location_id)).total == 3
    gone = await tour.ask(many.delete, location_id, charger_ids=["SITE_A_001", "SITE_A_002"])
    assert (gone.deleted_count, gone.failed_count) == (2, 0)


async def the_end(tour: Tour, location_id: str, charger_id: str) -> None:
    sdk = tour.sdk
    await tour.ask(sdk.chargers.delete, charger_id)
    await tour.ask(sdk.locations.delete, location_id)
    assert (await tour.ask(sdk.chargers.list)).total == 0
    assert (await tour.ask(sdk.locations.list)).total == 0
