"""A 1.6 charger that says everything until it is answered, for tests that kill the server."""

import asyncio
import json
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake


class StubbornCharger:
    """Charges again and again; says a message again until it is answered, as OCPP demands."""

    def __init__(self, number: int, prefix: str = "CP") -> None:
        self.box = f"{prefix}-{number}"
        self.number = number
        self.starts: list[int] = []
        """Transaction ids, one for each StartTransaction that was answered."""
        self.stopped: list[int] = []
        self.answered = asyncio.Event()
        """Set with each transaction that begins; whoever waits for it clears it."""
        self._unanswered: tuple[str, dict[str, Any]] | None = None
        self._message = 0
        self._rounds = 0

    async def charge(self, url: str, rounds: int | None = None) -> None:
        """Until the link breaks, or for so many transactions more."""
        goal = None if rounds is None else len(self.stopped) + rounds
        try:
            async with connect(f"{url}/{self.box}", subprotocols=["ocpp1.6"]) as link:  # type: ignore[list-item]
                boot = {"chargePointVendor": "ACME", "chargePointModel": "DC-50"}
                await self._call(link, "BootNotification", boot)
                while goal is None or len(self.stopped) < goal:
                    await self._next(link)
        except (ConnectionClosed, InvalidHandshake, EOFError, OSError):
            return

    async def _next(self, link: ClientConnection) -> None:
        """The next message in turn, or the one that got no answer, word for word."""
        running = len(self.starts) > len(self.stopped)
        if self._unanswered is None:
            self._unanswered = self._stop() if running else self._start()
        answer = await self._call(link, *self._unanswered)
        self._unanswered = None
        if running:
            self.stopped.append(self.starts[-1])
        else:
            self.starts.append(answer["transactionId"])
            self.answered.set()

    def _start(self) -> tuple[str, dict[str, Any]]:
        self._rounds += 1
        at = f"2026-02-10T14:{self._rounds // 60 % 60:02d}:{self._rounds % 60:02d}Z"
        payload = {"connectorId": 1, "idTag": "T", "meterStart": self._rounds, "timestamp": at}
        return "StartTransaction", payload

    def _stop(self) -> tuple[str, dict[str, Any]]:
        payload = {
            "transactionId": self.starts[-1],
            "meterStop": self._rounds + 1000,
            "timestamp": "2026-02-10T16:00:00Z",
        }
        return "StopTransaction", payload

    async def _call(self, link: ClientConnection, action: str, payload: Any) -> Any:
        self._message += 1
        message_id = str(self._message)
        await link.send(json.dumps([2, message_id, action, payload]))
        while True:
            frame = json.loads(await link.recv())
            if frame[1] == message_id:
                assert frame[0] == 3, frame
                return frame[2]
