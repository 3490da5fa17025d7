"""A frame on its way, decoded so that quirks can change it."""

from __future__ import annotations

import json
from typing import Any, Final

CALL: Final = 2
RESULT: Final = 3
ERROR: Final = 4

KINDS: Final = {CALL: "call", RESULT: "result", ERROR: "error"}


class InterceptedMessage:
    """One frame. Quirks change `frame` through `edit`, and say what else is to become of it."""

    __slots__ = (
        "_is_edited",
        "action",
        "after",
        "before",
        "delay_s",
        "dropped",
        "frame",
        "honest_id",
        "text",
    )

    def __init__(self, frame: list[Any], action: str, text: str) -> None:
        self.frame = frame
        self.action = action
        """Of an answer: of the call it answers."""
        self.text = text
        self.honest_id: str = frame[1]
        """The id the charger gave it."""
        self.delay_s = 0.0
        """Time for which it is held back."""
        self.dropped = ""
        """The quirk that drops it."""
        self.before: list[tuple[str, str]] = []
        """(action, text) of frames that go ahead of it; so too `after`."""
        self.after: list[tuple[str, str]] = []
        self._is_edited = False

    @property
    def is_edited(self) -> bool:
        """A quirk has changed it already."""
        return self._is_edited

    @property
    def kind(self) -> int:
        """CALL, RESULT or ERROR."""
        kind: int = self.frame[0]
        return kind

    @property
    def id(self) -> str:
        """The message id that is to be on the wire."""
        id: str = self.frame[1]
        return id

    @id.setter
    def id(self, id: str) -> None:
        self.frame[1] = id
        self._is_edited = True

    @property
    def payload(self) -> dict[str, Any]:
        """To be looked at."""
        payload = self.frame[-1]
        return payload if isinstance(payload, dict) else {}

    def edit(self) -> dict[str, Any]:
        """The payload, to be changed."""
        self._is_edited = True
        return self.payload

    def rename(self, action: str, payload: dict[str, Any]) -> None:
        """Make another call of it."""
        self.action = self.frame[2] = action
        self.frame[-1] = payload
        self._is_edited = True

    def encoded(self) -> str:
        """The text, as the charger wrote it where no quirk has touched it."""
        return encode(self.frame) if self._is_edited else self.text


def encode(frame: Any) -> str:
    """Compact JSON, every character as itself."""
    return json.dumps(frame, separators=(",", ":"), ensure_ascii=False)


def decode(text: str) -> list[Any] | None:
    """A frame of OCPP-J; None where it is none."""
    try:
        frame = json.loads(text)
    except ValueError:
        return None
    if not isinstance(frame, list) or len(frame) < 3 or frame[0] not in KINDS:
        return None
    return frame if isinstance(frame[1], str) else None


def printable(text: str) -> str:
    """A frame's text for a log: what is no character is spelt out."""
    return text.encode("utf-8", "backslashreplace").decode()
