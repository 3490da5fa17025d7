"""`voltyard run`, as it is typed."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from voltyard.cli.main import app
from voltyard.kernel.errors import Invalid, NotFound
from voltyard.scenarios.playing.running import Unreachable
from voltyard.testing.processes import free_port

FAILING = """name: mine
theme: sessions
title: A card is refused
parameters: {tag: ABCD1234, status: Blocked}
steps:
  - do: plug_in
  - do: swipe
    with: {id_tag: "${tag}"}
  - expect:
      frame: Authorize
      kind: result
      where: {$.idTagInfo.status: "${status}"}
      rule: OCPP 1.6 section 4.1
      within: 5 s
"""


@pytest.fixture
def failing(tmp_path: Path) -> Path:
    file = tmp_path / "mine.yaml"
    file.write_text(FAILING)
    return file


def typed(*words: object) -> tuple[int, str, BaseException | None]:
    ran = CliRunner().invoke(app, ["run", *map(str, words)])
    error = None if isinstance(ran.exception, SystemExit) else ran.exception
    return ran.exit_code, ran.output, error


def test_what_passes_has_exit_code_0_and_what_fails_1(failing: Path) -> None:
    assert typed(failing, "--set", "status=Accepted")[0] == 0

    code, output, _ = typed(failing, "--seed", "5")

    assert code == 1
    for told in (
        "expected: Authorize.conf",
        'came:     $.idTagInfo.status was "Accepted", not "Blocked", in [3,',
        "rule:     OCPP 1.6 section 4.1",
        f"again:    voltyard run {failing} --version 1.6 --seed 5",
    ):
        assert told in output


def test_the_command_that_plays_it_again_fails_in_the_same_way(failing: Path) -> None:
    _, first, _ = typed(failing, "--seed", "5")
    again = first.partition("again:")[2].split("\n")[0].split()

    code, second, _ = typed(*again[2:])

    assert code == 1
    assert second.split(" in ")[1:2] == first.split(" in ")[1:2]


def test_reports_are_written_and_compared(failing: Path, tmp_path: Path) -> None:
    junit, report = tmp_path / "junit.xml", tmp_path / "report.json"

    typed(failing, "session-by-card", "--junit", junit, "--json", report)
    code, output, _ = typed(failing, "session-by-card", "--baseline", report)

    assert ElementTree.parse(junit).getroot().find(".//failure") is not None
    results = json.loads(report.read_text())["results"]
    assert [one["verdict"] for one in results] == ["fail", "pass", "pass"]
    assert code == 0  # nothing is worse than before
    assert "3 the same" in output


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["nothing.yaml"], "cannot read nothing.yaml"),
        (["session-by-card", "--version", "3"], "neither 1.6 nor 2.0.1"),
        (["session-by-card", "--row", "9"], "there is nothing to play"),
        (["session-by-card", "--set", "tga=A"], "has no parameter 'tga'"),
        (["session-by-card", "--set", "tag"], "not of the form"),
        (["session-by-card", "--url", "http://x"], "--url"),
        (["session-by-card", "--url", "ws://127.0.0.1:1/x", "--speed", "0.1"], "rate"),
        (["session-by-card", "--speed", "10"], "say its --url"),
    ],
)
def test_what_cannot_be_played_is_told(words: list[str], told: str) -> None:
    _, _, error = typed(*words)

    assert isinstance(error, Invalid)
    assert told in str(error)


def test_a_report_has_no_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = tmp_path / "report.json"
    url = f"ws://user:secret-of-url@127.0.0.1:{free_port()}/ocpp"
    words = ["session-by-card", "--url", url, "--password", "secret-word", "--json", str(report)]
    monkeypatch.setattr("sys.argv", ["voltyard", "run", *words])

    typed(*words)

    text = report.read_text()
    assert "--password" in text
    assert "secret-word" not in text
    assert "secret-of-url" not in text


def test_a_name_that_does_not_ship_is_told_with_the_nearest() -> None:
    _, _, error = typed("session-by-crad")

    assert isinstance(error, NotFound)
    assert "did you mean session-by-card?" in str(error)


def test_a_csms_that_does_not_listen_is_told() -> None:
    _, _, error = typed("session-by-card", "--url", f"ws://127.0.0.1:{free_port()}/ocpp")

    assert isinstance(error, Unreachable)
    assert "cannot connect" in str(error)


@pytest.mark.parametrize("option", ["--html", "--junit", "--json"])
def test_a_report_that_cannot_be_written_is_told_before_anything_is_played(
    failing: Path, option: str
) -> None:
    _, output, error = typed(failing, option, "nowhere/report")

    assert isinstance(error, Invalid)
    assert "cannot write nowhere/report: No such file" in str(error)
    assert output == ""
