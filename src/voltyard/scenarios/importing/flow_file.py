"""Scenario files of shiv3/ocpp-cp-simulator: a flow of nodes, format 1.0, as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct

from voltyard.kernel.errors import Invalid


class FlowNode(Struct, frozen=True, kw_only=True):
    """One node of a flow."""

    id: str
    type: str
    data: dict[str, Any] = {}

    @property
    def label(self) -> str:
        """The words that its author gave it, or else its id."""
        return str(self.data.get("label") or self.id)


class FlowEdge(Struct, frozen=True, kw_only=True):
    """A way from one node to the next."""

    source: str
    target: str


class FlowAssertion(Struct, frozen=True, kw_only=True, rename="camel"):
    """A claim about the whole flow, judged at its end."""

    id: str
    type: str
    description: str = ""
    action: str = ""
    status: str = ""
    occurrence: int = 1
    payload: dict[str, Any] = {}
    target_status: str = ""
    actions: list[str] = []
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}


class FlowVehicle(Struct, frozen=True, kw_only=True, rename="camel"):
    """The vehicle of a flow."""

    model_name: str = ""
    battery_capacity_kwh: float | None = None
    max_charging_power_kw: float | None = None
    initial_soc: float | None = None
    target_soc: float | None = None


class FlowFile(Struct, frozen=True, kw_only=True, rename="camel"):
    """A scenario as that simulator keeps it. Unknown keys are its editor's, and ignored."""

    id: str
    name: str
    description: str = ""
    target_type: str = "connector"
    target_id: int = 1
    nodes: list[FlowNode]
    edges: list[FlowEdge]
    ev_settings: FlowVehicle = FlowVehicle()
    assertions: list[FlowAssertion] = []


def read_flow(text: str, name: str) -> FlowFile:
    """The flow in a file's text. Invalid, with the place, where it is none."""
    try:
        return msgspec.json.decode(text, type=FlowFile)
    except msgspec.DecodeError as error:
        raise Invalid(
            f"{name}: this is no scenario of ocpp-cp-simulator: {error}",
            hint="it is a JSON file with id, name, nodes and edges",
        ) from None


def in_order(flow: FlowFile) -> Iterator[FlowNode]:
    """The nodes along the edges, from the start node on.

    Invalid where there is no start, or where the way forks or comes back to where it was: a
    scenario of ours has `together` and `repeat` for that, which a flow does not tell apart.
    """
    nodes = {node.id: node for node in flow.nodes}
    onward: dict[str, list[str]] = {}
    for edge in flow.edges:
        onward.setdefault(edge.source, []).append(edge.target)
    starts = [node for node in flow.nodes if node.type == "start"]
    if len(starts) != 1:
        raise Invalid(f"a flow has one start node; this one has {len(starts)}")
    at: FlowNode | None = starts[0]
    seen: set[str] = set()
    while at is not None:
        if at.id in seen:
            raise Invalid(f"the flow comes back to {at.label!r}", hint="write the loop as `repeat`")
        seen.add(at.id)
        yield at
        targets = onward.get(at.id, [])
        if len(targets) > 1:
            raise Invalid(
                f"the flow forks after {at.label!r}", hint="import each branch as a file of its own"
            )
        if targets and targets[0] not in nodes:
            raise Invalid(f"an edge leads from {at.label!r} to {targets[0]!r}, which is no node")
        at = nodes[targets[0]] if targets else None
