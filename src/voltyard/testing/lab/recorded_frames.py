"""Frames as a test reads them, from the yard's log or from the backend's."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

Sender = Literal["charger", "csms"]


@dataclass(frozen=True, slots=True)
class RecordedFrame:
    """One frame as it was on the wire."""

    at: str
    """RFC 3339."""
    sender: Sender
    kind: str
    """call, result, error; unreadable where it is none of them."""
    action: str | None
    """Of an answer, that of its call."""
    message_id: str | None
    text: str

    @property
    def payload(self) -> Any:
        """The payload of a call or a result; of an error, its details. None where the text cannot
        be read."""
        try:
            content = json.loads(self.text)
            return content[{"call": 3, "result": 2, "error": 4}[self.kind]]
        except (ValueError, LookupError, TypeError):
            return None

    def __str__(self) -> str:
        arrow = "->" if self.sender == "charger" else "<-"
        return f"{self.at} {arrow} {self.text}"


def of_yard(exported: Iterable[str]) -> list[RecordedFrame]:
    """The frames of an export of the yard, oldest first."""
    return [
        RecordedFrame(
            at=one["timestamp"],
            sender="charger" if one["direction"] == "cp_to_csms" else "csms",
            kind=one["kind"],
            action=one["action"],
            message_id=one["message_id"],
            text=one["message"],
        )
        for one in map(json.loads, exported)
    ]


def of_backend(exported: Iterable[str]) -> list[RecordedFrame]:
    """The frames of an export of the backend, of which a line has a call and its answer; by
    time."""
    found: list[RecordedFrame] = []
    for one in map(json.loads, exported):
        by_charger = one["direction"] == "incoming"
        sides: tuple[Sender, Sender] = ("charger", "csms") if by_charger else ("csms", "charger")
        about = (one["action"], one["messageId"])
        if one["request"]:
            found.append(RecordedFrame(one["timestamp"], sides[0], "call", *about, one["request"]))
        if one["response"]:
            kind = "result" if one["outcome"] == "result" else "error"
            at = one["answeredAt"] or one["timestamp"]
            found.append(RecordedFrame(at, sides[1], kind, *about, one["response"]))
    return sorted(found, key=lambda one: one.at)
