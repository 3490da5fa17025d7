"""A charger with quirks on the bench of the honest one.

bench = QuirkBench("1.6", on("no-subprotocol"))
assert bench.dials[0].subprotocols == ()
"""

import json
from typing import Any

from tests.charger.bench import Bench
from voltyard.catalogue.commands.commands import PlugIn, Swipe
from voltyard.catalogue.quirks.enabled import read_all
from voltyard.charger.effects import Dial, Effect, HangUp, Transmit
from voltyard.charger.inputs import LinkDown, LinkUp
from voltyard.quirks.dials import QuirkDial
from voltyard.quirks.quirky_charger import QuirkyCharger

BOTH = ["1.6", "2.0.1"]
SAMPLED = {
    "MeterValueSampleInterval": "60",
    "MeterValuesSampledData": "Energy.Active.Import.Register,Power.Active.Import,Voltage",
}
SAMPLED_201 = {
    "SampledDataCtrlr.TxUpdatedInterval": "60",
    "SampledDataCtrlr.TxUpdatedMeasurands": "Energy.Active.Import.Register,Power.Active.Import",
}

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
        self.quirky = QuirkyCharger(self.honest, read_all(quirks, version), seed=1)
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
                rude = isinstance(effect, QuirkDial) and effect.rudeness
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


def busy(version: str, *quirks: Any, seconds: float = 130.0) -> QuirkBench:
    """A bench on which a vehicle has charged for a while."""
    settings = SAMPLED if version == "1.6" else SAMPLED_201
    bench = QuirkBench(version, *quirks, settings=settings)
    bench.plug_and_charge()
    bench.wait(seconds)
    return bench


def stopped(version: str, *quirks: Any) -> QuirkBench:
    """One on which it has ended as well."""
    bench = busy(version, *quirks)
    bench.plug_and_charge()
    return bench


def values(bench: QuirkBench) -> list[Any]:
    """What stands at meterValue in whatever tells readings while charging."""
    if bench.spec.version == "1.6":
        return [said["meterValue"] for said in bench.said("MeterValues")]
    return [said["meterValue"] for said in bench.said("TransactionEvent") if "meterValue" in said]


def profile(limit: float = 10.0, unit: str = "A", **more: Any) -> dict[str, Any]:
    return {
        "chargingProfileId": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Absolute",
        "chargingSchedule": {
            "chargingRateUnit": unit,
            "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit}],
        },
    } | more
