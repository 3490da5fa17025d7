"""Files are written whole or not at all."""

import os
from pathlib import Path

import pytest

from tests.reports.bench import files_in
from voltyard.kernel.errors import Invalid
from voltyard.reports.whole_files import check_writable, write_whole


def test_a_file_is_replaced_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "report.xml"
    path.write_bytes(b"old")
    path.chmod(0o640)

    with path.open("rb") as reader:
        check_writable(path)
        write_whole(path, b"new")
        assert reader.read() == b"old"

    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o640
    assert files_in(tmp_path) == ["report.xml"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("target")

    write_whole(tmp_path / "link", b"new")

    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_bytes() == b"new"


def test_a_pipe_is_written_to_and_stays_one(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)

    check_writable(pipe)
    write_whole(pipe, b"new")

    assert os.read(reader, 10) == b"new"
    assert pipe.is_fifo()
    os.close(reader)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("none/report.xml", "No such file"),
        ("", "it is a folder"),
        ("file/report.xml", "Not a directory"),
        ("a\0b", "null"),
        ("x" * 300, "name too long"),
    ],
)
def test_a_place_that_cannot_be_written_is_told_before(
    tmp_path: Path, name: str, reason: str
) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(Invalid, match=f"(?s)cannot write .*{reason}"):
        check_writable(tmp_path / name)
    assert files_in(tmp_path) == ["file"]


def test_what_was_there_is_untouched_where_writing_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "report.xml"
    path.write_bytes(b"old")

    def no_space(file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_space)

    with pytest.raises(Invalid, match="No space left on device"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert files_in(tmp_path) == ["report.xml"]


def test_a_new_file_that_is_secret_is_its_owners_alone(tmp_path: Path) -> None:
    old, new, open_to_all = (tmp_path / name for name in ("old", "new", "open"))
    old.touch(0o640)

    for path in (old, new):
        write_whole(path, b"secret", is_secret=True)
    write_whole(open_to_all, b"not secret")

    umask = os.umask(0)
    os.umask(umask)
    assert [one.stat().st_mode & 0o777 for one in (old, new)] == [0o640 & ~umask, 0o600]
    assert open_to_all.stat().st_mode & 0o777 == 0o666 & ~umask
