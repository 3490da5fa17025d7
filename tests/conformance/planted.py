"""Planted faults: a right subject made wrong in one respect, on the way to the tester."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from voltyard.ocpp import frames
from voltyard.ports.links import Dialler, Dialling, Link, LinkUser
from voltyard.reports.verdicts import Frame

OTHER_STATUSES = {
    "Accepted": "Blocked",
    **dict.fromkeys(("Blocked", "Expired", "Invalid", "Unknown", "UnknownVendorId"), "Accepted"),
}


@dataclass(frozen=True, slots=True)
class PlantedFault:
    """One thing that is wrong with a message of the subject: with its answers to an action, or with
    its own requests of that action."""

    action: str
    of: str
    """`answer` or `request`."""
    kind: str
    """`missing`, `error` (another one, where it is one), `taken` (what was refused), `lost` (a
    field) or `other` (a field's value)."""
    field: str = ""

    def __str__(self) -> str:
        where = f" {self.field}" if self.field else ""
        return f"{self.of} {self.action}: {self.kind}{where}"

    def edit(self, frame: list[Any]) -> list[Any] | None:
        """The frame as the tester gets it."""
        if self.kind == "missing":
            return None
        if self.kind == "error":
            return [4, frame[1], "InternalError", "planted", {}]
        if self.kind == "taken":
            return [3, frame[1], {}] if frame[0] == 4 else frame
        if frame[0] == 4:
            return frame
        payload = json.loads(json.dumps(frame[-1]))
        *path, last = self.field.split(".")
        at = payload
        for name in path:
            at = at.get(name, {})
        if last not in at:
            return frame
        if self.kind == "lost":
            del at[last]
        else:
            at[last] = other(at[last])
        return [*frame[:-1], payload]


def other(value: Any) -> Any:
    """Another value of the same type."""
    match value:
        case bool():
            return not value
        case int() | float():
            return -1000 - value
        case str():
            return OTHER_STATUSES.get(value, f"{value[:10]}-other")
        case list():
            return []
    return {}


def faults_of(passed: list[Frame], *, of_charger: bool = False) -> Iterator[PlantedFault]:
    """Every fault that can be planted in a conversation in which nothing was wrong."""
    asked: dict[str, str] = {}
    for one in passed:
        if not one.text:
            continue
        if one.by_charger is not of_charger:
            _note(asked, one.text)
            continue
        frame = json.loads(one.text)
        if frame[0] != 2 and not asked.get(frame[1]):
            continue  # the refusal of a frame that was no message
        of, action = ("request", frame[2]) if frame[0] == 2 else ("answer", asked[frame[1]])
        yield PlantedFault(action, of, "missing")
        if of == "answer":
            yield PlantedFault(action, of, "error")
        if frame[0] == 4:
            yield PlantedFault(action, of, "taken")
            continue
        for field in fields(frame[-1]):
            yield PlantedFault(action, of, "lost", field)
            yield PlantedFault(action, of, "other", field)


def _note(asked: dict[str, str], text: str) -> None:
    """Note the action of a CALL by its id; cases send what is no message, too."""
    match frames.read(text):
        case frames.Call(id=id, action=action) | frames.Unreadable(id=str(id), action=str(action)):
            asked[id] = action if action.isidentifier() else ""


def fields(payload: dict[str, Any]) -> Iterator[str]:
    """Paths of a payload's fields, two deep."""
    for name, value in payload.items():
        yield name
        if isinstance(value, dict):
            yield from (f"{name}.{inner}" for inner in value)


class PlantedDialler:
    """A dialler whose links have the fault that is planted in the case that dials."""

    def __init__(self, dialler: Dialler) -> None:
        self._dialler = dialler
        self._fault: ContextVar[PlantedFault | None] = ContextVar("fault", default=None)

    def plant(self, fault: PlantedFault) -> None:
        """Plant it in what this task, and those that it begins, dial from here on."""
        self._fault.set(fault)

    async def dial(self, dialling: Dialling, user: LinkUser) -> None:
        fault = self._fault.get()
        await self._dialler.dial(dialling, user if fault is None else WrongLink(user, fault))


class WrongLink:
    """The user of a link, behind the fault."""

    def __init__(self, user: LinkUser, fault: PlantedFault) -> None:
        self._user = user
        self._fault = fault
        self._asked: dict[str, str] = {}

    def opened(self, link: Link) -> None:
        self._user.opened(_Noted(link, self._note))

    def _note(self, text: str) -> None:
        _note(self._asked, text)

    def received(self, text: str) -> None:
        frame = json.loads(text)
        if frame[0] == 2:
            of, action = "request", frame[2]
        else:
            of, action = "answer", self._asked.get(frame[1], "")
        if (of, action) == (self._fault.of, self._fault.action):
            edited = self._fault.edit(frame)
            if edited is None:
                return
            text = json.dumps(edited)
        self._user.received(text)

    def closed(self, code: int, reason: str) -> None:
        self._user.closed(code, reason)


class _Noted:
    """A link that has what is sent over it noted."""

    def __init__(self, link: Link, note: Callable[[str], None]) -> None:
        self._link = link
        self._note = note

    @property
    def subprotocol(self) -> str | None:
        return self._link.subprotocol

    def send(self, text: str) -> None:
        self._note(text)
        self._link.send(text)

    def close(self, code: int = 1000, reason: str = "") -> None:
        self._link.close(code, reason)

    def abort(self) -> None:
        self._link.abort()

    def probe(self, answered: Callable[[], None]) -> None:
        self._link.probe(answered)

    def pause(self) -> None:
        self._link.pause()

    def resume(self) -> None:
        self._link.resume()
