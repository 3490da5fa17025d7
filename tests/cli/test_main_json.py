"""Every command prints JSON with `--json`, and that alone on standard output."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from typer.testing import CliRunner

from tests.cli.bench import BUILT, COMMANDS
from voltyard.cli.main import app

WITHOUT: Final = {
    ("up",): "it runs until it is stopped; REST tells what it does",
    ("node",): "it runs until it is stopped; REST tells what it does",
    ("worker",): "it runs until it is stopped; its gateway tells what it does",
    ("completion",): "what it prints is a script for a shell",
    ("conform", "init", "charger"): "what it writes is a file, in YAML",
    ("conform", "init", "csms"): "what it writes is a file, in YAML",
    ("scenarios", "show"): "what it prints is a file, in YAML",
    ("scenarios", "import"): "what it prints is a file, in YAML",
    ("pki", "ocsp"): "it runs until it is interrupted; its clients are told, in OCSP",
}
"""Commands that print no JSON, and why."""


def options(names: tuple[str, ...]) -> set[str]:
    command: Any = BUILT
    for name in names:
        command = command.commands[name]
    return {option for parameter in command.params for option in parameter.opts}


@pytest.mark.parametrize("names", COMMANDS, ids=" ".join)
def test_a_command_takes_json_unless_there_is_a_reason(names: tuple[str, ...]) -> None:
    assert ("--json" in options(names)) != (names in WITHOUT)


@pytest.fixture
def typed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sqlite_directory: Path, as_before: None
) -> Callable[..., tuple[int, Any]]:
    """Exit code and document of a command that needs no server."""
    for name in os.environ:
        if name.startswith("VOLTYARD_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("VOLTYARD_DATA", str(sqlite_directory))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))

    def command(*arguments: str | Path) -> tuple[int, Any]:
        result = CliRunner().invoke(app, [*map(str, arguments), "--json"])
        assert result.exception is None or isinstance(result.exception, SystemExit), result
        assert result.stdout.count("\n") == 1
        return result.exit_code, json.loads(result.stdout)

    return command


def test_a_backup_its_check_and_its_restoring_are_documents(
    typed: Callable[..., tuple[int, Any]], tmp_path: Path
) -> None:
    monday, restored = tmp_path / "monday", tmp_path / "restored"

    code, made = typed("backup", monday)
    files = [path for path in monday.rglob("*") if path.is_file() and path.name != "manifest.json"]
    assert code == 0
    assert made["backup"] == str(monday)
    assert made["files"] == len(files)
    assert made["size_bytes"] == sum(path.stat().st_size for path in files)
    assert (made["database"], made["damaged"]) == ("sqlite", [])

    assert typed("check", monday) == (0, {"checked": str(monday), "found": []})

    code, put_back = typed("restore", monday, "--data", restored)
    assert code == 0
    assert put_back["as_of"] == made["began"]
    assert put_back["schema"] == made["schema"]


def test_what_a_check_finds_is_in_its_document(
    typed: Callable[..., tuple[int, Any]], tmp_path: Path
) -> None:
    typed("backup", tmp_path / "monday")
    database = tmp_path / "monday" / "database.sqlite"
    database.write_bytes(database.read_bytes() + b"\0")

    code, checked = typed("check", tmp_path / "monday")

    assert code == 1
    assert [one["to_do"] for one in checked["found"]] == [
        "the backup cannot be restored: make another, or take another"
    ]


def test_a_simulation_is_a_document_of_its_histories(
    typed: Callable[..., tuple[int, Any]], tmp_path: Path
) -> None:
    small = ("simulate", "--chargers", "2", "--hours", "6")

    code, one = typed(*small, "--log", tmp_path / "log")
    _, two = typed(*small, "--seed", "7", "--seeds", "2")

    assert code == 0
    assert (one["chargers"], one["hours"], one["broken"]) == (2, 6.0, [])
    assert one["start"] == "2026-01-05T00:00:00Z"
    assert one["log"] == str(tmp_path / "log")
    assert [history["seed"] for history in two["held"]] == [7, 8]
    assert two["held"][0] == one["held"][0]
    assert one["held"][0]["frames"] > 0


def test_forgetting_a_login_is_a_document(typed: Callable[..., tuple[int, Any]]) -> None:
    assert typed("logout") == (0, {"logged_out": False})


def test_a_trace_is_told_by_its_figures(
    typed: Callable[..., tuple[int, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = '<title>Voltyard trace</title><script type="application/octet-stream" id="trace">'
    monkeypatch.setattr("voltyard.traces.html.built_viewer", lambda: f"{page}</script>")
    log = '2026-01-05T00:00:00.000Z CP-1 -> [2,"1","Heartbeat",{}]\n'
    file = tmp_path / "trace.html"
    (tmp_path / "day.log").write_text(log)

    code, told = typed("trace", tmp_path / "day.log", "-o", file)

    assert code == 0
    assert told == {
        "file": str(file),
        "frames": 1,
        "chargers": 1,
        "violations": 0,
        "size_bytes": file.stat().st_size,
    }
