"""Verdicts of `voltyard conform` on other people's CSMSs and chargers, as reports without frames.

After a change that is right, `STORE_VERDICTS=1 pytest tests/foreign/test_conform_*.py` stores the
new ones.
"""

import os
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
from msgspec.structs import replace
from typer.testing import CliRunner

from voltyard.cli.main import app
from voltyard.reports.json_report import read_report, to_json
from voltyard.reports.verdicts import RunReport, Verdict

HERE = Path(__file__).parent
_PATIENCE_S = 120.0
_CASES = {"1.6": ("TC", "VY_16_NEG"), "2.0.1": ("TC", "VY_201_NEG")}
"""Those that a peer passes or fails alike each time; bursts and cuts hit it now here, now there."""


def stored(name: str) -> str:
    """The path of stored verdicts."""
    return str(HERE / f"{name}.json")


def played(arguments: Sequence[str], environment: Mapping[str, str], report: Path) -> RunReport:
    """The report of `voltyard conform` with those arguments."""
    version = arguments[arguments.index("--version") + 1]
    cases = [word for one in _CASES[version] for word in ("--cases", one)]
    typed = ["conform", *arguments, *cases, "--json", str(report)]
    done = CliRunner().invoke(app, typed, env=environment)
    assert done.exit_code in (0, 1), (done.output, done.exception)
    return read_report(report)


def compare(
    name: str, arguments: Sequence[str], environment: Mapping[str, str], report: Path
) -> dict[str, Verdict]:
    """Play with the stored verdicts as the baseline, and hold each to its stored one; all of them.

    A case that is newer than what is stored has to come to a verdict of any kind.
    """
    before = Path(stored(name))
    if os.environ.get("STORE_VERDICTS"):
        new = played(arguments, environment, report)
        results = [replace(one, steps=[], frames=[], purpose="", again="") for one in new.results]
        results.sort(key=lambda one: one.id)
        before.write_bytes(to_json(replace(new, results=results, command="")))

    new = played([*arguments, "--baseline", str(before)], environment, report)
    found = {one.id: one.verdict for one in new.results}
    wanted = {one.id: one.verdict for one in read_report(before).results}
    assert {id: found.get(id) for id in wanted} == wanted
    assert [one.id for one in new.results if one.verdict is Verdict.ERROR] == []
    return found


def typed(arguments: Sequence[str], environment: Mapping[str, str]) -> tuple[int, str]:
    """Exit code and output of `voltyard conform` with those arguments."""
    done = CliRunner().invoke(app, ["conform", *arguments], env=environment)
    return done.exit_code, done.output


def reasons(report: Path) -> dict[str, str]:
    """The reason of each case that did not pass: what was expected, or why it does not apply."""
    return {
        one.id: one.failure.expected if one.failure else one.why
        for one in read_report(report).results
        if one.verdict is not Verdict.PASS
    }


@contextmanager
def program(command: Sequence[str | Path], lines: int) -> Iterator[list[str]]:
    """A program of other people's making, and the first lines that it prints; it ends with this."""
    process = subprocess.Popen(
        [str(word) for word in command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield [process.stdout.readline().strip() for _ in range(lines)]
    finally:
        process.kill()
        process.communicate()


def until_answered(url: str) -> None:
    """Wait until something answers over HTTP there."""
    give_up_at = time.monotonic() + _PATIENCE_S
    while True:
        try:
            httpx.get(url, timeout=_PATIENCE_S)
            return
        except httpx.TransportError:
            assert time.monotonic() < give_up_at, f"nothing answers at {url}"
            time.sleep(0.05)
