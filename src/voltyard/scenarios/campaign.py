"""Campaigns: scenarios played one after the other, and the report that comes of them."""

import shlex
import time
from collections.abc import Iterator, Sequence

from msgspec import Struct

from voltyard import __version__
from voltyard.kernel.masked_text import masked_text
from voltyard.loop.run import run
from voltyard.reports.outputs import RunOutputs
from voltyard.reports.verdicts import RunReport
from voltyard.scenarios.form.rows import ScenarioRow
from voltyard.scenarios.playing.running import play_on, play_virtual
from voltyard.scenarios.playing.stage import Peer


class Play(Struct, frozen=True, kw_only=True):
    """A row, and the words that name its scenario on a command line."""

    row: ScenarioRow
    source: str
    """A file, or the name of a scenario that ships."""


def report_of(plays: Sequence[Play], *, seed: int, peer: Peer | None, command: str) -> RunReport:
    """The report of a campaign that has not begun."""
    names = {play.row.scenario.name for play in plays}
    return RunReport(
        title="Scenario" if len(names) == 1 else "Scenarios",
        subject="voltyard's own backend, in virtual time"
        if peer is None
        else masked_text(peer.url),
        command=masked_text(command),
        tool=f"voltyard {__version__}",
        began_at=time.time(),
        planned=len(plays),
        seed=seed,
    )


def play(
    plays: Sequence[Play], outputs: RunOutputs, *, peer: Peer | None, options: Sequence[str] = ()
) -> None:
    """Play all of them, each result for the outputs. `options` are said again in the command that
    plays one again. Unreachable where a CSMS cannot be reached."""
    seed = outputs.report.seed
    for one in plays:
        outputs.running(one.row.id, one.row.scenario.title)
        result = play_virtual(one.row, seed) if peer is None else run(play_on(one.row, seed, peer))
        result.again = again(one, seed, options)
        outputs.finished(result)
    outputs.complete()


def again(play: Play, seed: int, options: Sequence[str]) -> str:
    """The command that plays one row again."""
    return shlex.join(list(_words(play, seed, options)))


def _words(play: Play, seed: int, options: Sequence[str]) -> Iterator[str]:
    yield from ("voltyard", "run", play.source)
    yield from ("--version", play.row.version)
    if play.row.number is not None:
        yield from ("--row", str(play.row.number))
    yield from ("--seed", str(seed))
    yield from map(masked_text, options)
