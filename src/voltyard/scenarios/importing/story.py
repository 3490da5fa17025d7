"""A story that grows while a flow is walked through, node by node."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from voltyard.scenarios.importing.flow_file import FlowNode


@dataclass
class Story:
    """Steps so far, and how things stand at the connector."""

    connector: int
    """Of the flow; in 1.6 connector n is EVSE n."""
    steps: list[dict[str, Any]] = field(default_factory=list)
    settings: dict[str, str] = field(default_factory=dict)
    """The charger's, from the beginning."""
    left_out: list[str] = field(default_factory=list)
    ahead: list[FlowNode] = field(default_factory=list)
    """Nodes that come after the one that is looked at."""
    judges: bool = False
    """True once a step expects or waits for something."""
    is_plugged: bool = False
    is_remote: bool = False
    """The CSMS was asked to start, or to stop, the transaction that comes next."""
    is_suspended: bool = False
    is_faulted: bool = False
    tag: str = ""
    """Of the running transaction; empty: there is none."""

    def add(self, step: dict[str, Any]) -> None:
        """One step more."""
        self.steps.append(step)
        self.judges |= "wait_for" in step or "expect" in step or "answer" in step

    def do(self, command: str, **fields: Any) -> None:
        """A physical command, at the flow's connector."""
        self.add(_with({"do": command}, fields | self.place()))

    def do_anywhere(self, command: str, **fields: Any) -> None:
        """A physical command that has no connector."""
        self.add(_with({"do": command}, fields))

    def ask(self, command: str, **fields: Any) -> None:
        """A command of the CSMS, which the charger has to accept."""
        self.add(_with({"ask": command}, fields) | {"answer": {"$.status": "accepted"}})

    def wait_for(self, within_s: float, **condition: Any) -> None:
        """A wait; 0 seconds, the flow's word for ever, are ten minutes."""
        self.add({"wait_for": {**condition, "within": f"{within_s or 600:g} s"}})

    def place(self) -> dict[str, int]:
        """The connector as commands name it; nothing for the first."""
        return {} if self.connector == 1 else {"evse_id": self.connector, "connector_id": 1}

    def condition_place(self) -> dict[str, int]:
        """The connector as conditions name it; nothing for the first."""
        return {} if self.connector == 1 else {"evse": self.connector}

    def plug_in(self) -> None:
        """Plug in, where that has not been done."""
        if not self.is_plugged:
            self.do("plug_in")
            self.is_plugged = True

    def leave(self, node: FlowNode, why: str) -> None:
        """Leave a node out, and say why."""
        self.left_out.append(f"{node.type} {node.label!r}: {why}")


def _with(step: dict[str, Any], fields: dict[str, Any]) -> dict[str, Any]:
    given = {name: value for name, value in fields.items() if value not in (None, "")}
    return {**step, "with": given} if given else step
