"""Crowd of drivers: any number of scripts on one timer, in virtual time or in real.

A script is a generator. It yields what it wants, a moment to wait for or something of a charger,
and is told whether that was done. Scripts share nothing, so each has its own stream
of randomness and one does not disturb another.
"""

from asyncio import Future
from collections.abc import Callable, Generator
from typing import Any, TypeAlias

from msgspec import Struct

from voltyard.catalogue.commands.commands import ChargerCommand
from voltyard.charger.effects import Done
from voltyard.drivers.app import StartByApp, StopByApp
from voltyard.kernel.errors import VoltyardError
from voltyard.kernel.pace import Pace
from voltyard.kernel.time import Instant
from voltyard.loop.wheel import Wheel
from voltyard.ports.clock import Clock
from voltyard.ports.runtimes import CommandCompleted


class WaitUntil(Struct, frozen=True):
    """Wish to wait for a moment."""

    at: Instant


Wish: TypeAlias = ChargerCommand | StartByApp | StopByApp
Script: TypeAlias = Generator[WaitUntil | Wish, bool, None]
"""Yields its wishes; is sent whether each was carried out, and True after a wait."""

Ask: TypeAlias = Callable[[str, Any], "Future[Any]"]
"""The way on for a wish about a charger, e.g. by `runtimes.host.host.Host.ask`."""


class Crowd:
    """Player of scripts. Everything runs on the loop it was made in."""

    def __init__(self, ask: Ask, clock: Clock, pace: Pace | None = None) -> None:
        """The moments of its scripts are those of `clock`, or of `pace` over it."""
        self._ask = ask
        self._pace = pace
        self._wheel: Wheel[_Player] = Wheel(clock, self._go_on)
        self._players: dict[_Player, None] = {}

    def __len__(self) -> int:
        return len(self._players)

    def play(self, key: str, script: Script) -> None:
        """Begin a script whose commands go to that charger."""
        player = _Player(key, script)
        self._players[player] = None
        self._advance(player, None)

    def dismiss(self, key: str | None = None) -> None:
        """End the scripts of a charger, or of all, where they stand."""
        for player in list(self._players):
            if key is None or player.key == key:
                self._end(player)
                player.script.close()

    def stop(self) -> None:
        """End all scripts, and play no more."""
        self.dismiss()
        self._wheel.stop()

    def _advance(self, player: "_Player", went_well: bool | None) -> None:
        """Let a script go on until it has to wait, for a moment or for an answer."""
        while True:
            try:
                wish = player.script.send(went_well)  # type: ignore[arg-type]  # None to begin
            except StopIteration:
                self._end(player)
                return
            if type(wish) is WaitUntil:
                at = wish.at if self._pace is None else self._pace.real_at(wish.at)
                self._wheel.set(player, at)
                return
            try:
                answer = self._ask(player.key, wish)
            except VoltyardError:  # it does not run at present, say: the script copes
                went_well = False
                continue
            if not answer.done():
                answer.add_done_callback(player.heard(self._answered))
                return
            went_well = isinstance(answer.result(), Done | CommandCompleted)

    def _answered(self, player: "_Player", answer: "Future[Any]") -> None:
        if player in self._players:
            well = not answer.cancelled() and isinstance(answer.result(), Done | CommandCompleted)
            self._advance(player, well)

    def _end(self, player: "_Player") -> None:
        self._players.pop(player, None)
        self._wheel.set(player, None)

    def _go_on(self, player: "_Player") -> None:
        self._advance(player, True)


class _Player:
    """A script and whom it is about."""

    __slots__ = ("key", "script")

    def __init__(self, key: str, script: Script) -> None:
        self.key = key
        self.script = script

    def heard(
        self, by: Callable[["_Player", "Future[Any]"], None]
    ) -> Callable[["Future[Any]"], None]:
        return lambda answer: by(self, answer)
