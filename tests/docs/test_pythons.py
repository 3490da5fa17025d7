"""The versions of Python that are promised are those that are tested."""

import re
import subprocess
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
FIND = ROOT / "tools" / "python.sh"


def test_every_promised_version_is_tested() -> None:
    classifiers = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["classifiers"]
    promised = {one.rpartition(" ")[2] for one in classifiers if re.search(r":: 3\.\d+$", one)}
    others = re.search(r"^PYTHONS := (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)

    assert others is not None
    assert promised == {"3.11", *others[1].split()}


def test_an_interpreter_that_only_seems_to_be_there_is_passed_over(tmp_path: Path) -> None:
    broken = tmp_path / "bin" / "python3.99"
    kept = tmp_path / "pyenv" / "versions" / "3.99.1" / "bin" / "python"
    for file, text in ((broken, "exit 127"), (kept, 'case "$2" in *print*) echo "$0";; esac')):
        file.parent.mkdir(parents=True)
        file.write_text(f"#!/bin/sh\n{text}\n")
        file.chmod(0o755)

    run = found("3.99", tmp_path)

    assert (run.returncode, run.stdout) == (0, f"{kept}\n")


def test_where_there_is_none_it_says_how_to_get_one(tmp_path: Path) -> None:
    run = found("3.99", tmp_path)

    assert run.returncode == 1
    assert run.stdout == ""
    assert "there is no Python 3.99" in run.stderr
    assert "pyenv install 3.99" in run.stderr


def found(version: str, home: Path) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": f"{home / 'bin'}:/usr/bin:/bin", "PYENV_ROOT": str(home / "pyenv")}
    return subprocess.run(
        [str(FIND), version], env=environment, capture_output=True, text=True, check=False
    )
