"""A CSMS of a few lines, and a host's listener that keeps what it hears."""

import json
from collections.abc import Callable
from typing import Any

from tests.fakes.links import RecordingGate
from voltyard.charger.description.events import ChargerEvent, Framed
from voltyard.charger.description.specification import ChargerSpec
from voltyard.network.links.memory import MemoryDoor, MemoryNetwork
from voltyard.ports.links import Link

URL = "ws://csms/ocpp"


class Heard:
    """A HostListener that remembers."""

    def __init__(self) -> None:
        self.events: list[tuple[str, ChargerEvent]] = []
        self.remembered_keys: list[str] = []
        self.broken: list[tuple[str, Exception]] = []

    def reported(self, key: str, event: ChargerEvent) -> None:
        self.events.append((key, event))

    def remembered(self, key: str) -> None:
        self.remembered_keys.append(key)

    def broke(self, key: str, error: Exception) -> None:
        self.broken.append((key, error))

    def of(self, kind: type) -> list[Any]:
        """The events of a kind, whoever's."""
        return [event for _, event in self.events if isinstance(event, kind)]

    def actions(self) -> list[str]:
        """The calls of all chargers, in order."""
        return [e.action for e in self.of(Framed) if e.kind == "call"]


class Desk:
    """Answers each call with what it is told, else with the least there is."""

    def __init__(self, **answers: dict[str, Any] | None) -> None:
        """An answer of None is none at all."""
        self.answers = answers
        self.asked: list[str] = []
        self.transactions = 0

    def __call__(self, link: Link, text: str) -> None:
        kind, identifier, *rest = json.loads(text)
        if kind != 2:
            return
        action = rest[0]
        self.asked.append(action)
        answer = self.answers.get(action, {}) if action in self.answers else self._usual(action)
        if answer is not None:
            link.send(json.dumps([3, identifier, answer]))

    def _usual(self, action: str) -> dict[str, Any]:
        accepted = {"status": "Accepted"}
        now = "2026-01-05T00:00:00Z"
        match action:
            case "BootNotification":
                return {"status": "Accepted", "currentTime": now, "interval": 300}
            case "Heartbeat":
                return {"currentTime": now}
            case "Authorize" | "StopTransaction":
                return {"idTagInfo": accepted}
            case "StartTransaction":
                self.transactions += 1
                return {"idTagInfo": accepted, "transactionId": self.transactions}
            case _:
                return {}


async def open_desk(
    network: MemoryNetwork, answer: Callable[[Link, str], None], subprotocol: str = "ocpp1.6"
) -> tuple[MemoryDoor, RecordingGate]:
    """A door with that desk behind it."""
    door, gate = MemoryDoor(network), RecordingGate(subprotocol, on_frame=answer)
    await door.open("csms", 80, gate)
    return door, gate


def specification(identity: str = "CP-1", **more: Any) -> ChargerSpec:
    return ChargerSpec(identity=identity, csms_url=URL, **more)
