"""Quirks of the connection's life: Q10 to Q17."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from voltyard.catalogue.commands.commands import NetworkDrop
from voltyard.charger.connection.connection import LinkPhase
from voltyard.charger.effects import Dial, HangUp
from voltyard.quirks.acts import Acts
from voltyard.quirks.context import QuirkContext
from voltyard.quirks.dials import quirk_dial as odd_dial
from voltyard.quirks.intercepted_message import InterceptedMessage


def _quiet(odd: QuirkContext, dial: Dial) -> Dial:
    if not odd.strikes():
        return dial
    return odd_dial(replace(dial, ping_interval_s=0.0), answers_pings=False)


# --- Q11 ---------------------------------------------------------------------------------------


def _to_be_half_open(odd: QuirkContext, dial: Dial) -> Dial:
    odd.passing["chosen"] = odd.strikes()
    return (
        odd_dial(dial, answers_pings=False, ping_interval_s=0.0) if odd.passing["chosen"] else dial
    )


def _is_well_for_now(odd: QuirkContext) -> bool:
    if odd.passing.get("chosen"):
        odd.passing["link"] = odd.passing.get("link", 0) + 1
        odd.wake(float(odd.saying["after_s"]), f"silent {odd.passing['link']}")
    return False


def _half_open(odd: QuirkContext, what: str) -> None:
    step, _, link = what.partition(" ")
    if not odd.is_up or link != str(odd.passing["link"]):
        return
    if step == "silent":
        odd.fall_silent()
        odd.wake(float(odd.saying["silent_s"]), f"gone {link}")
    else:
        odd.abandon()


# --- Q13 ---------------------------------------------------------------------------------------


def _awake(odd: QuirkContext) -> bool:
    odd.passing["deaf"], odd.passing["heard"] = False, odd.now
    return False


def _busy(odd: QuirkContext, message: InterceptedMessage) -> None:
    if message.action != "Heartbeat" and not odd.passing.get("deaf"):
        _notice(odd)
        odd.passing["heard"] = odd.now


def _deaf(odd: QuirkContext, message: InterceptedMessage) -> None:
    _notice(odd)
    if odd.passing.get("deaf"):
        odd.drop(message)
    else:
        odd.passing["heard"] = odd.now


def _notice(odd: QuirkContext) -> None:
    idle_s = odd.now - odd.passing.setdefault("heard", odd.now)
    if not odd.passing.get("deaf") and idle_s >= float(odd.saying["idle_s"]):
        odd.passing["deaf"] = odd.strikes()


# --- Q14 to Q17 --------------------------------------------------------------------------------


def _slow(odd: QuirkContext, dial: Dial) -> Dial | None:
    variant = odd.saying["variant"]
    if variant == "stubborn" or not odd.passing.pop("lost", False) or not odd.strikes():
        return dial
    if variant == "slow":
        odd.dial(dial, odd.draw("least_s", "most_s"))
    return None


def _was_lost(odd: QuirkContext) -> bool:
    if odd.saying["variant"] != "stubborn":
        # What the charger ends itself, as its power fails or it restarts, is no loss.
        odd.passing["lost"] = _was_in_use(odd)
    elif odd.charger.connection.phase is LinkPhase.DIALLING and odd.strikes():
        odd.ask(NetworkDrop(duration_s=float(odd.saying["knock_s"])))
    return False


def _was_in_use(odd: QuirkContext) -> bool:
    return odd.charger.connection.phase in (LinkPhase.UP, LinkPhase.DIALLING)


def _flaps(odd: QuirkContext) -> bool:
    if odd.strikes():
        odd.passing["link"] = odd.passing.get("link", 0) + 1
        odd.wake(odd.draw("least_s", "most_s"), str(odd.passing["link"]))
    return False


def _flap(odd: QuirkContext, what: str) -> None:
    if odd.is_up and what == str(odd.passing["link"]):
        odd.passing["flapped"] = True
        odd.hang_up()


def _flapped(odd: QuirkContext) -> bool:
    if odd.passing.pop("flapped", False) and _was_in_use(odd):
        odd.ask(NetworkDrop(duration_s=float(odd.saying["redial_s"])))
    odd.passing["link"] = odd.passing.get("link", 0) + 1
    return False


def _abrupt(odd: QuirkContext, hang_up: HangUp) -> HangUp:
    return replace(hang_up, abruptly=True) if odd.strikes() else hang_up


def _to_be_cut(odd: QuirkContext) -> bool:
    if float(odd.saying["after_s"]) > 0.0:
        odd.passing["link"] = odd.passing.get("link", 0) + 1
        odd.wake(float(odd.saying["after_s"]), str(odd.passing["link"]))
    return False


def _cut(odd: QuirkContext, what: str) -> None:
    if what == str(odd.passing["link"]) and odd.strikes():
        odd.hang_up(abruptly=True)


def _stampede(odd: QuirkContext) -> bool:
    if _was_in_use(odd) and odd.strikes():
        odd.ask(NetworkDrop(duration_s=float(odd.saying["redial_s"])))
    return False


ACTS: Final[dict[str, Acts]] = {
    "no-pong": Acts(dial=_quiet),
    "half-open": Acts(dial=_to_be_half_open, linked=_is_well_for_now, woken=_half_open),
    "deaf-after-idle": Acts(linked=_awake, call=_busy, asked=_deaf),
    "slow-redial": Acts(dial=_slow, unlinked=_was_lost),
    "flapping": Acts(linked=_flaps, woken=_flap, unlinked=_flapped),
    "abrupt-close": Acts(hang_up=_abrupt, linked=_to_be_cut, woken=_cut),
    "thundering-herd": Acts(unlinked=_stampede),
}
