"""The locked versions: each by the hashes of its files, from the public registry, and the same in
every lock."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.lock"))
PINNED = re.compile(r"^([a-z0-9][a-z0-9._-]*)==([^\s;\\]+)", re.MULTILINE)


def pinned(name: str) -> dict[str, str]:
    return dict(PINNED.findall((ROOT / "requirements" / name).read_text()))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda one: one.name)
def test_every_version_is_locked_with_hashes_and_nothing_else_is_said(lock: Path) -> None:
    text = re.sub(r"^#.*\n", "", lock.read_text(), flags=re.MULTILINE)
    entries = re.sub(r" \\\n", "", text).split("\n")

    for entry in filter(None, entries):
        version = r"[a-z0-9][a-z0-9._-]*==[^\s;]+( ; [^-]+?)?"
        assert re.fullmatch(rf"{version}(\s+--hash=sha256:[0-9a-f]{{64}})+", entry), entry[:80]


def test_the_locks_agree() -> None:
    dev = pinned("dev.lock")

    for name in ("run.lock", "cloud.lock", "build.lock"):
        assert pinned(name).items() <= dev.items(), name
    assert pinned("run.lock").items() < pinned("cloud.lock").items()


def test_what_builds_is_not_among_what_runs() -> None:
    building = {"hatchling", "editables", "pip", "setuptools", "wheel", "pip-tools"}

    assert pinned("build.lock").keys() >= {"hatchling", "editables"}
    assert not pinned("cloud.lock").keys() & building


@pytest.mark.parametrize("place", ["Makefile", "Dockerfile"])
def test_what_is_locked_is_installed_by_its_hashes_alone(place: str) -> None:
    text = re.sub(r"\\\n\s*", "", (ROOT / place).read_text())
    installs = [
        line
        for line in text.splitlines()
        if re.search(r"install\b.*(requirements/|\.lock)", line) or "$(LOCKED)" in line
    ]

    assert installs
    for line in installs:
        assert "--require-hashes" in line or line.strip().startswith("$(LOCKED)"), line


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not there")
def test_locks_are_made_from_the_public_registry_alone() -> None:
    run = subprocess.run(
        ["make", "-n", "lock"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    compiling = [line for line in run.stdout.splitlines() if "pip-compile" in line]

    assert len(compiling) == len(LOCKS) - 2  # chart.lock and later.lock are by hand, and say why
    for line in compiling:
        assert "--generate-hashes" in line and "--index-url https://pypi.org/simple" in line
        assert "PIP_CONFIG_FILE=/dev/null" in line
