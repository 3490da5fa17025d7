"""Events that the tester's charging station tells of by NotifyEvent (N07)."""

from __future__ import annotations

from typing import Any

from voltyard.conformance.csms.v201.station import Station


async def notify_event(
    station: Station,
    component: dict[str, Any],
    variable: str,
    value: str,
    *,
    trigger: str = "Delta",
    **fields: Any,
) -> None:
    """Tell of one event of a component's variable; `fields` are more of its data."""
    now = station.now()
    data = {
        "eventId": 1,
        "timestamp": now,
        "trigger": trigger,
        "actualValue": value,
        "eventNotificationType": "HardWiredNotification",
        "component": component,
        "variable": {"name": variable},
        **fields,
    }
    await station.tell(
        "NotifyEvent",
        f"The station tells of {component['name']}.{variable} ({trigger})",
        generatedAt=now,
        seqNo=0,
        eventData=[data],
    )
