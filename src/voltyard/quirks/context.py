"""The context of one quirk at one charger: its parameters, chance, memory and actions."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

from voltyard.charger.effects import HangUp
from voltyard.charger.snapshot import KeptQuirk
from voltyard.kernel import limits
from voltyard.kernel.seeds import stream
from voltyard.quirks.intercepted_message import CALL, RESULT, InterceptedMessage, encode

if TYPE_CHECKING:
    from voltyard.catalogue.commands.commands import ChargerCommand
    from voltyard.catalogue.quirks.enabled import EnabledQuirk
    from voltyard.charger.charger import Charger
    from voltyard.charger.effects import Dial
    from voltyard.kernel.time import Instant, Seconds
    from voltyard.quirks.acts import Acts
    from voltyard.quirks.quirky_charger import QuirkyCharger


class QuirkContext:
    """The context that is handed to the acts of a quirk."""

    __slots__ = (
        "_chances",
        "_is_spent",
        "_kept",
        "_quirky",
        "_seed",
        "_switched",
        "acts",
        "memo",
        "passing",
        "random",
        "saying",
    )

    def __init__(
        self, quirky: QuirkyCharger, switched: EnabledQuirk, acts: Acts, seed: int
    ) -> None:
        self._quirky = quirky
        self._switched = switched
        self._seed = seed
        self._chances = 0
        self._is_spent = False
        self._kept: tuple[bool, dict[Any, Any]] = (False, {})
        """The state that would be missed after a kill, as it was handed out last."""
        self.acts = acts
        self.saying = switched.parameters
        """The quirk's parameters by name."""
        self.memo: dict[Any, Any] = {}
        """The quirk's memory, over restarts too: plain data, each value put in anew. Of more than
        limits.QUIRK_MEMO entries the oldest go."""
        self.passing: dict[str, Any] = {}
        """The quirk's memory of the present link, boot or call: a restart ends it."""
        self.random = self._stream()

    def _stream(self, *more: int) -> Random:
        identity = self.charger.context.spec.identity
        return stream(self._seed, identity, "quirk", self.name, *more)

    # --- over a restart ------------------------------------------------------------------------

    def has_changed(self) -> bool:
        """True where there is anything new to remember since this was asked last. How often it
        could have acted is not worth a write, nor is a quirk that never acts."""
        if self._kept == (self._is_spent, self.memo) or not self._switched.probability:
            return False
        while len(self.memo) > limits.QUIRK_MEMO:
            self.memo.pop(next(iter(self.memo)))
        self._kept = (self._is_spent, dict(self.memo))
        return True

    def kept(self) -> KeptQuirk | None:
        """The state to be remembered; None: nothing has happened yet."""
        if not self._chances and not self.memo:
            return None
        return KeptQuirk(
            switched=self._switched.plain(),
            chances=self._chances,
            is_spent=self._is_spent,
            memo=tuple(self.memo.items()),
        )

    def recall(self, kept: KeptQuirk) -> None:
        """Go on from there, unless it was switched on otherwise then."""
        if kept.switched != self._switched.plain():
            return
        self._chances, self._is_spent = kept.chances, kept.is_spent
        # JSON knows no tuples: a key that is a list was one.
        self.memo = {tuple(k) if isinstance(k, list) else k: value for k, value in kept.memo}
        self._kept = (self._is_spent, dict(self.memo))
        self.random = self._stream(self._chances)  # not the same luck again
        if self.acts.recalled is not None:
            self.acts.recalled(self)

    # --- whether and when ----------------------------------------------------------------------

    def strikes(self) -> bool:
        """True where it acts this time; to be asked only where it could."""
        switched = self._switched
        since_s = self.now - self._quirky.since
        if self._is_spent or since_s < switched.from_s:
            return False
        if switched.to_s is not None and since_s > switched.to_s:
            return False
        self._chances += 1
        if self._chances % switched.every:
            return False
        if switched.probability < 1.0 and self.random.random() >= switched.probability:
            return False
        self._is_spent = switched.once
        return True

    @property
    def name(self) -> str:
        """The quirk's."""
        return self._switched.quirk.name

    @property
    def now(self) -> Instant:
        """The moment of this step."""
        return self._quirky.now

    @property
    def is_16(self) -> bool:
        """True where the charger speaks OCPP 1.6."""
        return self.charger.context.spec.version == "1.6"

    @property
    def charger(self) -> Charger:
        """The honest one, to be looked at."""
        return self._quirky.charger

    @property
    def is_up(self) -> bool:
        """True where there is a link."""
        return self._quirky.is_up

    @property
    def is_booted(self) -> bool:
        """True where the CSMS has accepted it."""
        return self.charger.registration.status == "Accepted"

    def draw(self, least: str, most: str) -> float:
        """A number between two of its parameters."""
        low, high = float(self.saying[least]), float(self.saying[most])
        return self.random.uniform(min(low, high), max(low, high))

    def concerns(self, action: str) -> bool:
        """True where its parameter `action`, names with commas, has this one; empty has all."""
        wanted = str(self.saying["action"])
        return not wanted or action in wanted.replace(" ", "").split(",")

    # --- frames --------------------------------------------------------------------------------

    def call(self, action: str, payload: dict[str, Any], delay_s: Seconds = 0.0) -> None:
        """Call the CSMS beside the charger; the answer is dropped."""
        self._quirky.say(action, self.framed(action, payload), delay_s)

    def framed(self, action: str, payload: dict[str, Any]) -> str:
        """A call's text, with an id of its own."""
        return encode([CALL, self._quirky.next_id(), action, payload])

    def again(self, message: InterceptedMessage, delay_s: Seconds, *, same_id: bool) -> None:
        """Send a call of the charger once more."""
        id = message.id if same_id else self._quirky.next_id()
        text = encode([CALL, id, message.action, message.payload])
        self._quirky.say(message.action, text, delay_s)

    def drop(self, message: InterceptedMessage) -> None:
        """Drop a message: it is seen on neither side."""
        message.dropped = self.name

    def reply(self, message: InterceptedMessage, payload: dict[str, Any]) -> None:
        """Answer the CSMS in the charger's place, which does not hear of the call."""
        self.drop(message)
        self._quirky.say(message.action, encode([RESULT, message.id, payload]))

    def refuse(self, message: InterceptedMessage, code: str, why: str) -> None:
        """Answer it with a CALLERROR, likewise."""
        self.drop(message)
        self._quirky.say(message.action, encode([4, message.id, code, why, {}]))

    def pretend(self, message: InterceptedMessage, payload: dict[str, Any]) -> None:
        """Answer the charger in the CSMS's place, which does not hear of the call."""
        self.drop(message)
        self._quirky.pretend(message.honest_id, payload)

    def alias(self, message: InterceptedMessage, id: str) -> None:
        """Give a call of the charger another id; the answer to that is the charger's."""
        self._quirky.alias(id, message.honest_id)
        message.id = id

    # --- the charger and its link --------------------------------------------------------------

    def ask(self, command: ChargerCommand) -> None:
        """Have the charger do something, without regard to whether it could."""
        self._quirky.ask(command)

    def wake(self, delay_s: Seconds, what: str) -> None:
        """Have `woken` called with that then, once."""
        self._quirky.wake(self, delay_s, what)

    def dial(self, dial: Dial, delay_s: Seconds = 0.0) -> None:
        """Make a dial of the charger's, then."""
        self._quirky.dial(dial, delay_s)

    def hang_up(self, *, abruptly: bool = False) -> None:
        """End the link; the charger sees it go."""
        if self.is_up:
            self._quirky.do(HangUp(abruptly=abruptly))

    def fall_silent(self) -> None:
        """From here on nothing goes over this link, either way."""
        self._quirky.is_silent = True

    def abandon(self) -> None:
        """Let the charger believe that its link is gone, and leave it as it is."""
        self._quirky.abandon()
