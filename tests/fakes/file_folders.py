"""Folders of files without a network: ports.file_folders.FileFolders, and the transfers of chargers
to and from them."""

from collections.abc import Callable, Sequence
from pathlib import Path

from tests.fakes.transfers import FakeTransfers
from voltyard.kernel.addressing.egress import ANYWHERE, Egress
from voltyard.kernel.time import Seconds
from voltyard.kernel.tls import SYSTEM_TRUST, Tls
from voltyard.ports.file_folders import FolderUpload
from voltyard.ports.transfers import TransferFailed


class FakeFolders(FakeTransfers):
    """A ports.file_folders.FileFolders and the ports.transfers.Transfers that reaches it. Nothing
    else can be reached."""

    def __init__(self, *, takes_s: Seconds = 0.0) -> None:
        super().__init__(takes_s=takes_s)
        self._folders: dict[str, FakeFolder] = {}

    def open_folder(self, host: str, note: Callable[[str], None]) -> "FakeFolder":
        url = f"http://files.test/{len(self._folders)}/"
        self._folders[url] = FakeFolder(url, self, note)
        return self._folders[url]

    async def send(
        self,
        url: str,
        name: str,
        content: bytes,
        tls: Tls = SYSTEM_TRUST,
        egress: Egress = ANYWHERE,
    ) -> None:
        whole = url + name if url.endswith("/") else url
        folder = self._folders.get(whole.rpartition("/")[0] + "/")
        if folder is None or folder.is_closed:
            raise TransferFailed("the peer answered 404")
        await super().send(url, name, content, tls, egress)
        folder.took(whole.rpartition("/")[2], len(content))


class FakeFolder:
    """A ports.file_folders.FileFolder."""

    def __init__(self, url: str, transfers: FakeTransfers, note: Callable[[str], None]) -> None:
        self.url = url
        self.absent_url = f"{url}absent/"
        self.is_closed = False
        self._files = transfers.files
        self._watchers = transfers.watchers
        self._note = note
        self._uploads: list[FolderUpload] = []

    @property
    def uploads(self) -> Sequence[FolderUpload]:
        return self._uploads

    def offer(
        self, name: str, *parts: bytes | Path, watch: Callable[[int], None] | None = None
    ) -> str:
        content = (one if isinstance(one, bytes) else one.read_bytes() for one in parts)
        self._files[self.url + name] = b"".join(content)
        if watch is not None:
            self._watchers[self.url + name] = watch
        return self.url + name

    def withdraw(self, name: str) -> None:
        self._files.pop(self.url + name, None)
        self._watchers.pop(self.url + name, None)

    def took(self, name: str, size: int) -> None:
        self._uploads.append(FolderUpload(name, size))
        self._note(f"PUT {name}: 201, {size} bytes came")

    def close(self) -> None:
        self.is_closed = True
        for url in [one for one in self._files if one.startswith(self.url)]:
            del self._files[url]
