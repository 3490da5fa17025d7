"""Wrong peers: our own backend, with one thing broken between it and the chargers."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

import msgspec

from voltyard.ports.links import Dialler, Dialling, Link, LinkUser

Edit = Callable[[list[Any], str], list[Any] | None]
"""Edits a frame of the CSMS; the action is that of the call. None: it is lost."""


class EditingDialler:
    """Dialler whose links edit what comes from the CSMS."""

    def __init__(self, dialler: Dialler, edit: Edit) -> None:
        self._dialler = dialler
        self._edit = edit

    async def dial(self, dialling: Dialling, user: LinkUser) -> None:
        await self._dialler.dial(dialling, EditingUser(user, self._edit))


class EditingUser:
    """The user of a link, and a link to it that knows the actions of its calls."""

    def __init__(self, user: LinkUser, edit: Edit) -> None:
        self._user = user
        self._edit = edit
        self._actions: dict[str, str] = {}
        self._link: Link

    def opened(self, link: Link) -> None:
        self._link = link
        self._user.opened(self)  # type: ignore[arg-type]

    def closed(self, code: int, reason: str) -> None:
        self._user.closed(code, reason)

    def received(self, text: str) -> None:
        frame = msgspec.json.decode(text)
        action = frame[2] if frame[0] == 2 else self._actions.get(frame[1], "")
        edited = self._edit(frame, action)
        if edited is not None:
            self._user.received(msgspec.json.encode(edited).decode())

    def send(self, text: str) -> None:
        frame = msgspec.json.decode(text)
        if frame[0] == 2:
            self._actions[frame[1]] = frame[2]
        self._link.send(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._link, name)


def _silent(frame: list[Any], action: str) -> list[Any] | None:
    return None if frame[0] == 3 and action != "BootNotification" else frame


def _erring(frame: list[Any], action: str) -> list[Any] | None:
    if frame[0] == 3 and action != "BootNotification":
        return [4, frame[1], "InternalError", "", {}]
    return frame


def _mute(frame: list[Any], action: str) -> list[Any] | None:
    return None if frame[0] == 2 else frame


def _refusing(frame: list[Any], action: str) -> list[Any] | None:
    for name in ("idTagInfo", "idTokenInfo"):
        if frame[0] == 3 and name in frame[2]:
            frame[2][name]["status"] = "Blocked"
    return frame


def _admitting(frame: list[Any], action: str) -> list[Any] | None:
    for name in ("idTagInfo", "idTokenInfo"):
        if frame[0] == 3 and name in frame[2]:
            frame[2][name]["status"] = "Accepted"
    return frame


def _late(frame: list[Any], action: str) -> list[Any] | None:
    if frame[0] == 3 and "currentTime" in frame[2]:
        frame[2]["currentTime"] = "2031-01-05T00:00:00Z"
    return frame


def _hurried(frame: list[Any], action: str) -> list[Any] | None:
    if frame[0] == 3 and action == "BootNotification":
        frame[2]["interval"] = 17
    return frame


def _accepting(frame: list[Any], action: str) -> list[Any] | None:
    if frame[0] == 3 and action == "BootNotification":
        frame[2]["status"] = "Accepted"
    return frame


class _LettingIn:
    """Dialler of a CSMS that takes any password."""

    def __init__(self, dialler: Dialler) -> None:
        self._dialler = dialler

    async def dial(self, dialling: Dialling, user: LinkUser) -> None:
        right = "correct-horse-battery" if dialling.password else None
        await self._dialler.dial(replace(dialling, password=right), user)


WRONG_PEERS: Final[Mapping[str, Callable[[Dialler], Dialler]]] = {
    "answers nothing after the boot": lambda one: EditingDialler(one, _silent),
    "answers with CALLERROR": lambda one: EditingDialler(one, _erring),
    "asks nothing": lambda one: EditingDialler(one, _mute),
    "blocks every card": lambda one: EditingDialler(one, _refusing),
    "accepts every card": lambda one: EditingDialler(one, _admitting),
    "tells a wrong time": lambda one: EditingDialler(one, _late),
    "gives another interval": lambda one: EditingDialler(one, _hurried),
    "accepts every boot": lambda one: EditingDialler(one, _accepting),
    "takes any password": _LettingIn,
}
