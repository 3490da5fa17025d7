"""Spans of commands to simulated chargers, by whichever route they are asked for."""

from collections.abc import AsyncIterator
from random import Random
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan

from tests.api.gateway.bench import Gateway, GatewayBench
from voltyard.charger.description.events import Framed
from voltyard.ports.runtimes import CommandCompleted
from voltyard.spans.sampled_spans import SampledSpans

AT = {"evse_id": 1, "connector_id": 1}
ROUTES: dict[str, tuple[str, dict[str, Any] | None]] = {
    "plug": ("commands/plug-connector", AT),
    "configure": ("commands/configuration", {"configuration": {"HeartbeatInterval": "30"}}),
    "cache_reset": ("commands/cache/reset", {}),
    "local_auth_list": (
        "commands/local-auth-list",
        {"list_version": 1, "entries": [{"id_tag": "TAG"}]},
    ),
    "clear_local_auth_list": ("commands/clear-local-auth-list", {}),
    "inject_fault": ("commands/inject-fault", {**AT, "fault_type": "GroundFailure"}),
    "clear_fault": ("commands/clear-fault", AT),
    "proxy_message": (
        "commands/proxy-message",
        {"ocpp_version": "ocpp1.6", "action": "Heartbeat", "payload": {}},
    ),
    "start_charger": ("chargers/{}/start-charger", None),
    "stop_charger": ("chargers/{}/stop-charger", None),
    "restart_charger": ("chargers/{}/restart-charger", None),
}
"""A path and an event for each way to ask, by the command's tag."""

CALL = Framed(
    at=5.0,
    direction="cp_to_csms",
    kind="call",
    action="StatusNotification",
    message_id="m-1",
    text="[]",
)


@pytest.fixture
def told() -> list[ReadableSpan]:
    return []


@pytest.fixture
async def traced(yard: GatewayBench, told: list[ReadableSpan]) -> AsyncIterator[Gateway]:
    """A gateway that traces every request."""
    yard.spans = SampledSpans(1, "1", told.append, Random(1))
    opened = await yard.open()
    yield opened
    await yard.close(opened)


@pytest.mark.parametrize("verb", ROUTES)
async def test_a_command_is_a_step_of_its_request(
    traced: Gateway, told: list[ReadableSpan], verb: str
) -> None:
    charger_id = await traced.charger()
    told.clear()
    path, event = ROUTES[verb]
    body = {} if event is None else {"target": {"charger_id": charger_id}, "event": event}

    answer = await traced.post("/ocpp/" + path.format(charger_id), body)
    await traced.settled()

    assert answer.is_success, answer.text
    (request,) = (one for one in told if one.name.startswith("POST /ocpp/"))
    (command,) = (one for one in told if one.name == f"command {verb}")
    steps = [one.name for one in told if one.parent == command.context]
    assert command.parent == request.context
    assert steps == ([] if verb.endswith("_charger") else [f"runtime {verb}"])


async def test_frames_that_a_command_leads_to_are_events_of_it(
    traced: Gateway, told: list[ReadableSpan]
) -> None:
    charger_id = await traced.charger()
    traced.provider.silent.add("plug")
    body = {"target": {"charger_id": charger_id}, "event": AT}
    await traced.post("/ocpp/commands/plug-connector", body)
    await traced.settled()

    traced.provider.report(charger_id, CALL)
    traced.provider.answer(charger_id, CommandCompleted({}))
    await traced.settled()
    traced.provider.report(charger_id, CALL)  # it is nothing to it any more

    (command,) = (one for one in told if one.name == "command plug")
    assert [one.name for one in command.events][2:] == ["CALL StatusNotification"]
