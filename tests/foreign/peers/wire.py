"""What both foreign peers share: a record of all that went over the wire."""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from websockets.exceptions import ConnectionClosed


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass
class Seen:
    """A CALL the foreign peer was sent."""

    action: str
    payload: dict[str, Any]


class Record:
    """What a foreign peer was asked, and what it found wrong, as it happens."""

    def __init__(self) -> None:
        self.calls: list[Seen] = []
        self.asked: list[str] = []
        """Actions that the foreign peer has sent itself."""
        self.errors: list[str] = []
        """CALLERRORs in either direction: every one is a disagreement about OCPP."""
        self._changed = asyncio.Event()

    def of(self, action: str) -> list[dict[str, Any]]:
        """The payloads of all calls of that action."""
        return [call.payload for call in self.calls if call.action == action]

    def actions(self) -> list[str]:
        return [call.action for call in self.calls]

    def note_received(self, raw: str) -> None:
        frame = json.loads(raw)
        if frame[0] == 2:
            self.calls.append(Seen(frame[2], frame[3] or {}))
        elif frame[0] == 4:
            self.errors.append(raw)
        self.changed()

    def note_sent(self, raw: str) -> None:
        frame = json.loads(raw)
        if frame[0] == 2:
            self.asked.append(frame[2])
        elif frame[0] == 4:
            self.errors.append(raw)
            self.changed()

    def changed(self) -> None:
        self._changed.set()

    async def until(self, holds: Callable[[], Any], timeout_s: float = 120.0) -> Any:
        """Wait until that is so, and answer what it says."""
        try:
            async with asyncio.timeout(timeout_s):
                while not (result := holds()):
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(
                f"never came; seen {self.actions()}, errors {self.errors}"
            ) from None
        return result

    async def until_call(
        self, action: str, where: Callable[[dict[str, Any]], bool] = lambda _: True, count: int = 1
    ) -> dict[str, Any]:
        """The payload of the `count`-th call of that action which satisfies the condition."""

        def found() -> dict[str, Any] | None:
            matching = [payload for payload in self.of(action) if where(payload)]
            return {"payload": matching[count - 1]} if len(matching) >= count else None

        payload: dict[str, Any] = (await self.until(found))["payload"]
        return payload


class Recorded:
    """Mixed into an `ocpp` ChargePoint: keeps the record, and ends quietly with its socket."""

    record: Record

    async def route_message(self, raw: str) -> None:
        self.record.note_received(raw)
        await super().route_message(raw)  # type: ignore[misc]

    async def _send(self, raw: str) -> None:
        self.record.note_sent(raw)
        await super()._send(raw)  # type: ignore[misc]

    async def run(self) -> None:
        """Serve until the socket is closed."""
        with suppress(ConnectionClosed):
            await self.start()  # type: ignore[attr-defined]
