"""The demo's own directory is emptied; no other is."""

import os
from pathlib import Path

import pytest

from voltyard.cli.demo.data_directory import emptied, needs_a_place
from voltyard.kernel.errors import Unavailable
from voltyard.storage.data_directory import held_directory


def contents(directory: Path) -> dict[str, str]:
    return {str(file): file.read_text() for file in directory.rglob("*") if file.is_file()}


def test_what_an_earlier_demo_left_is_gone(tmp_path: Path) -> None:
    data = emptied(tmp_path / "demo-data")
    before = set(data.iterdir())
    (data / "voltyard.db").write_text("rows")
    (data / "workers").mkdir()
    (data / "workers" / "attached.json").write_text("{}")

    assert emptied(data) == data

    assert set(data.iterdir()) == before


def test_a_directory_of_somebody_else_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    data = tmp_path / "demo-data"
    data.mkdir()
    (data / "thesis.txt").write_text("years of work")
    before = contents(tmp_path)

    with pytest.raises(Unavailable, match="not the demo's own"):
        emptied(data)

    assert contents(tmp_path) == before


def test_a_file_of_that_name_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    data = tmp_path / "demo-data"
    data.write_text("mine")

    with pytest.raises(Unavailable, match="not the demo's own"):
        emptied(data)

    assert data.read_text() == "mine"


def test_a_link_to_another_directory_is_refused(tmp_path: Path) -> None:
    elsewhere = emptied(tmp_path / "elsewhere")
    (elsewhere / "kept").write_text("mine")
    (tmp_path / "demo-data").symlink_to(elsewhere)

    with pytest.raises(Unavailable, match="not the demo's own"):
        emptied(tmp_path / "demo-data")

    assert (elsewhere / "kept").read_text() == "mine"


def test_a_link_within_it_is_deleted_and_what_it_leads_to_is_not(tmp_path: Path) -> None:
    data = emptied(tmp_path / "demo-data")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "kept").write_text("mine")
    (data / "link").symlink_to(elsewhere)

    emptied(data)

    assert not os.path.lexists(data / "link")
    assert (elsewhere / "kept").read_text() == "mine"


def test_that_of_a_demo_that_runs_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    data = emptied(tmp_path / "demo-data")
    with held_directory(data):
        (data / "voltyard.db").write_text("rows")

        with pytest.raises(Unavailable, match="another server uses"):
            emptied(data)

        assert (data / "voltyard.db").read_text() == "rows"


@pytest.mark.parametrize(
    ("environment", "data", "expected"),
    [
        ({}, None, True),
        ({}, Path("data"), False),
        ({"VOLTYARD_DATA": "data"}, None, False),
        ({"VOLTYARD_DATABASE_URL": "postgresql://localhost/yard"}, None, False),
        ({"VOLTYARD_PORT": "8080", "VOLTYARD_DATA": ""}, None, True),
    ],
)
def test_it_is_used_where_the_user_names_no_place(
    environment: dict[str, str], data: Path | None, expected: bool
) -> None:
    assert needs_a_place(environment, data) is expected
