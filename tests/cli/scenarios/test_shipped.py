"""`voltyard scenarios`, as it is typed."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.scenarios.importing.flows import flow_of, node
from voltyard.cli.main import app
from voltyard.kernel.errors import Invalid
from voltyard.scenarios import library

THEMES = {"sessions", "offline", "smart charging", "faults", "security", "load"}


def typed(*words: str) -> str:
    ran = CliRunner().invoke(app, ["scenarios", *words])
    assert ran.exit_code == 0, ran.output
    return ran.output


def test_at_least_forty_ship_in_six_themes() -> None:
    listed = json.loads(typed("--json"))

    assert len(listed) >= 40
    assert {one["theme"] for one in listed} == THEMES
    assert {version for one in listed for version in one["versions"]} == {"1.6", "2.0.1"}


def test_a_theme_is_listed_alone() -> None:
    listed = typed("--theme", "offline")

    assert "network-drop-in-transaction" in listed
    assert "session-by-card" not in listed


def test_a_theme_that_is_none_is_told() -> None:
    ran = CliRunner().invoke(app, ["scenarios", "--theme", "ofline"])

    assert isinstance(ran.exception, Invalid)
    assert "offline" in str(ran.exception)


def test_one_is_shown_as_it_is() -> None:
    assert typed("show", "session-by-card") == library.text_of("session-by-card")


def test_a_flow_is_imported_into_a_file(tmp_path: Path) -> None:
    flow, written = tmp_path / "flow.json", tmp_path / "mine.yaml"
    flow.write_text(flow_of(node("connectorPlug", action="plugin"), node("delay", delaySeconds=5)))

    typed("import", str(flow), "--output", str(written))

    assert "do: plug_in" in written.read_text()
    assert "# Left out: delay" in written.read_text()
    assert library.found(str(written)).scenario.title == "A flow"


@pytest.mark.parametrize("words", [["none.json"], ["flow.json", "-o", "no/such/folder.yaml"]])
def test_a_file_that_cannot_be_read_or_written_is_told(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("flow.json").write_text(flow_of())

    ran = CliRunner().invoke(app, ["scenarios", "import", *words])

    assert isinstance(ran.exception, Invalid)
    assert "No such file" in str(ran.exception)
