"""The Dockerfile says only what the program understands. No Docker is needed for that."""

import json
import os
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
import typer.main

from voltyard.cli.main import app
from voltyard.config.config import ENVIRONMENT_PREFIX, Config
from voltyard.testing.processes import ServerProcess, free_port

ROOT = Path(__file__).parents[2]


def instructions() -> list[tuple[str, str, str]]:
    """(stage, instruction, what it says), in order."""
    text = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text())
    found, stage = [], ""
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        word, _, rest = line.partition(" ")
        if word == "FROM":
            stage = rest.rpartition(" AS ")[2]
        found.append((stage, word, rest.strip()))
    return found


def said(stage: str, word: str) -> str:
    """What the one instruction of that kind says."""
    [rest] = [rest for where, what, rest in instructions() if (where, what) == (stage, word)]
    return rest


def command(rest: str) -> list[str]:
    """An instruction's command, which is not to be left to a shell."""
    found: list[str] = json.loads(rest[rest.index("[") :])
    return found


@pytest.mark.parametrize("stage", ["server", "worker"])
def test_what_an_image_runs_is_a_command_with_the_options_it_is_given(stage: str) -> None:
    [program, name, *options] = command(said("base", "ENTRYPOINT")) + command(said(stage, "CMD"))

    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    known = {option for parameter in commands[name].params for option in parameter.opts}
    assert program == "voltyard"
    assert {option for option in options if option.startswith("--")} <= known


def test_the_settings_it_names_are_settings() -> None:
    text = (ROOT / "Dockerfile").read_text()
    named = set(re.findall(rf"{ENVIRONMENT_PREFIX}[A-Z_]+", text))

    assert named
    assert named <= {ENVIRONMENT_PREFIX + setting.name.upper() for setting in fields(Config)}


def test_it_listens_on_other_addresses_only_where_it_is_told_to() -> None:
    environment = [rest for _, word, rest in instructions() if word == "ENV"]

    assert environment
    assert not any("VOLTYARD_HOST" in rest for rest in environment)


def test_it_runs_as_nobody_in_particular() -> None:
    assert said("base", "USER") not in ("0", "root")
    assert not any(
        word == "USER" for stage, word, _ in instructions() if stage in ("server", "worker")
    )


def test_its_base_can_be_pinned_by_a_digest_in_one_place() -> None:
    bases = [rest.partition(" AS ")[0] for _, word, rest in instructions() if word == "FROM"]
    [default] = [rest for stage, word, rest in instructions() if (stage, word) == ("", "ARG")]

    assert {base for base in bases if base not in ("base", "build")} == {"${PYTHON_IMAGE}"}
    assert default.startswith("PYTHON_IMAGE=python:3.11")


def test_nothing_in_it_installs_or_builds_anything_more() -> None:
    steps = [rest for stage, word, rest in instructions() if (stage, word) == ("base", "RUN")]

    assert any("pip uninstall" in step and "setuptools" in step for step in steps)
    assert any("ensurepip" in step for step in steps)
    built = " ".join(rest for stage, word, rest in instructions() if stage == "build")
    assert "venv --without-pip /venv" in built
    assert not re.search(r"apt-get|gcc|build-essential", (ROOT / "Dockerfile").read_text())


def test_what_it_copies_is_there_and_not_ignored() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    let_in = {line[1:] for line in lines if line.startswith("!")}
    copied = [
        source
        for _, word, rest in instructions()
        if word == "COPY" and not rest.startswith("--from")
        for source in rest.split()[:-1]
    ]

    assert "*" in lines
    assert copied
    for source in copied:
        assert (ROOT / source).exists(), source
        assert Path(source).parts[0] in let_in, source


@pytest.mark.slow
def test_its_health_check_tells_a_server_that_answers_from_one_that_does_not(
    tmp_path: Path,
) -> None:
    [_, *rest] = command(said("server", "HEALTHCHECK"))

    def check(port: int) -> int:
        environment = {**os.environ, "VOLTYARD_PORT": str(port)}
        done = subprocess.run(
            [sys.executable, *rest], env=environment, capture_output=True, check=False
        )
        return done.returncode

    with ServerProcess(tmp_path) as server:
        assert check(server.port) == 0
    assert check(free_port()) == 1


def example_of_a_container() -> str:
    """The example of docs/containers.md, which needs an engine of containers to run."""
    text = (ROOT / "docs" / "containers.md").read_text()
    [found] = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    return str(found)


@pytest.mark.slow
def test_the_line_that_testcontainers_waits_for_comes_once_the_server_answers(
    tmp_path: Path,
) -> None:
    example = example_of_a_container()
    [awaited] = re.findall(r'wait_for_logs\(container, r"([^"]+)"', example)
    compile(example, "containers.md", "exec")
    [key] = re.findall(r'^KEY = "(.+)"$', example, re.MULTILINE)
    server = ServerProcess(tmp_path, key)
    server.environment |= re.findall(r'with_env\("(\w+)", "([^"]+)"\)', example)
    assert server.environment["VOLTYARD_HOST"] == "0.0.0.0"

    with server:
        printed = "".join(server.output.readline() for _ in range(6))

    [line] = [one for one in printed.splitlines() if re.search(awaited, one, re.MULTILINE)]
    assert f":{server.ocpp_port}/ocpp" in line


def test_the_ports_of_the_example_are_those_of_the_image() -> None:
    exposed = said("server", "EXPOSE").split()

    assert f"with_exposed_ports({', '.join(exposed)})" in example_of_a_container()
