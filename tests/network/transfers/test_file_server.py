"""Folders of files over real HTTP, fetched and filled by a charger's transfers; the folders in
memory keep the same contract."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.fakes.file_folders import FakeFolders
from voltyard.kernel import limits
from voltyard.network.transfers.file_server import FileServer
from voltyard.network.transfers.transfers import NetworkTransfers
from voltyard.ports.file_folders import FileFolder, FolderUpload
from voltyard.ports.transfers import TransferFailed, Transfers

IMAGE = b"version: 2.0.0\n" + bytes(range(256)) * 1000


@asynccontextmanager
async def over_http(notes: list[str]) -> AsyncIterator[tuple[FileFolder, Transfers]]:
    server, transfers = FileServer(), NetworkTransfers()
    await server.open("127.0.0.1")
    yield server.open_folder("127.0.0.1", notes.append), transfers
    await transfers.close()
    await server.close()


@asynccontextmanager
async def in_memory(notes: list[str]) -> AsyncIterator[tuple[FileFolder, Transfers]]:
    both = FakeFolders()
    yield both.open_folder("127.0.0.1", notes.append), both


@pytest.fixture(params=[over_http, in_memory], ids=["http", "memory"])
async def opened(request: pytest.FixtureRequest) -> AsyncIterator[tuple[FileFolder, Transfers]]:
    async with request.param([]) as found:
        yield found


Opened = tuple[FileFolder, Transfers]


async def test_a_file_of_several_parts_is_fetched_whole(opened: Opened, tmp_path: Path) -> None:
    folder, transfers = opened
    image = tmp_path / "image"
    image.write_bytes(IMAGE)
    url = folder.offer("yard 2.bin", image, b"and more")
    fetched = await transfers.fetch(url)

    assert fetched.size == len(IMAGE) + 8
    assert fetched.sha256 == sha256(IMAGE + b"and more").digest()


async def test_what_is_not_offered_cannot_be_fetched(opened: Opened) -> None:
    folder, transfers = opened

    with pytest.raises(TransferFailed):
        await transfers.fetch(folder.url + "nothing.bin")


async def test_what_is_withdrawn_cannot_be_fetched_until_it_is_offered_again(
    opened: Opened,
) -> None:
    folder, transfers = opened
    url = folder.offer("image.bin", IMAGE)
    folder.withdraw("image.bin")
    folder.withdraw("image.bin")

    with pytest.raises(TransferFailed):
        await transfers.fetch(url)
    assert folder.offer("image.bin", IMAGE) == url
    assert (await transfers.fetch(url)).size == len(IMAGE)


async def test_those_who_fetch_are_counted(opened: Opened) -> None:
    folder, transfers = opened
    counts: asyncio.Queue[int] = asyncio.Queue()
    url = folder.offer("image.bin", IMAGE, watch=counts.put_nowait)
    for _ in range(2):
        await transfers.fetch(url)

        assert [await counts.get(), await counts.get()] == [1, 0]


async def test_who_gives_up_is_counted_no_more() -> None:
    counts: asyncio.Queue[int] = asyncio.Queue()
    async with over_http([]) as (folder, _), httpx.AsyncClient() as client:
        url = folder.offer("image.bin", bytes(64 * 1024 * 1024), watch=counts.put_nowait)
        async with client.stream("GET", url):
            begun = await counts.get()
        over = await counts.get()
        await client.head(url)

    assert (begun, over, counts.empty()) == (1, 0, True)


async def test_uploads_are_told_by_name_and_size(opened: Opened) -> None:
    folder, transfers = opened
    await transfers.send(folder.url, "one.log", b"a line")
    await transfers.send(folder.url + "other.log", "ignored", b"")

    assert list(folder.uploads) == [FolderUpload("one.log", 6), FolderUpload("other.log", 0)]


async def test_a_folder_that_is_not_there_takes_nothing(opened: Opened) -> None:
    folder, transfers = opened

    with pytest.raises(TransferFailed):
        await transfers.send(folder.absent_url, "one.log", b"a line")
    assert not folder.uploads


async def test_a_closed_folder_is_gone_with_its_files(opened: Opened) -> None:
    folder, transfers = opened
    url = folder.offer("image.bin", IMAGE)
    folder.close()
    folder.close()

    with pytest.raises(TransferFailed):
        await transfers.fetch(url)
    with pytest.raises(TransferFailed):
        await transfers.send(folder.url, "one.log", b"a line")


async def test_each_request_is_noted_in_words() -> None:
    notes: list[str] = []
    async with over_http(notes) as (folder, transfers):
        await transfers.fetch(folder.offer("image.bin", b"1234"))
        await transfers.send(folder.url, "one.log", b"a line")
        with pytest.raises(TransferFailed):
            await transfers.fetch(folder.url + "other.bin")

    assert notes == [
        "GET image.bin: 200, 4 bytes",
        "PUT one.log: 201, 6 bytes came",
        "GET other.bin: 404",
    ]


async def test_a_form_sent_to_the_folder_itself_is_an_upload_without_a_name() -> None:
    async with over_http([]) as (folder, _), httpx.AsyncClient() as client:
        answer = await client.post(folder.url, files={"file": ("one.log", b"a line")})
        bare = await client.post(folder.url.rstrip("/"), content=b"12")

    assert (answer.status_code, bare.status_code) == (201, 201)
    assert [(one.name, one.size > 0) for one in folder.uploads] == [("", True), ("", True)]


async def test_uploads_have_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "FOLDER_UPLOAD_BYTES", 10)
    monkeypatch.setattr(limits, "FOLDER_UPLOADS", 1)
    async with over_http([]) as (folder, _), httpx.AsyncClient() as client:
        too_long = await client.put(folder.url + "a", content=b"12345678901")
        whole = await client.put(folder.url + "b", content=b"1234567890")
        too_many = await client.put(folder.url + "c", content=b"1")

    assert [one.status_code for one in (too_long, whole, too_many)] == [413, 201, 507]
    assert list(folder.uploads) == [FolderUpload("b", 10)]


async def test_other_methods_and_paths_are_refused() -> None:
    async with over_http([]) as (folder, _), httpx.AsyncClient() as client:
        parts = urlsplit(folder.url)
        root = await client.get(f"{parts.scheme}://{parts.netloc}/")
        deleted = await client.delete(folder.url + "a")
        head = await client.head(folder.offer("image.bin", b"1234"))

    assert (root.status_code, deleted.status_code) == (404, 405)
    assert (head.status_code, head.headers["content-length"], head.content) == (200, "4", b"")


async def test_a_port_that_is_taken_is_told() -> None:
    first, second = FileServer(), FileServer()
    await first.open("127.0.0.1")
    port = urlsplit(first.open_folder("127.0.0.1", print).url).port
    assert port is not None
    with pytest.raises(Exception, match="cannot listen"):
        await second.open("127.0.0.1", port)
    await first.close()
