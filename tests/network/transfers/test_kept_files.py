"""Files that are kept: their bounds, their directory, and the server of those that are
published."""

import socket
from errno import ENOSPC
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from voltyard.kernel import limits
from voltyard.network.transfers.kept_files import KeptFiles, StoredFile
from voltyard.ports.transfers import TransferFailed

CONTENT = b"version: 2.0.0\n" + bytes(1000)


def kept(files: KeptFiles, content: bytes = CONTENT) -> StoredFile:
    new = files.begin()
    new.add(content)
    return new.finish()


def contents(directory: Path) -> list[bytes]:
    return [one.read_bytes() for one in directory.rglob("*") if one.is_file()]


def ignore(count: int) -> None:
    """Nobody asks how many fetch it."""


async def test_nothing_can_be_put_where_firmware_is_published() -> None:
    files = KeptFiles("localhost")
    [url] = await kept(files).publish("fw.bin", ignore)
    async with httpx.AsyncClient() as client:
        put = await client.put(url, content=b"another image")
        got = await client.get(url)
    await files.close()

    assert put.status_code == 405
    assert got.content == CONTENT
    assert url.startswith("http://localhost:")


async def test_bytes_have_a_bound_until_some_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "KEPT_BYTES", 2 * len(CONTENT))
    files = KeptFiles("127.0.0.1")
    first = kept(files, CONTENT)
    second = files.begin()
    second.add(CONTENT)
    with pytest.raises(TransferFailed, match="are kept already"):
        second.add(b"1")
    second.discard()
    with pytest.raises(TransferFailed, match="kept no more"):
        second.add(b"1")
    first.drop()

    kept(files, 2 * CONTENT)
    await files.close()


async def test_files_have_a_bound_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "KEPT_FILES", 1)
    files = KeptFiles("127.0.0.1")
    first = kept(files)
    with pytest.raises(TransferFailed, match="1 files are kept"):
        files.begin()
    first.drop()

    kept(files)
    await files.close()


async def test_what_was_kept_goes_with_the_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    files = KeptFiles("127.0.0.1")
    file = kept(files)
    assert contents(tmp_path) == [CONTENT]
    await files.close()
    file.drop()

    assert contents(tmp_path) == []


async def test_where_it_cannot_be_listened_nothing_is_published() -> None:
    files = KeptFiles("203.0.113.1")  # TEST-NET-3: no address of this machine
    file = kept(files)
    with pytest.raises(TransferFailed, match="nothing can be published"):
        await file.publish("fw.bin", ignore)
    await files.close()


async def test_at_all_addresses_a_url_names_this_machine() -> None:
    files = KeptFiles("0.0.0.0")
    [url] = await kept(files).publish("fw.bin", ignore)
    await files.close()

    assert urlsplit(url).hostname == socket.gethostname().lower()


async def test_a_full_disk_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is closed writes what is left in its buffer, and fails again."""
    monkeypatch.setattr(limits, "KEPT_FILES", 1)
    files = KeptFiles("127.0.0.1")
    new = files.begin()

    class Full:
        def write(self, chunk: bytes) -> int:
            raise OSError(ENOSPC, "No space left on device")

        def close(self) -> None:
            raise OSError(ENOSPC, "No space left on device")

    monkeypatch.setattr(new, "_opened", Full())
    with pytest.raises(TransferFailed, match="No space left"):
        new.add(CONTENT)
    new.discard()
    new.discard()

    kept(files).drop()
    await files.close()
