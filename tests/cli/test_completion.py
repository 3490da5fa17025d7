"""The completion of each shell."""

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from voltyard.cli.main import app


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_gets_its_script(shell: str) -> None:
    printed = CliRunner().invoke(app, ["completion", shell])

    assert printed.exit_code == 0
    assert f"complete_{shell}" in printed.output
    assert "_VOLTYARD_COMPLETE" in printed.output


def test_bash_can_read_its_script() -> None:
    script = CliRunner().invoke(app, ["completion", "bash"]).output

    checked = subprocess.run(["bash", "-n"], input=script, text=True, capture_output=True)

    assert (checked.returncode, checked.stderr) == (0, "")


def test_an_unknown_shell_is_refused() -> None:
    assert CliRunner().invoke(app, ["completion", "tcsh"]).exit_code == 2


def test_a_start_imports_nothing_heavy() -> None:
    """Every TAB starts the program."""
    heavy = {"httpx", "textual", "structlog", "sqlalchemy", "picows", "fastapi", "rich.table"}

    printed = subprocess.run(
        [sys.executable, "-c", "import sys, voltyard.cli.main; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert heavy & set(printed.stdout.split()) == set()
