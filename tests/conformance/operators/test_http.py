"""The operator over HTTP: templates, and what they have no place for."""

import json
from typing import Any

import httpx
import msgspec
import pytest

from voltyard.conformance.mapped_requests import HttpMapping
from voltyard.conformance.operators.http import HttpOperator
from voltyard.conformance.wire.endings import DriverFailed

Heard = list[tuple[str, str, Any]]


def operator(heard: Heard, status: int = 200, **operations: Any) -> HttpOperator:
    """An operator with those operations, whose requests are heard and answered with a status."""

    def answer(request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content) if request.content else None
        heard.append((request.method, str(request.url), body))
        return httpx.Response(status, text="the reason why")

    mapping = msgspec.convert({"url": "http://csms", "operations": operations}, HttpMapping)
    return HttpOperator(mapping, {}, time_out_s=60.0, transport=httpx.MockTransport(answer))


async def test_names_in_path_query_and_body_stand_for_the_fields() -> None:
    heard: Heard = []
    asked = operator(
        heard,
        GetConfiguration={"get": "/$identity/settings", "query": {"name": "$key"}},
        Reset={"post": "/reset", "body": {"who": "$identity", "how": "$type", "why": "$reason"}},
    )

    await asked.ask("GetConfiguration", "CP 1", {"key": ["A", "B"]})
    await asked.ask("GetConfiguration", "CP 1", {})
    await asked.ask("Reset", "CP 1", {"type": "Hard"})

    assert heard == [
        ("GET", "http://csms/CP%201/settings?name=A&name=B", None),
        ("GET", "http://csms/CP%201/settings", None),
        ("POST", "http://csms/reset", {"who": "CP 1", "how": "Hard"}),
    ]


async def test_a_request_that_fails_is_told_with_its_answer() -> None:
    asked = operator([], 422, Reset={"post": "/$identity/reset"})

    with pytest.raises(DriverFailed, match="POST /CP-1/reset for Reset was answered 422") as failed:
        await asked.ask("Reset", "CP-1", {"type": "Hard"})

    assert "the reason why" in str(failed.value)


def test_a_field_reaches_the_csms_where_the_template_names_it() -> None:
    asked = operator(
        [],
        RemoteStartTransaction={"post": "/sessions", "body": {"who": [{"tag": "tag:${idTag}"}]}},
        Reset={"post": "/reset", "body": "$payload"},
    )

    assert asked.conveys("RemoteStartTransaction", "idTag")
    assert not asked.conveys("RemoteStartTransaction", "chargingProfile")
    assert asked.conveys("Reset", "type")
    assert not asked.conveys("UnlockConnector", "connectorId")
