"""Running of scenarios: each row on a stage of its own, and the verdict that comes of it."""

import asyncio
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Final, TypeAlias

from voltyard.charger.description.specification import ChargerSpec
from voltyard.kernel import limits
from voltyard.kernel.errors import Unavailable, VoltyardError
from voltyard.kernel.pace import Pace
from voltyard.kernel.time import Instant, Seconds
from voltyard.network.links.picows_links import PicowsDialler
from voltyard.network.transfers.transfers import NetworkTransfers
from voltyard.ports.links import Dialler
from voltyard.reports.verdicts import Result, Verdict
from voltyard.runtimes import parsing
from voltyard.runtimes.host.host import Host
from voltyard.scenarios.form.durations import duration_s
from voltyard.scenarios.form.rows import ScenarioRow
from voltyard.scenarios.playing.driver_asker import DriverAsker
from voltyard.scenarios.playing.player import NotAskable, Player, StoryBroken, Undecided
from voltyard.scenarios.playing.stage import VIRTUAL_URL, Asker, OwnCsms, Peer, Stage, specs_of
from voltyard.scenarios.playing.timeline import Recorder, TooMuch
from voltyard.simulation.virtual_loop import Stalled, VirtualLoop, run

MONDAY: Final[Instant] = 1_767_571_200.0
"""2026-01-05T00:00:00Z, when rows in virtual time begin."""
BOOT_S: Final[Seconds] = 120.0
"""Time that chargers have until the CSMS has accepted them, at the beginning of a row."""

Wrap: TypeAlias = Callable[[Dialler], Dialler]
"""Puts something between the chargers and the CSMS."""


class Unreachable(Unavailable):
    """A CSMS that no charger of the scenario could connect to."""

    hint = "look whether it listens there, and lets these identities in"


class _NotBooted(Exception):
    """Chargers that the CSMS has not accepted at the beginning."""


def play_virtual(row: ScenarioRow, seed: int, wrap: Wrap = lambda dialler: dialler) -> Result:
    """Play a row against our own backend in virtual time: the same seed, the same frames."""
    loop = VirtualLoop(MONDAY)
    return run(_play_virtual(row, seed, loop, wrap), loop)


async def _play_virtual(row: ScenarioRow, seed: int, loop: VirtualLoop, wrap: Wrap) -> Result:
    specs = specs_of(row, VIRTUAL_URL, seed)
    csms = OwnCsms(row.scenario.csms, loop.time, seed)
    dialler = wrap(await csms.open(specs))
    try:
        stage = Stage(dialler=dialler, clock=loop.time, url=VIRTUAL_URL, asker=csms)
        return await _play(row, seed, specs, stage)
    finally:
        await csms.close()


async def play_on(row: ScenarioRow, seed: int, peer: Peer) -> Result:
    """Play a row against a CSMS over sockets. Unreachable where no charger gets there."""
    origin = time.time() - time.monotonic()

    def clock() -> Instant:
        return origin + time.monotonic()

    now = clock()
    async with AsyncExitStack() as stack:
        transfers = NetworkTransfers()
        stack.push_async_callback(transfers.close)
        stage = Stage(
            dialler=PicowsDialler(),
            clock=clock,
            url=peer.url,
            pace=None if peer.speed == 1.0 else Pace(peer.speed, now, now),
            transfers=transfers,
            driver=await stack.enter_async_context(peer.driver()) if peer.driver else None,
            peer=peer,
        )
        return await _play(row, seed, specs_of(row, peer.url, seed, peer), stage)


async def _play(row: ScenarioRow, seed: int, specs: list[ChargerSpec], stage: Stage) -> Result:
    recorder = Recorder(limits.SCENARIO_ROW_S if stage.peer is None else None)
    host = Host(
        stage.dialler, stage.clock, recorder, transfers=stage.transfers, after_step=recorder.stepped
    )
    speed = stage.pace.rate if stage.pace else 1.0
    player = Player(row, host, recorder, _asker(row, recorder, stage), speed)
    began_at = stage.clock()
    result = _blank(row, seed, began_at)
    faults = parsing.faults(row.scenario.chargers.faults, row.version)
    try:
        for spec in specs:
            recorder.follow(spec.identity)
            host.add(spec.identity, spec, faults=faults, pace=stage.pace)
        story = asyncio.ensure_future(_story(row, specs, recorder, player, stage, speed))
        bound_s = duration_s(row.scenario.timeout) / speed
        await asyncio.wait(
            (story, recorder.failure), timeout=bound_s, return_when=asyncio.FIRST_COMPLETED
        )
        await _settle(result, row, story, recorder)
    finally:
        host.close()
        if not recorder.failure.done():
            recorder.failure.cancel()
    result.took_s = stage.clock() - began_at
    result.steps = player.steps
    result.frames = recorder.frames
    return result


def _asker(row: ScenarioRow, recorder: Recorder, stage: Stage) -> Asker | None:
    """The way to ask the CSMS; None where there is none."""
    if stage.driver is None:
        return stage.asker
    return DriverAsker(stage.driver, row.version, recorder, patience_s=limits.SCENARIO_ASK_S)


async def _story(
    row: ScenarioRow,
    specs: list[ChargerSpec],
    recorder: Recorder,
    player: Player,
    stage: Stage,
    speed: float,
) -> None:
    keys = [spec.identity for spec in specs]
    if row.scenario.chargers.boot:
        is_foreign = stage.peer is not None
        await asyncio.gather(*(_booted(recorder, key, speed, is_foreign) for key in keys))
    await player.play(keys)


async def _booted(recorder: Recorder, key: str, speed: float, is_foreign: bool) -> None:
    """Wait until a charger is accepted. Unreachable where a foreign CSMS lets it not even in."""
    loop = asyncio.get_running_loop()
    last = loop.time() + BOOT_S / speed
    timeline = recorder.follow(key)
    while not any(
        entry.name == "boot" and entry.kind == "event" and entry.data["status"] == "Accepted"
        for entry in timeline.entries
    ):
        if is_foreign and timeline.unreached:
            raise Unreachable(timeline.unreached)
        left_s = last - loop.time()
        if left_s <= 0:
            raise _NotBooted(f"{key} was not accepted by the CSMS within {BOOT_S:g} s")
        await timeline.change(left_s)


async def _settle(
    result: Result, row: ScenarioRow, story: "asyncio.Future[None]", recorder: Recorder
) -> None:
    """Write down how a story ended."""
    if not story.done():
        story.cancel()
        await asyncio.wait((story,))
        error: BaseException | None = None
        if recorder.failure.done():
            error = recorder.failure.exception()
        result.verdict = Verdict.ERROR
        result.why = str(error or f"the row took longer than its timeout, {row.scenario.timeout}")
        return
    error = story.exception()
    match error:
        case None:
            result.verdict = Verdict.PASS
        case StoryBroken(failure=failure):
            result.verdict, result.failure = Verdict.FAIL, failure
        case NotAskable():
            result.verdict, result.why = Verdict.NOT_APPLICABLE, str(error)
        case Undecided() | _NotBooted():
            result.verdict, result.why = Verdict.INCONCLUSIVE, str(error)
        case Unreachable():
            raise error
        case VoltyardError() | TooMuch() | Stalled():
            result.verdict, result.why = Verdict.ERROR, str(error)
        case _:
            result.verdict = Verdict.ERROR
            result.why = f"{type(error).__name__}: {error}"


def _blank(row: ScenarioRow, seed: int, began_at: Instant) -> Result:
    scenario = row.scenario
    return Result(
        id=row.id,
        title=scenario.title,
        group=scenario.theme,
        kind="scenario",
        version=row.version,
        verdict=Verdict.ERROR,
        purpose=scenario.description,
        requirements=list(scenario.requirements),
        began_at=began_at,
        took_s=0.0,
        seed=seed,
    )
