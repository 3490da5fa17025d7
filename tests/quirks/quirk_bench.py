"""A charger with quirks on the bench of the honest one.

bench = QuirkBench("1.6", on("no-subprotocol"))
assert bench.dials[0].subprotocols == ()
"""

import json
from typing import Any

from charger_bench import Bench

from voltyard.charger.commands import PlugIn, Swipe
from voltyard.charger.effects import Dial, Effect, HangUp, Transmit
from voltyard.charger.happenings import LinkDown, LinkUp
from voltyard.ocpp.quirks.switched import read_all
from voltyard.quirks.dials import OddDial
from voltyard.quirks.quirky import Quirky

TAG = "REMOTE"


def on(name: str, probability: float = 1.0, schedule: Any = None, **parameters: Any) -> Any:
    """A quirk as JSON has it, acting whenever it can."""
    return {
        "name": name,
        "probability": probability,
        "schedule": schedule or {},
        "parameters": parameters,
    }


class QuirkBench(Bench):
    """The bench, with what is not well-formed let through."""

    def __init__(self, version: str, *quirks: Any, boot: bool = True, **more: Any) -> None:
        super().__init__(version, boot=False, **more)
        self.honest = self.charger
        self.quirky = Quirky(self.honest, read_all(quirks, version), seed=1)
        self.charger = self.quirky  # type: ignore[assignment]
        self.sent: list[str] = []
        self.is_left_open = False
        if boot:
            self.tick()

    @property
    def frames(self) -> list[Any]:
        """Every frame that went out and is JSON."""
        found = []
        for text in self.sent:
            try:
                found.append(json.loads(text))
            except ValueError:
                continue
        return found

    def plug_and_charge(self) -> None:
        self.ask(PlugIn())
        self.ask(Swipe(id_tag=TAG))

    def _carry_out(self, effect: Effect) -> None:
        match effect:
            case Transmit(text=text):
                assert self.linked, f"sent on a dead link: {text}"
                self.sent.append(text)
                try:
                    frame = json.loads(text)
                except ValueError:
                    return
                self._frame(frame)
            case Dial():
                self.is_left_open = self.linked
                self.dials.append(effect)
                rude = isinstance(effect, OddDial) and effect.rudeness
                self.linked = self.reachable and not rude
                word = effect.subprotocols[0] if effect.subprotocols else ""
                self._queue.append(LinkUp(word) if self.linked else LinkDown("refused"))
            case HangUp():
                if self.linked:
                    super()._carry_out(effect)
            case _:
                super()._carry_out(effect)

    def _frame(self, frame: list[Any]) -> None:
        if frame[0] == 2 and isinstance(frame[3], dict):
            self.calls.append((frame[2], frame[3]))
            self._reply(frame[1], frame[2], frame[3])
        elif frame[0] != 2:
            super()._frame(frame)

    def _Authorize(self, payload: dict[str, Any]) -> Any:
        is_old = "idTag" in payload
        return {"idTagInfo" if is_old else "idTokenInfo": self.tariff}
