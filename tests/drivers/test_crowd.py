"""A crowd plays scripts, each as if it were alone."""

import asyncio
from asyncio import Future
from collections.abc import Callable
from typing import Any

from tests.drivers.bench import any_of
from voltyard.catalogue.commands.commands import (
    ChargerCommand,
    PlugIn,
    Swipe,
    Unplug,
)
from voltyard.charger.effects import Done, Failed
from voltyard.drivers.crowd import Crowd, Script, WaitUntil
from voltyard.drivers.habits import LIVELY
from voltyard.drivers.workload import (
    NO_OUTAGES,
    Manners,
    Outages,
    ParkingBay,
    Visitors,
    driver_script,
    outage_script,
)
from voltyard.kernel.errors import NotFound
from voltyard.kernel.seeds import stream
from voltyard.simulation.virtual_loop import VirtualLoop, run

START = 1_767_571_200.0


class Yard:
    """Chargers that do as the test says, and remember what they were asked and when."""

    def __init__(self, answer: Callable[[str, ChargerCommand], Any]) -> None:
        self.asked: list[tuple[float, str, ChargerCommand]] = []
        self._answer = answer
        self._loop = asyncio.get_running_loop()

    def ask(self, key: str, command: ChargerCommand) -> "Future[Any]":
        self.asked.append((self._loop.time() - START, key, command))
        future: Future[Any] = self._loop.create_future()
        outcome = self._answer(key, command)
        if isinstance(outcome, Exception):
            raise outcome
        if isinstance(outcome, float):
            self._loop.call_later(outcome, future.set_result, Done())
        else:
            future.set_result(outcome)
        return future

    def kinds(self) -> list[str]:
        return [type(command).__name__ for _, _, command in self.asked]


def play(
    answer: Callable[[str, ChargerCommand], Any], scripts: Callable[[Crowd], None], seconds: float
) -> Yard:
    loop = VirtualLoop(START)

    async def main() -> Yard:
        yard = Yard(answer)
        crowd = Crowd(yard.ask, loop.time)
        scripts(crowd)
        await asyncio.sleep(seconds)
        crowd.dismiss()
        assert len(crowd) == 0
        return yard

    return run(main(), loop)


def visitors(crowd: Crowd, seed: int = 1, manners: Manners | None = None) -> None:
    loop = asyncio.get_running_loop()
    random = stream(seed, "drivers")
    who = Visitors(habits=LIVELY, manners=manners or Manners())
    script = driver_script(ParkingBay(), who, any_of(5), random, loop.time)
    crowd.play("box", script)


def test_a_script_waits_until_its_moment_and_hears_how_its_command_went() -> None:
    heard: list[object] = []

    def script() -> Script:
        heard.append((yield WaitUntil(START + 5.0)))
        heard.append((yield Unplug()))
        heard.append((yield Swipe(id_tag="A")))

    def answer(key: str, command: ChargerCommand) -> Any:
        return Done() if isinstance(command, Unplug) else Failed("wrong_state", "no")

    yard = play(answer, lambda crowd: crowd.play("box", script()), 10.0)

    assert heard == [True, True, False]
    assert [at for at, _, _ in yard.asked] == [5.0, 5.0]


def test_an_answer_that_takes_time_is_waited_for() -> None:
    def script() -> Script:
        yield Swipe(id_tag="A")
        yield Unplug()

    yard = play(lambda key, command: 3.0, lambda crowd: crowd.play("box", script()), 10.0)

    assert [at for at, _, _ in yard.asked] == [0.0, 3.0]


def test_a_charger_that_does_not_run_is_a_command_that_failed() -> None:
    heard: list[bool] = []

    def script() -> Script:
        heard.append((yield PlugIn()))

    play(lambda *_: NotFound("gone"), lambda crowd: crowd.play("box", script()), 1.0)

    assert heard == [False]


def test_a_dismissed_script_does_nothing_more() -> None:
    def script(at: float) -> Script:
        yield WaitUntil(START + at)
        yield Unplug()

    def scripts(crowd: Crowd) -> None:
        crowd.play("stays", script(2.0))
        crowd.play("goes", script(1.0))
        crowd.dismiss("goes")

    yard = play(lambda *_: Done(), scripts, 10.0)

    assert [key for _, key, _ in yard.asked] == ["stays"]


def test_a_visit_is_plug_swipe_unplug() -> None:
    manners = Manners(swipes_first=0.0, swipes_to_stop=0.0)

    yard = play(lambda *_: Done(), lambda crowd: visitors(crowd, manners=manners), 1_000.0)

    kinds = yard.kinds()
    assert len(kinds) >= 6
    assert kinds[:6] == ["PlugIn", "Swipe", "Unplug"] * 2


def test_drivers_swipe_first_or_last_by_their_manners() -> None:
    manners = Manners(swipes_first=1.0, swipes_to_stop=1.0)

    yard = play(lambda *_: Done(), lambda crowd: visitors(crowd, manners=manners), 1_000.0)

    assert yard.kinds()[:4] == ["Swipe", "PlugIn", "Swipe", "Unplug"]


def test_drivers_with_an_app_begin_and_end_by_it() -> None:
    manners = Manners(uses_app=1.0, swipes_first=0.0, swipes_to_stop=1.0)

    yard = play(lambda *_: Done(), lambda crowd: visitors(crowd, manners=manners), 1_000.0)

    assert yard.kinds()[:4] == ["PlugIn", "StartByApp", "StopByApp", "Unplug"]


def test_a_driver_who_is_refused_leaves_soon() -> None:
    manners = Manners(swipes_first=0.0)

    def answer(key: str, command: ChargerCommand) -> Any:
        return Failed("wrong_state", "no") if isinstance(command, Swipe) else Done()

    yard = play(answer, lambda crowd: visitors(crowd, manners=manners), 300.0)

    (swiped_at, _, _), (left_at, _, last) = yard.asked[1:3]
    assert isinstance(last, Unplug)
    assert left_at - swiped_at <= 61.0


def test_a_driver_who_cannot_unplug_tries_again() -> None:
    attempts = 0

    def answer(key: str, command: ChargerCommand) -> Any:
        nonlocal attempts
        if not isinstance(command, Unplug):
            return Done()
        attempts += 1
        return Failed("unavailable", "locked") if attempts < 3 else Done()

    yard = play(answer, lambda crowd: visitors(crowd), 1_500.0)

    kinds = yard.kinds()
    first = kinds.index("Unplug")
    assert kinds[first : first + 5] == ["Unplug", "Swipe", "Unplug", "Swipe", "Unplug"]


def test_one_seed_plays_the_same_and_another_does_not() -> None:
    plays = [
        play(lambda *_: Done(), lambda crowd, seed=seed: visitors(crowd, seed), 500.0).asked
        for seed in (7, 7, 8)
    ]

    assert plays[0] == plays[1]
    assert plays[0] != plays[2]


def test_storms_come_as_often_as_the_weather_says() -> None:
    loop_time: list[float] = []

    def scripts(crowd: Crowd) -> None:
        clock = asyncio.get_running_loop().time
        weather = Outages(network_drops_per_day=20.0, power_cuts_per_day=5.0)
        crowd.play("box", outage_script(weather, stream(1, "weather"), clock))
        loop_time.append(clock())

    yard = play(lambda *_: Done(), scripts, 10 * 86_400.0)

    kinds = yard.kinds()
    assert 140 < kinds.count("NetworkDrop") < 260
    assert 25 < kinds.count("PowerCut") < 80


def test_calm_weather_has_no_storms() -> None:
    def scripts(crowd: Crowd) -> None:
        clock = asyncio.get_running_loop().time
        crowd.play("box", outage_script(NO_OUTAGES, stream(1, "weather"), clock))

    assert play(lambda *_: Done(), scripts, 86_400.0).asked == []
