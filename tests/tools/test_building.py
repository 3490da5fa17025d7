"""The build of the page: only where its sources changed, and by a Node that is new enough."""

import sys
from pathlib import Path

import pytest

from page import building


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a page that is built from what it has now."""
    monkeypatch.setattr(building, "ROOT", tmp_path)
    monkeypatch.setattr(building, "WEB", tmp_path / "web")
    monkeypatch.setattr(building, "BUILT", tmp_path / "built")
    monkeypatch.setattr(building, "VIEWERS", (tmp_path / "trace.html", tmp_path / "report.html"))
    sources = (
        "openapi.json",
        "web/src/main.tsx",
        "web/package-lock.json",
        "web/node_modules/it.js",
    )
    for name in (*sources, "built/index.html", "trace.html", "report.html"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    (tmp_path / "built" / building.STAMP).write_text(building.digest())
    return tmp_path


def program(folder: Path, name: str, says: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\necho {says}\n")
    (folder / name).chmod(0o755)


def test_a_page_built_from_the_sources_as_they_are_is_not_built_again(project: Path) -> None:
    assert building.is_built()
    assert building.build() is False


@pytest.mark.parametrize("name", ["web/src/main.tsx", "openapi.json", "web/src/new.ts"])
def test_a_source_that_changed_makes_the_page_stale(project: Path, name: str) -> None:
    (project / name).write_text("changed")

    assert not building.is_built()


@pytest.mark.parametrize("name", ["web/node_modules/it.js", "web/build/openapi.d.ts"])
def test_what_the_build_makes_for_itself_is_no_source(project: Path, name: str) -> None:
    path = project / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("changed")

    assert building.is_built()


@pytest.mark.parametrize("name", ["built/index.html", "trace.html", "report.html"])
def test_a_page_that_lost_what_it_begins_with_is_built_again(project: Path, name: str) -> None:
    (project / name).unlink()

    assert not building.is_built()


@pytest.mark.parametrize(
    ("version", "is_taken"), [("v20.19.0", True), ("v24.1.0", True), ("v18.20.4", False)]
)
def test_node_is_taken_from_the_path_where_it_is_new_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, is_taken: bool
) -> None:
    program(tmp_path, "node", version)
    program(tmp_path, "npm", "11")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "elsewhere" / "python"))

    assert building.folder_of_node() == (str(tmp_path) if is_taken else None)


def test_an_old_node_gives_way_to_the_one_beside_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, beside = tmp_path / "old", tmp_path / "beside"
    for folder, version in ((old, "v18.0.0"), (beside, "v24.0.0")):
        program(folder, "node", version)
        program(folder, "npm", "11")
    monkeypatch.setenv("PATH", str(old))
    monkeypatch.setattr(sys, "executable", str(beside / "python"))

    assert building.folder_of_node() == str(beside)


def test_without_node_it_says_what_to_do_and_builds_nothing(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "openapi.json").write_text("changed")
    monkeypatch.setattr(building, "folder_of_node", lambda: None)

    with pytest.raises(building.CannotBuild, match="make page"):
        building.build()
    assert not building.is_built()


@pytest.fixture
def npm(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Node whose npm notes what it is asked for, one line each, in the file returned."""
    noted, folder = project / "npm.txt", project / "bin"
    program(folder, "node", "v24.0.0")
    (folder / "npm").write_text(f'#!/bin/sh\necho "$@" >> {noted}\n')
    (folder / "npm").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return noted


def installed(npm: Path) -> list[bool]:
    """Of each installation, whether it was without the tools of `check`."""
    lines = npm.read_text().splitlines()
    return ["--omit=dev" in line for line in lines if line.startswith("ci ")]


def test_packages_are_installed_once_and_tools_where_they_are_wanted(
    project: Path, npm: Path
) -> None:
    for change in ("once", "twice"):
        (project / "web/src/main.tsx").write_text(change)
        assert building.build()
    assert installed(npm) == [True]

    building.check()
    building.check()

    assert installed(npm) == [True, False]


def test_another_lock_is_installed_with_the_tools_that_are_there(project: Path, npm: Path) -> None:
    (project / "web/node_modules/typescript").mkdir()
    (project / "web/package-lock.json").write_text("{}")

    assert building.build()
    building.check()

    assert installed(npm) == [False]
