"""The GitHub action and the GitLab template: their form, and their steps, run as they stand."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from tests.testing.bench import plugin_path
from voltyard.testing.processes import ServerProcess

ROOT = Path(__file__).parents[2]
ACTION = ROOT / "action.yml"
TEMPLATE = ROOT / "ci" / "voltyard.gitlab-ci.yml"
GUIDE = (ROOT / "docs" / "ci.md").read_text()

TEXT = {"type": "string"}
STEP = {
    "type": "object",
    "properties": {
        "name": TEXT,
        "id": TEXT,
        "if": TEXT,
        "shell": {"enum": ["bash", "sh", "python", "pwsh"]},
        "run": TEXT,
        "env": {"type": "object", "additionalProperties": TEXT},
        "uses": {"type": "string", "pattern": r"^[\w-]+/[\w-]+@v\d+$"},
        "with": {"type": "object"},
    },
    "additionalProperties": False,
    "oneOf": [{"required": ["run", "shell"]}, {"required": ["uses"]}],
}
METADATA = {
    "type": "object",
    "required": ["name", "description", "runs"],
    "properties": {
        "name": TEXT,
        "description": TEXT,
        "author": TEXT,
        "branding": {"type": "object", "properties": {"icon": TEXT, "color": TEXT}},
        "inputs": {
            "additionalProperties": {
                "type": "object",
                "required": ["description"],
                "properties": {
                    "description": TEXT,
                    "default": TEXT,
                    "required": {"type": "boolean"},
                },
                "additionalProperties": False,
            }
        },
        "runs": {
            "type": "object",
            "required": ["using", "steps"],
            "properties": {"using": {"const": "composite"}, "steps": {"items": STEP}},
            "additionalProperties": False,
        },
    },
    "additionalProperties": False,
}
"""The form of a composite action, of GitHub's metadata syntax as far as this one uses it."""


def action() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(ACTION.read_text())
    return found


def step(name: str) -> dict[str, Any]:
    """The step of that name."""
    [found] = [one for one in action()["runs"]["steps"] if one.get("name") == name]
    return dict(found)


def examples(language: str) -> list[Any]:
    """The blocks of the guide that are in this language."""
    return [
        yaml.safe_load(one) for one in re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)
    ]


def run(text: str, here: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a step as a runner does."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    kept = {name: text for name, text in os.environ.items() if "VOLTYARD" not in name}
    return subprocess.run(
        ["bash", "-eo", "pipefail", "-c", text],
        cwd=here,
        env={
            **kept,
            "PATH": path,
            "PYTHONPATH": plugin_path(here / ".site"),
            "PYTEST_ADDOPTS": "-p no:schemathesis -p no:hypothesispytest -p no:asyncio",
            "RUNNER_TEMP": str(here),
            "GITHUB_ENV": str(here / "env"),
            "GITHUB_STEP_SUMMARY": str(here / "summary.md"),
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=250,
    )


def test_the_action_has_the_form_of_a_composite_action() -> None:
    errors = jsonschema_rs.validator_for(METADATA).iter_errors(action())

    assert [f"{one.instance_path}: {one.message}" for one in errors] == []


def test_what_a_step_names_is_an_input_and_no_input_is_pasted_into_a_script() -> None:
    text = ACTION.read_text()
    named = set(re.findall(r"\binputs\.([\w-]+)", text))

    assert named == action()["inputs"].keys()
    assert not [one["name"] for one in action()["runs"]["steps"] if "${{" in one.get("run", "")]


def test_the_guide_shows_the_action_and_the_template_with_inputs_that_they_have() -> None:
    workflow, included = examples("yaml")
    used = [
        one["with"]
        for job in workflow["jobs"].values()
        for one in job["steps"]
        if "voltyard/voltyard" in one.get("uses", "")
    ]
    [template] = included["include"]
    header, _ = yaml.safe_load_all(TEMPLATE.read_text())

    assert len(used) == len(workflow["jobs"])
    assert all(given.keys() <= action()["inputs"].keys() for given in used)
    assert template["remote"].endswith(f"/main/{TEMPLATE.relative_to(ROOT)}")
    assert template["inputs"].keys() <= header["spec"]["inputs"].keys()


ASKING = """
import os, httpx
key = {"Authorization": "Bearer " + os.environ["VOLTYARD_TOKEN"]}
httpx.get(os.environ["VOLTYARD_URL"] + "/ocpp/chargers", headers=key).raise_for_status()
"""

RED = "def test_red(charger): charger().wait_for('StopTransaction', timeout=0.1)\n"
GREEN = "def test_green(charger): charger()\n"


@pytest.mark.slow
def test_the_step_that_tests_goes_red_and_keeps_a_readable_report(tmp_path: Path) -> None:
    (tmp_path / "test_red.py").write_text(RED)
    (tmp_path / "test_green.py").write_text(GREEN)
    testing = step("Test")
    told = dict.fromkeys(testing["env"], "")

    red = run(testing["run"], tmp_path, **{**told, "TESTS": "test_red.py test_green.py"})

    assert red.returncode == 1, red.stdout + red.stderr
    assert "1 failed, 1 passed" in red.stdout
    assert "1 failed, 1 passed" in (tmp_path / "summary.md").read_text()
    kept = tmp_path / "build" / "voltyard"
    assert 'failures="1"' in (kept / "junit.xml").read_text()
    assert list(kept.glob("*/*.jsonl"))
    assert step("Keep reports, frames and traces")["with"]["path"] == "build/voltyard"

    green = run(
        testing["run"],
        tmp_path,
        **{**told, "TESTS": "test_green.py", "ARGUMENTS": "-q -k green"},
    )
    assert green.returncode == 0, green.stdout + green.stderr


@pytest.mark.slow
def test_the_step_that_plays_cases_goes_red_and_keeps_the_verdicts(tmp_path: Path) -> None:
    (tmp_path / "subject.yaml").write_text("tags: {unknown: 04A1B2C3}\n")
    conforming = step("Conform")["run"]
    with ServerProcess(tmp_path / "data", "a-key") as server:
        environment = {"VOLTYARD_URL": server.url, "VOLTYARD_TOKEN": "a-key"}
        played = f"csms --url {server.charger_url} --cases TC_023_1"

        red = run(conforming, tmp_path, CONFORM=f"{played} --subject subject.yaml", **environment)
        kept = (tmp_path / "build" / "voltyard" / "conformance.xml").read_text()
        green = run(conforming, tmp_path, CONFORM=played, **environment)

    assert red.returncode == 1, red.stdout + red.stderr
    assert "1 failed" in (tmp_path / "summary.md").read_text()
    assert 'failures="1"' in kept
    assert (tmp_path / "build" / "voltyard" / "conformance.json").exists()
    assert green.returncode == 0, green.stdout + green.stderr


@pytest.mark.slow
def test_the_server_of_the_action_is_one_that_later_steps_reach(tmp_path: Path) -> None:
    started = run(step("Start a server beside the tests")["run"], tmp_path)
    assert started.returncode == 0, started.stdout + started.stderr
    try:
        variables = dict(line.split("=", 1) for line in (tmp_path / "env").read_text().splitlines())
        asked = run(f"python -c '{ASKING}'", tmp_path, **variables)
    finally:
        stopped = run(step("Stop the server")["run"], tmp_path)

    assert asked.returncode == 0, asked.stdout + asked.stderr
    assert variables["VOLTYARD_CHARGER_URL"].startswith("ws://127.0.0.1:")
    assert f"::add-mask::{variables['VOLTYARD_TOKEN']}" in started.stdout
    assert stopped.returncode == 0


@pytest.mark.slow
def test_a_server_that_does_not_start_fails_its_step_with_its_log(tmp_path: Path) -> None:
    failing = run(
        step("Start a server beside the tests")["run"], tmp_path, VOLTYARD_PROVIDER="elsewhere"
    )

    assert failing.returncode == 1
    assert "provider must be one of" in failing.stdout


@pytest.mark.slow
def test_the_job_of_the_template_runs_with_its_defaults(tmp_path: Path) -> None:
    text = TEMPLATE.read_text()
    header, _ = yaml.safe_load_all(text)
    inputs = header["spec"]["inputs"]
    named = set(re.findall(r"\$\[\[ inputs\.([\w-]+) \]\]", text))
    assert named == inputs.keys()
    body = text.split("\n---\n")[1]
    for name, one in inputs.items():
        body = body.replace(f"$[[ inputs.{name} ]]", one["default"])
    job = yaml.safe_load(body)["voltyard"]
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_green.py").write_text(GREEN)

    done = run("\n".join(job["script"]), tmp_path, **job["variables"])

    assert done.returncode == 0, done.stdout + done.stderr
    assert [one.name for one in tmp_path.glob(job["artifacts"]["reports"]["junit"])] == [
        "junit.xml"
    ]
    assert job["artifacts"]["paths"] == ["build/voltyard"]
    assert job["artifacts"]["when"] == "always"
