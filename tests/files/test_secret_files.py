from pathlib import Path

import pytest

from voltyard.files.secret_files import create_secret_file, replace_secret_file


def test_a_secret_file_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    created, replaced = tmp_path / "key", tmp_path / "token"
    replaced.write_text("former")
    replaced.chmod(0o644)

    create_secret_file(created, b"one")
    replace_secret_file(replaced, b"two")

    assert [one.stat().st_mode & 0o777 for one in (created, replaced)] == [0o600, 0o600]
    assert (created.read_bytes(), replaced.read_bytes()) == (b"one", b"two")


def test_a_new_secret_file_replaces_none(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("former")

    with pytest.raises(FileExistsError):
        create_secret_file(path, b"new")

    assert path.read_text() == "former"


def test_a_draft_that_a_kill_left_behind_is_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / "token.new").write_text("half a to")

    replace_secret_file(tmp_path / "token", b"whole")

    assert [one.name for one in tmp_path.iterdir()] == ["token"]
    assert (tmp_path / "token").read_bytes() == b"whole"
