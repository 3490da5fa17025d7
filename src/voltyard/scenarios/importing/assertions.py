"""Translation of a flow's assertions into expectations at the end of the story."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from voltyard.scenarios.importing.flow_file import FlowAssertion
from voltyard.scenarios.importing.story import Story


def expectations(story: Story, assertion: FlowAssertion) -> None:
    """Add the steps that judge what the assertion says; one that has none is left out."""
    conditions = list(_conditions(story, assertion))
    if not conditions:
        story.left_out.append(f"assertion {assertion.id!r}: {assertion.type} is not translated")
    for condition in conditions:
        verb = "expect" if condition.get("times") == 0 else "wait_for"
        step: dict[str, Any] = {verb: {**condition, "since": "start"}}
        story.add({"title": assertion.description, **step} if assertion.description else step)


def _conditions(story: Story, assertion: FlowAssertion) -> Iterator[dict[str, Any]]:
    action = assertion.action
    match assertion.type:
        case "ocpp_sent":
            yield {"frame": action, "by": "charger", "times": assertion.occurrence}
        case "ocpp_received":
            yield {"frame": action, "by": "csms", "times": assertion.occurrence}
        case "ocpp_absent":
            yield {"frame": action, "times": 0}
        case "response_status":
            yield {"frame": action, "kind": "result", "where": {"$.status": assertion.status}}
        case "idtag_info_status":
            info = {"$.idTagInfo.status": assertion.status}
            yield {"frame": action, "kind": "result", "where": info}
        case "payload_match":
            yield {"frame": action, "where": dict(_leaves("$", assertion.payload))}
        case "message_order":
            for first, second in pairwise(assertion.actions):
                yield {"frame": second, "after": {"frame": first}}
        case "message_after":
            yield {
                "frame": str(assertion.after["action"]),
                "after": {"frame": str(assertion.before["action"])},
            }
        case "state_transition":
            status = {"$.status": assertion.target_status}
            where = {**status, "$.connectorId": story.connector}
            yield {"frame": "StatusNotification", "where": where}


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """The values within a payload, by JSONPath."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _leaves(f"{path}.{name}", inner)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _leaves(f"{path}[{number}]", inner)
    else:
        yield path, value
