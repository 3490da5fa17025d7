"""One server at a time over one data directory."""

from pathlib import Path

import pytest

from voltyard.kernel.errors import Unavailable
from voltyard.storage.data_directory import held_database_file, held_directory


def test_a_directory_that_is_held_cannot_be_held_by_another(tmp_path: Path) -> None:
    with (
        held_directory(tmp_path),
        pytest.raises(Unavailable, match="another server uses"),
        held_directory(tmp_path),
    ):
        pass


def test_a_directory_is_free_once_its_holder_has_ended(tmp_path: Path) -> None:
    with held_directory(tmp_path / "made" / "if need be"):
        pass

    with held_directory(tmp_path / "made" / "if need be"):
        assert (tmp_path / "made").is_dir()


def test_a_file_is_held_by_whatever_name(tmp_path: Path) -> None:
    (tmp_path / "other").symlink_to(tmp_path / "one.db")

    with (
        held_database_file(tmp_path / "one.db"),
        held_database_file(tmp_path / "two.db"),
        pytest.raises(Unavailable, match="another server uses the database"),
        held_database_file(tmp_path / "other"),
    ):
        pass


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(Unavailable, match=r"cannot use the data directory .*file"):
        held_directory(tmp_path / "file").__enter__()
