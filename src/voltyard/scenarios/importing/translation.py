"""Translation of a flow of ocpp-cp-simulator into a scenario, and the list of what it left out."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from voltyard.kernel.errors import Invalid
from voltyard.scenarios.form.reading import read
from voltyard.scenarios.importing.assertions import expectations
from voltyard.scenarios.importing.flow_file import FlowFile, FlowVehicle, in_order, read_flow
from voltyard.scenarios.importing.nodes import NODES
from voltyard.scenarios.importing.story import Story

_SCHEMA: Final = (
    "# yaml-language-server: $schema=https://raw.githubusercontent.com/voltyard/voltyard/main"
    "/docs/reference/scenario.schema.json\n"
)


@dataclass(frozen=True)
class Translation:
    """A scenario as YAML, and what of the flow is not in it, a line each."""

    text: str
    left_out: list[str] = field(default_factory=list)


def translated(text: str, name: str) -> Translation:
    """The scenario of a flow's file. Invalid where the file is none, or its flow cannot be a
    scenario."""
    flow = read_flow(text, name)
    story = _told(flow)
    document = _document(flow, story)
    left_out = [f"# Left out: {line}\n" for line in story.left_out]
    written = _SCHEMA + "".join(left_out) + _as_yaml(document)
    read(written, name)
    return Translation(written, story.left_out)


def _told(flow: FlowFile) -> Story:
    story = Story(connector=flow.target_id or 1)
    nodes = list(in_order(flow))
    for number, node in enumerate(nodes):
        story.ahead = nodes[number + 1 :]
        translate = NODES.get(node.type)
        if translate is None:
            story.leave(node, f"there is no node type {node.type!r}")
            continue
        try:
            translate(story, node)
        except (KeyError, TypeError, ValueError) as error:
            raise Invalid(f"the data of {node.type} {node.label!r}: {error!r}") from None
    for assertion in flow.assertions:
        expectations(story, assertion)
    if not story.judges:
        story.add({"expect": {"frame": "BootNotification", "kind": "result", "since": "start"}})
    return story


def _document(flow: FlowFile, story: Story) -> dict[str, Any]:
    chargers: dict[str, Any] = {}
    if story.connector > 1:
        chargers["evses"] = story.connector
    if story.settings:
        chargers["settings"] = story.settings
    if vehicle := _vehicle(flow.ev_settings):
        chargers["vehicle"] = vehicle
    return {
        "name": _name(flow.id),
        "theme": "imported",
        "title": flow.name,
        **({"description": flow.description} if flow.description else {}),
        "versions": ["1.6"],
        **({"chargers": chargers} if chargers else {}),
        "steps": story.steps,
    }


def _name(id: str) -> str:
    name = re.sub(r"[^a-z0-9]+", "-", id.lower()).strip("-")
    if not name:
        raise Invalid(f"the flow's id {id!r} makes no name", hint="give it letters or digits")
    return name


def _vehicle(settings: FlowVehicle) -> dict[str, Any]:
    """The description of the flow's vehicle; target_soc ends nothing in a scenario."""
    known = {
        "battery_kwh": settings.battery_capacity_kwh,
        "soc": settings.initial_soc,
        "max_power_w": _watts(settings.max_charging_power_kw),
    }
    described = {name: value for name, value in known.items() if value is not None}
    return {"name": settings.model_name or "imported", **described} if described else {}


def _watts(kilowatts: float | None) -> int | None:
    return None if kilowatts is None else round(kilowatts * 1_000)


def _as_yaml(document: dict[str, Any]) -> str:
    written: str = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100)
    return written
