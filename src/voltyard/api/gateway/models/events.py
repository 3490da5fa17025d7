"""Answers of the yard's events."""

from typing import Any, Final

from voltyard.api.gateway.fields import GatewayAnswer, Moment, example

_EVENT: Final = {
    "id": 42,
    "type": "connection.opened",
    "at": "2026-02-10T14:00:00.250Z",
    "charger_id": "dep-123",
    "identity": "CP-TEST-001",
    "location_id": None,
    "data": {},
}


class EventResponse(GatewayAnswer):
    """One event."""

    model_config = example(**_EVENT)

    id: int
    type: str
    at: Moment
    charger_id: str | None = None
    identity: str | None = None
    location_id: str | None = None
    data: dict[str, Any]


class EventListResponse(GatewayAnswer):
    """A part of the events."""

    model_config = example(data=[_EVENT], limit=100, has_more=False, gap=False)

    data: list[EventResponse]
    limit: int
    has_more: bool
    gap: bool
