"""The stage of a case for a charger: its links one after the other, and the attendant."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, ClassVar, Final
from urllib.parse import urlsplit

from voltyard.conformance.attendants.attendant import Attendant, DisplayReader
from voltyard.conformance.cases.case import Case
from voltyard.conformance.charger.firmware import CaseFirmware, declared, for_simulated
from voltyard.conformance.charger.stays import ActsToUndo, Stay
from voltyard.conformance.charger.tls_door import TlsDoor
from voltyard.conformance.subject import Subject, Tags
from voltyard.conformance.wire.endings import CaseEnded, DriverFailed, Inconclusive, NotApplicable
from voltyard.conformance.wire.inbox import Inbox
from voltyard.conformance.wire.message import ReceivedMessage
from voltyard.conformance.wire.record import Record
from voltyard.conformance.wire.tester_link import Answer, GivenError, TesterLink
from voltyard.kernel.time import Instant, Seconds, to_rfc3339
from voltyard.ocpp.versions import Version
from voltyard.ports.file_folders import FileFolder, FileFolders
from voltyard.ports.links import Barred, BrokenHandshake, Handshake

_SETTLING: Final = 3
"""Attempts to undo what the CSMS has had done. The link may have been half open when it began."""

_LOOKS_FOR_S: Final = 5.0
"""Seconds that a display has to change."""

_LOOKS_EVERY_S: Final = 0.1


class ChargerStage:
    """The charger under test, as the CSMS of the tester sees it."""

    transactions = 1000
    """The id of the newest transaction, where the CSMS gives the ids."""
    answers: ClassVar[Mapping[str, Answer]] = {}
    """The answers of a sound CSMS, by action."""

    def __init__(
        self,
        case: Case,
        record: Record,
        version: Version,
        subject: Subject,
        attendant: Attendant,
        patience_s: Seconds,
        folders: FileFolders | None = None,
    ) -> None:
        """`folders` serves the files of a case that needs some."""
        self.case = case
        self.record = record
        self.version = version
        self.subject = subject
        self.patience_s = patience_s
        self.inbox = Inbox(record, patience_s)
        self.links: list[TesterLink] = []
        self.handshakes: list[Handshake] = []
        """Every one, those refused too."""
        self.bars: Callable[[Handshake], Barred | None] = lambda _: None
        """The refusal of a handshake, or None."""
        self.script: dict[str, Answer] = {**self.sound_answers(), **case.options.get("answers", {})}
        """Answers of the CSMS, on every link; a case may change them."""
        self.identity = ""
        self.url = ""
        """The endpoint that the charger dials, without its identity."""
        self.acts = ActsToUndo()
        """Acts at the charger that are still to be undone."""
        self.was_connected = False
        """True where the charger was there already when the case began."""
        self._attendant = attendant
        self._folders = folders
        self._folder: FileFolder | None = None
        self._door: TlsDoor | None = None

    def sound_answers(self) -> Mapping[str, Answer]:
        """The answers with which the case begins."""
        return self.answers

    @property
    def tags(self) -> Tags:
        return self.subject.tags

    def clock(self) -> Instant:
        return self.record.clock()

    def now(self, later_s: Seconds = 0.0) -> str:
        """The moment, or one after it, as OCPP writes it."""
        return to_rfc3339(self.clock() + later_s)

    def receive(self, handshake: Handshake) -> TesterLink | Barred:
        """Decide on a handshake of the charger."""
        self.handshakes.append(handshake)
        self.record.changed()
        barred = self.bars(handshake)
        if barred is not None:
            self.record.frame(self.identity, False, note=f"refused {barred.status}")
            return barred
        link = TesterLink(
            self.record,
            self.version,
            self.identity,
            is_charger=False,
            patience_s=self.patience_s,
            answers={},
            inbox=self.inbox,
        )
        link.answers = self.script
        self.links.append(link)
        return link

    # --- TLS --------------------------------------------------------------------------------------

    def attach(self, door: TlsDoor | None) -> None:
        """The charger comes to that door."""
        self._door = door
        if door is not None:
            door.told = self._tls_failed

    def detach(self) -> None:
        """The case is over: the door shows its own certificate again."""
        if self._door is not None:
            self._door.told = lambda _: None
            self._door.show(self._door.certificates.shown)
            self._door = None

    @property
    def tls_door(self) -> TlsDoor:
        """The door that the charger comes to over TLS."""
        if self._door is None:
            raise NotApplicable("the charger does not dial a wss:// endpoint")
        return self._door

    def _tls_failed(self, handshake: BrokenHandshake) -> None:
        note = f"no TLS handshake: {handshake.cause} {handshake.detail}".rstrip()
        self.record.frame(self.identity, True, note=note)

    @property
    def password(self) -> str:
        """The password that the charger begins with."""
        if self.subject.password is None:
            raise NotApplicable("the subject declares no password")
        return self.subject.password

    # --- what the CSMS does -----------------------------------------------------------------------

    async def linked(self) -> TesterLink:
        """The charger's open link, once there is one."""
        await self.inbox.awaits(
            "a connection of the charger", lambda: self.links and self.links[-1].ended is None
        )
        return self.links[-1]

    async def asks(self, action: str, /, **payload: Any) -> ReceivedMessage:
        """Send a request to the charger; its response."""
        self.record.step(f"The CSMS sends {action}")
        return await (await self.linked()).call(action, payload)

    async def is_refused(self, action: str, /, **payload: Any) -> GivenError:
        """Send a request that the charger has to refuse with a CALLERROR; it."""
        self.record.step(f"The CSMS sends {action}")
        answer = await (await self.linked()).try_call(action, payload)
        if isinstance(answer, GivenError):
            return answer
        raise answer.broken(f"a CALLERROR to {action}")

    async def hears(self, action: str, /, **expected: Any) -> ReceivedMessage:
        """The next request of that action with those fields; see `Inbox.receive`."""
        words = ", ".join(f"{name} {_word(value)}" for name, value in expected.items())
        self.record.step(f"The charger sends {action}" + (f" with {words}" if words else ""))
        return await self.inbox.receive(action, expected)

    def hears_nothing(self, action: str, rule: str = "") -> None:
        """The case fails where a request of that action has come after what was read."""
        if came := self.inbox.since(action):
            raise came[0].broken(f"no {action}", rule=rule)

    async def heard_until(self, action: str, times: int) -> None:
        """Wait until so many requests of that action have come in all."""
        self.record.step(f"The charger has sent {action} {times} times")
        await self.inbox.awaits(
            f"{action} {times} times", lambda: len(self.inbox.all(action)) >= times
        )

    def heard_times(self, action: str, times: int) -> None:
        """The case fails unless so many requests of that action have come in all."""
        came = self.inbox.all(action)
        if len(came) != times:
            last = came[-1].frame if came else None
            raise self.record.broken(
                f"{action} {times} times", f"it came {len(came)} times", frame=last
            )

    def never_heard(self, action: str) -> None:
        """The case fails where a request of that action has come at all."""
        if came := self.inbox.all(action):
            raise came[0].broken(f"no {action}")

    async def reconnected(self, before: int) -> None:
        """Wait for a link beyond the first so many handshakes."""
        self.record.step("The charger connects anew")
        await self.inbox.awaits(
            "another connection of the charger",
            lambda: len(self.handshakes) > before and self.links[-1].is_open,
        )

    async def refuses_a_stranger(self, rule: str) -> None:
        """Cut the link and show a certificate of an unknown root, until the charger has refused it;
        then let it come back."""
        door = self.tls_door
        before = len(self.handshakes)
        self.record.step("The link is cut, and the door shows a certificate of an unknown root")
        door.show(door.certificates.stranger)
        await self._refuses("the certificate", rule)
        self.record.step("The door shows its own certificate again")
        door.show(door.certificates.shown)
        await self.reconnected(before)

    async def refuses_old_tls(self, rule: str) -> None:
        """Cut the link and speak TLS below 1.2 alone, until the charger has refused it; then let it
        come back."""
        before = len(self.handshakes)
        self.record.step("The link is cut, and the door speaks TLS 1.0 and 1.1 alone")
        self.tls_door.speak_old_versions(True)
        await self._refuses("the version of TLS", rule)
        self.record.step("The door speaks TLS 1.2 and above again")
        self.tls_door.speak_old_versions(False)
        await self.reconnected(before)

    async def _refuses(self, offer: str, rule: str) -> None:
        """Cut the link, and wait until the charger has refused what the door offers now."""
        door = self.tls_door
        before, failed = len(self.handshakes), len(door.failures)
        self.links[-1].abort()
        await self.inbox.awaits(
            f"the refusal of {offer}",
            lambda: len(door.failures) > failed or len(self.handshakes) > before,
        )
        if len(self.handshakes) > before:
            raise self.record.broken(f"the charger refuses {offer}", "it came in", rule=rule)

    async def passes(self, seconds: Seconds) -> None:
        """Let so much time pass. For what must not happen; what must is awaited by `hears`."""
        self.record.step(f"{seconds:g} s pass")
        await asyncio.sleep(seconds)

    async def booted(self) -> None:
        """Wait for the boot, and for the status of every connector."""
        raise NotImplementedError

    # --- a charger that stays from case to case ---------------------------------------------------

    async def begin_anew(self, stay: Stay) -> None:
        """Have a charger that has been there before begin as a new one does: with a boot, and the
        case's settings. NotApplicable where it does not take them."""
        raise NotImplementedError

    async def restarted(self, since: int) -> None:
        """Wait until the charger, asked to reset, has begun anew after frame `since`. What it sent
        before that is passed over, such as the boot of a charger that had just been switched on."""
        self.record.step("The charger begins anew")
        await self.inbox.awaits(
            "a new connection, or a boot", lambda: self._restart_frame(since) is not None
        )
        self.inbox.begin_at(self._restart_frame(since) or since)

    def _restart_frame(self, since: int) -> int | None:
        for number, frame in enumerate(self.record.frames[since:], since):
            if frame.note.startswith("opened"):
                return number
        boots = self.inbox.all("BootNotification")
        later = [one.frame for one in boots if one.frame > since]
        return later[0] if later and (self.was_connected or len(boots) > 1) else None

    async def put_right(self, left: ChargerStage, stay: Stay) -> None:
        """Undo what the case of another stage has left, as far as it can be undone."""
        stay.transactions = max(stay.transactions, left.transactions)
        acts = left.acts.to_undo()
        for act, fields in acts:
            if act != "unplug":
                await self._try(act, fields)
        for _ in range(_SETTLING):
            try:
                await self.settle(left, stay)
                break
            except CaseEnded:
                if not self.links or self.links[-1].ended is None:
                    raise
        for act, fields in acts:
            if act == "unplug":
                await self._try(act, fields)

    async def settle(self, left: ChargerStage, stay: Stay) -> None:
        """Undo what the CSMS has had done in the case."""

    async def _try(self, act: str, fields: Mapping[str, Any]) -> None:
        with suppress(DriverFailed):  # it may be undone already
            await self.act(act, **fields)

    # --- files ----------------------------------------------------------------------------------

    @property
    def folder(self) -> FileFolder:
        """The case's folder of files, at the host that the charger has dialled."""
        if self._folder is None:
            if self._folders is None or not self.handshakes:
                raise Inconclusive("there is no file server, or the charger has not dialled")
            host = urlsplit(f"//{self.handshakes[-1].host or ''}").hostname or "127.0.0.1"
            self._folder = self._folders.open_folder(host, self._note)
        return self._folder

    def _note(self, words: str) -> None:
        self.record.frame(self.identity, True, note=words)

    def firmware(self) -> CaseFirmware:
        """Firmware that the charger can install."""
        if self.subject.firmware is None:
            return for_simulated(self.clock())
        return declared(self.subject.firmware)

    def uploaded(self, name: str) -> None:
        """The case fails unless a file of that name was uploaded with something in it. A form will
        do, whose name is not looked at."""
        came = self.folder.uploads
        if not any(one.size and one.name in ("", name) for one in came):
            words = ", ".join(f"{one.name or 'a form'} ({one.size} bytes)" for one in came)
            raise self.record.broken(f"an upload of {name}", words or "none came")

    def end(self) -> None:
        """Take away what the case has offered."""
        if self._folder is not None:
            self._folder.close()

    # --- what people do ---------------------------------------------------------------------------

    async def act(self, act: str, /, **fields: Any) -> None:
        """Have it done at the charger; see attendants.attendant."""
        self.record.step(f"At the charger: {act}" + (f" {fields}" if fields else ""))
        self.acts.done(act, fields)
        try:
            await self._attendant.act(self.identity, act, fields)
        except DriverFailed:
            self.inbox.check()  # what the charger sent meanwhile says more
            raise

    async def show(self, tag: str) -> None:
        """Show a card that will be refused; a simulated charger's driver is told so."""
        with suppress(DriverFailed):
            await self.act("swipe", id_tag=tag)

    async def display_shows(self, text: str, *, is_shown: bool = True) -> None:
        """The case fails unless the display shows that text, or ceases to. A display that the
        attendant cannot look at is not judged."""
        if not isinstance(self._attendant, DisplayReader):
            return
        words = "shows" if is_shown else "does not show"
        self.record.step(f"The display {words} {text!r}")
        shown: list[str] = []
        with suppress(TimeoutError):
            async with asyncio.timeout(min(self.patience_s, _LOOKS_FOR_S)):
                while True:
                    shown = await self._attendant.displayed(self.identity)
                    if (text in shown) is is_shown:
                        return
                    await asyncio.sleep(_LOOKS_EVERY_S)
        raise self.record.broken(f"a display that {words} {text!r}", f"it shows {shown}")


def _word(value: Any) -> str:
    return getattr(value, "words", None) or str(value)
