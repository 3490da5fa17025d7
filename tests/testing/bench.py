"""A user's project with the plugin, whose tests are run by a pytest of their own."""

import os
import subprocess
import sys
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).parents[2]
PATIENCE_S = 240.0


def plugin_path(directory: Path) -> str:
    """A directory for PYTHONPATH that has the entry points of pyproject.toml, as an installed
    package has: an environment that was made before they were written lacks them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = [f"{name} = {value}" for name, value in project["entry-points"]["pytest11"].items()]
    metadata = directory / "voltyard_entry-0.dist-info"
    metadata.mkdir(parents=True, exist_ok=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: voltyard-entry\nVersion: 0\n")
    (metadata / "entry_points.txt").write_text("\n".join(["[pytest11]", *lines, ""]))
    return str(directory)


@dataclass(frozen=True, slots=True)
class Run:
    """A run of pytest."""

    code: int
    output: str

    def counted(self) -> str:
        """The last line, such as 2 passed."""
        return self.output.strip().splitlines()[-1]


@dataclass(frozen=True, slots=True)
class Project:
    """A directory with tests."""

    directory: Path
    environment: dict[str, str] = field(default_factory=dict)

    def write(self, name: str, text: str) -> None:
        (self.directory / name).write_text(dedent(text))

    def command(self, *arguments: str) -> list[str]:
        # The plugins of this environment that no user needs are left out.
        others = ("schemathesis", "hypothesispytest", "cacheprovider")
        without = [part for name in others for part in ("-p", f"no:{name}")]
        return [sys.executable, "-m", "pytest", *without, "-o", "addopts=", *arguments]

    def variables(self) -> dict[str, str]:
        site = self.directory / ".site"
        plugin_path(site)
        kept = {name: text for name, text in os.environ.items() if "VOLTYARD" not in name}
        kept.pop("PYTEST_ADDOPTS", None)
        return {**kept, "PYTHONPATH": str(site), **self.environment}

    def run(self, *arguments: str) -> Run:
        done = subprocess.run(
            self.command(*arguments),
            cwd=self.directory,
            env=self.variables(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=PATIENCE_S,
        )
        return Run(done.returncode, done.stdout)


def project(directory: Path, **environment: str) -> Project:
    """A project with a pytest.ini, so that no other is looked for above it."""
    made = Project(directory, environment)
    made.write(
        "pytest.ini",
        "[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n",
    )
    return made
