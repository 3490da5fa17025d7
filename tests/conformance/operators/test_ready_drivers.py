"""Ready drivers: each request has the form that its CSMS documents, as a stub server hears it."""

import json
from typing import Any

import httpx
import pytest

from voltyard.conformance.operators.http import HttpOperator, known_operations
from voltyard.conformance.operators.ready_drivers import READY, ready_mapping
from voltyard.kernel.errors import Invalid

ENVIRONMENT = {
    "VOLTYARD_URL": "http://csms",
    "VOLTYARD_TOKEN": "key",
    "STEVE_URL": "http://csms/steve",
    "STEVE_BASIC": "YWRtaW46c2VjcmV0",
    "CITRINEOS_URL": "http://csms",
    "CITRINEOS_OCPP": "1.6",
}
PROFILE = {"chargingProfileId": 1}


async def heard(name: str, operation: str, **fields: Any) -> tuple[str, str, Any, httpx.Headers]:
    """The request by which a driver asks for an operation: method, URL, body and headers."""
    requests: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(200, json={})

    transport = httpx.MockTransport(answer)
    operator = HttpOperator(ready_mapping(name), ENVIRONMENT, time_out_s=60.0, transport=transport)
    await operator.ask(operation, "CP-1", fields)
    [request] = requests
    body = json.loads(request.content) if request.content else None
    return request.method, str(request.url), body, request.headers


STEVE: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "RemoteStartTransaction",
        {"connectorId": 1, "idTag": "04A1"},
        {"connectorId": 1, "idTag": "04A1"},
    ),
    ("RemoteStopTransaction", {"transactionId": 7}, {"transactionId": 7}),
    ("Reset", {"type": "Hard"}, {"resetType": "Hard"}),
    (
        "ChangeConfiguration",
        {"key": "HeartbeatInterval", "value": "60"},
        {"keyType": "CUSTOM", "customConfKey": "HeartbeatInterval", "value": "60"},
    ),
    ("GetConfiguration", {"key": ["A", "B"]}, {"confKeyList": ["A", "B"]}),
    ("GetConfiguration", {}, {}),
    (
        "ChangeAvailability",
        {"connectorId": 1, "type": "Inoperative"},
        {"connectorId": 1, "availType": "Inoperative"},
    ),
    (
        "TriggerMessage",
        {"requestedMessage": "Heartbeat"},
        {"triggerMessage": "Heartbeat"},
    ),
    ("UnlockConnector", {"connectorId": 1}, {"connectorId": 1}),
    ("ClearCache", {}, {}),
    (
        "ReserveNow",
        {"reservationId": 7, "connectorId": 1, "idTag": "04A1", "expiryDate": "2099-01-01T00:00Z"},
        {"connectorId": 1, "idTag": "04A1", "expiry": "2099-01-01T00:00Z"},
    ),
    (
        "GetCompositeSchedule",
        {"connectorId": 1, "duration": 300, "chargingRateUnit": "A"},
        {"connectorId": 1, "durationInSeconds": 300, "chargingRateUnit": "A"},
    ),
]


@pytest.mark.parametrize(
    ("operation", "fields", "body"), STEVE, ids=[f"{one[0]}-{len(one[1])}" for one in STEVE]
)
async def test_steve_is_asked_by_its_operations(
    operation: str, fields: dict[str, Any], body: dict[str, Any]
) -> None:
    method, url, said, headers = await heard("steve", operation, **fields)

    assert (method, url) == ("POST", f"http://csms/steve/api/v1/operations/{operation}")
    assert said == {"chargeBoxIdList": ["CP-1"], **body}
    assert headers["Authorization"] == "Basic YWRtaW46c2VjcmV0"


def test_steve_has_no_place_for_a_profile_in_a_remote_start() -> None:
    operator = HttpOperator(ready_mapping("steve"), ENVIRONMENT, time_out_s=60.0)

    assert operator.conveys("RemoteStartTransaction", "idTag")
    assert not operator.conveys("RemoteStartTransaction", "chargingProfile")
    assert not operator.can("SetChargingProfile")


@pytest.mark.parametrize(
    ("operation", "path"),
    [
        ("RemoteStartTransaction", "evdriver/remoteStartTransaction"),
        ("RemoteStopTransaction", "evdriver/remoteStopTransaction"),
        ("Reset", "configuration/reset"),
        ("ChangeConfiguration", "configuration/changeConfiguration"),
        ("GetConfiguration", "configuration/getConfiguration"),
        ("TriggerMessage", "configuration/triggerMessage"),
        ("RequestStartTransaction", "evdriver/requestStartTransaction"),
        ("SetVariables", "monitoring/setVariables"),
        ("GetBaseReport", "reporting/getBaseReport"),
    ],
)
async def test_citrineos_is_asked_by_its_modules(operation: str, path: str) -> None:
    fields = {"idTag": "04A1", "chargingProfile": PROFILE}
    method, url, said, _ = await heard("citrineos", operation, **fields)

    assert method == "POST"
    assert url == f"http://csms/ocpp/1.6/{path}?identifier=CP-1&tenantId=1"
    assert said == fields


@pytest.mark.parametrize("name", READY)
def test_operations_of_a_ready_driver_are_known(name: str) -> None:
    ready_mapping(name).check("operations", known_operations())


@pytest.mark.parametrize("name", READY)
def test_a_variable_that_is_missing_is_named(name: str) -> None:
    with pytest.raises(Invalid, match=f"environment variable {name.upper()}_URL") as refusal:
        HttpOperator(ready_mapping(name), {}, time_out_s=60.0)

    assert f"export {name.upper()}_URL=" in refusal.value.advice
