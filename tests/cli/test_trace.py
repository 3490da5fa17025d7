"""`voltyard trace`, as it is typed, of files and of a server's chargers."""

import io
import json
import sys
from pathlib import Path

import pytest

from tests.cli.bench import Shell
from voltyard.kernel.errors import Unavailable
from voltyard.traces import html

VIEWER = '<title>Voltyard trace</title><script type="application/octet-stream" id="trace"></script>'
LOG = (
    '2026-01-05T00:00:00.000Z CP-1 -> [2,"1","Heartbeat",{}]\n'
    '2026-01-05T00:00:01.000Z CP-1 <- [3,"1",{"currentTime":"2026-01-05T00:00:01Z"}]\n'
    '2026-01-05T00:00:02.000Z CP-2 -> [2,"1","StartTransaction",{}]\n'
)


@pytest.fixture(autouse=True)
def viewer(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command is what is tried here; `tests/traces` opens its files with the true viewer."""
    monkeypatch.setattr(html, "built_viewer", lambda: VIEWER)


def written(path: Path) -> str:
    text = path.read_text()
    assert 'id="trace">' in text
    return text


def test_a_log_becomes_a_file_of_its_name(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("day.log").write_text(LOG)

    typed = shell.done("trace", "day.log")

    assert typed.out == "trace.html: 3 frames, 2 chargers, 1 violation, 0 kB\n"
    assert "<title>day.log</title>" in written(Path("trace.html"))


def test_a_part_of_a_log_is_asked_for_and_titled(shell: Shell, tmp_path: Path) -> None:
    log, file = tmp_path / "day.log", tmp_path / "part.html"
    log.write_text(LOG)

    options = ("--charger", "CP-1", "--since", "2026-01-05T00:00:01Z", "--title", "A & B")
    typed = shell.done("trace", str(log), "-o", str(file), *options)

    assert "part.html: 1 frame, 1 charger, 1 violation" in typed.out
    assert "<title>A &amp; B</title>" in written(file)


def test_standard_input_is_a_log(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(LOG.encode())))

    shell.done("trace", "-", "-o", str(tmp_path / "x.html"))

    assert "<title>standard input</title>" in written(tmp_path / "x.html")


@pytest.mark.slow
def test_a_charger_of_the_yard_is_asked_of_the_server(shell: Shell, tmp_path: Path) -> None:
    identity, file = shell.charger("2.0.1"), tmp_path / "live.html"

    typed = shell.done("trace", identity, "-o", str(file))

    assert "1 charger, 0 violations" in typed.out
    assert f"<title>{identity}</title>" in written(file)


@pytest.mark.slow
def test_a_charger_that_the_yard_does_not_know_is_read_from_the_backend(
    shell: Shell, tmp_path: Path
) -> None:
    identity, file = shell.charger(), tmp_path / "kept.html"
    shell.done("chargers", "delete", identity)

    typed = shell.done("trace", identity, "-o", str(file))

    # It may have been deleted while it waited for an answer, which counts as one.
    assert " frames, 1 charger, " in typed.out
    assert f"<title>{identity}</title>" in written(file)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nope.log",), "there is no file nope.log"),
        (("NOPE",), "no file NOPE, and no charger of that id"),
        (("a.log", "--since", "yesterday"), "--since cannot be read"),
        (("a.log", "--zone", "Europe/Nowhere"), "no time zone 'Europe/Nowhere'"),
        (("a.log", "--charger", "other"), "there is no frame in a.log"),
        (("a.log", "-o", "none/trace.html"), "cannot write none/trace.html"),
        (("b.log",), "b.log is in no format that is known"),
    ],
)
def test_what_cannot_be_done_is_told_and_writes_nothing(
    shell: Shell,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.log").write_text(LOG)
    Path("b.log").write_text(json.dumps({"neither": "nor"}))

    typed = shell("trace", *arguments)

    assert typed.code == 2
    assert words in typed.err
    assert not Path("trace.html").exists()


def test_without_the_viewer_it_says_how_that_is_built(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent() -> str:
        raise Unavailable("the trace viewer was not built", hint="run `make page`")

    monkeypatch.setattr(html, "built_viewer", absent)
    (tmp_path / "a.log").write_text(LOG)

    typed = shell("trace", str(tmp_path / "a.log"))

    assert (typed.code, "make page" in typed.err) == (2, True)
