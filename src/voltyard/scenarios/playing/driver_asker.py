"""The asking of a foreign CSMS, by way of a driver: its answer is read off the charger's frames."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from itertools import count
from typing import Any, Final, Protocol

import msgspec

from voltyard.csms.commands.control import RawCall
from voltyard.csms.dialect import CsmsDialect, ReportExpected
from voltyard.csms.dialects import DIALECTS
from voltyard.kernel.errors import NoAnswer, PeerError, Unavailable
from voltyard.kernel.time import Seconds
from voltyard.ocpp.payload import Payload, Untyped, to_json
from voltyard.ocpp.versions import Decoded, by_name
from voltyard.ocpp.violations import ValidationMode
from voltyard.scenarios.form.commands import csms_command
from voltyard.scenarios.playing.timeline import ChargerTimeline, Recorder, TimelineEntry

_ANSWERS: Final = ("result", "error")


class CsmsDriver(Protocol):
    """A way to have a CSMS send a request."""

    def can(self, operation: str) -> bool:
        """True where it can ask for that OCPP action."""

    async def ask(self, operation: str, identity: str, fields: Mapping[str, Any]) -> None:
        """Have it sent, with the fields of the request. VoltyardError where that failed."""


class UnknownToDriver(Unavailable):
    """A command that the driver cannot have a CSMS send."""


class DriverAsker:
    """Has commands sent by a driver, and waits for the chargers' answers to them."""

    def __init__(
        self, driver: CsmsDriver, version: str, recorder: Recorder, *, patience_s: Seconds
    ) -> None:
        self._driver = driver
        self._dialect: CsmsDialect = DIALECTS[by_name(version)]
        self._recorder = recorder
        self._patience_s = patience_s
        self._numbers = count(1)

    async def ask(
        self, identity: str, command: str, arguments: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """The charger's answer, as our own backend tells it.

        UnknownToDriver where the driver lacks the action, NoAnswer where none came in time,
        PeerError where the charger answered with a CALLERROR.
        """
        asked = csms_command(command, arguments)
        request = self._dialect.request(asked, lambda: next(self._numbers))
        action = self._action(request)
        if not self._driver.can(action):
            raise UnknownToDriver(f"the driver cannot ask for {action}")
        timeline = self._recorder.follow(identity)
        seen = len(timeline.entries)
        fields = msgspec.json.decode(to_json(request))
        asking = asyncio.ensure_future(self._driver.ask(action, identity, fields))
        try:
            answer = await self._answer(timeline, seen, action, asking)
        finally:
            asking.cancel()
        if answer.kind == "error":
            raise PeerError(
                f"the charger answered {action} with {answer.data['code']}", **answer.data
            )
        if isinstance(asked, RawCall):
            return {"action": action, "payload": answer.data}
        return self._result(asked, request, action, answer)

    def _action(self, request: Payload) -> str:
        if isinstance(request, Untyped):
            return request.action
        return self._dialect.version.action_of(type(request)).name

    async def _answer(
        self, timeline: ChargerTimeline, seen: int, action: str, asking: asyncio.Future[None]
    ) -> TimelineEntry:
        """The charger's answer to the request that comes of the asking."""
        loop = asyncio.get_running_loop()
        last = loop.time() + self._patience_s
        asking.add_done_callback(lambda _: timeline.wake())
        while True:
            for entry in timeline.entries[seen:]:
                if entry.name == action and entry.by_charger and entry.kind in _ANSWERS:
                    return entry
            if asking.done() and (error := asking.exception()) is not None:
                raise error
            left_s = last - loop.time()
            if left_s <= 0:
                raise NoAnswer(
                    f"no {action} of the CSMS was answered within {self._patience_s:g} s",
                    hint="look whether the driver's request makes the CSMS send it",
                )
            await timeline.change(left_s)

    def _result(
        self, asked: Any, request: Payload, action: str, answer: TimelineEntry
    ) -> Mapping[str, Any]:
        decoded = self._dialect.version.decode_response(
            action, msgspec.json.encode(answer.data), ValidationMode.LENIENT
        )
        if not isinstance(decoded, Decoded):
            return {"status": "", "payload": answer.data}
        result = self._dialect.outcome(asked, request, decoded.payload)
        if isinstance(result, ReportExpected):
            return {"status": "accepted"}
        plain: dict[str, Any] = msgspec.to_builtins(result)
        return plain
