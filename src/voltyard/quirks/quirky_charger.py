"""A charger with quirks: the machine that an honest charger is, with what goes in and out edited.

    quirky = Quirky(charger, read_all(["no-pong"]), seed)
    effects = quirky.step(incoming, now)      # as Charger.step

The charger inside knows nothing of it. What its quirks mean to do later, frames they hold back
included, is on an agenda of their own. All chance comes from streams of the seed, one a quirk.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Sequence
from heapq import heapify, heappop, heappush
from itertools import count
from typing import Any, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from voltyard.catalogue.commands.commands import ChargerCommand
from voltyard.catalogue.quirks.enabled import EnabledQuirk
from voltyard.charger.charger import Charger
from voltyard.charger.connection.connection import LinkPhase
from voltyard.charger.description.events import Framed
from voltyard.charger.effects import CommandResult, Dial, Effect, HangUp, Remember, Report, Transmit
from voltyard.charger.inputs import CommandReceived, Input, LinkDown, LinkUp, Received, Tick
from voltyard.charger.snapshot import Snapshot
from voltyard.charger.state import ChargerState
from voltyard.kernel import limits
from voltyard.kernel.time import Instant, Seconds, earliest
from voltyard.quirks.context import QuirkContext
from voltyard.quirks.intercepted_message import (
    CALL,
    KINDS,
    RESULT,
    InterceptedMessage,
    decode,
    encode,
    printable,
)
from voltyard.quirks.table import ACTS

_CALLS_KEPT = 32
"""Calls of the charger whose action and id are known when the answer comes."""

_OURS = "quirk "
"""Begins the ids of what the quirks ask of the charger, which no host gives."""


class QuirksRemoved(Tick, frozen=True):
    """The quirks are removed, and the charger goes on without them: the last input here."""


class PlannedFrame(Struct, frozen=True):
    """A frame that is planned to go out."""

    action: str
    text: str


class PretendedAnswer(Received, frozen=True):
    """A made-up answer that was on no wire."""


class PlannedWake(Struct, frozen=True):
    """A moment that a quirk has asked for."""

    odd: QuirkContext
    what: str


Planned: TypeAlias = PlannedFrame | PlannedWake | Dial


class QuirkyCharger:
    """One charger with quirks, in the place of the charger itself."""

    __slots__ = (
        "_agenda",
        "_aliases",
        "_calls",
        "_odds",
        "_order",
        "_out",
        "_pretended",
        "_renamed",
        "_serial",
        "_waiting",
        "_withholds",
        "charger",
        "is_held",
        "is_silent",
        "is_up",
        "now",
        "since",
        "switched",
    )

    def __init__(self, charger: Charger, switched: Sequence[EnabledQuirk], seed: int) -> None:
        """A charger that may have a link already. Begins at the moment of the charger's last
        step."""
        self.charger = charger
        self.switched = tuple(switched)
        self.now: Instant = charger.context.now
        self.since: Instant = self.now
        """Moment when it connected last, or was made quirky."""
        self.is_up = charger.connection.up
        self.is_held = False
        """There is a link, and the charger does not know."""
        self.is_silent = False
        """Nothing goes over the link, either way."""
        self._odds = [QuirkContext(self, one, ACTS[one.quirk.name], seed) for one in self.switched]
        self._agenda: list[tuple[Instant, int, Planned]] = []
        self._order = count()
        self._out: list[Effect] = []
        self._waiting: deque[Input] = deque()
        self._calls: OrderedDict[str, str] = OrderedDict()
        """The action of each call of the charger, by the id on the wire."""
        self._aliases: OrderedDict[str, str] = OrderedDict()
        self._pretended = ""
        self._renamed: tuple[str, str] = ("", "")
        self._serial = 0
        self._withholds = False
        """True while the charger believes that it dials, and its dial is withheld."""

    # --- the machine ---------------------------------------------------------------------------

    def step(self, incoming: Input, now: Instant) -> list[Effect]:
        """Step like Charger.step."""
        if type(incoming) is QuirksRemoved:
            return self._leave(now)
        self.now = now
        self._out = []
        self._keep_agenda()
        self._happen(incoming)
        while self._waiting:
            following = self._waiting.popleft()
            if type(following) is PretendedAnswer:
                self._pretended = following.text
            self._pass_on(following)
        # All of them are asked: what has changed counts as told from here on.
        news = [odd.has_changed() for odd in self._odds]
        if any(news) and not any(type(effect) is Remember for effect in self._out):
            self._out.append(Remember(self))
        return self._out

    def deadline(self) -> Instant | None:
        """The deadline, like Charger.deadline."""
        due = self.charger.deadline()
        return earliest(due, self._agenda[0][0]) if self._agenda else due

    def state(self, now: Instant) -> ChargerState:
        """The state, like Charger.state."""
        return self.charger.state(now)

    def snapshot(self, now: Instant | None = None) -> Snapshot:
        """The snapshot, like Charger.snapshot, and what its quirks remember."""
        kept = ((odd.name, odd.kept()) for odd in self._odds)
        quirks = {name: one for name, one in kept if one is not None}
        return replace(self.charger.snapshot(now), quirks=quirks)

    def recall(self, snapshot: Snapshot) -> None:
        """Go on with what the quirks remembered, so far as they are switched on as they were."""
        for odd in self._odds:
            kept = snapshot.quirks.get(odd.name)
            if kept is not None:
                odd.recall(kept)

    def _leave(self, now: Instant) -> list[Effect]:
        """The effects needed until the honest charger can go on without its quirks."""
        self.now = now
        self._out = []
        if self._withholds:
            self._out.extend(self.charger.step(LinkDown("nobody dialled"), now))
        if self.is_up and (self.is_silent or self.is_held):
            self._out.append(HangUp(abruptly=True))
        return self._out

    # --- what comes in -------------------------------------------------------------------------

    def _happen(self, incoming: Input) -> None:
        match incoming:
            case Received(text=text):
                self._received(text)
            case LinkUp():
                self._linked()
            case LinkDown():
                self._unlinked(incoming)
            case _:
                self._pass_on(incoming)

    def _pass_on(self, incoming: Input) -> None:
        """To the charger, and what it wants done."""
        self._carry(self.charger.step(incoming, self.now))
        if (self._withholds or self.is_held) and self.charger.connection.phase is LinkPhase.CLOSING:
            self._give_up_dial()

    def _give_up_dial(self) -> None:
        """The charger does not want the link any more that it does not have."""
        if self.is_held:
            self.is_held = False
            self._out.append(HangUp(abruptly=True))
        else:
            self._plan_no_dial()
            self._waiting.append(LinkDown("hung up before it was open"))

    def _linked(self) -> None:
        self.is_up, self.since = True, self.now
        knows = True
        for odd in self._odds:
            if odd.acts.linked is not None and odd.acts.linked(odd):
                knows = False
        self.is_held = not knows
        if knows:
            # Whatever was asked for and answered, the charger has its own to itself.
            self._pass_on(LinkUp(self.charger.context.dialect.version.subprotocol))

    def _unlinked(self, incoming: LinkDown) -> None:
        is_wanted = self.charger.connection.phase is not LinkPhase.CLOSING
        self.is_up = self.is_silent = self.is_held = False
        self._forget_frames()
        knows = True
        for odd in self._odds:
            if odd.acts.unlinked is not None and odd.acts.unlinked(odd):
                knows = False
        if not is_wanted:
            self._plan_no_dial()
        if knows or not is_wanted:
            self._pass_on(incoming)

    def _received(self, text: str) -> None:
        if self.is_silent:
            return
        frame = decode(text)
        if frame is None:
            self._pass_on(Received(text))
            return
        action = frame[2] if frame[0] == CALL else self._calls.pop(frame[1], "")
        message = InterceptedMessage(frame, action, text)
        if frame[0] != CALL and frame[1] in self._aliases:
            message.id = self._aliases.pop(frame[1])
        for odd in self._odds:
            deed = odd.acts.asked if frame[0] == CALL else odd.acts.answered
            if deed is not None:
                _take_up(deed, odd, message, is_foreign=True)
        if message.dropped or self.is_held:
            self._report_in(message)
            return
        altered = message.encoded()
        self._renamed = (altered, text)
        self._pass_on(Received(altered))
        self._renamed = ("", "")

    def _report_in(self, message: InterceptedMessage) -> None:
        """A frame that the charger does not get was on the wire all the same."""
        framed = Framed(
            at=self.now,
            direction="csms_to_cp",
            kind=KINDS[message.kind],  # type: ignore[arg-type]
            action=message.action,
            message_id=message.honest_id,
            text=message.text,
            verdict=f"ignored: {message.dropped or 'not listening'}",
        )
        self._out.append(Report(framed))

    # --- what goes out -------------------------------------------------------------------------

    def _carry(self, effects: Iterable[Effect]) -> None:
        sent: Transmit | None = None
        for effect in effects:
            if type(effect) is Transmit:
                sent = effect
            elif type(effect) is Report:
                sent = self._reported(effect, sent)
            elif type(effect) is Dial:
                self._dialled(effect)
            elif type(effect) is HangUp:
                for odd in self._odds:
                    if odd.acts.hang_up is not None:
                        effect = odd.acts.hang_up(odd, effect)
                self._out.append(effect)
            elif type(effect) is Remember:
                self._out.append(Remember(self))
            elif not (type(effect) is CommandResult and effect.id.startswith(_OURS)):
                self._out.append(effect)

    def _reported(self, report: Report, sent: Transmit | None) -> Transmit | None:
        """A report, of the frame just sent or of anything else; what has still to be reported."""
        event = report.event
        if type(event) is not Framed:
            self._out.append(report)
            for odd in self._odds:
                if odd.acts.reported is not None:
                    odd.acts.reported(odd, event)
        elif event.direction == "cp_to_csms" and sent is not None and sent.text == event.text:
            self._send(sent, report, event)
            return None
        elif event.text == self._pretended:
            self._pretended = ""
        elif event.text == self._renamed[0]:
            self._out.append(Report(replace(event, text=self._renamed[1])))
        else:
            self._out.append(report)
        return sent

    def _send(self, sent: Transmit, report: Report, event: Framed) -> None:
        """A frame of the charger's, as its quirks let it go."""
        if self.is_silent or not self.is_up:
            return
        frame = decode(sent.text)
        if frame is None:
            self._out += (sent, report)
            return
        message = InterceptedMessage(frame, event.action, sent.text)
        for odd in self._odds:
            deed = odd.acts.call if message.kind == CALL else odd.acts.answer
            if deed is not None and not message.dropped:
                _take_up(deed, odd, message, is_foreign=False)
        for action, text in message.before:
            self.say(action, text)
        if not message.dropped:
            if message.kind == CALL:
                self._calls[message.id] = event.action
                while len(self._calls) > _CALLS_KEPT:
                    self._calls.popitem(last=False)
            self.say(message.action, message.encoded(), message.delay_s, report)
        for action, text in message.after:
            self.say(action, text, message.delay_s)

    def say(
        self, action: str, text: str, delay_s: Seconds = 0.0, report: Report | None = None
    ) -> None:
        """Send a frame, now or then; `report` is the charger's own of it."""
        if delay_s > 0.0:
            self._plan(delay_s, PlannedFrame(action, text))
            return
        if self.is_silent or not self.is_up:
            return
        frame = decode(text)
        for odd in self._odds:
            if odd.acts.clock is not None:
                text = odd.acts.clock(odd, text)
        for odd in self._odds:
            if odd.acts.mangle is not None:
                text = odd.acts.mangle(odd, action, text)
        if report is not None and type(report.event) is Framed and report.event.text == text:
            self._out += (Transmit(text), report)
            return
        framed = Framed(
            at=self.now,
            direction="cp_to_csms",
            kind="other" if frame is None else KINDS[frame[0]],  # type: ignore[arg-type]
            action=action,
            message_id="" if frame is None else frame[1],
            text=printable(text),
        )
        self._out += (Transmit(text), Report(framed))

    def _dialled(self, dial: Dial) -> None:
        wanted: Dial | None = dial
        for odd in self._odds:
            if odd.acts.dial is not None and wanted is not None:
                wanted = odd.acts.dial(odd, wanted)
        if wanted is not None:
            self._out.append(wanted)
        else:
            self._withholds = True

    # --- the agenda ----------------------------------------------------------------------------

    def _keep_agenda(self) -> None:
        while self._agenda and self._agenda[0][0] <= self.now:
            item = heappop(self._agenda)[2]
            match item:
                case PlannedFrame(action=action, text=text):
                    self.say(action, text)
                case PlannedWake(odd=odd, what=what):
                    if odd.acts.woken is not None:
                        odd.acts.woken(odd, what)
                case Dial():
                    self._withholds = False
                    self._out.append(item)

    def _plan_no_dial(self) -> None:
        self._withholds = False
        self._agenda = [one for one in self._agenda if not isinstance(one[2], Dial)]
        heapify(self._agenda)

    def _forget_frames(self) -> None:
        self._agenda = [one for one in self._agenda if not isinstance(one[2], PlannedFrame)]
        heapify(self._agenda)
        self._calls.clear()

    def _plan(self, delay_s: Seconds, item: Planned) -> None:
        if len(self._agenda) < limits.QUIRK_AGENDA:
            heappush(self._agenda, (self.now + delay_s, next(self._order), item))

    # --- what quirks want ----------------------------------------------------------------------

    def next_id(self) -> str:
        """A message id that is none of the charger's."""
        self._serial += 1
        return f"{round(self.now * 1000):x}q{self._serial}"

    def alias(self, wire_id: str, honest_id: str) -> None:
        """An answer to the one is the other's."""
        self._aliases[wire_id] = honest_id
        while len(self._aliases) > _CALLS_KEPT:
            self._aliases.popitem(last=False)

    def pretend(self, honest_id: str, payload: dict[str, Any]) -> None:
        """Have the charger answered; nothing was on the wire."""
        self._waiting.append(PretendedAnswer(encode([RESULT, honest_id, payload])))

    def ask(self, command: ChargerCommand) -> None:
        """Ask the charger, after this."""
        self._serial += 1
        self._waiting.append(CommandReceived(command, f"{_OURS}{self._serial}"))

    def wake(self, odd: QuirkContext, delay_s: Seconds, what: str) -> None:
        """Plan a quirk's moment."""
        self._plan(delay_s, PlannedWake(odd, what))

    def dial(self, dial: Dial, delay_s: Seconds) -> None:
        """Make or plan a dial."""
        if delay_s > 0.0:
            self._plan(delay_s, dial)
        else:
            self._out.append(dial)

    def do(self, effect: Effect) -> None:
        """Have something done."""
        self._out.append(effect)

    def abandon(self) -> None:
        """Tell the charger that its link is gone."""
        self.is_up = self.is_silent = False
        self._forget_frames()
        self._waiting.append(LinkDown("abandoned"))


def _take_up(
    deed: Callable[[QuirkContext, InterceptedMessage], None],
    odd: QuirkContext,
    message: InterceptedMessage,
    *,
    is_foreign: bool,
) -> None:
    """Let a quirk have a message. One that the CSMS, or a quirk before it, has made unreadable for
    it passes by."""
    try:
        deed(odd, message)
    except (AttributeError, KeyError, TypeError, ValueError):
        if not is_foreign and not message.is_edited:
            raise
