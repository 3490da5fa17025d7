"""Short scenarios, and a way to play them."""

from collections.abc import Callable
from textwrap import indent

from voltyard.ports.links import Dialler
from voltyard.reports.verdicts import Result
from voltyard.scenarios.form.reading import ScenarioDocument, read
from voltyard.scenarios.playing.running import play_virtual

SEED = 11
HEAD = "name: mine\ntheme: sessions\ntitle: A story\n"


def story(steps: str, more: str = "") -> ScenarioDocument:
    """A scenario of these steps."""
    return read(f"{HEAD}{more}steps:\n{indent(steps.strip(), '  ')}\n", "mine.yaml")


def played(
    document: ScenarioDocument, wrap: Callable[[Dialler], Dialler] = lambda dialler: dialler
) -> Result:
    """The result of its first row."""
    return play_virtual(document.rows()[0], SEED, wrap)
